/** Owns how times and spans are said. */

const DAY_MS = 86_400_000;

/** @param {number} ms since 1970 @param {number} now */
export function ago(ms, now) {
  const s = Math.max(0, Math.round((now - ms) / 1000));
  if (s < 60) return s < 5 ? 'just now' : `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  return new Date(ms).toLocaleDateString('en', now - ms > 300 * DAY_MS ? { year: 'numeric', month: 'short', day: 'numeric' } : { month: 'short', day: 'numeric' });
}

/** @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
}

/** @param {number} ms since 1970 */
export function clockTime(ms) {
  return new Date(ms).toLocaleTimeString('en', { hour12: false });
}

/**
 * A time of the page's own, which tells the whole of it to who points at it.
 * @param {number} ms since 1970 @param {string} text
 */
export function timeElement(ms, text) {
  const it = document.createElement('time');
  it.dateTime = new Date(ms).toISOString();
  it.title = new Date(ms).toLocaleString('en');
  it.textContent = text;
  return it;
}
