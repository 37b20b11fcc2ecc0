import assert from 'node:assert/strict';
import test from 'node:test';

import { wagerWords } from '../pages/play/offer.js';
import { signedWords } from '../pages/play/signing.js';

const HASH = `0x${'ab'.repeat(32)}`;
const NOW = 1_000_000;
const MATCH = { id: 'a', queue: 'melee', you: /** @type {'p1'} */ ('p1'), opponent: {} };

/** @param {any} course @param {string} chain @param {any} [more] */
const wager = (course, chain, more = {}) => ({ wager_id: '7', amount: '500000000000000000', proposer: 'p1', backing: 'contract', course, standing: { chain }, bound: true, refundable_at: null, ...more });
/** @param {'offer' | 'answer' | 'back'} what @param {boolean} isIn @returns {import('../pages/play/sent.js').Sent} */
const sent = (what, isIn) => ({ match: MATCH, what, hash: HASH, isIn, number: '7', amount: '5' });
/** @param {any} of @param {'p1' | 'p2'} you @param {any} [held] */
const acts = (of, you, held = null) => wagerWords(of, you, held, NOW).acts.map(([act]) => act);

const PROPOSED = { state: 'proposed', answer_by: NOW + 15_000 };
const ACCEPTED = { state: 'accepted', secure_by: NOW + 60_000 };

test('an offer is staked by its proposer, and answered by the other', () => {
  assert.deepEqual(acts(wager(PROPOSED, 'unseen'), 'p1'), ['stake', 'withdraw']);
  assert.deepEqual(acts(wager(PROPOSED, 'open'), 'p1'), ['withdraw']);
  assert.deepEqual(acts(wager(PROPOSED, 'unseen'), 'p2'), ['accept', 'decline']);
  assert.match(wagerWords(wager(PROPOSED, 'open'), 'p2', null, NOW).lines.join(' '), /your opponent’s stake.*15 s left to answer/);
});

test('the stake against an offer comes after the offer, and no stake comes twice', () => {
  assert.deepEqual(acts(wager(ACCEPTED, 'unseen'), 'p2'), []);
  assert.deepEqual(acts(wager(ACCEPTED, 'open'), 'p2'), ['stake']);
  assert.ok(wagerWords(wager(ACCEPTED, 'open'), 'p2', null, NOW).stakeNow);
  assert.deepEqual(acts(wager(ACCEPTED, 'open'), 'p2', sent('answer', false)), []);
  assert.deepEqual(acts(wager(ACCEPTED, 'open'), 'p2', sent('answer', true)), [], 'the arena has not heard of it yet');
  assert.deepEqual(acts(wager(ACCEPTED, 'unseen'), 'p1'), ['stake']);
  assert.deepEqual(acts(wager(ACCEPTED, 'unseen'), 'p1', sent('offer', false)), []);
  assert.match(wagerWords(wager(ACCEPTED, 'unseen'), 'p1', sent('offer', false), NOW).lines.join(' '), /under way: transaction 0xabababab/);
  assert.deepEqual(acts(wager(ACCEPTED, 'locked'), 'p1'), []);
});

test('an offer that names no match is not staked without another look', () => {
  const any = wagerWords(wager(ACCEPTED, 'open', { bound: false }), 'p2', null, NOW);
  assert.deepEqual([any.stakeNow, any.acts.map(([act]) => act)], [false, ['stake']]);
  assert.match(any.lines.join(' '), /names no match/);
});

test('what was put in and never taken comes back, by whoever put it in', () => {
  for (const course of [{ state: 'lapsed' }, { state: 'declined', by: 'p2' }, { state: 'void', why: 'unsecured' }]) {
    assert.deepEqual(acts(wager(course, 'open'), 'p1'), ['back'], course.state);
    assert.deepEqual(acts(wager(course, 'open'), 'p2'), [], course.state);
    assert.deepEqual(acts(wager(course, 'open'), 'p1', sent('back', false)), [], 'it is being taken back');
    assert.deepEqual(acts(wager(course, 'returned'), 'p1'), []);
  }
  assert.deepEqual(acts(wager({ state: 'lapsed' }, 'unseen', { wager_id: null }), 'p1', sent('offer', true)), ['back'], 'this window knows its number');
  const locked = wagerWords(wager({ state: 'void', why: 'no_result' }, 'locked', { refundable_at: NOW + 3_600_000 }), 'p2', null, NOW);
  assert.match(locked.lines.join(' '), /go back in 60 min 00 s/);
});

test('where nobody holds stakes, nobody is asked for one', () => {
  const words = wager(ACCEPTED, 'word', { backing: 'word' });
  assert.deepEqual([acts(words, 'p1'), acts(words, 'p2')], [[], []]);
});

test('whatever becomes of a wager is said in words', () => {
  for (const state of ['proposed', 'accepted', 'decided', 'won', 'declined', 'lapsed', 'void']) {
    for (const chain of ['word', 'unseen', 'open', 'locked', 'paid', 'paid_elsewhere', 'returned', 'wrong']) {
      for (const why of ['no_result', 'drawn', 'unsecured', 'contradicted', 'taken_back', 'paid_elsewhere']) {
        const { head, lines } = wagerWords(wager({ state, why, answer_by: NOW, secure_by: NOW }, chain, { standing: { chain, winner: 'p1' } }), 'p1', null, NOW);
        assert.doesNotMatch([head, ...lines].join(' '), /_|undefined|null|NaN|unseen|no words|did not come about/, `${state} ${chain} ${why}`);
      }
    }
  }
});

test('how far a signed result is has words', () => {
  const at = { mine: true, theirs: true, hash: null, isRecorded: false, hasChain: true };
  assert.match(signedWords(at), /The arena records it/);
  assert.match(signedWords({ ...at, hash: HASH, isRecorded: true }), /the chain has it: transaction 0xabababab…ababab\.$/);
  assert.match(signedWords({ ...at, isRecorded: true }), /the chain has it\.$/);
  assert.match(signedWords({ ...at, hasChain: false }), /no chain/);
  assert.match(signedWords({ ...at, mine: false }), /Your opponent has signed/);
});
