/** Owns where players are between two frames. Pure. */

/** @typedef {import('../client/melee.js').Frame} Frame */
/** @typedef {{ frame: Frame | null, next: Frame | null, blend: number }} Looked what is to be seen at a moment */

/** A fighter who moves further than this in one frame was put there. */
const STRIDE_MAX = 24;

/** @param {Looked} view */
export function blended({ frame, next, blend }) {
  if (!frame) return [];
  return frame.players.map((player) => {
    const into = next?.players.find(({ port }) => port === player.port);
    if (!into || !(Math.abs(into.x - player.x) < STRIDE_MAX) || !(Math.abs(into.y - player.y) < STRIDE_MAX)) return player;
    return { ...player, x: player.x + (into.x - player.x) * blend, y: player.y + (into.y - player.y) * blend };
  });
}
