/**
 * Owns how `melee/1` foretells a 32-bit float and tells the difference.
 * Invariant: bit patterns survive, those of NaN and of minus zero included, because a value is
 * kept as its 32 bits wherever it is handed on.
 */
export declare const HOLD = 0;
export declare const LINEAR = 1;
export declare const QUADRATIC = 2;
/** @param {number} bits */
export declare function valueOf(bits: number): number;
/** @param {number} value */
export declare function bitsOf(value: number): number;
/**
 * What is told for `actual`, as an unsigned number.
 * @param {number} predicted bits
 * @param {number} actual bits
 */
export declare function residual(predicted: number, actual: number): number;
/**
 * The bits that `residual` was told for.
 * @param {number} predicted bits
 * @param {number} told below 2^32
 */
export declare function correct(predicted: number, told: number): number;
/** The last three values of one coordinate. */
export declare class History {
    bits: number;
    a: number;
    b: number;
    c: number;
    isNew: boolean;
    constructor();
    /**
     * The bits to expect next.
     * @param {number} order HOLD, LINEAR or QUADRATIC
     */
    predict(order: number): number;
    /** @param {number} bits */
    push(bits: number): void;
}
