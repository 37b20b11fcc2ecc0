import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { signInText } from '../pages/account/siwe.js';
import { troubleOf } from '../pages/account/wallet.js';
import { readMetrics, Series } from '../pages/operate/prometheus.js';
import { explained } from '../pages/play/lobby.js';
import { isPromised } from '../pages/play/promise.js';
import { coins, readCoins } from '../pages/record/money.js';
import { scale } from '../pages/record/plot.js';
import { matchQuery } from '../pages/record/query.js';
import { courseWord, story, transactionOf, winnerOf } from '../pages/record/story.js';
import { ladderName, playerName, playerPath, sideName } from '../pages/record/who.js';

const NAMES = { p1: 'ADA', p2: 'BOB' };

test('coins are read to the last digit or not at all', () => {
  for (const [text, wei] of /** @type {[string, bigint | null][]} */ ([
    ['1', 10n ** 18n], ['0.1', 10n ** 17n], ['0,5', 5n * 10n ** 17n], ['0.000000000000000001', 1n],
    ['1000000000.000000000000000001', 10n ** 27n + 1n], ['0', null], ['-1', null], ['1e3', null], ['1.0000000000000000001', null], ['', null], ['1.', null],
  ])) assert.equal(readCoins(text), wei, text);
});

test('wei are said in coins, however many', () => {
  for (const [wei, text] of [['0', '0'], ['1500000000000000000', '1.5'], ['1', '< 0.0001'], ['1234567000000000000000000', '1 234 567'], ['nonsense', '–']]) {
    assert.equal(coins(wei), text, wei);
  }
});

test('filters become a question, with whole days', () => {
  const none = { game: '', state: '', player: '', since: '', until: '' };
  assert.equal(matchQuery(none, null), 'limit=30');
  const query = new URLSearchParams(matchQuery({ game: 'melee', state: 'settled', player: 'code:FOX#123', since: '2026-03-01', until: '2026-03-01' }, 'x'));
  assert.equal(query.get('connect_code'), 'FOX#123');
  assert.equal(Number(query.get('until')) - Number(query.get('since')), 86_400_000);
  const account = matchQuery({ ...none, player: 'identity:01a1ff04-8cdc-79b4-b3dc-d7e60de1e3a4' }, null);
  assert.match(account, /player=01a1ff04/);
  assert.equal(matchQuery({ ...none, since: 'yesterday' }, null), 'limit=30');
});

test('every line of a history is told, also of a kind that nobody knows', () => {
  const told = (/** @type {string} */ kind, /** @type {any} */ body) => story({ number: 1, at: 0, kind, body }, NAMES);
  assert.equal(told('match.made', {}), 'ADA and BOB met.');
  assert.equal(told('match.decided', { winner: 'p2', how: 'forfeited', score: { p1: 0, p2: 0 } }), 'BOB won, by forfeit.');
  assert.equal(told('match.cancelled', { reason: { reason: 'declined', by: 'p1' } }), 'The match was called off: somebody did not want to play (ADA).');
  assert.equal(told('rating.changed', { player: 'code:ADA', before: 1200, after: 1216, queue: 'melee' }), 'ADA went from 1200 to 1216 in Melee.');
  for (const chain of ['open', 'locked', 'paid', 'paid_elsewhere', 'returned', 'wrong']) {
    assert.notEqual(told('wager.chain', { standing: { chain } }), 'The contract told of the wager.', chain);
  }
  assert.equal(told('moon.landed', null), 'moon.landed.');
  assert.equal(told('chain.done', { job: 'record_match' }), 'On the chain: the result is recorded.');
  assert.equal(told('chain.done', { job: 'moon_job' }), 'On the chain: moon job.');
  const of = (/** @type {any} */ body) => transactionOf({ number: 1, at: 0, kind: 'chain.done', body });
  assert.equal(of({ transaction: `0x${'ab'.repeat(32)}` }), `0x${'ab'.repeat(32)}`);
  for (const body of [null, {}, { transaction: 'javascript:alert(1)' }, { tx_hash: 7 }]) assert.equal(of(body), null);
});

