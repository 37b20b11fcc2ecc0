/**
 * Owns how long to wait before the next attempt: exponential, capped, with full jitter.
 * Invariant: never less than the floor, so a relay that fails at once is not hammered.
 */

const FLOOR_MS = 50;
const BASE_MS = 250;
const CAP_MS = 10_000;

export class Backoff {
  /** @param {() => number} random in [0, 1) */
  constructor(random = Math.random) {
    /** @private */
    this.random = random;
    this.failures = 0;
  }

  /**
   * @param {number} leastMs what the refusal asks for at least, before jitter
   */
  next(leastMs = 0) {
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    return Math.max(FLOOR_MS, leastMs) + this.random() * Math.max(ceiling, leastMs);
  }

  succeeded() {
    this.failures = 0;
  }
}

/**
 * Waits, or until the signal says that it is in vain.
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      // A signal outlives many waits, and would keep them all.
      signal.removeEventListener('abort', done);
      resolve(undefined);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
