import assert from 'node:assert/strict';
import test from 'node:test';

/** What the browser keeps, for every page of it. */
const kept = new Map();
Object.defineProperty(globalThis, 'localStorage', { configurable: true, value: {
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ text) => kept.set(key, text),
  removeItem: (/** @type {string} */ key) => kept.delete(key),
} });
const { forgetSent, keepSent, newestSent, sentOf } = await import('../pages/play/sent.js');

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

test('another page knows what was sent, and this one what another sent', async () => {
  const one = match('one');
  keepSent(sent(one, 'offer'));
  const another = await import('../pages/play/sent.js?another');
  assert.equal(another.sentOf(one)?.hash, HASH);
  another.forgetSent(one);
  assert.equal(sentOf(one), null);
});

test('twenty are kept, for a month, and nonsense is none', (t) => {
  for (let at = 0; at < 25; at += 1) keepSent(sent(match(`no. ${at}`), 'offer'));
  assert.equal(JSON.parse([...kept.values()][0]).length, 20);
  assert.equal(sentOf(match('no. 4')), null);
  assert.ok(sentOf(match('no. 5')));
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 31 * 86_400_000 });
  assert.equal(newestSent(), null);
  const [key] = kept.keys();
  for (const nonsense of ['{}', 'null', '[7,null,{}]']) {
    kept.set(key, nonsense);
    assert.equal(newestSent(), null, nonsense);
  }
});

test('where the browser keeps nothing, it is known until the page goes', (t) => {
  t.mock.method(localStorage, 'setItem', () => { throw new Error('full'); });
  keepSent(sent(match('one'), 'offer'));
  assert.equal(sentOf(match('one'))?.hash, HASH);
});
