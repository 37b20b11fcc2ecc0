/**
 * Owns which module shows which schema. To have one of your own, write a module that makes a `View`,
 * put it beside this one, and add its line: `web/README.md` says how.
 * Invariant: modules come from this server only; what a publisher writes never names one.
 */

import { meleeView } from './melee-view.js';

/** @typedef {import('../client/watch.js').Batch} Batch */
/** @typedef {{ startS: number, endS: number, positionS: number, isPaused: boolean, isLive: boolean }} Tape */
/**
 * @typedef {object} Deck what can be looked back at; seconds are those of its tape
 * @property {Tape} tape
 * @property {(seconds: number) => void} seek
 * @property {() => void} pause
 * @property {() => void} play
 * @property {() => void} goLive
 * @property {(batches: Batch[]) => void} precede what was before the first batch, which is the last of these
 */
/**
 * @typedef {object} View
 * @property {(meta: unknown) => void} start a life of the channel begins
 * @property {(batch: Batch) => void} receive throws `Malformed`
 * @property {boolean} hasPicture whether there is anything to look at yet
 * @property {Deck} deck
 * @property {() => import('./panel.js').Figure[]} figures always with the same labels
 * @property {() => string} summary what is to be seen, in words
 * @property {() => Record<string, number>} counts for tests and the curious
 * @property {(isSolid: boolean) => Promise<void>} [solid] switches to three dimensions and back, where there are any
 * @property {() => void} close
 */
/** @typedef {{ root: HTMLElement, schema: string, isFromStart: boolean }} Place where a view is made */
/** @typedef {(place: Place) => View} Renderer */

/** @type {Readonly<Record<string, () => Renderer | Promise<Renderer>>>} */
const RENDERERS = {
  'melee/1': () => meleeView,
  'duel/1+json': async () => (await import('./duel-view.js')).duelView,
};

/**
 * @param {string} schema as a publisher wrote it
 * @returns {Promise<Renderer>}
 */
export async function rendererOf(schema) {
  const own = Object.hasOwn(RENDERERS, schema) ? RENDERERS[schema] : null;
  return own ? own() : (await import('./generic-view.js')).genericView;
}
