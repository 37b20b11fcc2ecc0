import assert from 'node:assert/strict';
import test from 'node:test';

import { begin, step } from '../pages/play/course.js';

const ME = 'p1';
const MATCH = '01a1ff04-8cdc-79b4-b3dc-d7e60de1e3a4';
const ENTRY = '01a1ff04-0000-79b4-b3dc-d7e60de1e3a4';

let number = 0;
/** @param {string} type @param {object} data */
const line = (type, data) => ({ type, ts: 1000 + number, number: ++number, data });
/** @param {string} type @param {object} data */
const word = (type, data) => ({ type, ts: 1000, data });
/** @param {any[]} messages */
const after = (...messages) => messages.reduce(step, begin());

const waiting = () => word('queue.update', { queue_id: ENTRY, status: 'waiting', position: 1, estimated_wait_secs: 9, players_in_tier: 1 });
const found = () => line('match.found', { match_id: MATCH, queue: 'code_duel', you: ME, opponent: { connect_code: 'BOB#2', rating: 1200 }, tier: 'bronze', wager: '5', accept_deadline: 16_000 });
const countdown = () => line('match.countdown', { match_id: MATCH, starts_at: 21_000, seconds_remaining: 5, commitment: 'c0ffee' });
const started = () => line('game.started', { match_id: MATCH, line: 'let a = 1;', salt: '00', duration_secs: 60 });
const result = () => line('game.result', { match_id: MATCH, winner: 'p1', how: 'played', you: ME, rating_change: 16 });

test('a duel goes from the queue to its result', () => {
  const phases = [];
  let course = begin();
  for (const message of [waiting(), found(), countdown(), started(), result()]) {
    course = step(course, message);
    phases.push(course.phase);
  }
  assert.deepEqual(phases, ['waiting', 'found', 'countdown', 'playing', 'over']);
  assert.equal(course.match?.commitment, 'c0ffee');
  assert.equal(course.result?.ratingChange, 16);
  assert.equal(course.entry?.id, ENTRY);
});

test('who has said that he is there is known of both', () => {
  const course = after(waiting(), found(), line('match.accepted', { match_id: MATCH, accepted: { p1: false, p2: true } }));
  assert.deepEqual(course.match?.accepted, ['p2']);
});

test('where nobody is asked whether he is there, two who met play', () => {
  const course = after(waiting(), line('match.found', { match_id: MATCH, queue: 'melee', you: ME, opponent: { connect_code: 'BOB#2', rating: 1500 }, tier: null, wager: null, accept_deadline: null }));
  assert.equal(course.phase, 'playing');
  assert.equal(course.duel, null);
});

test('stakes are paid between the ready check and the countdown, and who did not is told so', () => {
  const stakes = (/** @type {number | null} */ until) => ({ match_id: MATCH, chain_id: 31_337, contract: '0x1', amount: '50', join: null, lock_by: until, p1: { stake: 'owed' }, p2: { stake: 'locked' } });
  const staking = after(waiting(), found(), line('match.stakes', stakes(60_000)));
  assert.equal(staking.phase, 'staking');
  assert.equal(staking.match?.stakes?.p2.stake, 'locked');
  const counted = [countdown(), line('match.stakes', stakes(null))].reduce(step, staking);
  assert.equal(counted.phase, 'countdown', 'what is told of them later moves nobody back');
  const unpaid = step(staking, line('match.cancelled', { match_id: MATCH, reason: { reason: 'unstaked', paid: { p1: false, p2: true } } }));
  assert.match(unpaid.note, /You did not stake in time/);
});

test('what is told twice, or of another match, changes nothing', () => {
  const before = after(waiting(), found(), countdown());
  const begun = started();
  const course = step(before, begun);
  assert.equal(step(course, begun), course);
  const other = step(course, word('game.opponent_progress', { match_id: 'another', progress: 1 }));
  assert.equal(other.duel?.theirs.progress, 0);
});

test('whoever is left waiting is told why, and is back in the queue', () => {
  const there = after(waiting(), found());
  const cancelled = line('match.cancelled', { match_id: MATCH, kind: 'match.cancelled', reason: { reason: 'unanswered', accepted: { p1: true, p2: false } } });
  const back = line('queue.update', { queue_id: ENTRY, status: 'waiting', position: null, estimated_wait_secs: null, players_in_tier: null });
  const course = [cancelled, back].reduce(step, there);
  assert.equal(course.phase, 'waiting');
  assert.match(course.note, /opponent was not there/);
  const mine = after(waiting(), found(), line('match.cancelled', { match_id: MATCH, reason: { reason: 'declined', by: 'p1' } }));
  assert.equal(mine.phase, 'idle');
  assert.match(mine.note, /^You did not want/);
});

