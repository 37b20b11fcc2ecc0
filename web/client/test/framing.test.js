import assert from 'node:assert/strict';
import test from 'node:test';

import { Malformed } from '../bincode.js';
import { Framing, framed } from '../framing.js';

test('messages come out whole however the stream is cut', () => {
  const messages = [[1, 2, 3], [], [4], Array(300).fill(5)].map((bytes) => Uint8Array.from(bytes));
  const stream = Uint8Array.from(messages.flatMap((message) => [...framed(message)]));
  for (const size of [1, 2, 3, 5, 7, 64, 1000]) {
    const framing = new Framing();
    const out = [];
    for (let at = 0; at < stream.length; at += size) out.push(...framing.push(stream.slice(at, at + size)));
    assert.deepEqual(out, messages);
  }
});

test('a length that nobody sends is refused before anything is kept', () => {
  assert.throws(() => new Framing().push(Uint8Array.of(0, 0, 0, 0xff)), Malformed);
});
