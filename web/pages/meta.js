/**
 * Owns reading a channel's meta: who plays, and where.
 * Invariant: takes any JSON from a stranger; what comes out has the right types and is short.
 */

import { CHARACTERS, GAMES, STAGES } from './names.js';
import { clip } from './text.js';

/** @typedef {{ port: number, character: number, name: string, code: string }} Contender */
/** @typedef {{ stage: number | null, contenders: Contender[] }} Meta */

const PLAYERS_MAX = 8;
const NAME_MAX = 24;

/**
 * @param {unknown} json as it was parsed
 * @returns {Meta}
 */
export function readMeta(json) {
  const { stageId, players } = /** @type {any} */ (json && typeof json === 'object' ? json : {});
  const list = Array.isArray(players) ? players.slice(0, PLAYERS_MAX) : [];
  return {
    stage: Number.isInteger(stageId) ? stageId : null,
    contenders: list
      .filter((player) => player && typeof player === 'object')
      .map((player, i) => contender(
        Number.isInteger(player.port) ? player.port : i + 1,
        Number.isInteger(player.characterId) ? player.characterId : -1,
        player.connectCode, player.displayName,
      )),
  };
}

/**
 * @param {number} port
 * @param {number} character
 * @param {unknown} code
 * @param {unknown} name
 * @returns {Contender}
 */
export function contender(port, character, code, name) {
  const shortCode = clip(code, NAME_MAX);
  return { port, character, code: shortCode, name: clip(name, NAME_MAX) || shortCode || `Player ${port}` };
}

/** @param {number} id */
export function characterName(id) {
  return CHARACTERS[id] ?? 'Unknown fighter';
}

/**
 * What people call a game, by its queue or by the format of its stream.
 * @param {string} name such as `melee/1` or `code_duel`
 */
export function gameName(name) {
  const bare = name.split(/[/+]/)[0];
  return Object.hasOwn(GAMES, bare) ? GAMES[bare] : clip(bare.replaceAll('_', ' '), NAME_MAX);
}

/** @param {number | null} id */
export function stageName(id) {
  return id === null ? '' : (STAGES[id] ?? `Stage ${id}`);
}