test('where a match is has a word, and who won is known', () => {
  assert.equal(courseWord({ state: 'resolved', verdict: { verdict: 'disputed' } }).word, 'disputed');
  assert.equal(winnerOf({ state: 'resolved', verdict: { verdict: 'decided', outcome: 'won', winner: 'p1' } }), 'p1');
  assert.equal(winnerOf({ state: 'settled', outcome: { outcome: 'drawn', how: 'played' } }), 'draw');
  assert.equal(winnerOf({ state: 'active' }), null);
  assert.equal(courseWord(undefined).word, 'unknown');
});

test('names are short, and links stay on this site', () => {
  assert.equal(sideName({ name: '<b>x</b>'.repeat(2000) }).length, 28);
  assert.equal(sideName({ wallet: '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf' }), '0x7E5F…5Bdf');
  assert.equal(sideName({ name: '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf' }), '0x7e5f…5bdf');
  assert.equal(playerName('identity:1', '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf'), '0x7e5f…5bdf');
  assert.equal(ladderName({ connect_code: 'FOX#123' }), 'code:FOX#123');
  assert.equal(playerPath('code:../../x?y#z'), '/players/code%3A..%2F..%2Fx%3Fy%23z');
  assert.equal(playerName('identity:01a1ff04-8cdc-79b4-b3dc-d7e60de1e3a4'), 'player e1e3a4');
  assert.equal(playerName('code:'), 'somebody');
});

test('a wallet signs for this arena alone, at this time, with this nonce', () => {
  const text = signInText({ domain: 'arena.example', address: '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf', uri: 'https://arena.example', chainId: 143, nonce: 'abc123', issuedAt: new Date(0) });
  assert.match(text, /^arena\.example wants you to sign in with your Ethereum account:\n0x7E5F/);
  assert.match(text, /\nURI: https:\/\/arena\.example\nVersion: 1\nChain ID: 143\nNonce: abc123\nIssued At: 1970-01-01T00:00:00\.000Z$/);
});

test('whatever a wallet throws has words', () => {
  for (const [thrown, code] of /** @type {[any, string][]} */ ([
    [{ code: 4001 }, 'refused'], [{ code: -32603, data: { originalError: { code: 4902 } } }, 'unknown_chain'], [{ code: -32002 }, 'busy'],
    [{ message: 'x'.repeat(10_000) }, 'failed'], [undefined, 'failed'], ['no', 'failed'],
  ])) {
    const trouble = troubleOf(thrown);
    assert.equal(trouble.code, code);
    assert.ok(trouble.advice.length > 0 && trouble.advice.length < 300);
  }
});

test('why nobody has come is said in sentences', () => {
  const why = { considered: 3, may_meet: 0, ruled_out: { tier: 2, distance: 1 }, reach: 100, reaches_further_at: 15_000, held_until: null, nearest: [] };
  assert.deepEqual(explained(why, 0), ['3 others wait; 0 of them you may meet.', '2 of them: playing for another stake.', '1 of them: rated too far away for now.', 'You meet ratings up to 100 away, further in 15 s.']);
  assert.equal(explained(null, 0).length, 0);
});

test('counters become rates, also over a restart', () => {
  const series = new Series();
  [10, 30, 5].forEach((total, i) => series.add(i * 2000, readMetrics(`# HELP x\nx_total{a="1"} ${total}\nx_total{a="2"} 0\nbroken\ny NaN\n`)));
  assert.deepEqual(series.rate('x_total').map(({ y }) => y), [10, 2.5]);
  assert.deepEqual(series.level('y'), []);
});

test('an axis has round numbers around what is drawn', () => {
  assert.deepEqual(scale([1500, 1805]).ticks, [1500, 1600, 1700, 1800, 1900]);
  assert.deepEqual(scale([0, 0], 0).ticks.at(0), 0);
  const flat = scale([1200, 1200]);
  assert.ok(flat.low <= 1200 && flat.high >= 1200 && flat.ticks.length >= 2);
});

test('a line that was changed after it was settled is found out', async () => {
  const [salt, line] = ['00ff', 'let a = 1;'];
  const commitment = createHash('sha256').update(`arena/code-duel/1\n${salt}\n${line}`).digest('hex');
  assert.ok(await isPromised(commitment, salt, line));
  assert.ok(!await isPromised(commitment, salt, 'let a = 2;'));
});
