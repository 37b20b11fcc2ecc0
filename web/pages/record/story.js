/**
 * Owns what a line of a match's history says in words.
 * Invariant: a kind that this page does not know is still told, by its name.
 */

import { gameName } from '../meta.js';
import { clip } from '../text.js';
import { coins } from './money.js';
import { playerName } from './who.js';

/** @typedef {{ number: number, at: number, kind: string, body: any }} Line */
/** @typedef {{ p1: string, p2: string }} Names */

const HOW = /** @type {Record<string, string>} */ ({ played: 'played to the end', timed_out: 'by the time', forfeited: 'by forfeit', ruled: 'by an operator’s decision' });

/** @type {Record<string, (body: any, name: (side: unknown) => string) => string>} */
const SAID = {
  'match.made': (_, name) => `${name('p1')} and ${name('p2')} met.`,
  'match.accepted': ({ accepted }, name) => (accepted?.p1 && accepted?.p2 ? 'Both are there.' : `${name(accepted?.p1 ? 'p1' : 'p2')} is there.`),
  'match.stakes': ({ amount, p1, p2 }) => `The escrow has ${[p1, p2].filter((side) => side?.stake !== 'owed').length} of 2 stakes of ${coins(amount)}.`,
  'match.countdown': ({ commitment }) => (commitment ? 'The countdown began, and the line was settled: its hash was shown.' : 'The countdown began.'),
  'match.started': ({ line }) => (line ? `The game began with the line “${clip(line, 140)}”` : 'The game began.'),
  'match.disconnected': ({ side }, name) => `${name(side)} dropped out, and may come back.`,
  'match.reconnected': ({ side }, name) => `${name(side)} came back.`,
  'match.dodged': ({ side }, name) => `${name(side)} let the ready check fail.`,
  'match.reported': ({ side }, name) => `${name(side)} reported a result.`,
  'match.disputed': () => 'The two tell it differently: an operator has to decide.',
  'match.decided': ({ winner, how, score }, name) => `${winner ? `${name(winner)} won` : 'It is a draw'}, ${HOW[how] ?? clip(how, 20)}${score && (score.p1 || score.p2) ? ` (${score.p1} to ${score.p2})` : ''}.`,
  'match.signed': ({ side, both }, name) => `${name(side)} signed the result${both ? '; now both have' : ''}.`,
  'match.settled': () => 'The result is settled: nothing more will happen to it.',
  'match.cancelled': ({ reason }, name) => `The match was called off: ${REASONS[reason?.reason] ?? 'for a reason that this page does not know'}${reason?.by ? ` (${name(reason.by)})` : ''}.`,
  'match.expired': () => 'The time was over, and nobody had reported.',
  'rating.changed': ({ player, before, after, queue, team }, name) => `${team === 1 || team === 2 ? name(`p${team}`) : playerName(String(player))} went from ${before} to ${after} in ${gameName(String(queue))}.`,
  'queue.returned': ({ side }, name) => `${name(side)} went back to the queue, at the old place.`,
  'stream.up': () => 'It can be watched live.',
  'stream.down': ({ reason }) => `The stream ended: ${clip(reason, 80)}.`,
  'wager.proposed': ({ amount, proposer }, name) => `${name(proposer)} proposed a wager of ${coins(amount)} coins.`,
  'wager.accepted': () => 'The wager was accepted.',
  'wager.decided': () => 'The wager has a winner; the result may still be recorded.',
  'wager.won': () => 'The wager is won.',
  'wager.declined': () => 'The wager was declined.',
  'wager.lapsed': () => 'Nobody answered the wager in time.',
  'wager.void': () => 'Nobody wins the wager; stakes are given back.',
  'wager.chain': ({ standing }) => STANDINGS[standing?.chain] ?? 'The contract told of the wager.',
  'pool.opened': () => 'Onlookers may bet.',
  'pool.created': () => 'The pool stands on the chain.',
  'pool.found': () => 'The pool was found on the chain.',
  'pool.closed': () => 'Betting is closed.',
  'pool.won': () => 'The pool is won, and will be paid out.',
  'pool.void': () => 'Every bet goes back.',
  'pool.resolved': () => 'The contract pays out the pool.',
  'pool.cancelled': () => 'The contract gives every bet back.',
  'chain.done': ({ job }) => `On the chain: ${jobName(job)}.`,
  'admin.match_voided': ({ why }) => `An operator took the match back: ${clip(why, 200)}`,
  'admin.match_resolved': ({ why }) => `An operator decided: ${clip(why, 200)}`,
  'admin.match_requeued': ({ why }) => `An operator sent both back to the queue: ${clip(why, 200)}`,
};

