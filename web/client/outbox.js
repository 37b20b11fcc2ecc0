/**
 * Owns a publisher's batches on their way: numbered, sent, accepted. Pure: no clock, no socket.
 * Invariant: numbers rise by one, a batch is kept until the relay has it, and there are never more
 * than the limits allow.
 */

/** @typedef {import('./messages.js').Batch} Batch */
/** @typedef {import('./messages.js').U64} U64 */
/**
 * @typedef {object} Draft a batch that has no number yet
 * @property {Uint8Array} payload what it carries; not empty. It is not copied: leave it alone
 * @property {boolean} [key] whether a late joiner can start here; true if absent
 * @property {number} [firstFrame] 0 if absent
 * @property {number} [frames] how many it holds; 1 if absent
 * @property {number} [capturedUs] Unix microseconds; now if absent
 */
/** @typedef {{ epoch: U64 | null, held: number, stored: number | null, sessions: number, renumbered: number }} Progress */

/** Bytes of batches that may wait to be accepted, however few they are. */
const BYTES_MAX = 64 * 1024 * 1024;

export class Outbox {
  /** @param {number} lenMax batches that may wait */
  constructor(lenMax) {
    /** @private */
    this.lenMax = Math.max(1, lenMax);
    /** @private @type {Batch[]} */
    this.queue = [];
    /** @private */
    this.bytes = 0;
    /** @private the number of the queue's first batch */
    this.first = 0;
    /** @private how many of the queue the present session was given */
    this.sent = 0;
    /** @private @type {string | null} why the channel is to end, once it is */
    this.reason = null;
    /** @private */
    this.endSent = false;
    /** @type {Progress} `held` is -1 before the first */
    this.progress = { epoch: null, held: -1, stored: null, sessions: 0, renumbered: 0 };
  }

  /** Whether the next batch has to wait. */
  get isFull() {
    return this.queue.length >= this.lenMax || this.bytes >= BYTES_MAX;
  }

  /** Whether the end was sent and the relay holds everything before it. */
  get isDone() {
    return this.endSent && this.progress.held >= this.first + this.queue.length - 1;
  }

  /**
   * Takes a batch; its number is the answer.
   * @param {Draft} draft
   * @param {number} nowUs
   */
  push({ payload, key = true, firstFrame = 0, frames = 1, capturedUs }, nowUs) {
    const seq = this.first + this.queue.length;
    this.queue.push({ type: 'Batch', seq, capturedUs: capturedUs ?? nowUs, firstFrame, frames, key, payload });
    this.bytes += payload.length;
    return seq;
  }

  /**
   * Nothing more comes.
   * @param {string} reason
   */
  end(reason) {
    this.reason ??= reason;
  }

  /**
   * What the present session is given next, or null.
   * @returns {import('./messages.js').FromClient | null}
   */
  next() {
    const batch = this.queue.at(this.sent);
    if (batch && this.sent < this.queue.length) {
      this.sent += 1;
      return batch;
    }
    if (this.reason === null || this.endSent) return null;
    this.endSent = true;
    return { type: 'End', reason: this.reason };
  }

  /**
   * The relay has these. Batches of a recorded channel are kept until they are on disk.
   * @param {number} held
   * @param {number | null} stored
   */
  accepted(held, stored) {
    this.progress.held = Math.max(this.progress.held, held);
    this.progress.stored = stored === null ? this.progress.stored : Math.max(this.progress.stored ?? -1, stored);
    this.release((stored ?? held) + 1);
  }

  /**
   * A session begins, and the relay expects this number.
   * @param {U64} epoch
   * @param {number} nextSeq
   */
  welcome(epoch, nextSeq) {
    const { progress } = this;
    const isSameLife = epoch === progress.epoch;
    const isFirst = progress.sessions === 0;
    progress.sessions += 1;
    progress.epoch = epoch;
    if (!isSameLife) progress.stored = null;
    progress.held = nextSeq - 1;
    this.sent = 0;
    this.endSent = false;
    if (isSameLife && nextSeq >= this.first && nextSeq <= this.first + this.queue.length) {
      this.release(nextSeq);
      return;
    }
    if (!isFirst) progress.renumbered += 1;
    this.first = nextSeq;
    this.queue = this.queue.map((batch, i) => ({ ...batch, seq: nextSeq + i }));
  }

  /**
   * @private
   * @param {number} below
   */
  release(below) {
    const gone = this.queue.splice(0, Math.max(0, below - this.first));
    this.first += gone.length;
    this.sent = Math.max(0, this.sent - gone.length);
    for (const { payload } of gone) this.bytes -= payload.length;
  }
}
