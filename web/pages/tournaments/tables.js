/** Owns who stands where, the cross table of a round robin, and rounds as lists of games. */

import { table } from '../components.js';
import { clip, element } from '../text.js';
import { gameCard } from './game.js';
import { gameText, roundTitle, scores, watchPath } from './words.js';

/** @typedef {import('./words.js').Game} Game */

/** @param {any[]} standings @param {string} format */
export function standingsTable(standings, format) {
  const byPoints = format === 'swiss' || format === 'round_robin';
  const columns = [{ label: 'Place', isNumber: true }, { label: 'Entry' }, ...(byPoints ? [{ label: 'Points', isNumber: true }] : []),
    { label: 'Won', isNumber: true }, ...(byPoints ? [{ label: 'Drawn', isNumber: true, isExtra: true }] : []), { label: 'Lost', isNumber: true },
    ...(format === 'swiss' ? [{ label: 'Buchholz', isNumber: true, isExtra: true }] : []), { label: 'Score', isNumber: true, isExtra: true }];
  return table('Standings, the best first', columns, standings.map((it) => [
    String(it.place), entryName(it.name, it.withdrawn), ...(byPoints ? [element('strong', '', String(it.points))] : []),
    String(it.won), ...(byPoints ? [String(it.drawn)] : []), String(it.lost), ...(format === 'swiss' ? [String(it.buchholz)] : []), `${it.scored}:${it.conceded}`,
  ]));
}

/** @param {string} name @param {boolean} isGone */
export function entryName(name, isGone) {
  const it = element('span', isGone ? 'entry is-gone' : 'entry', clip(name, 40) || 'somebody');
  if (isGone) it.append(' ', element('span', 'tag', 'withdrawn'));
  return it;
}

/**
 * Everybody against everybody: what stands in a row is that entry's.
 * @param {Game[]} games @param {any[]} entries by seed @param {string} queue
 */
export function crossTable(games, entries, queue) {
  const it = element('table', 'table');
  it.createCaption().append(element('span', 'unseen', 'Everybody against everybody: what stands in a row is that entry’s'));
  const head = it.createTHead().insertRow();
  head.append(...['Entry', ...entries.map((_, at) => String(at + 1))].map((label) => heading('col', label)));
  const body = it.createTBody();
  entries.forEach((row, at) => {
    const line = body.insertRow();
    line.append(heading('row', entryName(`${at + 1}  ${row.name}`, row.withdrawn_at !== null)));
    entries.forEach((column, other) => line.insertCell().append(at === other ? element('span', 'self') : cell(games, row.name, column.name, queue)));
  });
  const root = element('div', 'scroll cross');
  // A region that scrolls has to be reachable by keyboard, and named.
  root.tabIndex = 0;
  root.setAttribute('role', 'region');
  root.setAttribute('aria-label', 'Everybody against everybody');
  root.append(it);
  return root;
}

/** @param {'row' | 'col'} scope @param {string | Node} content */
function heading(scope, content) {
  const it = element('th');
  it.scope = scope;
  it.append(content);
  return it;
}

/** @param {Game[]} games @param {string} mine @param {string} other @param {string} queue */
function cell(games, mine, other, queue) {
  const game = games.find(({ a, b }) => (a?.name === mine && b?.name === other) || (a?.name === other && b?.name === mine));
  if (!game) return '';
  const score = scores(game);
  const own = game.a?.name === mine ? score : score.reverse();
  const isWon = game.winner === mine;
  const words = { playing: 'live', called: 'called', stalled: '?', open: '', waiting: '', bye: '' };
  const text = game.state === 'decided' ? (own[0] === '' ? (isWon ? '+' : game.winner === null ? '–' : '−') : own.join(':')) : words[game.state];
  const isLive = game.state === 'playing';
  const it = element(game.match_id === null ? 'span' : 'a', 'cell', text);
  if (game.state === 'decided') it.classList.add(isWon ? 'won' : game.winner === null ? 'drawn' : 'lost');
  if (isLive) it.classList.add('live');
  if (it instanceof HTMLAnchorElement && game.match_id !== null) {
    it.href = isLive ? watchPath(queue, game.match_id) : `/history/${encodeURIComponent(game.match_id)}`;
    it.setAttribute('aria-label', `${text}. ${gameText(game, `Round ${game.round + 1}`)}`);
  }
  return it;
}

/** @param {any} bracket @param {string} queue the newest first */
export function roundsList(bracket, queue) {
  const root = element('div', 'stack');
  const rounds = [...bracket.rounds.entries()].reverse();
  root.append(...rounds.map(([at, games]) => {
    const title = roundTitle(bracket.format, 'main', at, bracket.rounds.length);
    const section = element('section', 'stack');
    const byes = games.filter((/** @type {Game} */ { state }) => state === 'bye').map((/** @type {Game} */ { a, b }) => clip((a ?? b)?.name, 40));
    section.append(element('h3', '', title), gamesList(games.filter((/** @type {Game} */ { state }) => state !== 'bye'), title, queue));
    if (byes.length > 0) section.append(element('p', 'soft out', `${byes.join(', ')} sits out.`));
    return section;
  }));
  return root;
}

/** @param {Game[]} games @param {string} title @param {string} queue */
export function gamesList(games, title, queue) {
  const list = element('ol', 'games is-list');
  list.append(...games.map((game) => gameCard(game, title, queue)));
  return list;
}
