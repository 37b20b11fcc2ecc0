/** Owns the picture of an elimination: games in their places, lines between them. */

import { element } from '../text.js';
import { gameCard } from './game.js';
import { BOX, layout } from './layout.js';

const NS = 'http://www.w3.org/2000/svg';
const MARGIN = 16;

/** @param {any} bracket as the arena shows it @param {string} queue */
export function picture(bracket, queue) {
  const { width, height, boxes, lines, titles } = layout(bracket);
  const sheet = element('div', 'sheet');
  Object.assign(sheet.style, { width: `${width}px`, height: `${height}px` });
  const svg = document.createElementNS(NS, 'svg');
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' })) svg.setAttribute(name, String(value));
  for (const d of lines) {
    const path = document.createElementNS(NS, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  sheet.append(svg, ...titles.map(({ text, x, y }) => placed(element('p', 'round-title', text), x, y)));
  const games = element('ol', 'games');
  games.append(...boxes.map(({ game, title, x, y }) => {
    const card = placed(gameCard(game, title, queue), x, y);
    Object.assign(card.style, { width: `${BOX.width}px`, height: `${BOX.height}px` });
    return card;
  }));
  sheet.append(games);
  const place = element('div', 'scroll bracket');
  // A region that scrolls has to be reachable by keyboard, and named.
  place.tabIndex = 0;
  place.setAttribute('role', 'region');
  place.setAttribute('aria-label', 'The bracket');
  place.append(sheet);
  const next = boxes.find(({ game }) => !['decided', 'bye'].includes(game.state));
  return { root: place, next: next ? { left: Math.max(0, next.x - MARGIN), right: next.x + BOX.width + 2 * MARGIN } : null };
}

/** @template {HTMLElement} T @param {T} it @param {number} x @param {number} y @returns {T} */
function placed(it, x, y) {
  Object.assign(it.style, { left: `${x}px`, top: `${y}px` });
  return it;
}
