/** Owns how filters of matches become a question to the API. */

const DAY_MS = 86_400_000;
const PAGE = 30;

/**
 * @param {{ game: string, state: string, player: string, since: string, until: string }} wanted dates as `2026-03-01`, the last one included
 * @param {string | null} before
 */
export function matchQuery({ game, state, player, since, until }, before) {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (game) query.set('queue', game);
  if (state) query.set('state', state);
  const account = /^(?:identity:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(player);
  if (account) query.set('player', account[1]);
  else if (player) query.set('connect_code', player.replace(/^code:/, ''));
  const from = dayStart(since);
  const to = dayStart(until);
  if (from !== null) query.set('since', String(from));
  if (to !== null) query.set('until', String(to + DAY_MS));
  if (before) query.set('before', before);
  return query.toString();
}

/** @param {string} day @returns {number | null} its first millisecond, where the visitor is */
function dayStart(day) {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (!year) return null;
  const ms = new Date(Number(year), Number(month) - 1, Number(date)).getTime();
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}
