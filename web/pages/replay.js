/**
 * Owns being somewhere else than live: where, and whether it moves. Pure.
 * Invariant: never outside of what is held; whoever catches up with live is live again.
 */

const TICKS_PER_MS = 60 / 1000;

export class Replay {
  constructor() {
    /** @type {number | null} null: live */
    this.position = null;
    this.isPaused = false;
  }

  get isLive() {
    return this.position === null;
  }

  /**
   * Moves on.
   * @param {number} elapsedMs
   * @param {number} first the first place that is held
   * @param {number} live where live is
   * @returns {number | null} where to look, or null: live
   */
  advance(elapsedMs, first, live) {
    if (this.position === null) return null;
    if (!this.isPaused) this.position += elapsedMs * TICKS_PER_MS;
    this.position = Math.max(first, this.position);
    if (this.position >= live && !this.isPaused) this.live();
    return this.position;
  }

  /**
   * @param {number} position
   * @param {number} first
   * @param {number} live
   */
  seek(position, first, live) {
    this.position = Math.max(first, Math.min(position, live));
    if (this.position >= live && !this.isPaused) this.live();
  }

  /** @param {number} live where to stand still, if it was live */
  pause(live) {
    this.position ??= live;
    this.isPaused = true;
  }

  play() {
    this.isPaused = false;
  }

  live() {
    this.position = null;
    this.isPaused = false;
  }
}
