/**
 * Owns the seam between a session and the way its messages travel: two types and the choice.
 * Does not know what messages mean.
 * Invariant: `closed` is heard once, only after the link was handed out, and nothing after it.
 */

import { openWebSocket } from './websocket.js';
import { openWebTransport } from './webtransport.js';

/**
 * @typedef {object} Ears what a link tells
 * @property {(message: Uint8Array) => void} message one whole message, on whichever stream it came
 * @property {(code: number, reason: string) => void} closed over, by the other side or the network
 */
/**
 * @typedef {object} Link
 * @property {'webtransport' | 'websocket'} transport
 * @property {(message: Uint8Array) => void} send
 * @property {() => void} close says nothing to the ears any more
 */
/** @typedef {'auto' | 'webtransport' | 'websocket'} Choice */

const SESSION_PATH = '/v1/session';
/** WebTransport that is blocked fails slowly; nobody should look at nothing for longer. */
const WEBTRANSPORT_MS = 1500;
const WEBSOCKET_MS = 8000;

/**
 * @param {URL} server
 * @param {Choice} choice
 * @param {Ears} ears
 * @param {AbortSignal} signal
 * @param {typeof WebSocket} [socketOf] where there is none to be found
 * @returns {Promise<Link>}
 */
export async function connect(server, choice, ears, signal, socketOf = globalThis.WebSocket) {
  if (choice !== 'websocket' && 'WebTransport' in globalThis) {
    try {
      return await within(WEBTRANSPORT_MS, signal, (limit) => overWebTransport(server, ears, limit));
    } catch (error) {
      if (choice === 'webtransport' || signal.aborted) throw error;
    }
  } else if (choice === 'webtransport') {
    throw new Error('this browser has no WebTransport');
  }
  if (!socketOf) throw new Error('there is no WebSocket here: hand one in, such as that of `ws`');
  const url = new URL(SESSION_PATH, server);
  url.protocol = server.protocol === 'http:' ? 'ws:' : 'wss:';
  return within(WEBSOCKET_MS, signal, (limit) => openWebSocket(url, ears, limit, socketOf));
}

/**
 * @param {URL} server
 * @param {Ears} ears
 * @param {AbortSignal} signal
 */
async function overWebTransport(server, ears, signal) {
  const answer = await fetch(new URL('/v1/certificate', server), { signal, cache: 'no-store' });
  if (!answer.ok) throw new Error(`no certificate: status ${answer.status}`);
  const { sha256, next, port } = await answer.json();
  const hashes = [sha256, next?.sha256].filter((hex) => typeof hex === 'string').map(fromHex);
  const url = new URL(SESSION_PATH, `https://${server.hostname}:${Number(port)}`);
  return openWebTransport(url, hashes, ears, signal);
}

/**
 * @template T
 * @param {number} ms
 * @param {AbortSignal} outer
 * @param {(signal: AbortSignal) => Promise<T>} attempt
 */
async function within(ms, outer, attempt) {
  const limit = new AbortController();
  const stop = () => limit.abort(outer.reason);
  const timer = setTimeout(() => limit.abort(new Error('no connection in time')), ms);
  outer.addEventListener('abort', stop, { once: true });
  try {
    outer.throwIfAborted();
    return await attempt(limit.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
  }
}

/** @param {string} hex */
function fromHex(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}
