/**
 * Owns the estimate of how old a batch is when it arrives.
 * Publisher and viewer have different clocks and no way to compare them, so: while the smallest
 * age ever seen is believable it is believed; otherwise ages are told above that smallest one.
 * Invariant: never negative.
 */
export declare class Latency {
    leastMs: number;
    /** @type {number | null} smoothed; null before the first batch */
    ms: number | null;
    constructor();
    /**
     * @param {number} capturedMs by the publisher's clock
     * @param {number} nowMs by ours
     * @param {number} delayMs what the relay holds back on purpose
     */
    sample(capturedMs: number, nowMs: number, delayMs?: number): void;
    /** Whether ages are only told above the smallest one, because the clocks disagree. */
    get isRelative(): boolean;
    /**
     * @private
     * @param {number} leastMs
     * @param {number} delayMs
     */
    private offset;
}
