/**
 * Owns cutting a byte stream into messages: four bytes of length, little-endian, and the message.
 * Invariant: never holds more than one unfinished message, and none above the limit.
 */

import { Malformed } from './bincode.js';

/** Relays may be configured above the usual 256 KiB; beyond this they are not believed. */
const LEN_MAX = 4 * 1024 * 1024;

export class Framing {
  constructor() {
    /** @private @type {Uint8Array} */
    this.rest = new Uint8Array(0);
  }

  /**
   * @param {Uint8Array} chunk
   * @returns {Uint8Array[]} the messages that are whole now
   */
  push(chunk) {
    let bytes = this.rest.length === 0 ? chunk : joined(this.rest, chunk);
    /** @type {Uint8Array[]} */
    const messages = [];
    while (bytes.length >= 4) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      if (length > LEN_MAX) throw new Malformed('a message is too large');
      if (bytes.length < 4 + length) break;
      messages.push(bytes.subarray(4, 4 + length));
      bytes = bytes.subarray(4 + length);
    }
    this.rest = bytes;
    return messages;
  }
}

/**
 * @param {Uint8Array} message
 */
export function framed(message) {
  const bytes = new Uint8Array(4 + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length, true);
  bytes.set(message, 4);
  return bytes;
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function joined(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
