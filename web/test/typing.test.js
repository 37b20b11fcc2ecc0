import assert from 'node:assert/strict';
import test from 'node:test';

import { Typing } from '../pages/play/typing.js';

test('a right key goes on, a wrong one stays and counts', () => {
  const typing = new Typing('ab');
  assert.deepEqual([typing.press('a', 100), typing.press('x', 200), typing.press('b', 300)], ['right', 'wrong', 'right']);
  assert.ok(typing.isDone);
  assert.equal(typing.wrong, 1);
  assert.equal(typing.press('c', 400), 'nothing');
});

test('keys are sent until they are confirmed, and then no more', () => {
  const typing = new Typing('abcd');
  for (const char of 'abc') typing.press(char, 10);
  assert.equal(typing.batch()?.keys.length, 3);
  typing.confirm(2);
  assert.deepEqual(typing.batch(), { first: 2, keys: [{ typed: 'c', at_ms: 10 }] });
  typing.confirm(2);
  typing.confirm(99);
  assert.equal(typing.batch(), null);
  typing.press('d', 20);
  assert.equal(typing.batch()?.first, 3);
});

test('time does not go back, whatever the clock does', () => {
  const typing = new Typing('abc');
  typing.press('a', 500.6);
  typing.press('b', 200);
  typing.press('c', -5);
  assert.deepEqual(typing.batch()?.keys.map(({ at_ms: at }) => at), [501, 501, 501]);
});

test('a batch is not longer than the arena takes', () => {
  const typing = new Typing('x'.repeat(100));
  for (let at = 0; at < 100; at += 1) typing.press('x', at * 50);
  assert.equal(typing.batch()?.keys.length, 64);
});

test('who comes back goes on at the number that the arena expects', () => {
  const typing = new Typing('abcdef', { position: 3, next: 5 });
  typing.press('d', 900);
  assert.deepEqual(typing.batch(), { first: 5, keys: [{ typed: 'd', at_ms: 900 }] });
  assert.equal(typing.wrong, 2);
});
