/** Owns what a match looks like in words, for who cannot see it. Pure. */

import { characterName, stageName } from './meta.js';

/**
 * @param {import('./board.js').Board} board
 * @returns {string}
 */
export function summaryOf({ contenders, players, score, game, stage }) {
  if (contenders.length === 0) return '';
  const where = stageName(stage);
  const who = contenders.map(({ name, character, port }) => {
    const player = players.find((it) => it.port === port);
    const fighter = character < 0 ? name : `${name} as ${characterName(character)}`;
    if (!player) return fighter;
    const stocks = Math.max(0, player.stocks);
    const percent = Number.isFinite(player.percent) ? Math.round(player.percent) : 0;
    return stocks === 0 ? `${fighter} is out` : `${fighter}: ${stocks} ${stocks === 1 ? 'stock' : 'stocks'}, ${percent} percent`;
  });
  return `Game ${game}${where ? ` on ${where}` : ''}, score ${score.join(' to ')}. ${who.join('. ')}.`;
}

/**
 * When words are said anew: seldom, or they cannot be listened to.
 */
export class Announcer {
  /** @param {HTMLElement} place a polite live region */
  constructor(place) {
    /** @private */
    this.place = place;
    /** @private */
    this.saidAt = -Infinity;
  }

  /**
   * @param {string} text
   * @param {number} now milliseconds
   */
  say(text, now) {
    if (text === '' || now - this.saidAt < 15_000 || text === this.place.textContent) return;
    this.saidAt = now;
    this.place.textContent = text;
  }
}
