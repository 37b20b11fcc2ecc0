/**
 * Owns watching one channel for as long as it is wanted: connects, resumes, waits, gives up.
 * Does not know transports (`transport.js`) nor what messages mean (`subscription.js`).
 * Invariant: at most one link at a time, at most one attempt under way, and every wait is bounded
 * and jittered; `close` ends them all.
 */

import { Backoff, pause } from './backoff.js';
import { Malformed } from './bincode.js';
import { Latency } from './latency.js';
import { decode, encode, FROM_THE_FIRST, VERSION } from './messages.js';
import { codeOfClose, refusal } from './refusals.js';
import { Subscription } from './subscription.js';
import { connect } from './transport.js';

/** @typedef {import('./messages.js').U64} U64 */
/** @typedef {import('./subscription.js').Batch} Batch */
/** @typedef {import('./subscription.js').Gap} Gap */
/** @typedef {import('./subscription.js').Start} Start */
/** @typedef {import('./transport.js').Link} Link */
/** @typedef {'connecting' | 'waiting' | 'live' | 'reconnecting' | 'ended' | 'refused' | 'closed'} State */
/**
 * @typedef {object} Options
 * @property {string | URL} [server] where the relay answers over HTTP; the page's own origin if absent
 * @property {string} channel
 * @property {string | (() => string | undefined | Promise<string | undefined>)} [token] a function is asked before each attempt
 * @property {import('./messages.js').Delivery} [delivery] Live if absent
 * @property {U64 | null} [after] continue behind this batch; FROM_THE_FIRST: everything that is held
 * @property {import('./transport.js').Choice} [transport] auto if absent
 * @property {typeof WebSocket} [WebSocket] where there is none, as in Node before 22: that of `ws`
 * @property {boolean} [follow] after an end, wait for the channel's next life; true if absent
 */
/**
 * @typedef {object} Events what each listener is given
 * @property {Batch} batch in order, each once
 * @property {Gap} gap batches that will not come
 * @property {Start} start a life of the channel: what its batches are
 * @property {{ lastSeq: number | null, reason: string }} end that life is over
 * @property {{ state: State, code: number | null, reason: string }} state
 */
/** @typedef {{ kind: 'lost' | 'refused' | 'ended' | 'moved' | 'otherLife', code: number | null, reason: string }} Over */

const WELCOME_MS = 6000;
const TICK_MS = 50;
/** A session that lived this long was a success; a shorter one may be a relay that turns everybody away. */
const SETTLED_MS = 3000;
/** Silence on a link that carried batches: half-open connections do not say so. Doubles while it
 * stays silent, so that a pause in a match does not become a storm of reconnections. */
const SILENCE_MS = 30_000;
const SILENCE_MS_MAX = 600_000;
/** An end that is followed by an end means: nothing new yet. */
const FOLLOW_MS = 4000;
const GO_AWAY_JITTER_MS = 500;
/** How long WebTransport stays out of favour after it failed where WebSocket worked. */
const GRUDGE_MS = 60_000;

/**
 * Watches a channel; connects at once.
 * @param {Options} options
 */
export function watch(options) {
  return new Watch(options);
}

export class Watch extends EventTarget {
  /**
   * @param {Options} options
   * @param {{ connect?: typeof connect, random?: () => number }} seams for tests
   */
  constructor(options, { connect: dial = connect, random = Math.random } = {}) {
    super();
    /** @type {State} */
    this.state = 'connecting';
    /** @private */
    this.options = options;
    /** @private */
    this.home = new URL(options.server ?? globalThis.location?.origin);
    /** @private */
    this.server = this.home;
    /** @private */
    this.dial = dial;
    /** @private */
    this.random = random;
    /** @private */
    this.backoff = new Backoff(random);
    /** @private */
    this.stopper = new AbortController();
    /** @private @type {{ epoch: number | null, after: U64 | null }} */
    this.place = { epoch: null, after: options.after ?? null };
    /** @private */
    this.hasEnded = false;
    /** @private */
    this.silenceMs = SILENCE_MS;
    /** @private */
    this.grudgeUntil = 0;
    /** @private */
    this.latency = new Latency();
    /** @private */
    this.counts = { batches: 0, bytes: 0, gaps: 0, missing: 0, sessions: 0 };
    /** @private @type {'webtransport' | 'websocket' | null} */
    this.transport = null;
    /** @private */
    this.delayMs = 0;
    queueMicrotask(() => this.run());
  }

