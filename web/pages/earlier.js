/**
 * Owns what was before this page came: fetched once, when somebody looks back.
 * Invariant: bounded in time and number; without it looking back reaches as far as the page has seen.
 */

import { FROM_THE_FIRST } from '../client/messages.js';
import { watch } from '../client/watch.js';
import { Timeline } from './timeline.js';

/** @typedef {import('../client/watch.js').Batch} Batch */
/** @typedef {import('./board.js').Mark} Mark */
/** @typedef {import('../client/melee.js').Record} Record */

const BATCHES_MAX = 24_000;
const TIME_MS = 20_000;

/**
 * The batches that the relay holds, up to and with `last`.
 * @param {import('../client/watch.js').Options} options as for watching live
 * @param {number} last
 * @returns {Promise<Batch[]>}
 */
export function fetchEarlier(options, last) {
  const watcher = watch({ ...options, after: FROM_THE_FIRST, delivery: 'Complete', follow: false });
  /** @type {Batch[]} */
  const batches = [];
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      watcher.close();
      resolve(batches);
    };
    const timer = setTimeout(done, TIME_MS);
    watcher.on('batch', (batch) => {
      if (batch.seq <= last) batches.push(batch);
      if (batch.seq >= last || batches.length >= BATCHES_MAX) done();
    });
    watcher.on('end', done);
    watcher.on('state', ({ state }) => {
      if (state === 'refused') done();
    });
  });
}

/**
 * Earlier frames and marks on the time line of those that came live. Pure.
 * @param {Record[][]} batches their records; the last batch is the first that came live
 * @param {{ number: number, place: number }} anchor where a frame of the last batch stands
 */
export function linedUp(batches, anchor) {
  const line = new Timeline();
  /** @type {import('./past.js').Placed<import('../client/melee.js').Frame>[]} */
  const frames = [];
  /** @type {{ place: number, mark: Mark }[]} */
  const marks = [];
  /** @type {number | null} */
  let game = null;
  /** @type {number | null} */
  let shift = null;
  batches.forEach((records, i) => {
    for (const record of records) {
      switch (record.type) {
        case 'Frames': {
          const placed = line.placed(record.frames);
          const met = i === batches.length - 1 && placed.find(({ frame }) => frame.number === anchor.number);
          if (met) shift = anchor.place - met.place;
          frames.push(...placed);
          break;
        }
        case 'Start':
          if (record.game !== game) line.restart();
          game = record.game;
          marks.push({ place: line.newest + 1, mark: record });
          break;
        case 'GameEnd':
        case 'MatchEnd': marks.push({ place: line.newest, mark: record }); break;
      }
    }
  });
  if (shift === null) return { frames: [], marks: [] };
  const by = shift;
  return {
    frames: frames.map(({ place, frame }) => ({ place: place + by, frame })),
    marks: marks.map(({ place, mark }) => ({ place: place + by, mark })),
  };
}
