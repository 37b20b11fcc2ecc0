import assert from 'node:assert/strict';
import test from 'node:test';

import { Malformed } from '../bincode.js';
import { FROM_THE_FIRST } from '../messages.js';
import { Subscription } from '../subscription.js';

const EPOCH = 1_763_670_000_000_000;

test('batches that overtake the welcome are held until it comes', () => {
  const it = new Subscription(null, null, 'Live');
  assert.deepEqual(it.receive(batch(7), 0), []);
  assert.equal(text(it.receive(welcome(), 0)), 'start 7');
});

test('a channel may be waited for', () => {
  const it = new Subscription(null, null, 'Live');
  assert.equal(text(it.receive({ ...welcome(), epoch: 0, start: null }, 0)), 'waiting');
  assert.equal(text(it.receive({ type: 'Start', ...start() }, 0)), 'start');
  assert.equal(text(it.receive(batch(0), 0)), '0');
});

test('resuming goes on behind the number, in the same life', () => {
  const it = new Subscription(9, EPOCH, 'Live');
  assert.equal(text(it.receive(welcome(), 0)), 'start');
  assert.equal(text(it.receive(batch(11), 0)), '');
  assert.equal(text(it.receive(batch(10), 0)), '10 11');
  assert.equal(it.position, 11);
});

test('a number of another life is not resumed from', () => {
  for (const message of [welcome(), { type: /** @type {const} */ ('Start'), ...start() }]) {
    const it = new Subscription(9, EPOCH - 1, 'Live');
    if (message.type === 'Start') it.receive({ ...welcome(), start: null }, 0);
    assert.equal(text(it.receive(message, 0)), 'otherLife');
    assert.deepEqual(it.receive(batch(10), 0), []);
  }
});

test('from the first means from nought', () => {
  const it = new Subscription(FROM_THE_FIRST, null, 'Complete');
  it.receive(welcome(), 0);
  assert.equal(text(it.receive(batch(1), 0)), '');
  assert.equal(text(it.receive(batch(0), 0)), '0 1');
});

test('an end waits for the batches that it overtook', () => {
  const it = new Subscription(null, null, 'Live');
  it.receive(welcome(), 0);
  it.receive(batch(0), 0);
  assert.equal(text(it.receive({ type: 'End', lastSeq: 2, reason: 'done' }, 0)), '');
  assert.equal(text(it.receive(batch(2), 10)), '');
  assert.equal(text(it.receive(batch(1), 20)), '1 2 end');
});

test('an end does not wait for ever', () => {
  const it = new Subscription(null, null, 'Complete');
  it.receive(welcome(), 0);
  it.receive(batch(0), 0);
  it.receive({ type: 'End', lastSeq: 3, reason: '' }, 0);
  it.receive(batch(2), 10);
  assert.equal(text(it.tick(999)), '');
  assert.equal(text(it.tick(1000)), '1-1 2 end');
});

test('what makes no sense is malformed', () => {
  const gap = /** @type {const} */ ({ type: 'Gap', from: 9, to: 3, why: 'Lagged' });
  for (const message of [gap, welcome(), { ...batch(0), seq: 2n ** 60n }, /** @type {const} */ ({ type: 'Accepted', held: 1, stored: null })]) {
    const it = new Subscription(null, null, 'Live');
    it.receive(welcome(), 0);
    assert.throws(() => it.receive(message, 0), Malformed);
  }
});

function start() {
  return { epoch: EPOCH, schema: 'json', meta: new Uint8Array(0) };
}

/** @returns {import('../messages.js').Welcome} */
function welcome() {
  return { type: 'Welcome', subscription: 0, epoch: EPOCH, start: start(), oldestSeq: 0, nextSeq: 0, delayMs: 0 };
}

/** @param {number} seq @returns {import('../messages.js').Batch} */
function batch(seq) {
  return { type: 'Batch', seq, capturedUs: 0, firstFrame: 0, frames: 1, key: true, payload: Uint8Array.of(1) };
}

/** @param {import('../subscription.js').Outcome[]} outcomes */
function text(outcomes) {
  return outcomes.map((outcome) => (
    outcome.type === 'batch' ? outcome.batch.seq
    : outcome.type === 'gap' ? `${outcome.gap.from}-${outcome.gap.to}`
    : outcome.type)).join(' ');
}
