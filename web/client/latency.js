/**
 * Owns the estimate of how old a batch is when it arrives.
 * Publisher and viewer have different clocks and no way to compare them, so: while the smallest
 * age ever seen is believable it is believed; otherwise ages are told above that smallest one.
 * Invariant: never negative.
 */

/** Beyond this, the smallest age says more about the clocks than about the way. */
const BELIEVABLE_MS = 10_000;
const SMOOTHING = 0.1;

export class Latency {
  constructor() {
    this.leastMs = Infinity;
    /** @type {number | null} smoothed; null before the first batch */
    this.ms = null;
  }

  /**
   * @param {number} capturedMs by the publisher's clock
   * @param {number} nowMs by ours
   * @param {number} delayMs what the relay holds back on purpose
   */
  sample(capturedMs, nowMs, delayMs = 0) {
    const age = nowMs - capturedMs;
    const least = Math.min(this.leastMs, age);
    // The zero of the scale moves when a smaller age is seen, and what was smoothed with it.
    const moved = this.offset(least, delayMs) - this.offset(this.leastMs, delayMs);
    this.leastMs = least;
    const ms = age - this.offset(least, delayMs);
    this.ms = this.ms === null ? ms : Math.max(0, this.ms - (Number.isFinite(moved) ? moved : 0));
    this.ms += (ms - this.ms) * SMOOTHING;
  }

  /** Whether ages are only told above the smallest one, because the clocks disagree. */
  get isRelative() {
    return this.offset(this.leastMs, 0) !== 0;
  }

  /**
   * @private
   * @param {number} leastMs
   * @param {number} delayMs
   */
  offset(leastMs, delayMs) {
    return leastMs >= 0 && leastMs <= BELIEVABLE_MS + delayMs ? 0 : leastMs;
  }
}
