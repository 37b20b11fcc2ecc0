/**
 * Owns how long to wait before the next attempt: exponential, capped, with full jitter.
 * Invariant: never less than the floor, so a relay that fails at once is not hammered.
 */
export declare class Backoff {
    /** @private */
    private random;
    failures: number;
    /** @param {() => number} random in [0, 1) */
    constructor(random?: () => number);
    /**
     * @param {number} leastMs what the refusal asks for at least, before jitter
     */
    next(leastMs?: number): number;
    succeeded(): void;
}
/**
 * Waits, or until the signal says that it is in vain.
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export declare function pause(ms: number, signal: AbortSignal): Promise<any>;
