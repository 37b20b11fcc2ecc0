/**
 * Owns a conversation with the gateway for as long as it is wanted: who we are, what was asked, where
 * we were. Does not know games; the messages are typed in `gateway-messages.js`.
 * Invariant: at most one socket; a question gets one answer or one error, and is asked again on the
 * next socket by the same UUID, so the arena does it once.
 */

import { Backoff, pause } from './backoff.js';

/** @typedef {import('./gateway-messages.js').Asks} Asks */
/** @typedef {import('./gateway-messages.js').Says} Says */
/** @typedef {'connecting' | 'open' | 'reconnecting' | 'closed'} GatewayState */
/**
 * @typedef {object} GatewayOptions who says nothing of himself is a spectator
 * @property {string | URL} [server] the page's own origin if absent
 * @property {string | (() => string | Promise<string>)} [token] an access token or an API key; a function is asked whenever one is needed
 * @property {string} [queueId] an entry to speak for
 * @property {number} [after] the last number that was seen
 * @property {typeof WebSocket} [WebSocket] where there is none, as in Node before 22: that of `ws`
 */
/**
 * @template {keyof Says} K
 * @typedef {{ type: K, id: string, ts: number, number: number | null, data: Says[K] }} Message
 */
/**
 * @typedef {object} Asked a question without an answer yet
 * @property {string} text what is sent
 * @property {(message: Message<any>) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 * @property {boolean} isOurs asked by this file for one socket, and in vain on the next
 */

const PATH = '/v1/gateway';
const OPEN_MS = 8000;
const ANSWER_MS = 30_000;
/** The arena says ping after 15 s, so silence for longer is a socket that is gone. */
const SILENCE_MS = 25_000;
const TICK_MS = 1000;
const SETTLED_MS = 3000;
const PENDING_MAX = 64;
const WATCHED_MAX = 8;

/** The arena has refused something, or will not answer any more. */
export class GatewayError extends Error {
  /**
   * @param {string} code a stable word, such as `not_found`; `closed` and `no_answer` are of here
   * @param {string} message what to do
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Speaks with the gateway; connects at once.
 * @param {GatewayOptions} [options]
 */
export function gateway(options = {}) {
  return new Gateway(options);
}

export class Gateway extends EventTarget {
  /**
   * @param {GatewayOptions} options
   * @param {{ random?: () => number, uuid?: () => string, now?: () => number }} seams for tests
   */
  constructor(options, { random = Math.random, uuid = anyUuid, now = Date.now } = {}) {
    super();
    /** @type {GatewayState} */
    this.state = 'connecting';
    /** Why it was closed, once it was. @type {GatewayError | null} */
    this.reason = null;
    /** The last number of the log that was heard of. @type {number | null} */
    this.after = options.after ?? null;
    /** The entry that this socket speaks for, if it speaks for one. @type {string | null} */
    this.queueId = options.queueId ?? null;
    /** @private */
    this.options = options;
    /** @private */
    this.socketOf = options.WebSocket ?? globalThis.WebSocket;
    /** @private */
    this.uuid = uuid;
    /** @private */
    this.now = now;
    /** @private */
    this.backoff = new Backoff(random);
    /** @private */
    this.stopper = new AbortController();
    /** @private @type {Map<string, Asked>} by id, in the order of asking */
    this.asked = new Map();
    /** @private @type {Set<string>} matches that are watched, to be joined again */
    this.watched = new Set();
    /** @private @type {WebSocket | null} the one that may be spoken on */
    this.socket = null;
    /** @private tokens that were refused, one after the other */
    this.turnedAway = 0;
    if (!this.socketOf) throw new Error('there is no WebSocket here: hand one in, such as that of `ws`');
    queueMicrotask(() => this.run());
  }

