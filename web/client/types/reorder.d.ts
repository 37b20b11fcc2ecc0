/**
 * Owns the order of one subscription's batches, which come on several streams at once.
 * Reads no clock: `now` is an argument.
 * Invariant: batches leave by rising number, each at most once, and every number between the first
 * and the last that left was either delivered or told as a gap.
 */
export type Numbered = {
    seq: number;
};
export type Hole = {
    from: number;
    to: number;
    why: string;
};
/**
 * @template {Numbered} B
 */
export declare class Reorder<B extends Numbered> {
    next: number | null;
    /** @private */
    private patienceMs;
    /** @private @type {Map<number, B>} */
    private held;
    /** @private @type {Hole[]} */
    private explained;
    /** @private @type {number | null} since when the first hole holds others back */
    private waitingSince;
    /**
     * @param {number | null} next the number of the first batch; null: whichever comes first
     * @param {number} patienceMs how long a hole without an explanation holds back what is behind it
     */
    constructor(next: number | null, patienceMs: number);
    /**
     * @param {B} batch
     * @param {number} now
     * @returns {(B | Hole)[]} what may leave, in order
     */
    batch(batch: B, now: number): (B | Hole)[];
    /**
     * The relay says that these will not come; those that did are delivered all the same.
     * @param {Hole} hole
     * @param {number} now
     */
    gap(hole: Hole, now: number): (B | Hole)[];
    /**
     * Gives up on a hole that was waited for long enough.
     * @param {number} now
     */
    tick(now: number): (B | Hole)[];
    /** Gives up on every hole: nothing more will come. */
    flush(): (B | Hole)[];
    /** How many batches wait behind a hole. */
    get waiting(): number;
    /**
     * @private
     * @param {number} now
     */
    private drain;
    /**
     * What stands at the front: batches, and holes that were explained.
     * @private
     */
    private ready;
    /**
     * @private
     * @returns {Hole}
     */
    private skip;
    /** @private */
    private firstHeld;
}
