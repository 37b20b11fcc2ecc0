/**
 * Owns what this browser has handed to a wallet and has not seen the end of, so that a page that is
 * opened again still knows of it.
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
 * @property {number} [at] when it was kept first, by this browser's clock
 */

const KEY = 'arena.sent';
const KEPT_MAX = 20;
/** An offer that nobody took stays in its contract until it is taken back. */
const KEPT_MS = 30 * 86_400_000;

/** As it was read or written last, the oldest first. @type {Sent[]} */
let held = [];
let isKept = true;

/** A wager on a match, or with `isEscrow` the match's own stake. @param {Side} match @param {boolean} [isEscrow] */
export function sentOf(match, isEscrow = false) {
  return read().find((it) => isOf(it, match, isEscrow)) ?? null;
}

/** What was sent last, and may still be in its contract. */
export function newestSent() {
  return read().at(-1) ?? null;
}

/** The newest word of it; what was known before is replaced. @param {Sent} sent */
export function keepSent(sent) {
  const others = read().filter((it) => !isOf(it, sent.match, sent.what === 'stake'));
  write([...others, { ...sent, at: sent.at ?? Date.now() }].slice(-KEPT_MAX));
}

/** @param {Side} match @param {boolean} [isEscrow] */
export function forgetSent(match, isEscrow = false) {
  write(read().filter((it) => !isOf(it, match, isEscrow)));
}

/** @param {Sent} sent @param {Side} match @param {boolean} isEscrow */
function isOf({ match, what }, { id, you }, isEscrow) {
  return match.id === id && match.you === you && (what === 'stake') === isEscrow;
}

/** Each time anew: another page may have written since. @returns {Sent[]} */
function read() {
  try {
    if (isKept) held = JSON.parse(localStorage.getItem(KEY) ?? '[]').filter(isWhole).slice(-KEPT_MAX);
  } catch {
    // As this page knows it.
  }
  return held;
}

/** @param {any} it */
function isWhole(it) {
  return typeof it?.match?.id === 'string' && typeof it.hash === 'string' && Date.now() - it.at < KEPT_MS;
}

/** @param {Sent[]} fresh */
function write(fresh) {
  held = fresh;
  try {
    if (held.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    isKept = false;
  }
}
