import assert from 'node:assert/strict';
import test from 'node:test';

import { Typing, plainKeys } from '../pages/play/typing.js';

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

test('a break of the connection neither loses a key nor counts it twice', () => {
  const typing = new Typing('abcdefgh');
  for (const [at, char] of [...'abcde'].entries()) typing.press(char, at * 100);
  // Five are under way; the arena has counted three of them when it answers on the next socket.
  typing.resume({ position: 3, next: 3 });
  assert.equal(typing.position, 5, 'what was typed stays typed');
  typing.press('x', 600);
  typing.press('f', 700);
  assert.deepEqual(typing.batch(), { first: 3, keys: [{ typed: 'd', at_ms: 300 }, { typed: 'e', at_ms: 400 }, { typed: 'x', at_ms: 600 }, { typed: 'f', at_ms: 700 }] });
  assert.deepEqual([typing.position, typing.wrong], [6, 1]);
  // The answer to what was under way comes late: it counts no key that it did not mean.
  typing.confirm(5);
  assert.deepEqual(typing.batch(), { first: 5, keys: [{ typed: 'x', at_ms: 600 }, { typed: 'f', at_ms: 700 }] });
});

test('where the arena has more than was pressed here, its word is taken over', () => {
  const typing = new Typing('abcdefgh');
  typing.press('a', 100);
  typing.resume({ position: 4, next: 6 });
  assert.deepEqual([typing.position, typing.wrong, typing.batch()], [4, 2, null]);
  typing.press('e', 200);
  assert.equal(typing.batch()?.first, 6);
});

test('what the arena refused is typed again, not sent again', () => {
  const typing = new Typing('abcdefgh');
  for (const char of 'abc') typing.press(char, 10);
  typing.drop();
  typing.press('d', 20);
  typing.resume({ position: 0, next: 0 });
  assert.deepEqual([typing.position, typing.wrong], [0, 1], 'what was pressed meanwhile counts from where one stands');
  assert.deepEqual(typing.batch(), { first: 0, keys: [{ typed: 'd', at_ms: 20 }] });
});

test('what a phone makes of quotes and dashes is what was meant', () => {
  assert.equal(plainKeys('\u201cit\u2019s\u201d\u00a0\u2014 a\u2013b\u2026 \u00e9').join(''), '"it\'s" - a-b. \u00e9');
});
