/**
 * Owns publishing one channel until it is ended: connects, resumes, sends what was not accepted.
 * Does not know transports (`transport.js`) nor which batch is next (`outbox.js`).
 * Invariant: one link at a time; what `push` took is sent until the relay has it or publishing
 * failed, which `done` then says.
 */

import { Backoff, pause } from './backoff.js';
import { Malformed } from './bincode.js';
import { decode, encode, MESSAGE_LEN_MAX, VERSION } from './messages.js';
import { Outbox } from './outbox.js';
import { codeOfClose, refusal } from './refusals.js';
import { connect } from './transport.js';

/** @typedef {import('./outbox.js').Draft} Draft */
/** @typedef {import('./transport.js').Link} Link */
/**
 * @typedef {object} PublishOptions
 * @property {string | URL} [server] where the relay answers over HTTP; the page's own origin if absent
 * @property {string} channel
 * @property {string | (() => string | Promise<string>)} [token] a function is asked before each attempt
 * @property {string} schema the payloads' format, such as `melee/1`, `json` or one of your own
 * @property {unknown} [meta] JSON for late joiners: who plays, and where
 * @property {boolean} [resume] go on with the channel's present life; else a new one begins
 * @property {import('./transport.js').Choice} [transport] auto if absent
 * @property {typeof WebSocket} [WebSocket] where there is none, as in Node before 22: that of `ws`
 * @property {number} [waiting] batches that may wait to be accepted; 256 if absent
 * @property {number} [patienceMs] how long the relay may be out of reach; 60 s if absent
 */
/** @typedef {{ kind: 'done' | 'left' | 'lost' | 'refused', code: number | null, reason: string }} Over */

const WAITING = 256;
const PATIENCE_MS = 60_000;
const WELCOME_MS = 6000;
/** How long a relay may take to close when it has everything. */
const LAST_WORDS_MS = 1000;
/** A session that lived this long was a success. */
const SETTLED_MS = 3000;
/** What a batch has beside its payload, at most. */
const HEADER_LEN_MAX = 64;
/** Half of a Hello; a token needs the rest. */
const META_LEN_MAX = 4096;

/** Publishing is over and was not finished. */
export class PublishError extends Error {
  /**
   * @param {number | null} code of the refusal, or null if the relay was out of reach
   * @param {string} reason
   */
  constructor(code, reason) {
    super(code === null ? `the relay is out of reach: ${reason}` : `refused with ${code}: ${reason || refusal(code).advice}`);
    this.code = code;
  }
}

/**
 * Publishes a channel; connects at once.
 * @param {PublishOptions} options
 */
export function publish(options) {
  return new Publisher(options);
}

export class Publisher {
  /**
   * @param {PublishOptions} options
   * @param {{ connect?: typeof connect, random?: () => number }} seams for tests
   */
  constructor(options, { connect: dial = connect, random = Math.random } = {}) {
    /** @private */
    this.options = options;
    /** @private */
    this.meta = new TextEncoder().encode(JSON.stringify(options.meta ?? {}));
    if (this.meta.length > META_LEN_MAX) throw new RangeError(`meta: ${this.meta.length} bytes, and ${META_LEN_MAX} are allowed`);
    /** @private */
    this.home = new URL(options.server ?? globalThis.location?.origin);
    /** @private */
    this.server = this.home;
    /** @private */
    this.dial = dial;
    /** @private */
    this.backoff = new Backoff(random);
    /** @private */
    this.outbox = new Outbox(options.waiting ?? WAITING);
    /** @private */
    this.stopper = new AbortController();
    /** @private @type {Link | null} the one that was welcomed */
    this.link = null;
    /** @private @type {'webtransport' | 'websocket' | null} of the newest link */
    this.transport = null;
    /** @private @type {(() => void)[]} */
    this.waiting = [];
    /** @private */
    this.isEnded = false;
    /** @private the present session was welcomed */
    this.wasGood = false;
    /** Resolves when the relay has everything and the end; rejects with a {@link PublishError}. */
    this.done = this.run();
    // Whoever only pushes hears of it there.
    this.done.catch(() => {});
  }

  /** How far it has come: `held` is the highest number that the relay has, or -1. */
  get progress() {
    return { ...this.outbox.progress, transport: this.transport };
  }

  /**
   * Takes a batch; waits while too many are not accepted yet. One after the other: await it.
   * @param {Draft} draft
   * @returns {Promise<number>} the batch's number, as long as the life does not change
   */
  async push(draft) {
    const { length } = draft.payload;
    if (length === 0) throw new RangeError('a batch carries something');
    if (length > MESSAGE_LEN_MAX - HEADER_LEN_MAX) throw new RangeError(`${length} bytes are too many for a batch`);
    while (this.outbox.isFull && !this.isOver) await new Promise((resolve) => this.waiting.push(() => resolve(undefined)));
    if (this.isEnded || this.isOver) {
      if (!this.isEnded) await this.done;
      throw new Error('nothing can be published any more');
    }
    const seq = this.outbox.push(draft, Date.now() * 1000);
    this.flush();
    return seq;
  }

  /**
   * Ends the channel; resolves when the relay has everything.
   * @param {string} [reason] for viewers
   */
  async end(reason = '') {
    this.isEnded = true;
    this.outbox.end(reason);
    this.flush();
    return this.done;
  }

