/**
 * Owns what one subscription's messages mean, from Welcome to End. Pure: `now` is an argument,
 * sockets and timers belong to `watch.js`.
 * Invariant: batches and gaps of one epoch only, in order; after `end`, `refused` or `otherLife`
 * nothing follows.
 */
export type U64 = import('./messages.js').U64;
export type Batch = {
    seq: number;
    capturedUs: number;
    firstFrame: number;
    frames: number;
    key: boolean;
    payload: Uint8Array;
};
export type Gap = {
    from: number;
    to: number;
    why: string;
};
export type Start = {
    epoch: number;
    schema: string;
    meta: Uint8Array;
    delayMs: number;
};
export type Outcome = {
    type: 'waiting';
} | {
    type: 'start';
    start: Start;
} | {
    type: 'batch';
    batch: Batch;
} | {
    type: 'gap';
    gap: Gap;
} | {
    type: 'end';
    lastSeq: number | null;
    reason: string;
} | {
    type: 'refused';
    code: number;
    reason: string;
} | {
    type: 'goAway';
    afterMs: number;
    url: string | null;
} | {
    type: 'otherLife';
    epoch: number;
};
export declare class Subscription {
    /** @private */
    private epoch;
    /** @private */
    private delayMs;
    /** @private @type {Reorder<Batch>} */
    private order;
    /** @private @type {import('./messages.js').Batch[] | null} what overtook Welcome; null once it came */
    private early;
    /** @private @type {{ lastSeq: number | null, reason: string, at: number } | null} */
    private ending;
    isOver: boolean;
    /**
     * @param {U64 | null} after
     * @param {number | null} epoch the life that `after` belongs to, if it is known
     * @param {import('./messages.js').Delivery} delivery
     */
    constructor(after: U64 | null, epoch: number | null, delivery: import('./messages.js').Delivery);
    /**
     * @param {import('./messages.js').FromRelay} message
     * @param {number} now
     * @returns {Outcome[]}
     */
    receive(message: import('./messages.js').FromRelay, now: number): Outcome[];
    /**
     * Time has passed.
     * @param {number} now
     * @returns {Outcome[]}
     */
    tick(now: number): Outcome[];
    /**
     * The link is gone: what waited behind holes that cannot fill any more.
     * @returns {Outcome[]}
     */
    lost(): Outcome[];
    /** The highest number that is settled, or null; a new subscription continues behind it. */
    get position(): number | null;
    /**
     * @private
     * @param {import('./messages.js').Welcome} message
     * @param {number} now
     * @returns {Outcome[]}
     */
    private welcome;
    /**
     * @private
     * @param {import('./messages.js').StartFields} start
     * @returns {Outcome[]}
     */
    private start;
    /**
     * @private
     * @param {import('./messages.js').Batch} batch
     * @param {number} now
     * @returns {Outcome[]}
     */
    private batch;
    /**
     * @private
     * @param {(Batch | Gap)[]} items
     * @param {number} now
     * @returns {Outcome[]}
     */
    private settle;
    /**
     * @private
     * @returns {Outcome[]}
     */
    private finish;
    /**
     * @private
     * @param {Outcome} outcome
     */
    private over;
}
