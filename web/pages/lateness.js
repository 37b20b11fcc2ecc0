/**
 * Owns the judgement of how evenly frames arrive, from the last few seconds.
 * Pure: `now` is an argument, in milliseconds; the rest is in ticks of the time line.
 * Invariant: the delay stays between its least and its greatest, whatever the network does.
 */

/** The smallest distance to the newest frame that is aimed at, and what is added to the jitter. */
const DELAY_MIN = 8;
const MARGIN = 4;
/** Jitter beyond this is not paid for with delay; it is seen as a pause. */
const DELAY_MAX = 60;
const BUCKET_MS = 500;
const BUCKETS = 10;
/** What comes at once in the beginning is history, not jitter. */
const LEARNING_MS = 300;

export class Lateness {
  constructor() {
    /** @private @type {{ until: number, best: number, worst: number }[]} */
    this.buckets = [];
    /** @private @type {number | null} */
    this.learningUntil = null;
  }

  /**
   * A frame came this late.
   * @param {number} late
   * @param {number} now
   */
  add(late, now) {
    this.learningUntil ??= now + LEARNING_MS;
    if (now < this.learningUntil) {
      const best = Math.min(late, this.best);
      this.buckets = [{ until: now + BUCKET_MS, best, worst: best }];
      return;
    }
    const last = this.buckets.at(-1);
    if (last && now < last.until) {
      last.best = Math.min(last.best, late);
      last.worst = Math.max(last.worst, late);
      return;
    }
    this.buckets.push({ until: now + BUCKET_MS, best: late, worst: late });
    if (this.buckets.length > BUCKETS) this.buckets.shift();
  }

  /** Frames come on another time line from now on. */
  forget() {
    this.buckets = [];
    this.learningUntil = null;
  }

  /** How late the least late frame was. */
  get best() {
    return this.buckets.reduce((least, { best }) => Math.min(least, best), Infinity);
  }

  /** How far behind the newest frame playing has to stay. */
  get delay() {
    const worst = this.buckets.reduce((most, bucket) => Math.max(most, bucket.worst), -Infinity);
    const jitter = this.buckets.length > 0 ? worst - this.best : 0;
    return Math.min(DELAY_MAX, Math.max(DELAY_MIN, jitter + MARGIN));
  }
}
