import assert from 'node:assert/strict';
import test from 'node:test';

import { arranged, merged, ratingOf } from '../../pages/listing.js';

const channel = (name, more = {}) => ({ name, schema: 'melee/1', viewers: 0, publisher_since: 1, rate: 20, delay_ms: 0, meta: {}, ...more });
const names = (channels) => channels.map(({ name }) => name);
const ALL = { text: '', schema: '' };

test('channels of matches know who plays, and how well', () => {
  const match = { queue: 'melee', tier: null, p1: { connect_code: 'FOX#1', rating: 1510 }, p2: { connect_code: 'KITE#2', rating: 1620 }, stream: { channel: 'match/1' } };
  const [first] = merged([channel('match/1')], [match]);
  assert.deepEqual(first.match.sides, [{ name: 'FOX#1', rating: 1510 }, { name: 'KITE#2', rating: 1620 }]);
  assert.equal(ratingOf(first), 1620);
  const [duel] = merged([channel('match/2/duel', { schema: 'duel/1+json', meta: { queue: 'code_duel', p1: { connect_code: 'A', rating: 1200 }, p2: null } })], null);
  assert.deepEqual(duel.match.sides.map(({ name }) => name), ['A', 'Player 2']);
});

test('what is live comes first, then what is watched, then what is played best, then what is newest', () => {
  const all = merged([
    channel('quiet', { publisher_since: null, viewers: 99 }), channel('b', { viewers: 3, publisher_since: 5 }),
    channel('a', { viewers: 3, publisher_since: 9 }), channel('c', { viewers: 7, publisher_since: 1 }),
  ], []);
  assert.deepEqual(names(arranged(all, ALL)), ['c', 'a', 'b', 'quiet']);
  const rated = (/** @type {string} */ of, /** @type {number} */ rating) => ({ queue: 'melee', p1: { rating }, p2: null, stream: { channel: of } });
  const known = merged([channel('old'), channel('best'), channel('new', { publisher_since: 2 })], [rated('old', 1500), rated('best', 1700), rated('new', 1500)]);
  assert.deepEqual(names(arranged(known, ALL)), ['best', 'new', 'old']);
});

test('a word finds players, channels and games', () => {
  const all = merged([
    channel('one', { meta: { players: [{ port: 1, connectCode: 'FOX#1', displayName: 'Kite' }] } }), channel('two', { schema: 'chess/1' }),
  ], []);
  for (const [text, found] of [['kite', ['one']], ['fox', ['one']], ['TWO', ['two']], ['chess', ['two']], ['nothing', []]]) {
    assert.deepEqual(names(arranged(all, { ...ALL, text })), found);
  }
  assert.deepEqual(names(arranged(all, { ...ALL, schema: 'chess/1' })), ['two']);
});

test('whatever the lists answer, there is a list', () => {
  for (const channels of [null, {}, 'x', [null], [{ name: 'a b' }], [{ name: 'x'.repeat(200) }]]) assert.deepEqual(merged(channels, null), []);
  assert.equal(merged([channel('ok', { viewers: -1, rate: 'x', meta: null })], [null, {}])[0].viewers, 0);
  assert.equal(arranged(merged(Array.from({ length: 500 }, (_, i) => channel(`c${i}`)), []), ALL).length, 200);
});
