/**
 * Owns how often a match's page asks for what is new. Pure.
 * Invariant: what nothing more happens to is asked for no more, and nobody's hidden page asks often.
 */

const LIVELY_MS = 2000;
const DECIDED_MS = 5000;
const HIDDEN_MS = 30_000;
/** Stakes are paid and pools closed shortly after a match is over. */
const AFTERMATH_MS = 60_000;
const OVER = ['settled', 'cancelled', 'expired'];

/**
 * How long to wait before the next question; null if there is nothing more to ask.
 * @param {string} state of the match
 * @param {{ sinceNewsMs: number, isStreamed: boolean, isHidden: boolean }} now `sinceNewsMs`: since anything happened to it
 * @returns {number | null}
 */
export function pauseMs(state, { sinceNewsMs, isStreamed, isHidden }) {
  const isOver = OVER.includes(state);
  if (isOver && !isStreamed && sinceNewsMs >= AFTERMATH_MS) return null;
  if (isHidden) return HIDDEN_MS;
  return isOver || state === 'resolved' ? DECIDED_MS : LIVELY_MS;
}
