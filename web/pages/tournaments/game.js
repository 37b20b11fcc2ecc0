/** Owns a game as it is shown, in the picture of a bracket or in a list. */

import { clockTime, timeElement } from '../record/when.js';
import { element } from '../text.js';
import { gameText, gameWord, scores, sideTitle, watchPath } from './words.js';

/** @typedef {import('./words.js').Game} Game */

/** @param {Game} game @param {string} title of its round @param {string} queue @returns {HTMLLIElement} */
export function gameCard(game, title, queue) {
  const it = element('li', 'game');
  it.dataset.state = game.state;
  it.append(element('span', 'unseen', gameText(game, title)));
  const [a, b] = scores(game);
  it.append(row(game, game.a, a), row(game, game.b, b), foot(game, queue));
  return it;
}

/** @param {Game} game @param {Game['a']} side @param {string} score */
function row(game, side, score) {
  const it = element('div', 'side');
  it.setAttribute('aria-hidden', 'true');
  if (side && game.winner === side.name) it.classList.add('is-winner');
  else if (side && game.winner !== null) it.classList.add('is-loser');
  if (side?.withdrawn) it.classList.add('is-gone');
  const name = element('span', 'name clip', sideTitle(side) || '…');
  if (side) name.title = sideTitle(side);
  it.append(element('span', 'seed', side ? String(side.seed) : ''), name);
  if (side?.here) it.append(element('span', 'here', '✓ here'));
  it.append(element('span', 'score', score));
  return it;
}

/** @param {Game} game @param {string} queue */
function foot(game, queue) {
  const it = element('div', 'foot');
  const { word, tone } = gameWord(game);
  const said = element('span', '', word);
  if (tone) said.dataset.tone = tone;
  said.setAttribute('aria-hidden', 'true');
  it.append(said);
  if (game.state === 'called' && game.until !== null) it.append('until ', timeElement(game.until, clockTime(game.until)));
  if (game.match_id === null) return it;
  const isLive = game.state === 'playing';
  const link = element('a', isLive ? 'live' : '', isLive ? 'Watch live' : 'Look');
  link.href = isLive ? watchPath(queue, game.match_id) : `/history/${encodeURIComponent(game.match_id)}`;
  link.setAttribute('aria-label', `${isLive ? 'Watch live:' : 'Look at the match of'} ${sideTitle(game.a)} and ${sideTitle(game.b)}`);
  it.append(link);
  return it;
}
