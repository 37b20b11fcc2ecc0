/**
 * Owns which match this window plays or has played last, so that a reload shows it: the arena tells
 * by itself of no match that is over, nor of one that keeps nobody from another.
 * Invariant: only the match's id is kept, which anybody may know.
 */

const KEY = 'arena.match';

/** @returns {string | null} */
export function matchKept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {string | null} id null once it is over */
export function keepMatch(id) {
  if (id === matchKept()) return;
  try {
    if (id === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, id);
  } catch {
    // It is known until the page goes.
  }
}
