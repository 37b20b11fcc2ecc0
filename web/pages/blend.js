/** Owns where players are between two frames. Pure. */

/** @typedef {import('../client/melee.js').Frame} Frame */
/** @typedef {import('../client/melee.js').Player} Player */
/** @typedef {{ frame: Frame | null, next: Frame | null, blend: number }} Looked what is to be seen at a moment */

/** A fighter who moves further than this in one frame was put there. */
const STRIDE_MAX = 24;

/**
 * @param {Looked} view
 * @param {Player[]} into is written over: the same objects for every picture
 */
export function blended({ frame, next, blend }, into) {
  const count = frame?.players.length ?? 0;
  if (into.length > count) into.length = count;
  for (let i = 0; i < count; i++) {
    const player = /** @type {Frame} */ (frame).players[i];
    const it = (into[i] ??= { ...player });
    Object.assign(it, player);
    const later = next ? playerOf(next, player.port) : null;
    if (!later || !(Math.abs(later.x - player.x) < STRIDE_MAX) || !(Math.abs(later.y - player.y) < STRIDE_MAX)) continue;
    it.x += (later.x - player.x) * blend;
    it.y += (later.y - player.y) * blend;
  }
  return into;
}

/**
 * @param {Frame} frame
 * @param {number} port
 */
function playerOf({ players }, port) {
  for (const player of players) if (player.port === port) return player;
  return null;
}
