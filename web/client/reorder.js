/**
 * Owns the order of one subscription's batches, which come on several streams at once.
 * Reads no clock: `now` is an argument.
 * Invariant: batches leave by rising number, each at most once, and every number between the first
 * and the last that left was either delivered or told as a gap.
 */

/** @typedef {{ seq: number }} Numbered */
/** @typedef {{ from: number, to: number, why: string }} Hole */

/** Batches held behind a hole; the relay skips a viewer long before it is this far behind. */
const HELD_MAX = 512;
/** Gaps told ahead of their turn; one that is dropped here is told again as missing. */
const EXPLAINED_MAX = 64;

/**
 * @template {Numbered} B
 */
export class Reorder {
  /**
   * @param {number | null} next the number of the first batch; null: whichever comes first
   * @param {number} patienceMs how long a hole without an explanation holds back what is behind it
   */
  constructor(next, patienceMs) {
    this.next = next;
    /** @private */
    this.patienceMs = patienceMs;
    /** @private @type {Map<number, B>} */
    this.held = new Map();
    /** @private @type {Hole[]} */
    this.explained = [];
    /** @private @type {number | null} since when the first hole holds others back */
    this.waitingSince = null;
  }

  /**
   * @param {B} batch
   * @param {number} now
   * @returns {(B | Hole)[]} what may leave, in order
   */
  batch(batch, now) {
    if (this.next === null) this.next = batch.seq;
    if (batch.seq < this.next || this.held.has(batch.seq)) return [];
    this.held.set(batch.seq, batch);
    return this.drain(now);
  }

  /**
   * The relay says that these will not come; those that did are delivered all the same.
   * @param {Hole} hole
   * @param {number} now
   */
  gap(hole, now) {
    // Before the first batch a gap tells where the subscription begins.
    if (this.next === null) this.next = hole.from;
    if (hole.to >= this.next) {
      this.explained.push(hole);
      this.explained.sort((a, b) => a.from - b.from);
      if (this.explained.length > EXPLAINED_MAX) this.explained.shift();
    }
    return this.drain(now);
  }

  /**
   * Gives up on a hole that was waited for long enough.
   * @param {number} now
   */
  tick(now) {
    return this.drain(now);
  }

  /** Gives up on every hole: nothing more will come. */
  flush() {
    /** @type {(B | Hole)[]} */
    const out = [];
    while (this.held.size > 0) out.push(this.skip(), ...this.ready());
    return out;
  }

  /** How many batches wait behind a hole. */
  get waiting() {
    return this.held.size;
  }

  /**
   * @private
   * @param {number} now
   */
  drain(now) {
    const out = this.ready();
    if (this.held.size === 0) {
      this.waitingSince = null;
      return out;
    }
    if (out.length > 0 || this.waitingSince === null) this.waitingSince = now;
    while (this.held.size > HELD_MAX || (this.held.size > 0 && now - this.waitingSince >= this.patienceMs)) {
      out.push(this.skip(), ...this.ready());
    }
    return out;
  }

  /**
   * What stands at the front: batches, and holes that were explained.
   * @private
   */
  ready() {
    /** @type {(B | Hole)[]} */
    const out = [];
    for (;;) {
      const next = /** @type {number} */ (this.next);
      const batch = this.held.get(next);
      if (batch) {
        this.held.delete(next);
        this.next = next + 1;
        out.push(batch);
        continue;
      }
      this.explained = this.explained.filter((hole) => hole.to >= next);
      const hole = this.explained.find(({ from }) => from <= next);
      if (!hole) return out;
      const to = Math.min(hole.to, this.firstHeld() - 1);
      out.push({ from: next, to, why: hole.why });
      this.next = to + 1;
    }
  }

  /**
   * @private
   * @returns {Hole}
   */
  skip() {
    const from = /** @type {number} */ (this.next);
    const explained = this.explained.find((hole) => hole.from > from)?.from ?? Infinity;
    const to = Math.min(this.firstHeld(), explained) - 1;
    this.next = to + 1;
    return { from, to, why: 'Missing' };
  }

  /** @private */
  firstHeld() {
    let first = Infinity;
    for (const seq of this.held.keys()) first = Math.min(first, seq);
    return first;
  }
}