  /** Stops without an end: the channel waits for who resumes it. */
  close() {
    this.stopper.abort(new Error('closed'));
  }

  /** @private */
  get isOver() {
    return this.stopper.signal.aborted;
  }

  /** @private */
  async run() {
    let since = Date.now();
    try {
      for (;;) {
        const over = await this.session();
        this.link = null;
        if (over.kind === 'done') return;
        if (this.isOver) throw new PublishError(null, 'closed');
        // Who was replaced would only replace the other one in turn.
        const isFinal = over.kind === 'refused' && (!refusal(over.code ?? 0).retry || (over.code === 409 && this.outbox.progress.sessions > 0));
        if (isFinal) throw new PublishError(over.code, over.reason);
        if (over.kind === 'left') since = Date.now();
        if (this.wasGood) since = Date.now();
        this.wasGood = false;
        if (Date.now() - since >= (this.options.patienceMs ?? PATIENCE_MS)) throw new PublishError(over.code, over.reason);
        const leastMs = over.kind === 'refused' ? refusal(over.code ?? 0).leastMs : 0;
        if (over.kind !== 'left') await pause(this.backoff.next(leastMs), this.stopper.signal);
      }
    } finally {
      this.stopper.abort();
      this.release();
    }
  }

  /**
   * One link, from the attempt to its end.
   * @private
   * @returns {Promise<Over>}
   */
  async session() {
    const { channel, schema, token, transport = 'auto' } = this.options;
    /** @type {(over: Over) => void} */
    let finish = () => {};
    /** @type {Promise<Over>} */
    const over = new Promise((resolve) => (finish = resolve));
    const life = { since: Date.now(), leaveAt: Infinity, doneAt: Infinity };
    /** @type {Link | null} */
    let link = null;
    const ears = {
      /** @param {Uint8Array} bytes */
      message: (bytes) => {
        try {
          const end = this.hear(decode(bytes), link, life);
          if (end) finish(end);
        } catch (error) {
          if (!(error instanceof Malformed)) throw error;
          finish({ kind: 'lost', code: 400, reason: error.message });
        }
      },
      /** @param {number} closeCode @param {string} reason */
      closed: (closeCode, reason) => {
        const code = codeOfClose(closeCode);
        if (this.outbox.isDone) finish({ kind: 'done', code: null, reason });
        finish({ kind: code === null ? 'lost' : 'refused', code, reason });
      },
    };
    try {
      const pass = typeof token === 'function' ? await token() : token;
      link = await this.dial(this.server, transport, ears, this.stopper.signal, this.options.WebSocket);
      const resume = this.options.resume === true || this.outbox.progress.sessions > 0;
      const intent = { Publish: { schema, meta: this.meta, resume } };
      link.send(encode({ type: 'Hello', version: VERSION, channel, token: pass ?? null, intent }));
    } catch (error) {
      link?.close();
      this.server = this.home;
      return { kind: 'lost', code: null, reason: error instanceof Error ? error.message : String(error) };
    }
    const ticker = setInterval(() => {
      const now = Date.now();
      if (this.outbox.isDone) life.doneAt = Math.min(life.doneAt, now + LAST_WORDS_MS);
      if (now >= life.doneAt) finish({ kind: 'done', code: null, reason: '' });
      if (!this.link && now - life.since >= WELCOME_MS) finish({ kind: 'lost', code: 408, reason: 'no answer' });
      if (this.link && now - life.since >= SETTLED_MS) this.backoff.succeeded();
      if (now >= life.leaveAt && !this.outbox.isDone) finish({ kind: 'left', code: null, reason: '' });
    }, 50);
    const stop = () => finish({ kind: 'lost', code: null, reason: 'closed' });
    this.stopper.signal.addEventListener('abort', stop, { once: true });
    try {
      return await over;
    } finally {
      clearInterval(ticker);
      this.stopper.signal.removeEventListener('abort', stop);
      link.close();
    }
  }

  /**
   * @private
   * @param {import('./messages.js').FromRelay} message
   * @param {Link | null} link
   * @param {{ leaveAt: number }} life
   * @returns {Over | null} if it is the session's last
   */
  hear(message, link, life) {
    switch (message.type) {
      case 'Welcome':
        this.link = link;
        this.transport = link?.transport ?? null;
        this.wasGood = true;
        this.outbox.welcome(message.epoch, Number(message.nextSeq));
        this.flush();
        this.release();
        return null;
      case 'Accepted':
        this.outbox.accepted(Number(message.held), message.stored === null ? null : Number(message.stored));
        this.flush();
        this.release();
        return null;
      case 'Refused': return { kind: 'refused', code: message.code, reason: message.reason };
      case 'GoAway':
        life.leaveAt = Date.now() + message.afterMs;
        if (message.url !== null && URL.canParse(message.url)) this.server = new URL(message.url);
        return null;
      case 'Start':
      case 'Batch':
      case 'Gap':
      case 'End': throw new Malformed('that is for viewers');
    }
  }

  /** @private gives the link whatever there is */
  flush() {
    if (!this.link) return;
    for (let next = this.outbox.next(); next; next = this.outbox.next()) this.link.send(encode(next));
  }

  /** @private lets those go on who wait for room */
  release() {
    if (this.outbox.isFull && !this.isOver) return;
    for (const goOn of this.waiting.splice(0)) goOn();
  }
}
