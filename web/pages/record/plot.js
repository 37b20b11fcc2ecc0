/**
 * Owns a line over time, drawn as SVG with its axis, and the same in words beside it.
 * Invariant: it needs no pointer to be read; what is drawn are the points that were given.
 */

import { element } from '../text.js';

const NS = 'http://www.w3.org/2000/svg';
/** The drawing has no size of its own: it takes that of its place, its lines and words do not. */
const SIDE = 100;

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
  const x = (/** @type {number} */ value) => ((value - first) / Math.max(1, last - first)) * SIDE;
  const y = (/** @type {number} */ value) => ((high - value) / (high - low)) * SIDE;
  const svg = draw('svg', { viewBox: `0 0 ${SIDE} ${SIDE}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${title}. ${text}` });
  for (const tick of ticks) svg.append(draw('path', { class: 'grid', d: `M0 ${y(tick).toFixed(2)}H${SIDE}` }));
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x).toFixed(2)} ${y(point.y).toFixed(2)}`).join('');
  if (points.length > 1) svg.append(draw('path', { class: 'area', d: `${path}V${SIDE}H0Z` }));
  svg.append(draw('path', { class: 'curve', d: path }));
  const end = points.at(-1);
  // A line of no length with round ends stays round, however the drawing is stretched.
  if (end) svg.append(draw('path', { class: 'end', d: `M${x(end.x).toFixed(2)} ${y(end.y).toFixed(2)}h0` }));
  figure.append(axis('rise', ticks.map(sayY)), svg, axis('run', [sayX(first), sayX(last)]), element('figcaption', 'soft', text));
  return figure;
}

/** @param {'rise' | 'run'} way @param {string[]} labels at the same distance from each other */
function axis(way, labels) {
  const it = element('div', `axis ${way}`);
  it.setAttribute('aria-hidden', 'true');
  it.append(...labels.map((label) => element('span', '', label)));
  return it;
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
