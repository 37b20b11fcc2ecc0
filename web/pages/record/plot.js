/**
 * Owns a line over time, drawn as SVG with its axis, and the same in words beside it.
 * Invariant: it needs no pointer to be read; what is drawn are the points that were given.
 */

import { element } from '../text.js';

const NS = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 220, 64, 26, 14];

/** @typedef {{ x: number, y: number }} Point */

/**
 * @param {object} of
 * @param {string} of.title for who cannot see it
 * @param {string} of.text the same in words
 * @param {Point[]} of.points in the order of x
 * @param {(x: number) => string} of.sayX
 * @param {(y: number) => string} [of.sayY]
 * @param {number} [of.floor] a value that the axis begins at or below
 */
export function plot({ title, text, points, sayX, sayY = String, floor }) {
  const figure = element('figure', 'plot');
  const { low, high, ticks } = scale(points.map(({ y }) => y), floor);
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 1];
  const x = (/** @type {number} */ value) => LEFT + ((value - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 8);
  const y = (/** @type {number} */ value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const svg = draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}. ${text}` });
  for (const tick of ticks) {
    svg.append(draw('line', { class: 'grid', x1: LEFT, x2: WIDTH - 8, y1: y(tick), y2: y(tick) }), words(LEFT - 8, y(tick) + 4, sayY(tick), 'end'));
  }
  svg.append(words(LEFT, HEIGHT - 6, sayX(first), 'start'), words(WIDTH - 8, HEIGHT - 6, sayX(last), 'end'));
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join('');
  if (points.length > 1) svg.append(draw('path', { class: 'area', d: `${path}L${x(last).toFixed(1)} ${HEIGHT - BOTTOM}L${x(first).toFixed(1)} ${HEIGHT - BOTTOM}Z` }));
  svg.append(draw('path', { class: 'curve', d: path }));
  const end = points.at(-1);
  if (end) svg.append(draw('circle', { class: 'end', cx: x(end.x), cy: y(end.y), r: 4.5 }));
  figure.append(svg, element('figcaption', 'soft', text));
  return figure;
}

/**
 * Round numbers around the values.
 * @param {number[]} values @param {number} [floor]
 */
export function scale(values, floor) {
  const least = Math.min(...values, floor ?? Infinity);
  const most = Math.max(...values, least);
  // A flat line stands in a scale of its own, one at nothing in that of one.
  const spread = Math.max(most - least, Math.abs(most) * 0.02) || 1;
  const raw = spread / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= raw) ?? 10);
  const low = Math.floor(least / step) * step;
  const high = Math.max(Math.ceil(most / step) * step, low + step);
  const count = Math.round((high - low) / step);
  return { low, high, ticks: Array.from({ length: count + 1 }, (_, i) => Number((low + i * step).toPrecision(12))) };
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function draw(tag, attributes) {
  const it = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, String(value));
  return it;
}

/** @param {number} x @param {number} y @param {string} text @param {string} anchor */
function words(x, y, text, anchor) {
  const it = draw('text', { x, y, 'text-anchor': anchor });
  it.textContent = text;
  return it;
}