  /**
   * Listens; returns the function that stops listening.
   * @template {keyof Events} K
   * @param {K} type
   * @param {(detail: Events[K]) => void} listener
   */
  on(type, listener) {
    /** @param {Event} event */
    const handler = (event) => listener(/** @type {CustomEvent<Events[K]>} */ (event).detail);
    this.addEventListener(type, handler);
    return () => this.removeEventListener(type, handler);
  }

  /** Numbers since the beginning; `latencyMs` is null before the first batch. */
  stats() {
    const { batches, bytes, gaps, missing, sessions } = this.counts;
    const { epoch, after } = this.place;
    return {
      state: this.state, transport: this.transport, epoch, batches, bytes, gaps, missing,
      lastSeq: typeof after === 'number' ? after : null,
      reconnects: Math.max(0, sessions - 1), delayMs: this.delayMs,
      latencyMs: this.latency.ms, latencyIsRelative: this.latency.isRelative,
    };
  }

  /** Stops for good. */
  close() {
    if (this.stopper.signal.aborted) return;
    this.stopper.abort(new Error('closed'));
    this.become('closed', null, '');
  }

  /** @private */
  async run() {
    while (!this.stopper.signal.aborted) {
      const over = await this.session();
      if (this.stopper.signal.aborted) return;
      const waitMs = this.decide(over);
      if (waitMs === null) return;
      await pause(waitMs, this.stopper.signal);
    }
  }

  /**
   * What the end of a session leads to: a wait in milliseconds, or null for no other session.
   * @private
   * @param {Over} over
   */
  decide({ kind, code, reason }) {
    switch (kind) {
      case 'otherLife':
        this.place = { epoch: null, after: this.options.after === FROM_THE_FIRST ? FROM_THE_FIRST : null };
        return this.backoff.next();
      case 'moved': return 0;
      case 'ended': {
        const isNews = !this.hasEnded;
        this.hasEnded = true;
        if (isNews) this.become('ended', null, reason);
        if (this.options.follow === false) return null;
        return isNews ? this.random() * 1000 : FOLLOW_MS + this.backoff.next();
      }
      case 'refused': {
        const { retry, leastMs } = refusal(code ?? 0);
        if (this.hasEnded && (retry || code === 410)) return FOLLOW_MS + this.backoff.next();
        this.become(!retry ? 'refused' : code === 404 ? 'waiting' : 'reconnecting', code, reason);
        return retry ? this.backoff.next(leastMs) : null;
      }
      case 'lost':
        this.server = this.home;
        if (!this.hasEnded) this.become('reconnecting', code, reason);
        return this.backoff.next();
    }
  }

  /**
   * One link, from the attempt to its end.
   * @private
   * @returns {Promise<Over>}
   */
  async session() {
    const { channel, token, delivery = 'Live', transport = 'auto' } = this.options;
    /** @type {(over: Over) => void} */
    let finish = () => {};
    /** @type {Promise<Over>} */
    const over = new Promise((resolve) => (finish = resolve));
    const subscription = new Subscription(this.place.after, this.place.epoch, delivery);
    const life = { welcomeBy: Date.now() + WELCOME_MS, heardAt: Date.now(), leaveAt: Infinity, carried: false };

    /** @param {import('./subscription.js').Outcome[]} outcomes */
    const act = (outcomes) => {
      for (const outcome of outcomes) {
        const end = this.outcome(outcome, subscription, life);
        if (end) finish(end);
      }
    };
    /** @param {() => import('./subscription.js').Outcome[]} step */
    const guarded = (step) => {
      try {
        act(step());
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        finish({ kind: 'lost', code: 400, reason: error.message });
      }
    };
    const ears = {
      /** @param {Uint8Array} bytes */
      message: (bytes) => {
        life.heardAt = Date.now();
        life.welcomeBy = Infinity;
        this.counts.bytes += bytes.length;
        guarded(() => subscription.receive(decode(bytes), Date.now()));
      },
      /** @param {number} closeCode @param {string} reason */
      closed: (closeCode, reason) => {
        guarded(() => subscription.lost());
        const code = codeOfClose(closeCode);
        finish({ kind: code === null ? 'lost' : 'refused', code, reason });
      },
    };

    /** @type {Link} */
    let link;
    try {
      const pass = typeof token === 'function' ? await token() : token;
      const choice = transport === 'auto' && Date.now() < this.grudgeUntil ? 'websocket' : transport;
      link = await this.dial(this.server, choice, ears, this.stopper.signal, this.options.WebSocket);
      if (choice === 'auto' && link.transport === 'websocket') this.grudgeUntil = Date.now() + GRUDGE_MS;
      link.send(encode({
        type: 'Hello', version: VERSION, channel, token: pass ?? null,
        intent: { Watch: { after: this.place.after, delivery } },
      }));
    } catch (error) {
      return { kind: 'lost', code: null, reason: error instanceof Error ? error.message : String(error) };
    }
    this.transport = link.transport;
    this.counts.sessions += 1;
    const since = Date.now();
    life.welcomeBy = since + WELCOME_MS;

    const ticker = setInterval(() => {
      const now = Date.now();
      guarded(() => subscription.tick(now));
      if (now - since >= SETTLED_MS && life.welcomeBy === Infinity) this.backoff.succeeded();
      if (now >= life.welcomeBy) {
        // Connected, yet nothing gets through: the other transport may fare better.
        if (link.transport === 'webtransport') this.grudgeUntil = now + GRUDGE_MS;
        finish({ kind: 'lost', code: 408, reason: 'no answer' });
      }
      if (now >= life.leaveAt) finish({ kind: 'moved', code: null, reason: '' });
      if (life.carried && now - life.heardAt >= this.silenceMs) {
        this.silenceMs = Math.min(this.silenceMs * 2, SILENCE_MS_MAX);
        finish({ kind: 'lost', code: null, reason: 'silence' });
      }
    }, TICK_MS);
    const stop = () => finish({ kind: 'lost', code: null, reason: '' });
    this.stopper.signal.addEventListener('abort', stop, { once: true });
    try {
      return await over;
    } finally {
      clearInterval(ticker);
      this.stopper.signal.removeEventListener('abort', stop);
      link.close();
      subscription.isOver = true;
    }
  }

