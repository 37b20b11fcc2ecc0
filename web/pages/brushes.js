/**
 * Owns the colours and gradients that pictures are painted with: made once for a canvas, a stage and
 * a height, because making them sixty times a second is most of what a picture would cost.
 */

import { portColour } from './names.js';

const BEAMS = 4;
const PORTS = 4;
/** A glow is one line over another: how much wider each is, and how faint. */
const GLOW = [[4.6, 0.05], [3.2, 0.07], [2, 0.1], [1, 0.16], [0, 1]];

/**
 * @typedef {object} Brushes
 * @property {number} hue
 * @property {number} height what `sky` and `beams` were made for
 * @property {CanvasGradient} sky from the top to `height`
 * @property {CanvasGradient[]} beams
 * @property {string} grid
 * @property {CanvasGradient} rock in stage units, under the floor
 * @property {string} platform
 * @property {{ extra: number, colour: string }[]} edge
 * @property {CanvasGradient[]} bubbles by port, in a circle of 1
 */

/** @type {WeakMap<CanvasRenderingContext2D, Brushes>} */
const made = new WeakMap();

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} hue
 * @param {number} height
 */
export function brushesOf(ctx, hue, height) {
  const held = made.get(ctx);
  if (held && held.hue === hue && held.height === height) return held;
  const fresh = make(ctx, hue, height);
  made.set(ctx, fresh);
  return fresh;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} hue
 * @param {number} height
 * @returns {Brushes}
 */
function make(ctx, hue, height) {
  const beams = Array.from({ length: BEAMS }, (_, i) => graded(ctx.createLinearGradient(0, 0, 0, height * 0.6), [
    [0, `hsl(${hue + 12 * i} 80% 70% / 0)`], [1, `hsl(${hue + 12 * i} 80% 62% / 0.10)`],
  ]));
  const bubbles = Array.from({ length: PORTS }, (_, i) => graded(ctx.createRadialGradient(-0.3, 0.35, 0.1, 0, 0, 1), [
    [0, 'rgb(255 255 255 / 0.5)'], [0.6, `${portColour(i + 1)}44`], [1, `${portColour(i + 1)}bb`],
  ]));
  return {
    hue, height, beams, bubbles,
    sky: graded(ctx.createLinearGradient(0, 0, 0, height), [[0, `hsl(${hue} 42% 7%)`], [0.62, `hsl(${hue} 46% 15%)`], [1, `hsl(${hue + 10} 44% 7%)`]]),
    grid: `hsl(${hue} 70% 60% / 0.13)`,
    rock: graded(ctx.createLinearGradient(0, 0, 0, -46), [[0, `hsl(${hue} 26% 30%)`], [0.16, `hsl(${hue} 28% 17%)`], [1, `hsl(${hue} 40% 7% / 0)`]]),
    platform: `hsl(${hue} 28% 20% / 0.9)`,
    edge: GLOW.map(([extra, alpha]) => ({ extra, colour: `hsl(${hue} 90% 76% / ${alpha})` })),
  };
}

/**
 * @param {CanvasGradient} gradient
 * @param {[at: number, colour: string][]} stops
 */
function graded(gradient, stops) {
  for (const [at, colour] of stops) gradient.addColorStop(at, colour);
  return gradient;
}
