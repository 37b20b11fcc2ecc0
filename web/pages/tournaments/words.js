/**
 * Owns what tournaments, their rounds and their games are called. Pure.
 * Invariant: names are strangers' and come out fit to be shown.
 */

import { clip } from '../text.js';

/** @typedef {'main' | 'losers' | 'final' | 'reset'} Part */
/** @typedef {'single' | 'double' | 'round_robin' | 'swiss'} Format */
/** @typedef {{ seed: number, name: string, here: boolean, wins: number, withdrawn: boolean }} GameSide */
/**
 * @typedef {object} Game as the arena shows it
 * @property {number} round
 * @property {number} slot
 * @property {Part} part
 * @property {GameSide | null} a
 * @property {GameSide | null} b
 * @property {'open' | 'waiting' | 'called' | 'playing' | 'stalled' | 'decided' | 'bye'} state
 * @property {number | null} until
 * @property {string | null} match_id
 * @property {string | null} winner
 * @property {'played' | 'walkover' | 'coin' | 'ruled' | null} how
 * @property {number | null} score_a
 * @property {number | null} score_b
 */

const LETTERS = 40;
const FORMATS = /** @type {Record<string, [string, string]>} */ ({
  single: ['Single elimination', 'Who loses is out.'],
  double: ['Double elimination', 'Who loses twice is out.'],
  round_robin: ['Round robin', 'Everybody meets everybody once.'],
  swiss: ['Swiss', 'A fixed number of rounds, each against somebody with as many points.'],
});
const STATUSES = /** @type {Record<string, [string, 'live' | 'good' | 'warn' | '']>} */ ({
  registration: ['Open to enter', 'good'], pending: ['About to begin', 'warn'], active: ['Being played', 'live'], complete: ['Over', ''],
});
const HOW = /** @type {Record<string, string>} */ ({ walkover: 'walkover', coin: 'by the coin', ruled: 'by an operator' });

/** @param {string} format */
export const formatTitle = (format) => FORMATS[format]?.[0] ?? clip(format, LETTERS);

/** @param {string} format */
export const formatText = (format) => FORMATS[format]?.[1] ?? '';

/** @param {string} status */
export const statusWord = (status) => ({ word: STATUSES[status]?.[0] ?? clip(status, LETTERS), tone: STATUSES[status]?.[1] ?? '' });

/**
 * What a round is called.
 * @param {Format} format @param {Part} part @param {number} index from 0, within its part @param {number} count rounds of the part
 */
export function roundTitle(format, part, index, count) {
  const left = count - 1 - index;
  if (part === 'final') return 'Grand final';
  if (part === 'reset') return 'Decider';
  if (part === 'losers') return left === 0 ? 'Losers’ final' : `Losers’ round ${index + 1}`;
  if (format === 'double') return left === 0 ? 'Winners’ final' : `Winners’ round ${index + 1}`;
  if (format !== 'single') return `Round ${index + 1}`;
  return ['Final', 'Semifinals', 'Quarterfinals'][left] ?? `Round of ${2 ** (left + 1)}`;
}

/** @param {GameSide | null} side */
export const sideTitle = (side) => (side ? clip(side.name, LETTERS) || 'somebody' : '');

/** The score, or what stands in a series. @param {Game} game @returns {[string, string]} */
export function scores({ state, how, score_a: a, score_b: b, a: first, b: second }) {
  if (state === 'decided') return how === 'played' || (a ?? 0) + (b ?? 0) > 0 ? [String(a ?? 0), String(b ?? 0)] : ['', ''];
  return first && second && first.wins + second.wins > 0 ? [String(first.wins), String(second.wins)] : ['', ''];
}

/** Where a game is, in a word or two. @param {Game} game @returns {{ word: string, tone: 'live' | 'good' | 'warn' | 'bad' | '' }} */
export function gameWord({ state, how, winner }) {
  switch (state) {
    case 'open': case 'bye': return { word: '', tone: '' };
    case 'waiting': return { word: 'not called yet', tone: '' };
    case 'called': return { word: 'called', tone: 'warn' };
    case 'playing': return { word: 'playing', tone: 'live' };
    case 'stalled': return { word: 'an operator decides', tone: 'bad' };
    case 'decided': return { word: winner === null && how === 'played' ? 'draw' : winner === null ? 'nobody came' : HOW[how ?? ''] ?? '', tone: '' };
  }
}

/** A game in a sentence, for who cannot see it. @param {Game} game @param {string} title of its round */
export function gameText(game, title) {
  const [a, b] = [sideTitle(game.a) || 'somebody', sideTitle(game.b) || 'somebody'];
  if (game.state === 'decided' && game.winner !== null) {
    const [won, lost] = game.winner === game.a?.name ? [a, b] : [b, a];
    const score = scores(game).filter((it) => it !== '');
    const said = score.length === 2 ? `, ${(game.winner === game.a?.name ? score : score.reverse()).join(' to ')}` : '';
    const by = gameWord(game).word;
    return `${title}: ${won} beat ${lost}${said}${by ? `, ${by}` : ''}.`;
  }
  const { word } = gameWord(game);
  return `${title}: ${a} against ${b}${word ? `, ${word}` : ''}.`;
}

/** Where a match of a tournament is watched. @param {string} queue @param {string} match */
export const watchPath = (queue, match) => `/watch/match/${match}${queue === 'code_duel' ? '/duel' : ''}`;

/** @param {number} place */
export function placeWord(place) {
  const tens = place % 100;
  const end = tens > 10 && tens < 14 ? 'th' : ['th', 'st', 'nd', 'rd'][place % 10] ?? 'th';
  return `${place}${end}`;
}

/** The game that somebody is called to, or plays. @param {Game[]} games @param {string} name @returns {Game | undefined} */
export function currentGame(games, name) {
  return games.find(({ state, a, b }) => (state === 'called' || state === 'playing') && (a?.name === name || b?.name === name));
}
