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
/** @typedef {{ root: HTMLElement, schema: string, isFromStart: boolean, lacks?: string }} Place where a view is made; `lacks`: why it is not the picture of its schema */
/** @typedef {(place: Place) => View} Renderer */

/** @type {Readonly<Record<string, () => Renderer | Promise<Renderer>>>} */
const RENDERERS = {
  'melee/1': () => meleeView,
  'duel/1+json': async () => (await import('./duel-view.js')).duelView,
};

const NONE = 'This page has no picture for this format, so here is what passes by.';
const DID_NOT_COME = 'The picture of this format did not come, so here is what passes by. Load the page again for another try.';

/**
 * What shows a schema, whether or not its own module comes; throws if none does.
 * @param {string} schema as a publisher wrote it
 * @returns {Promise<Renderer>}
 */
export async function rendererOf(schema) {
  const own = Object.hasOwn(RENDERERS, schema) ? RENDERERS[schema] : null;
  try {
    if (own) return await own();
  } catch {
    return generic(DID_NOT_COME);
  }
  return generic(NONE);
}

/** @param {string} lacks @returns {Promise<Renderer>} */
async function generic(lacks) {
  const { genericView } = await import('./generic-view.js');
  return (place) => genericView({ ...place, lacks });
}
