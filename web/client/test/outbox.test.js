import assert from 'node:assert/strict';
import test from 'node:test';

import { Outbox } from '../outbox.js';

const draft = (byte = 1) => ({ payload: Uint8Array.of(byte) });

/** @param {Outbox} outbox */
function sent(outbox) {
  const out = [];
  for (let next = outbox.next(); next; next = outbox.next()) out.push(next.type === 'Batch' ? next.seq : 'end');
  return out;
}

/** @param {number} count */
function holding(count) {
  const outbox = new Outbox(4);
  outbox.welcome(7, 0);
  for (let seq = 0; seq < count; seq++) assert.equal(outbox.push(draft(), 1), seq);
  return outbox;
}

test('the queue is full until batches are accepted', () => {
  const outbox = holding(4);
  assert.equal(outbox.isFull, true);
  assert.deepEqual(sent(outbox), [0, 1, 2, 3]);
  outbox.accepted(1, null);
  assert.equal(outbox.isFull, false);
  assert.equal(outbox.push(draft(), 1), 4);
  assert.deepEqual(sent(outbox), [4]);
});

test('batches of a recorded channel are kept until they are on disk', () => {
  const outbox = holding(4);
  outbox.accepted(3, 0);
  outbox.welcome(7, 1);
  assert.deepEqual(sent(outbox), [1, 2, 3]);
});

test('the next session gets what was not accepted', () => {
  const outbox = holding(4);
  sent(outbox);
  outbox.accepted(0, null);
  outbox.welcome(7, 2);
  assert.deepEqual(sent(outbox), [2, 3]);
  assert.equal(outbox.progress.renumbered, 0);
});

test('a relay that lost the channel gets it anew', () => {
  const outbox = holding(4);
  outbox.accepted(1, null);
  outbox.welcome(8, 0);
  assert.deepEqual(sent(outbox), [0, 1]);
  assert.equal(outbox.push(draft(), 1), 2);
  assert.equal(outbox.progress.renumbered, 1);
});

test('the end comes last, and again in every session until it is done', () => {
  const outbox = holding(1);
  outbox.end('done');
  assert.deepEqual(sent(outbox), [0, 'end']);
  assert.equal(outbox.isDone, false);
  outbox.welcome(7, 0);
  assert.deepEqual(sent(outbox), [0, 'end']);
  outbox.accepted(0, null);
  assert.equal(outbox.isDone, true);
});

test('a life without a batch can be ended', () => {
  const outbox = holding(0);
  outbox.end('');
  assert.deepEqual(sent(outbox), ['end']);
  assert.equal(outbox.isDone, true);
});
