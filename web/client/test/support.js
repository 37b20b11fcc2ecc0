/** What several tests need: vectors, hex, and objects as the vectors write them. */

import { readFileSync } from 'node:fs';

const VECTORS = new URL('../../../protocol/tests/vectors/', import.meta.url);

/** @param {string} name */
export function vectors(name) {
  return JSON.parse(readFileSync(new URL(name, VECTORS), 'utf8'));
}

/** @param {string} hex */
export function fromHex(hex) {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Buffer.from(bytes).toString('hex');
}