  /**
   * Listens to what the arena says; returns the function that stops listening. `*` hears everything,
   * `state` how the connection is.
   * @template {keyof Says | '*' | 'state'} K
   * @param {K} type
   * @param {(message: K extends keyof Says ? Message<K> : K extends 'state' ? { state: GatewayState, reason: GatewayError | null } : Message<any>) => void} listener
   */
  on(type, listener) {
    /** @param {Event} event */
    const handler = (event) => listener(/** @type {CustomEvent} */ (event).detail);
    this.addEventListener(type, handler);
    return () => this.removeEventListener(type, handler);
  }

  /**
   * Asks; resolves with the answer, rejects with a {@link GatewayError}.
   * @template {keyof Asks} K
   * @param {K} type
   * @param {Asks[K]} data
   * @returns {Promise<Message<any>>}
   */
  ask(type, data) {
    if (this.stopper.signal.aborted) return Promise.reject(this.reason ?? gone());
    if (this.asked.size >= PENDING_MAX) return Promise.reject(new GatewayError('too_many_requests', 'too much is without an answer yet: wait for some'));
    const answer = this.put(type, data, false);
    const { match_id: match } = /** @type {{ match_id?: string }} */ (data ?? {});
    if (type === 'spectate.leave' && match) this.watched.delete(match);
    return answer.then((message) => {
      if (type === 'spectate.join' && match && this.watched.size < WATCHED_MAX) this.watched.add(match);
      if (type === 'queue.enter' && !this.options.token) this.queueId = message.data?.queue_id ?? this.queueId;
      return message;
    });
  }

  /** Stops for good. */
  close() {
    this.shut(gone());
  }

