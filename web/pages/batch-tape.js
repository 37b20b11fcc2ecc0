/**
 * Owns looking back where each batch is whole by itself: batches, and which of them is shown. Pure:
 * `now` is an argument. Invariant: bounded in number and bytes; the oldest go.
 */

import { Replay } from './replay.js';

/** @typedef {import('../client/watch.js').Batch} Batch */

const BATCHES_MAX = 4000;
const BYTES_MAX = 16 * 1024 * 1024;
/** `Replay` counts sixtieths of a second. */
const TICKS_PER_MS = 60 / 1000;

export class BatchTape {
  constructor() {
    /** @private @type {{ at: number, batch: Batch }[]} */
    this.held = [];
    /** @private */
    this.bytes = 0;
    /** @private */
    this.replay = new Replay();
    /** @private @type {number | null} */
    this.lastNow = null;
  }

  /**
   * @param {Batch} batch
   * @param {number} now
   */
  push(batch, now) {
    this.held.push({ at: now * TICKS_PER_MS, batch });
    this.bytes += batch.payload.length;
    while (this.held.length > BATCHES_MAX || (this.bytes > BYTES_MAX && this.held.length > 1)) {
      this.bytes -= this.held.shift()?.batch.payload.length ?? 0;
    }
  }

  /** @param {Batch[]} batches what was before the first batch, which is the last of these */
  precede(batches) {
    const first = this.held.at(0);
    const met = batches.at(-1);
    if (!first || !met) return;
    const before = batches.filter(({ seq }) => seq < first.batch.seq).slice(-BATCHES_MAX).map((batch) => ({
      at: first.at - ((met.capturedUs - batch.capturedUs) / 1000) * TICKS_PER_MS, batch,
    }));
    this.held.unshift(...before);
    this.bytes += before.reduce((sum, { batch }) => sum + batch.payload.length, 0);
  }

  /**
   * What is to be seen now, or null.
   * @param {number} now
   * @returns {Batch | null}
   */
  look(now) {
    const elapsedMs = this.lastNow === null ? 0 : Math.max(0, now - this.lastNow);
    this.lastNow = now;
    const at = this.replay.advance(elapsedMs, this.first, this.last);
    if (at === null) return this.held.at(-1)?.batch ?? null;
    return this.held.findLast((it) => it.at <= at)?.batch ?? this.held.at(0)?.batch ?? null;
  }

  get tape() {
    const { position, isPaused, isLive } = this.replay;
    return { startS: this.first / 60, endS: this.last / 60, positionS: (position ?? this.last) / 60, isPaused, isLive };
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.replay.seek(seconds * 60, this.first, this.last);
  }

  pause() {
    this.replay.pause(this.last);
  }

  play() {
    this.replay.play();
  }

  goLive() {
    this.replay.live();
  }

  /** @private */
  get first() {
    return this.held.at(0)?.at ?? 0;
  }

  /** @private */
  get last() {
    return this.held.at(-1)?.at ?? 0;
  }
}