test('whoever comes back in the middle of a duel goes on where the arena has him', () => {
  const match = { id: MATCH, queue: 'code_duel', tier: 'bronze', course: { state: 'active', presence: { p1: { presence: 'here' }, p2: { presence: 'away', until: 50_000 } } }, p1: {}, p2: { connect_code: 'BOB#2', rating: 1200 } };
  const duel = { line: 'let a = 1;', salt: '00', started_at: 21_000, commitment: 'c0ffee', p1: { progress: 0.3, wpm: 20, accuracy: 1, current_position: 3, next: 4 }, p2: { progress: 0, wpm: 0, accuracy: 1, current_position: 0 } };
  const course = after(word('state.snapshot', { queue_id: ENTRY, status: 'matched', match, you: ME, duel, number: 99 }));
  assert.equal(course.phase, 'playing');
  assert.equal(course.duel?.mine.next, 4);
  assert.deepEqual(course.match?.away, { side: 'p2', until: 50_000 });
  assert.equal(course.seen, 99);
});

test('a snapshot of somebody who does nothing is the beginning, and a result that is shown stays', () => {
  const nothing = word('state.snapshot', { queue_id: null, status: null, match: null, you: null, duel: null, number: 7 });
  assert.equal(after(nothing).phase, 'idle');
  assert.equal(after(waiting(), found(), started(), result(), nothing).phase, 'over');
});

test('an entry that ended says so', () => {
  assert.match(after(waiting(), line('queue.update', { queue_id: ENTRY, status: 'expired' })).note, /Nobody came in time/);
  assert.match(after(waiting(), line('queue.update', { queue_id: ENTRY, status: 'cancelled' })).note, /left the queue/);
});

test('who has reported is known, and that two told it differently', () => {
  const met = line('match.found', { match_id: MATCH, queue: 'melee', you: ME, opponent: {}, tier: null, wager: null, accept_deadline: null });
  const reported = (/** @type {string} */ side) => line('match.update', { match_id: MATCH, kind: 'match.reported', side });
  const both = after(met, reported('p2'), reported('p1'), reported('p1'));
  assert.deepEqual(both.match?.reported, ['p2', 'p1']);
  const differently = step(both, line('match.update', { match_id: MATCH, kind: 'match.disputed' }));
  assert.equal(differently.match?.isDisputed, true);
  assert.equal(differently.phase, 'playing', 'an operator decides');
  const match = { id: MATCH, queue: 'melee', tier: null, course: { state: 'resolved', verdict: { verdict: 'disputed' } }, p1: {}, p2: {} };
  const back = after(word('state.snapshot', { queue_id: ENTRY, status: 'matched', match, you: ME, duel: null, number: 99 }));
  assert.deepEqual([back.phase, back.match?.isDisputed], ['playing', true], 'also for who comes back');
});

test('whoever plays elsewhere stays in that match when the arena tells of none', () => {
  const met = line('match.found', { match_id: MATCH, queue: 'melee', you: ME, opponent: {}, tier: null, wager: null, accept_deadline: null });
  const nothing = word('state.snapshot', { queue_id: null, status: null, match: null, you: null, duel: null, number: number + 5 });
  assert.equal(after(met, nothing).phase, 'playing');
  const match = (/** @type {object} */ course) => ({ id: MATCH, queue: 'melee', tier: null, course, p1: {}, p2: {} });
  const told = (/** @type {object} */ course) => word('state.snapshot', { queue_id: null, status: 'matched', match: match(course), you: ME, duel: null });
  assert.equal(after(met, told({ state: 'resolved', verdict: { verdict: 'decided', outcome: 'won', winner: 'p1' } })).phase, 'over');
  assert.match(after(met, told({ state: 'cancelled', reason: { reason: 'unresolved' } })).note, /nobody decided/);
  assert.match(after(met, told({ state: 'expired' })).note, /Nobody reported/);
});

test('who is back in the queue before it is told why, is told so then', () => {
  const there = after(waiting(), found());
  const back = line('queue.update', { queue_id: ENTRY, status: 'waiting', position: null, estimated_wait_secs: null, players_in_tier: null });
  const why = line('match.cancelled', { match_id: MATCH, kind: 'match.cancelled', reason: { reason: 'disconnected', by: 'p2' } });
  const course = [back, why].reduce(step, there);
  assert.equal(course.phase, 'waiting');
  assert.match(course.note, /^Your opponent dropped out/);
});

test('who is met at once still knows his entry', () => {
  const met = line('match.found', { match_id: MATCH, queue: 'melee', you: ME, opponent: {}, tier: null, wager: null, accept_deadline: null });
  assert.equal(after(met, word('queue.update', { queue_id: ENTRY, status: 'matched' })).entry?.id, ENTRY);
});
