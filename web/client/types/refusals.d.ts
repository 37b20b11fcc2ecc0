/**
 * Owns the registry of refusals: what a number means, and whether asking again can help.
 * Invariant: the same number stands in `Refused.code`, in a WebTransport close code and, 4000
 * higher, in a WebSocket close code.
 */
export type Refusal = {
    name: string;
    retry: boolean;
    leastMs: number;
    advice: string;
};
/**
 * @param {number} code
 * @returns {Refusal}
 */
export declare function refusal(code: number): Refusal;
/**
 * The registry's number in a close code of either transport, or null if it is none.
 * @param {number} closeCode
 */
export declare function codeOfClose(closeCode: number): number | null;
