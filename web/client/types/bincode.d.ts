/**
 * Owns the primitives of `bincode` 2 in its `standard()` configuration, in both directions.
 * Does not know any message.
 * Invariant: only the shortest form of a number is read, and nothing is allocated for a length
 * that the input cannot hold.
 */
export type U64 = number | bigint;
/**
 * An unsigned 64-bit number: a Number where that is exact, else a BigInt.
 * @typedef {number | bigint} U64
 */
/** The bytes are not what they should be; the message says why. */
export declare class Malformed extends Error {
    /** @param {string} why */
    constructor(why: string);
}
/** Reads values one behind the other. */
export declare class Reader {
    bytes: Uint8Array<ArrayBufferLike>;
    view: DataView<ArrayBufferLike>;
    at: number;
    /** @param {Uint8Array} bytes */
    constructor(bytes: Uint8Array);
    /** One byte as it is. */
    byte(): number;
    bool(): boolean;
    u16(): number;
    u32(): number;
    /** @returns {U64} */
    u64(): U64;
    /** @returns {U64} */
    i64(): U64;
    /**
     * The index of an enum with `count` variants.
     * @param {number} count
     */
    variant(count: number): number;
    /**
     * @template T
     * @param {() => T} read
     * @returns {T | null}
     */
    option<T>(read: () => T): T | null;
    /** A view of the input, not a copy. */
    blob(): Uint8Array<ArrayBufferLike>;
    text(): string;
    done(): void;
    /**
     * @private
     * @param {number} max
     */
    private below;
    /**
     * @private
     * @returns {U64}
     */
    private wide;
}
/** Writes values one behind the other; the mirror of {@link Reader}. */
export declare class Writer {
    /** @private @type {number[]} */
    private bytes;
    constructor();
    /** @param {number} value */
    byte(value: number): this;
    /** @param {boolean} value */
    bool(value: boolean): this;
    /**
     * Any unsigned number up to 64 bits.
     * @param {U64} value
     */
    uint(value: U64): this;
    /**
     * Any signed number up to 64 bits.
     * @param {U64} value
     */
    int(value: U64): this;
    /**
     * @template T
     * @param {T | null | undefined} value
     * @param {(value: T) => void} write
     */
    option<T>(value: T | null | undefined, write: (value: T) => void): this;
    /** @param {Uint8Array} value */
    blob(value: Uint8Array): this;
    /** @param {string} value */
    text(value: string): this;
    finish(): Uint8Array<ArrayBuffer>;
}