const STANDINGS = /** @type {Record<string, string>} */ ({
  open: 'The contract holds the first stake of the wager.', locked: 'The contract holds both stakes of the wager.', paid: 'The contract paid the wager.',
  paid_elsewhere: 'The contract paid the wager by another match of the two.', returned: 'The contract gave back what it held of the wager.',
  wrong: 'The contract says something else of the wager than what was agreed upon.',
});

const REASONS = /** @type {Record<string, string>} */ ({
  declined: 'somebody did not want to play', unanswered: 'somebody was not there in time', disconnected: 'somebody dropped out before the start',
  left: 'somebody left before the start', unstaked: 'somebody did not stake in time', no_escrow: 'the chain opened no escrow in time',
  unlocked: 'the chain took a stake back', deserted: 'both dropped out', unresolved: 'nobody decided the dispute', voided: 'an operator took it back',
});

const JOBS = /** @type {Record<string, string>} */ ({
  record_match: 'the result is recorded', post_rating: 'a rating is posted', create_pool: 'the pool is opened', close_pool: 'betting is closed',
  resolve_pool: 'the pool is paid out', cancel_pool: 'every bet goes back', settle_wager: 'the wager is paid', refund_wager: 'the wager is given back',
  create_escrow: 'the escrow is opened', escrow_result: 'the escrow pays the winner', fund_wallet: 'coins go to a wallet', pay_escrow: 'a stake is paid into the escrow',
});

/** What an effect on the chain is, in words. @param {unknown} kind */
export function jobName(kind) {
  const it = String(kind);
  return Object.hasOwn(JOBS, it) ? JOBS[it] : clip(it.replaceAll('_', ' '), 40);
}

/** @param {Line} line @param {Names} names @returns {string} */
export function story({ kind, body }, names) {
  const name = (/** @type {unknown} */ side) => (side === 'p1' || side === 'p2' ? names[side] : 'Somebody');
  return SAID[kind]?.(body ?? {}, name) ?? `${clip(kind, 60)}.`;
}

/** The transaction that did what a line tells. @param {Line} line @returns {string | null} */
export function transactionOf({ body }) {
  const hash = body?.transaction ?? body?.tx_hash ?? body?.hash;
  return typeof hash === 'string' && /^0x[0-9a-f]{64}$/i.test(hash) ? hash : null;
}

/** Where a match is, in a word and a tone. @param {any} course */
export function courseWord(course) {
  switch (course?.state) {
    case 'matched': return { word: 'ready check', tone: 'warn' };
    case 'staking': return { word: 'staking', tone: 'warn' };
    case 'ready': return { word: 'countdown', tone: 'warn' };
    case 'active': return { word: 'playing', tone: 'live' };
    case 'resolved': return course.verdict?.verdict === 'disputed' ? { word: 'disputed', tone: 'bad' } : { word: 'decided', tone: 'good' };
    case 'settled': return { word: 'settled', tone: 'good' };
    case 'cancelled': return { word: 'called off', tone: '' };
    case 'expired': return { word: 'expired', tone: '' };
    default: return { word: clip(course?.state, 20) || 'unknown', tone: '' };
  }
}

/** @param {any} course @returns {'p1' | 'p2' | 'draw' | null} */
export function winnerOf(course) {
  const outcome = course?.state === 'settled' ? course.outcome : course?.verdict;
  if (outcome?.winner === 'p1' || outcome?.winner === 'p2') return outcome.winner;
  return outcome?.outcome === 'drawn' ? 'draw' : null;
}
