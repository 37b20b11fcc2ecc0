/**
 * Owns a session over WebTransport: control messages on one bidirectional stream, batches on
 * streams that the relay opens, or in datagrams.
 * Does not put batches in order: streams overtake each other.
 * Invariant: one connection carries one subscription, so its number is 0; what is marked otherwise
 * is not ours and is dropped.
 */

import { Framing, framed } from './framing.js';

/** @typedef {import('./transport.js').Ears} Ears */
/** @typedef {import('./transport.js').Link} Link */

const SUBSCRIPTION = 0;
/** Chromium keeps one datagram unless it is told otherwise. */
const DATAGRAMS_HELD = 256;
/** What the relay sent before it finished the control stream may still be on other streams. */
const LINGER_MS = 1000;

/**
 * @param {URL} url
 * @param {Uint8Array[]} hashes of certificates that may be trusted; none: ask the browser's authorities
 * @param {Ears} ears
 * @param {AbortSignal} signal ends the attempt, not the link
 * @returns {Promise<Link>}
 */
export async function openWebTransport(url, hashes, ears, signal) {
  const session = new WebTransport(url.href, {
    congestionControl: 'low-latency',
    ...(hashes.length > 0 && {
      serverCertificateHashes: hashes.map((hash) => ({ algorithm: 'sha-256', value: hash.slice().buffer })),
    }),
  });
  // Told by `ready` until the link is handed out.
  session.closed.catch(() => {});
  const stop = () => session.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await session.ready;
    const control = await session.createBidirectionalStream();
    signal.throwIfAborted();
    return listen(session, control, ears);
  } catch (error) {
    close(session);
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * @param {WebTransport} session
 * @param {WebTransportBidirectionalStream} control
 * @param {Ears} ears
 * @returns {Link}
 */
function listen(session, control, ears) {
  let isOver = false;
  /** @param {number} code @param {string} reason */
  const over = (code, reason) => {
    if (isOver) return;
    isOver = true;
    close(session);
    ears.closed(code, reason);
  };
  /** @param {Uint8Array} message */
  const heard = (message) => {
    if (!isOver) ears.message(message);
  };

  const writer = control.writable.getWriter();
  session.closed.then(
    ({ closeCode, reason }) => over(closeCode ?? 0, reason ?? ''),
    () => over(0, 'the connection was lost'),
  );
  messagesOf(control.readable, new Framing(), heard).then(
    () => setTimeout(() => over(0, ''), LINGER_MS),
    (error) => over(error?.streamErrorCode ?? 0, ''),
  );
  batches(session, heard).catch(() => {});
  datagrams(session, heard).catch(() => {});

  return {
    transport: 'webtransport',
    send: (message) => void writer.write(framed(message)).catch(() => {}),
    close: () => {
      isOver = true;
      close(session);
    },
  };
}

/**
 * @param {WebTransport} session
 * @param {(message: Uint8Array) => void} heard
 */
async function batches(session, heard) {
  const streams = session.incomingUnidirectionalStreams.getReader();
  for (;;) {
    const { value: stream, done } = await streams.read();
    if (done) return;
    // A stream that is reset was given up by the relay, which says so on the control stream.
    ours(stream, heard).catch(() => {});
  }
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {(message: Uint8Array) => void} heard
 */
async function ours(stream, heard) {
  const reader = stream.getReader();
  const { value, done } = await reader.read();
  if (done || value.length === 0) return;
  if (value[0] !== SUBSCRIPTION) return reader.cancel();
  const framing = new Framing();
  framing.push(value.subarray(1)).forEach(heard);
  reader.releaseLock();
  await messagesOf(stream, framing, heard);
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {Framing} framing
 * @param {(message: Uint8Array) => void} heard
 */
async function messagesOf(stream, framing, heard) {
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    framing.push(value).forEach(heard);
  }
}

/**
 * @param {WebTransport} session
 * @param {(message: Uint8Array) => void} heard
 */
async function datagrams(session, heard) {
  session.datagrams.incomingHighWaterMark = DATAGRAMS_HELD;
  const reader = session.datagrams.readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    if (value[0] === SUBSCRIPTION) heard(value.subarray(1));
  }
}

/** @param {WebTransport} session */
function close(session) {
  try {
    session.close();
  } catch {
    // Closing what never opened, or is closed already, is no error here.
  }
}