  /**
   * @private
   * @param {import('./subscription.js').Outcome} outcome
   * @param {Subscription} subscription
   * @param {{ leaveAt: number, carried: boolean }} life
   * @returns {Over | null} if it is the session's last
   */
  outcome(outcome, subscription, life) {
    if (this.stopper.signal.aborted) return null;
    switch (outcome.type) {
      case 'waiting':
        if (!this.hasEnded) this.become('waiting', null, '');
        return null;
      case 'start': this.begin(outcome.start); return null;
      case 'batch': {
        const { batch } = outcome;
        life.carried = true;
        this.silenceMs = SILENCE_MS;
        this.place.after = batch.seq;
        this.counts.batches += 1;
        this.latency.sample(batch.capturedUs / 1000, Date.now(), this.delayMs);
        if (this.state !== 'live') this.become('live', null, '');
        this.emit('batch', batch);
        return null;
      }
      case 'gap':
        this.place.after = subscription.position === null ? this.place.after : outcome.gap.to;
        this.counts.gaps += 1;
        this.counts.missing += outcome.gap.to - outcome.gap.from + 1;
        this.emit('gap', outcome.gap);
        return null;
      case 'end': {
        const { lastSeq, reason } = outcome;
        if (!this.hasEnded) this.emit('end', { lastSeq, reason });
        return { kind: 'ended', code: null, reason };
      }
      case 'refused': return { kind: 'refused', code: outcome.code, reason: outcome.reason };
      case 'goAway':
        life.leaveAt = Date.now() + outcome.afterMs + this.random() * GO_AWAY_JITTER_MS;
        this.server = elsewhere(outcome.url) ?? this.server;
        return null;
      case 'otherLife': return { kind: 'otherLife', code: null, reason: '' };
    }
  }

  /**
   * @private
   * @param {Start} start
   */
  begin(start) {
    const isNew = this.place.epoch !== start.epoch;
    this.place.epoch = start.epoch;
    this.delayMs = start.delayMs;
    if (!isNew) {
      if (!this.hasEnded) this.become('live', null, '');
      return;
    }
    this.hasEnded = false;
    this.latency = new Latency();
    this.emit('start', start);
    this.become('live', null, '');
  }

  /**
   * @private
   * @param {State} state
   * @param {number | null} code
   * @param {string} reason
   */
  become(state, code, reason) {
    this.state = state;
    this.emit('state', { state, code, reason });
  }

  /**
   * @private
   * @template {keyof Events} K
   * @param {K} type
   * @param {Events[K]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {string | null} url */
function elsewhere(url) {
  if (url === null || !URL.canParse(url)) return null;
  const server = new URL(url);
  return server.protocol === 'https:' || server.protocol === 'http:' ? server : null;
}
