/**
 * Owns how `melee/1` is shown: the stage, the plates under it, and the choice between flat and solid.
 */

import { decodeMelee } from '../client/melee.js';
import { readMeta } from './meta.js';
import { Scoreboard } from './scoreboard.js';
import { Stage } from './stage.js';
import { summaryOf } from './summary.js';
import { element } from './text.js';

/** @typedef {import('./renderers.js').View} View */

/**
 * @param {import('./renderers.js').Place} place
 * @returns {View}
 */
export function meleeView({ root, isFromStart }) {
  const canvas = element('canvas');
  canvas.id = 'canvas';
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'Fighters on a stage; what happens is told in words below');
  const score = element('p', 'score');
  const plates = element('div', 'plates');
  root.replaceChildren(canvas, score, plates);
  root.className = 'arena';
  const scoreboard = new Scoreboard(plates, score);
  const stage = new Stage(canvas, (board) => scoreboard.show(board), { live: !isFromStart });
  /** @type {import('./solid.js').Solid | null} */
  let solid = null;

  return {
    start: (meta) => stage.reset(readMeta(meta)),
    receive: ({ payload }) => stage.receive(decodeMelee(payload)),
    get hasPicture() {
      return stage.hasPicture;
    },
    deck: {
      get tape() {
        return stage.tape;
      },
      seek: (seconds) => stage.seek(seconds),
      pause: () => stage.pause(),
      play: () => stage.play(),
      goLive: () => stage.goLive(),
      precede: (batches) => stage.precede(batches.map(({ payload }) => decodeMelee(payload))),
    },
    figures: () => [
      { label: 'Buffer', value: `${stage.buffered} frames`, tone: stage.pace > 1.1 ? 'warn' : undefined },
      { label: 'Display', value: `${Math.round(stage.fps)} fps` },
    ],
    summary: () => summaryOf(stage.board),
    counts: () => ({
      buffered: stage.buffered, fps: stage.fps, shown: stage.frames, played: stage.played, underruns: stage.underruns,
    }),
    solid: async (isSolid) => {
      if (isSolid) {
        const { Solid } = await import('./solid.js');
        solid ??= new Solid(root);
      }
      root.classList.toggle('is-solid', isSolid);
      stage.paintWith(isSolid ? solid : null);
    },
    close: () => {
      solid?.close();
      stage.close();
    },
  };
}
