import assert from 'node:assert/strict';
import test from 'node:test';

import { forgetSent, keepSent, newestSent, sentOf } from '../pages/play/sent.js';

const HASH = `0x${'ab'.repeat(32)}`;
/** @param {string} id @param {'p1' | 'p2'} [you] @returns {import('../pages/play/sent.js').Of} */
const match = (id, you = 'p1') => ({ id, queue: 'melee', you, opponent: /** @type {any} */ ({}) });
/** @param {import('../pages/play/sent.js').Of} of @param {import('../pages/play/sent.js').Sent['what']} what @returns {import('../pages/play/sent.js').Sent} */
const sent = (of, what) => ({ match: of, what, hash: HASH, isIn: false, number: null, amount: '5' });

test('a wager and the stake of the same match are known beside each other', () => {
  const one = match('one');
  keepSent(sent(one, 'offer'));
  assert.equal(sentOf(one, true), null, 'an offer is no stake');
  keepSent(sent(one, 'stake'));
  keepSent(sent(one, 'back'));
  assert.deepEqual([sentOf(one)?.what, sentOf(one, true)?.what], ['back', 'stake']);
  forgetSent(one, true);
  assert.deepEqual([sentOf(one)?.what, sentOf(one, true)], ['back', null]);
  forgetSent(one);
  assert.equal(newestSent(), null);
});

test('who plays the other side has sent nothing of it', () => {
  keepSent(sent(match('one'), 'offer'));
  assert.equal(sentOf(match('one', 'p2')), null);
  forgetSent(match('one'));
});
