/**
 * Owns what one subscription's messages mean, from Welcome to End. Pure: `now` is an argument,
 * sockets and timers belong to `watch.js`.
 * Invariant: batches and gaps of one epoch only, in order; after `end`, `refused` or `otherLife`
 * nothing follows.
 */

import { Malformed } from './bincode.js';
import { FROM_THE_FIRST } from './messages.js';
import { Reorder } from './reorder.js';

/** @typedef {import('./messages.js').U64} U64 */
/** @typedef {{ seq: number, capturedUs: number, firstFrame: number, frames: number, key: boolean, payload: Uint8Array }} Batch */
/** @typedef {{ from: number, to: number, why: string }} Gap */
/** @typedef {{ epoch: number, schema: string, meta: Uint8Array, delayMs: number }} Start */
/**
 * @typedef {{ type: 'waiting' }
 *   | { type: 'start', start: Start }
 *   | { type: 'batch', batch: Batch }
 *   | { type: 'gap', gap: Gap }
 *   | { type: 'end', lastSeq: number | null, reason: string }
 *   | { type: 'refused', code: number, reason: string }
 *   | { type: 'goAway', afterMs: number, url: string | null }
 *   | { type: 'otherLife', epoch: number }} Outcome
 */

/**
 * How long a hole without an explanation holds back what is behind it. Streams repair themselves,
 * datagrams do not, and who wants the latest does not wait for the one before.
 * @type {Readonly<Record<import('./messages.js').Delivery, number>>}
 */
const PATIENCE_MS = { Live: 2000, Complete: 15_000, Latest: 0, Datagram: 60 };
/** How long the last batches may take after an End that overtook them. */
const END_PATIENCE_MS = 1000;
const EARLY_MAX = 512;

export class Subscription {
  /**
   * @param {U64 | null} after
   * @param {number | null} epoch the life that `after` belongs to, if it is known
   * @param {import('./messages.js').Delivery} delivery
   */
  constructor(after, epoch, delivery) {
    /** @private */
    this.epoch = epoch;
    /** @private */
    this.delayMs = 0;
    const first = after === null ? null : after === FROM_THE_FIRST ? 0 : exact(after) + 1;
    /** @private @type {Reorder<Batch>} */
    this.order = new Reorder(first, PATIENCE_MS[delivery]);
    /** @private @type {import('./messages.js').Batch[] | null} what overtook Welcome; null once it came */
    this.early = [];
    /** @private @type {{ lastSeq: number | null, reason: string, at: number } | null} */
    this.ending = null;
    this.isOver = false;
  }

  /**
   * @param {import('./messages.js').FromRelay} message
   * @param {number} now
   * @returns {Outcome[]}
   */
  receive(message, now) {
    if (this.isOver) return [];
    switch (message.type) {
      case 'Welcome': return this.welcome(message, now);
      case 'Start': return this.start(message);
      case 'Batch': return this.batch(message, now);
      case 'Gap': return this.settle(this.order.gap(gap(message), now), now);
      case 'End': {
        const lastSeq = message.lastSeq === null ? null : exact(message.lastSeq);
        this.ending = { lastSeq, reason: message.reason, at: now };
        return this.settle([], now);
      }
      case 'Refused': return this.over({ type: 'refused', code: message.code, reason: message.reason });
      case 'GoAway': return [{ type: 'goAway', afterMs: message.afterMs, url: message.url }];
      case 'Accepted': throw new Malformed('only publishers are told what was accepted');
    }
  }

  /**
   * Time has passed.
   * @param {number} now
   * @returns {Outcome[]}
   */
  tick(now) {
    return this.isOver || this.early ? [] : this.settle(this.order.tick(now), now);
  }

  /**
   * The link is gone: what waited behind holes that cannot fill any more.
   * @returns {Outcome[]}
   */
  lost() {
    if (this.isOver || !this.ending) return [];
    return this.finish();
  }

  /** The highest number that is settled, or null; a new subscription continues behind it. */
  get position() {
    return this.order.next === null || this.order.next === 0 ? null : this.order.next - 1;
  }

  /**
   * @private
   * @param {import('./messages.js').Welcome} message
   * @param {number} now
   * @returns {Outcome[]}
   */
  welcome(message, now) {
    if (!this.early) throw new Malformed('a second welcome');
    this.delayMs = message.delayMs;
    const early = this.early;
    this.early = null;
    /** @type {Outcome[]} */
    const out = message.start ? this.start(message.start) : [{ type: 'waiting' }];
    for (const batch of early) out.push(...this.batch(batch, now));
    return out;
  }

  /**
   * @private
   * @param {import('./messages.js').StartFields} start
   * @returns {Outcome[]}
   */
  start({ epoch: number, schema, meta }) {
    const epoch = exact(number);
    if (this.epoch !== null && this.epoch !== epoch) return this.over({ type: 'otherLife', epoch });
    this.epoch = epoch;
    return [{ type: 'start', start: { epoch, schema, meta, delayMs: this.delayMs } }];
  }

  /**
   * @private
   * @param {import('./messages.js').Batch} batch
   * @param {number} now
   * @returns {Outcome[]}
   */
  batch(batch, now) {
    if (this.isOver) return [];
    if (this.early) {
      if (this.early.length >= EARLY_MAX) throw new Malformed('too much before a welcome');
      this.early.push(batch);
      return [];
    }
    const { seq, capturedUs, firstFrame, frames, key, payload } = batch;
    // A publisher may write nonsense into these two; the nearest Number of it does no harm.
    const told = { capturedUs: Number(capturedUs), firstFrame: Number(firstFrame) };
    return this.settle(this.order.batch({ seq: exact(seq), ...told, frames, key, payload }, now), now);
  }

  /**
   * @private
   * @param {(Batch | Gap)[]} items
   * @param {number} now
   * @returns {Outcome[]}
   */
  settle(items, now) {
    const out = items.map(outcome);
    if (!this.ending) return out;
    const { lastSeq, at } = this.ending;
    const isWhole = lastSeq === null || (this.order.next !== null && this.order.next > lastSeq);
    return isWhole || now - at >= END_PATIENCE_MS ? [...out, ...this.finish()] : out;
  }

  /**
   * @private
   * @returns {Outcome[]}
   */
  finish() {
    const { lastSeq, reason } = /** @type {NonNullable<typeof this.ending>} */ (this.ending);
    return [...this.order.flush().map(outcome), ...this.over({ type: 'end', lastSeq, reason })];
  }

  /**
   * @private
   * @param {Outcome} outcome
   */
  over(outcome) {
    this.isOver = true;
    return [outcome];
  }
}

/**
 * @param {Batch | Gap} item
 * @returns {Outcome}
 */
function outcome(item) {
  return 'seq' in item ? { type: 'batch', batch: item } : { type: 'gap', gap: item };
}

/**
 * @param {import('./messages.js').Gap} message
 * @returns {Gap}
 */
function gap({ from, to, why }) {
  const hole = { from: exact(from), to: exact(to), why };
  if (hole.to < hole.from) throw new Malformed('a gap that ends before it begins');
  return hole;
}

/**
 * Numbers of a channel are counted up from 0; none that is real is beyond 2^53.
 * @param {U64} n
 */
function exact(n) {
  if (typeof n === 'bigint') throw new Malformed('a number that no channel reaches');
  return n;
}