  /**
   * @private
   * @param {string} type
   * @param {unknown} data
   * @param {boolean} isOurs
   * @returns {Promise<Message<any>>}
   */
  put(type, data, isOurs = true) {
    const id = this.uuid();
    const text = JSON.stringify({ type, id, ts: this.now(), data });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id, new GatewayError('no_answer', 'the arena has not answered in time')), ANSWER_MS);
      this.asked.set(id, { text, resolve, reject, timer, isOurs });
      if (this.socket) this.socket.send(text);
    });
  }

  /**
   * @private
   * @param {string} id
   * @param {Message<any> | GatewayError} answer
   */
  settle(id, answer) {
    const asked = this.asked.get(id);
    if (!asked) return;
    this.asked.delete(id);
    clearTimeout(asked.timer);
    if (answer instanceof Error) asked.reject(answer);
    else asked.resolve(answer);
  }

  /** @private */
  async run() {
    while (!this.stopper.signal.aborted) {
      await this.session();
      this.socket = null;
      for (const [id, { isOurs }] of [...this.asked]) if (isOurs) this.settle(id, gone());
      if (this.stopper.signal.aborted) return;
      this.become('reconnecting');
      await pause(this.backoff.next(), this.stopper.signal);
    }
  }

  /**
   * One socket, from the attempt to its end.
   * @private
   */
  async session() {
    const url = new URL(PATH, this.options.server ?? globalThis.location?.origin);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    const socket = new this.socketOf(url);
    const life = { since: this.now(), heardAt: this.now(), isOpen: false };
    const over = new Promise((resolve) => {
      socket.onclose = ({ code }) => resolve(this.closed(code));
      socket.onerror = () => {};
    });
    socket.onmessage = ({ data }) => {
      life.heardAt = this.now();
      const message = parsed(data);
      if (message) this.hear(socket, message);
    };
    socket.onopen = () => {
      life.isOpen = true;
      this.greet(socket).catch((error) => {
        // A token that cannot be had is asked for again, on the next socket.
        this.emit('*', { type: 'error', id: '', ts: this.now(), number: null, data: { code: 'unauthorized', message: String(error?.message ?? error) } });
        socket.close(1000);
      });
    };
    const ticker = setInterval(() => {
      const now = this.now();
      if (now - (life.isOpen ? life.heardAt : life.since) >= (life.isOpen ? SILENCE_MS : OPEN_MS)) socket.close();
      if (this.socket && now - life.since >= SETTLED_MS) this.backoff.succeeded();
    }, TICK_MS);
    const stop = () => socket.close(1000);
    this.stopper.signal.addEventListener('abort', stop, { once: true });
    try {
      await over;
    } finally {
      clearInterval(ticker);
      this.stopper.signal.removeEventListener('abort', stop);
      socket.onmessage = socket.onopen = null;
    }
  }

  /**
   * Says who we are, then asks again what has no answer.
   * @private
   * @param {WebSocket} socket
   */
  async greet(socket) {
    const { token } = this.options;
    const pass = typeof token === 'function' ? await token() : token;
    if (socket.readyState !== 1) return;
    const questions = [...this.asked.values()];
    this.socket = socket;
    if (pass !== undefined || this.queueId !== null) {
      const who = pass !== undefined ? { token: pass } : { queue_id: this.queueId };
      const answer = this.put('auth', this.after === null ? who : { ...who, after: this.after });
      // Questions do not overtake it on the socket, and without a good answer they are in vain.
      answer.then(() => (this.turnedAway = 0), (error) => this.refused(error, socket));
    }
    for (const { text } of questions) socket.send(text);
    for (const match of this.watched) this.put('spectate.join', { match_id: match }).catch(() => this.watched.delete(match));
    this.become('open');
  }

  /**
   * @private
   * @param {WebSocket} socket
   * @param {any} message
   */
  hear(socket, message) {
    const { type, id, ts, data } = message;
    const number = Number.isSafeInteger(message.number) ? message.number : null;
    if (type === 'ping') {
      socket.send(JSON.stringify({ type: 'pong', id, ts: this.now(), data: {} }));
      return;
    }
    const seen = type === 'state.snapshot' && Number.isSafeInteger(data?.number) ? data.number : number;
    if (seen !== null) this.after = Math.max(this.after ?? 0, seen);
    const said = { type, id, ts, number, data };
    if (type === 'error') this.settle(id, new GatewayError(String(data?.code), String(data?.message)));
    else this.settle(id, said);
    if (type === 'auth.expiring') this.renew(socket);
    this.emit(type, said);
    this.emit('*', said);
  }

  /**
   * @private
   * @param {WebSocket} socket
   */
  renew(socket) {
    const { token } = this.options;
    // One that was handed in as it is cannot be renewed; the socket is closed when it ends.
    if (typeof token !== 'function') return;
    Promise.resolve(token()).then((pass) => this.put('auth', { token: pass })).catch((error) => this.refused(error, socket));
  }

  /**
   * @private
   * @param {unknown} error
   * @param {WebSocket} socket
   */
  refused(error, socket) {
    if (!(error instanceof GatewayError) || error.code === 'no_answer' || error.code === 'closed') return socket.close(1000);
    this.turnedAway += 1;
    // A fresh token may be taken where the last one was not; the same one will not.
    if (typeof this.options.token === 'function' && this.turnedAway < 3) socket.close(1000);
    else this.shut(error);
  }

  /**
   * @private
   * @param {number} code
   */
  closed(code) {
    if (code === 4409) this.shut(new GatewayError('taken_over', 'another page or program speaks for you now: use that, or come back here'));
    else if (code === 4401) this.refused(new GatewayError('unauthorized', 'the session has ended: log in again'), /** @type {any} */ ({ close() {} }));
  }

  /**
   * @private
   * @param {GatewayError} reason
   */
  shut(reason) {
    if (this.stopper.signal.aborted) return;
    this.reason = reason;
    this.stopper.abort(reason);
    for (const id of [...this.asked.keys()]) this.settle(id, reason);
    this.become('closed');
  }

  /**
   * @private
   * @param {GatewayState} state
   */
  become(state) {
    this.state = state;
    this.emit('state', { state, reason: this.reason });
  }

  /**
   * @private
   * @param {string} type
   * @param {unknown} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A random UUID; `crypto.randomUUID` is not there on a page that came over plain http. */
function anyUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function gone() {
  return new GatewayError('closed', 'this conversation was closed');
}

/** @param {unknown} data */
function parsed(data) {
  try {
    const message = JSON.parse(String(data));
    return message && typeof message.type === 'string' && typeof message.id === 'string' ? message : null;
  } catch {
    return null;
  }
}
