/**
 * Owns what is said of a wager to one of its two sides, and what that side can do about it.
 * Invariant: a function of what the arena and this window know; a stake is asked for only once both
 * sides have been told of it, and only while the arena still counts it.
 */

import { coins, coinsSaid } from '../record/money.js';
import { span } from '../record/when.js';

/** @typedef {{ wager_id: string | null, amount: string, proposer: string, backing: string, course: any, standing: any, bound: boolean, refundable_at: number | null }} Wager as the arena shows it */
/** @typedef {'accept' | 'decline' | 'stake' | 'withdraw' | 'back'} Act */
/** @typedef {{ head: string, lines: string[], acts: [Act, string][], stakeNow: boolean }} Words */

const AMOUNT_DIGITS = 6;
const VOID = /** @type {Record<string, string>} */ ({
  no_result: 'the match has no result', drawn: 'the match was drawn', unsecured: 'not both stakes were there in time',
  contradicted: 'the contract says something else of it', taken_back: 'a stake was taken back',
  paid_elsewhere: 'another game of you two was paid by it',
});

/**
 * @param {Wager} wager
 * @param {'p1' | 'p2'} you
 * @param {import('./sent.js').Sent | null} sent what this window has sent for it
 * @param {number} now by the arena's clock
 * @returns {Words}
 */
export function wagerWords(wager, you, sent, now) {
  const { course, standing: { chain }, backing, bound } = wager;
  const amount = coins(wager.amount, AMOUNT_DIGITS);
  const isMine = wager.proposer === you;
  const isUnderWay = sent !== null && !sent.isIn;
  const head = `${coinsSaid(wager.amount, AMOUNT_DIGITS)} each: ${state(course)}.`;
  const lines = [holder(chain, wager, you, isMine)];
  if (isUnderWay) lines.push(`${sent.what === 'back' ? 'Taking your offer back' : 'Your stake'} is under way: transaction ${shortHash(sent.hash)}. Nothing has to be sent again.`);
  const isHeld = backing === 'contract';
  // Whose turn it is: the offer first, then the stake against it.
  const isMyTurn = isHeld && !isUnderWay && chain === (isMine ? 'unseen' : 'open') && sent?.what !== 'back' && !(sent?.what === (isMine ? 'offer' : 'answer') && sent.isIn);
  switch (course.state) {
    case 'proposed': {
      const left = `${span(course.answer_by - now)} left to answer.`;
      if (!isMine) return { head, lines: [...lines, left], acts: [['accept', `Stake ${amount}`], ['decline', 'Decline']], stakeNow: false };
      return { head, lines: [...lines, left], acts: [...stakeAct(isMyTurn, amount), ['withdraw', 'Take it back']], stakeNow: false };
    }
    case 'accepted': {
      if (!isHeld || chain === 'locked' || chain === 'paid') return { head, lines, acts: [], stakeNow: false };
      // What another match may pay out is not staked without another look.
      const isForAny = !isMine && chain === 'open' && !bound;
      const waits = isForAny ? 'The offer names no match: whichever game of you two is settled first pays it. Put your stake in only if you would play any of them for it.' : isMyTurn ? 'Now it is your stake.' : isMine ? 'Your opponent’s stake comes next.' : 'Your opponent’s stake comes first, then yours is asked for.';
      return { head, lines: [...lines, waits, `${span(course.secure_by - now)} left for both stakes, or nobody wins it.`], acts: stakeAct(isMyTurn, amount), stakeNow: isMyTurn && !isForAny };
    }
    case 'declined': case 'lapsed': case 'void': return { head, ...afterwards(wager, isMine, sent, isUnderWay, now, lines), stakeNow: false };
    default: return { head, lines, acts: [], stakeNow: false };
  }
}

/** @param {boolean} isMyTurn @param {string} amount @returns {[Act, string][]} */
function stakeAct(isMyTurn, amount) {
  return isMyTurn ? [['stake', `Put in ${amount}`]] : [];
}

/**
 * Nobody can win it any more: what becomes of what was put in.
 * @param {Wager} wager @param {boolean} isMine @param {import('./sent.js').Sent | null} sent @param {boolean} isUnderWay @param {number} now @param {string[]} lines
 * @returns {{ lines: string[], acts: [Act, string][] }}
 */
function afterwards({ backing, standing: { chain }, refundable_at: refundableAt }, isMine, sent, isUnderWay, now, lines) {
  if (backing !== 'contract') return { lines, acts: [] };
  if (chain === 'locked' || refundableAt !== null) {
    const when = refundableAt !== null && refundableAt > now ? `in ${span(refundableAt - now)}` : 'now';
    return { lines: [...lines, `Both stakes go back ${when}; the arena asks for it, there is nothing to do. If the match’s result is recorded before, its winner can be paid instead.`], acts: [] };
  }
  if (['returned', 'paid', 'paid_elsewhere'].includes(chain) || isUnderWay) return { lines, acts: [] };
  const isThere = isMine && (chain === 'open' || (sent?.what === 'offer' && sent.number !== null));
  if (isThere) return { lines: [...lines, 'Your stake is still there: take it back.'], acts: [['back', 'Take the offer back']] };
  if (chain === 'open') return { lines: [...lines, 'It is too late to stake: nothing of yours is in it.'], acts: [] };
  return { lines: chain === 'unseen' && sent === null ? [...lines, 'The arena knows of no stake of yours.'] : lines, acts: [] };
}

/** @param {any} course */
function state(course) {
  switch (course.state) {
    case 'proposed': return 'proposed';
    case 'accepted': return 'agreed upon';
    case 'decided': return 'the match is decided, and its result is being recorded';
    case 'won': return 'won';
    case 'declined': return 'declined';
    case 'lapsed': return 'not answered in time';
    case 'void': return `nobody wins it, because ${VOID[course.why] ?? 'it did not come about'}`;
    default: return 'its state has no words on this page; reload it';
  }
}

/** @param {string} chain @param {Wager} wager @param {'p1' | 'p2'} you @param {boolean} isMine */
function holder(chain, { amount, standing }, you, isMine) {
  switch (chain) {
    case 'word': return 'No chain is set up here: nobody holds these stakes, both sides have given their word.';
    case 'unseen': return 'The contract holds nothing of it yet.';
    case 'open': return `The contract holds ${isMine ? 'your' : 'your opponent’s'} stake.`;
    case 'locked': return 'The contract holds both stakes.';
    case 'paid': return `The contract has paid ${coinsSaid(String(2n * BigInt(amount)), AMOUNT_DIGITS)} to ${standing.winner === you ? 'you' : 'your opponent'}.`;
    case 'paid_elsewhere': return `The contract has paid ${standing.winner === you ? 'you' : 'your opponent'} by another game of you two: the offer named none.`;
    case 'returned': return 'The contract has given back what it held.';
    default: return 'What the contract says of it is not what you two agreed upon.';
  }
}

/** @param {string} hash */
export const shortHash = (hash) => `${hash.slice(0, 10)}…${hash.slice(-6)}`;
