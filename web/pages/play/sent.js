/**
 * Owns what this window has handed to a wallet and has not seen the end of, so that a reload still
 * knows of it.
 * Invariant: a wager and the stake of the same match are two, and neither stands in the other's way.
 * Nothing of it is secret: hashes, numbers and names that a chain shows to anybody. Where
 * the browser keeps nothing, it is known until the page goes.
 */

/** @typedef {{ id: string, queue: string, you: import('./course.js').SideName, opponent: import('./course.js').Opponent }} Of which match */
/** @typedef {Pick<Of, 'id' | 'you'>} Side of a match */
/**
 * @typedef {object} Sent
 * @property {Of} match
 * @property {'offer' | 'answer' | 'back' | 'stake'} what for a wager: its offer, the stake against it, the offer taken back; or a stake for the escrow
 * @property {string} hash of the transaction
 * @property {boolean} isIn whether it is in a block
 * @property {string | null} number what the contract calls the wager, once it has said
 * @property {string} amount wei
 */

const KEY = 'arena.sent';
const KEPT_MAX = 8;

/** @type {Sent[]} the oldest first */
let held = read();

/** A wager on a match, or with `isEscrow` the match's own stake. @param {Side} match @param {boolean} [isEscrow] */
export function sentOf(match, isEscrow = false) {
  return held.find((it) => isOf(it, match, isEscrow)) ?? null;
}

/** What was sent last, and may still be in its contract. */
export function newestSent() {
  return held.at(-1) ?? null;
}

/** The newest word of it; what was known before is replaced. @param {Sent} sent */
export function keepSent(sent) {
  held = [...held.filter((it) => !isOf(it, sent.match, sent.what === 'stake')), sent].slice(-KEPT_MAX);
  write();
}

/** @param {Side} match @param {boolean} [isEscrow] */
export function forgetSent(match, isEscrow = false) {
  held = held.filter((it) => !isOf(it, match, isEscrow));
  write();
}

/** @param {Sent} sent @param {Side} match @param {boolean} isEscrow */
function isOf({ match, what }, { id, you }, isEscrow) {
  return match.id === id && match.you === you && (what === 'stake') === isEscrow;
}

/** @returns {Sent[]} */
function read() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter((it) => typeof it?.match?.id === 'string' && typeof it.hash === 'string').slice(-KEPT_MAX) : [];
  } catch {
    return [];
  }
}

function write() {
  try {
    if (held.length === 0) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // It is known until the page goes.
  }
}
