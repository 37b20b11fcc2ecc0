/**
 * Owns cutting a byte stream into messages: four bytes of length, little-endian, and the message.
 * Invariant: never holds more than one unfinished message, and none above the limit.
 */
export declare class Framing {
    /** @private @type {Uint8Array} */
    private rest;
    constructor();
    /**
     * @param {Uint8Array} chunk
     * @returns {Uint8Array[]} the messages that are whole now
     */
    push(chunk: Uint8Array): Uint8Array[];
}
/**
 * @param {Uint8Array} message
 */
export declare function framed(message: Uint8Array): Uint8Array<ArrayBuffer>;
