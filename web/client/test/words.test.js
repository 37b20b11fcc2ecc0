import assert from 'node:assert/strict';
import test from 'node:test';

import { Malformed } from '../bincode.js';
import { read as readAddress, shared } from '../../pages/address.js';
import { fresh, noted } from '../../pages/board.js';
import { read } from '../../pages/duel-view.js';
import { matchWords, resultWords, signedWords, wei } from '../../pages/match-words.js';
import { wordsFor } from '../../pages/notice.js';
import { summaryOf } from '../../pages/summary.js';

const ABOUT = { match: null, isMissing: false, isOver: false, hasBegun: true, garbled: null, hasHeard: true };
const ID = '018bcfe5-6800-7000-8000-0123456789ab';
const bytes = (json) => new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));

test('every state has words, a way on, or the promise to go on by itself', () => {
  for (const state of /** @type {const} */ (['connecting', 'waiting', 'live', 'reconnecting', 'ended', 'refused', 'closed'])) {
    for (const about of [ABOUT, { ...ABOUT, match: ID, isOver: true }, { ...ABOUT, match: ID, hasBegun: false }, { ...ABOUT, isMissing: true }, { ...ABOUT, garbled: 'x', hasHeard: false }, { ...ABOUT, isIncomplete: true }]) {
      const words = wordsFor(state, state === 'refused' ? 403 : null, 'a reason', 'a channel', about);
      assert.ok(words.title && words.text && words.badge, state);
      assert.ok(words.busy || words.action, `${state}: ${words.title}`);
    }
  }
});

test('a match that is missing, over or not begun is not just waited for', () => {
  const words = (about) => wordsFor('waiting', 404, '', `match/${ID}`, { ...ABOUT, match: ID, ...about }).title;
  assert.equal(words({ isMissing: true }), 'There is no such match');
  assert.equal(words({ isOver: true }), 'This match is over');
  assert.equal(words({ hasBegun: false }), 'Not begun yet');
  assert.equal(words({}), 'Waiting for the publisher');
});

test('a long reason and a long name do not fill the page', () => {
  const { text } = wordsFor('refused', 403, '<b>'.repeat(5000), 'x'.repeat(10_000), ABOUT);
  assert.ok(text.length < 400, `${text.length}`);
});

test('an address says which match, and hands on no token', () => {
  const address = readAddress({ pathname: `/watch/match/${ID}/duel`, search: '?view=3d&transport=websocket', hash: '#token=secret' });
  assert.deepEqual([address.match, address.transport, address.isSolid, address.token], [ID, 'websocket', true, 'secret']);
  assert.equal(shared({ origin: 'https://a.example', pathname: '/watch/demo' }), 'https://a.example/watch/demo');
  assert.equal(readAddress({ pathname: '/watch/demo%', search: '?transport=x', hash: '' }).transport, 'auto');
  assert.equal(readAddress({ pathname: '/watch/demo', search: '', hash: '' }).match, null);
});

test('what happened is told in words', () => {
  const opening = fresh({ stage: 24, contenders: [] });
  const players = [{ port: 1, character: 1, code: 'A#1', name: 'Kite' }, { port: 2, character: 22, code: 'B#2', name: null }];
  const board = noted(noted(opening, { type: 'Start', game: 2, stage: 24, score: [1, 0], players }), { type: 'GameEnd', game: 2, winnerPort: 2, endMethod: 'game' });
  const state = { port: 1, x: 0, y: 0, actionState: 14, actionFrame: 0, facing: 1, percent: 41.7, stocks: 1, shield: null, invincible: false, hitstun: false };
  const text = summaryOf({ ...board, players: [state, { ...state, port: 2, stocks: 0 }] });
  assert.equal(text, 'Game 2 on Battlefield, score 1 to 1. Kite as Fox: 1 stock, 42 percent. B#2 as Falco is out.');
});

test('a result says who reported, who signed, and what it did', () => {
  const wallets = ['0x' + '11'.repeat(20), '0x' + '22'.repeat(20)];
  const match = { queue: 'melee', course: { state: 'settled' }, p1: { connect_code: 'A#1', wallet: wallets[0], rating: 1500 }, p2: { connect_code: 'B#2', wallet: wallets[1], rating: 1490 } };
  const result = { reported: { p1: true, p2: true }, tx_hash: '0x' + 'ab'.repeat(32), result: { winner: 'p2', how: 'played', score: { p1: 0, p2: 3 }, ratings: { p1: { before: 1500, after: 1484 }, p2: null } } };
  const known = { match, result, signatures: { signatures: [{ address: wallets[1].toUpperCase().replace('0X', '0x') }] }, wager: null, book: null, chain: { chain_id: 143, name: 'monad' } };
  const { title, steps, ratings } = resultWords(known);
  assert.equal(title, 'B#2 won, 0 to 3');
  assert.deepEqual(steps.map(({ text, isDone }) => `${isDone ? 'done' : 'open'}: ${text}`), [
    'done: Reported by A#1 and B#2.', 'done: Decided: played to the end.', 'open: Signed by B#2; the other side has not signed yet.', 'done: Recorded on monad.',
  ]);
  assert.equal(ratings, 'Ratings: A#1: 1500 → 1484.');
  const waiting = resultWords({ ...known, match: { ...match, course: { state: 'resolved' } } }).steps.at(-1);
  assert.deepEqual(waiting, { text: 'Not recorded on monad yet.', isDone: false });
  assert.match(signedWords(known).explorer ?? '', /^https:\/\/monadexplorer\.com\/tx\/0xabab/);
  assert.equal(signedWords({ ...known, result: { tx_hash: 'javascript:alert(1)' } }).explorer, null);
});

test('whatever an API answers, there are words', () => {
  for (const match of [null, {}, { p1: { connect_code: 7 }, course: null }, { p1: { connect_code: '<img src=x>' } }]) {
    const words = matchWords(match);
    assert.equal(words.players.length, 2);
    assert.ok(resultWords({ match, result: null, signatures: null, wager: null, book: null, chain: null }).title);
  }
  const staking = matchWords({ course: { state: 'staking' } });
  assert.deepEqual([staking.state, staking.hasBegun], ['waiting for both stakes', false]);
  assert.ok(matchWords({ p1: { connect_code: 'x'.repeat(10_000) } }).players[0].name.length <= 32);
});

test('wei are shown as coins', () => {
  for (const [amount, text] of [['1000000000000000000', '1 coins'], ['1500000000000000000', '1.5 coins'], ['10000000000000000', '0.01 coins'], ['42', '42 wei'], ['0', '0 coins'], ['x', '–'], [7, '–']]) {
    assert.equal(wei(amount), text);
  }
});

test('a scene of a duel is read, and what is none is refused', () => {
  const scene = read(bytes({ phase: 'playing', line: 'fn main', p1: { progress: 40, wpm: 55, accuracy: 99 }, p2: { progress: 1e9, wpm: 'x' }, end: null }));
  assert.deepEqual(scene.sides, [{ progress: 40, wpm: 55, accuracy: 99 }, { progress: 100, wpm: 0, accuracy: 0 }]);
  for (const bad of ['', '[]', 'null', '{"phase":1}', '{']) assert.throws(() => read(bytes(bad)), Malformed);
});
