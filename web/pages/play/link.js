/**
 * Owns the page's socket to the gateway: it comes back by itself, says again who this is, and asks
 * for what was missed.
 * Invariant: of a request its answer comes back, or why there is none; what the arena says goes to
 * `onMessage` in its order, answers too.
 */

import { Trouble } from '../api.js';

/** @typedef {{ type: string, id: string, ts: number, number?: number, data: any }} Message */
/** @typedef {'connecting' | 'open' | 'lost' | 'taken'} State */
/** @typedef {{ resolve: (message: Message) => void, reject: (trouble: Error) => void, timer: ReturnType<typeof setTimeout> }} Waiting */

const ANSWER_MS = 8000;
const PAUSE_MS = 500;
const PAUSE_MAX_MS = 8000;
const TAKEN_OVER = 4409;

export class Link {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Waiting>} */
  #waiting = new Map();
  #pause = PAUSE_MS;
  #isClosed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {() => Promise<{ token?: string, queue_id?: string, after?: number } | null>} options.who what `auth` says; null for nobody
   * @param {(message: Message) => void} options.onMessage
   * @param {(state: State) => void} options.onState
   */
  constructor({ url, who, onMessage, onState }) {
    this.url = url;
    this.who = who;
    this.onMessage = onMessage;
    this.onState = onState;
    this.#open();
  }

  /** Says who this is once more, after that has changed. */
  again() {
    this.#pause = PAUSE_MS;
    clearTimeout(this.#timer);
    this.#drop();
    this.#open();
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** @param {string} type @param {object} [data] @returns {Promise<Message>} */
  ask(type, data = {}) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(unreachable());
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    socket.send(JSON.stringify({ type, id, ts: Date.now(), data }));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(unreachable());
      }, ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  #open() {
    if (this.#isClosed) return;
    this.onState('connecting');
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#greet(socket));
    socket.addEventListener('message', ({ data }) => socket === this.#socket && this.#hear(socket, data));
    socket.addEventListener('close', ({ code }) => socket === this.#socket && this.#lost(code));
  }

  /** @param {WebSocket} socket */
  async #greet(socket) {
    try {
      const who = await this.who();
      if (who && socket === this.#socket) await this.ask('auth', who);
      this.#pause = PAUSE_MS;
      if (socket === this.#socket) this.onState('open');
    } catch {
      // Who it was is known no more: the socket is of use all the same, and the page says the rest.
      if (socket.readyState === WebSocket.OPEN && socket === this.#socket) this.onState('open');
    }
  }

  /** @param {WebSocket} socket @param {unknown} text */
  #hear(socket, text) {
    /** @type {Message} */
    let message;
    try {
      message = JSON.parse(String(text));
    } catch {
      return;
    }
    if (typeof message?.type !== 'string') return;
    if (message.type === 'ping') {
      socket.send(JSON.stringify({ type: 'pong', id: message.id, ts: Date.now(), data: {} }));
      return;
    }
    if (message.type === 'auth.expiring') {
      this.#greet(socket);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    clearTimeout(waiting?.timer);
    if (message.type === 'error') {
      waiting?.reject(new Trouble(409, String(message.data?.code), 'The arena said no', String(message.data?.message ?? '')));
      return;
    }
    this.onMessage(message);
    waiting?.resolve(message);
  }

  /** @param {number} code */
  #lost(code) {
    this.#drop();
    if (this.#isClosed) return;
    if (code === TAKEN_OVER) {
      this.onState('taken');
      return;
    }
    this.onState('lost');
    this.#timer = setTimeout(() => this.#open(), this.#pause * (0.75 + 0.5 * Math.random()));
    this.#pause = Math.min(this.#pause * 2, PAUSE_MAX_MS);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(unreachable());
    }
    this.#waiting.clear();
  }
}

function unreachable() {
  return new Trouble(0, 'unreachable', 'The arena does not answer', 'The connection is being made anew. Try again in a moment.');
}
