/**
 * Owns what a scoreboard shows, as it follows from what happened. Pure.
 */

import { contender } from './meta.js';

/** @typedef {import('../client/melee.js').Player} Player */
/** @typedef {import('../client/melee.js').Record} Record */
/** @typedef {Exclude<Record, { type: 'Frames' }>} Mark */
/**
 * @typedef {object} Board what a scoreboard shows
 * @property {import('./meta.js').Contender[]} contenders
 * @property {Player[]} players
 * @property {number} frame the number of what is shown; below 0 before a game begins
 * @property {number[]} score in the order of the contenders
 * @property {number} game
 * @property {number | null} stage
 */

/**
 * Before anything has happened.
 * @param {import('./meta.js').Meta} meta
 * @returns {Board}
 */
export function fresh({ stage, contenders }) {
  return { contenders, players: [], frame: 0, score: contenders.map(() => 0), game: 1, stage };
}

/**
 * After this has happened, too.
 * @param {Board} board
 * @param {Mark} mark
 * @returns {Board}
 */
export function noted(board, mark) {
  switch (mark.type) {
    case 'Start': {
      const { game, stage, score, players } = mark;
      const contenders = players.map(({ port, character, code, name }) => contender(port, character, code, name));
      return { ...board, contenders, score, game, stage, frame: 0 };
    }
    case 'GameEnd': {
      const winner = board.contenders.findIndex(({ port }) => port === mark.winnerPort);
      return { ...board, score: board.score.map((games, i) => games + (i === winner ? 1 : 0)) };
    }
    case 'MatchEnd': return board;
  }
}
