import assert from 'node:assert/strict';
import test from 'node:test';

import { Malformed } from '../bincode.js';
import { decode, decodeFromClient, encode, encodeFromRelay } from '../messages.js';
import { fromHex, toHex, vectors } from './support.js';

test('every message of the vectors is read and written byte by byte', () => {
  for (const { name, from, hex, message } of vectors('messages.json')) {
    const read = from === 'client' ? decodeFromClient(fromHex(hex)) : decode(fromHex(hex));
    assert.deepEqual(plain(read), message, name);
    const written = from === 'client' ? encode(/** @type {any} */ (read)) : encodeFromRelay(/** @type {any} */ (read));
    assert.equal(toHex(written), hex, name);
  }
});

test('every malformed message of the vectors is refused', () => {
  for (const { name, from, hex } of vectors('messages_malformed.json')) {
    const read = from === 'client' ? decodeFromClient : decode;
    assert.throws(() => read(fromHex(hex)), Malformed, name);
  }
});

test('a message cut anywhere is refused', () => {
  for (const { from, hex } of vectors('messages.json')) {
    const bytes = fromHex(hex);
    const read = from === 'client' ? decodeFromClient : decode;
    for (let end = 0; end < Math.min(bytes.length, 200); end++) {
      assert.throws(() => read(bytes.subarray(0, end)), Malformed);
    }
  }
});

test('numbers beyond 2^53 are exact', () => {
  const read = /** @type {any} */ (decode(fromHex('05fdfefffffffffffffffdffffffffffffffff00')));
  assert.equal(read.from, 0xffff_ffff_ffff_fffen);
  assert.equal(read.to, 0xffff_ffff_ffff_ffffn);
});

/** 64-bit numbers of the vectors are text. */
const WIDE = new Set(['seq', 'capturedUs', 'firstFrame', 'epoch', 'oldestSeq', 'nextSeq', 'lastSeq', 'held', 'stored', 'from', 'to', 'after']);

/** @param {any} value @returns {any} */
function plain(value) {
  if (value instanceof Uint8Array) return toHex(value);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [
    key.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    WIDE.has(key) && item !== null ? String(item) : plain(item),
  ]));
}
