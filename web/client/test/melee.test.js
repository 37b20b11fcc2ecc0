import assert from 'node:assert/strict';
import test from 'node:test';

import { Malformed } from '../bincode.js';
import { encodeMelee } from '../melee-encode.js';
import { decodeMelee } from '../melee.js';
import { fromHex, vectors } from './support.js';

test('every payload of the vectors is read', () => {
  for (const { name, hex, records } of vectors('melee.json')) {
    assert.deepEqual(decodeMelee(fromHex(hex)), records, name);
  }
});

test('every malformed payload of the vectors is refused', () => {
  for (const { name, hex } of vectors('melee_malformed.json')) {
    assert.throws(() => decodeMelee(fromHex(hex)), Malformed, name);
  }
});

test('a run begins at the origin and goes on in straight lines', () => {
  // Two frames from -123, port 1; x told as 1.0 by residual to 0.0, then nothing is told twice.
  const one = '3f800000';
  const told = varint(parseInt(one, 16) * 2 * 4);
  const bytes = [2, 3, 0xf5, 0x01, 1, 1, 0x01, ...told, 0x00, 0x00, 0x00, 0x00];
  const [run] = /** @type {any[]} */ (decodeMelee(Uint8Array.from(bytes)));
  assert.deepEqual(run.frames.map((/** @type {any} */ frame) => frame.number), [-123, -122, -121]);
  assert.deepEqual(run.frames.map((/** @type {any} */ frame) => frame.players[0].x), [1, 1, 1]);
  assert.deepEqual(run.frames[2].players[0], {
    port: 1, x: 1, y: 0, actionState: 0, actionFrame: 3, facing: 1, percent: 0, stocks: 4,
    shield: null, invincible: false, hitstun: false,
  });
});

test('what is written is read again', () => {
  const players = [1, 2].map((port) => ({ port, character: port, code: `A#${port}`, name: port === 1 ? 'Ärger' : null }));
  const frames = Array.from({ length: 40 }, (_, i) => ({
    number: i === 20 ? -110 : i - 123,
    players: [1, 2].map((port) => ({
      port, x: Math.fround(Math.sin(i / 7) * 80 * port), y: Math.fround(i % 9 === 0 ? -0 : i * 0.3), facing: i % 2 ? 1 : -1,
      actionState: Math.floor(i / 5), actionFrame: i % 5, percent: Math.fround(i * 1.7), stocks: 4 - (i >> 4),
      shield: i % 6 < 3 ? Math.fround(60 - i / 3) : null, invincible: i % 4 === 0, hitstun: i % 3 === 0,
    })),
  }));
  /** @type {import('../melee.js').Record[]} */
  const records = [
    { type: 'Start', game: 2, stage: -1, score: [1, 0], players },
    { type: 'Frames', frames },
    { type: 'GameEnd', game: 2, winnerPort: -1, endMethod: 'timeout' },
    { type: 'MatchEnd', winnerPort: 1, finalScore: [2, -1] },
  ];
  assert.deepEqual(decodeMelee(encodeMelee(records)), records);
});

test('damaged payloads are refused or read, and never break the reader', () => {
  const good = encodeMelee([{ type: 'GameEnd', game: 1, winnerPort: 2, endMethod: 'stocks' }]);
  for (let at = 0; at < good.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const bytes = good.slice();
      bytes[at] = value;
      try {
        decodeMelee(bytes);
      } catch (error) {
        assert.ok(error instanceof Malformed);
      }
    }
  }
});

/** @param {number} value */
function varint(value) {
  const out = [];
  for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return [...out, value];
}
