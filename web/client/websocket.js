/**
 * Owns a session over WebSocket: the socket is the stream, one binary message is one message.
 * Does not decide when to connect or what to say.
 */

/** @typedef {import('./transport.js').Ears} Ears */
/** @typedef {import('./transport.js').Link} Link */

const PROTOCOL = 'arena.v1';

/**
 * @param {URL} url
 * @param {Ears} ears
 * @param {AbortSignal} signal ends the attempt, not the link
 * @param {typeof WebSocket} socketOf
 * @returns {Promise<Link>}
 */
export function openWebSocket(url, ears, signal, socketOf) {
  const socket = new socketOf(url, PROTOCOL);
  socket.binaryType = 'arraybuffer';
  // A close says it all; but where an error without a listener ends the program, there is one.
  socket.onerror = () => {};
  const mute = () => (socket.onmessage = socket.onclose = null);
  /** @type {Link} */
  const link = {
    transport: 'websocket',
    send: (message) => socket.send(message.slice()),
    close: () => {
      mute();
      socket.close(1000);
    },
  };
  return new Promise((resolve, reject) => {
    const stop = () => {
      link.close();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.onclose = () => {
      signal.removeEventListener('abort', stop);
      reject(new Error('the connection was not made'));
    };
    socket.onopen = () => {
      signal.removeEventListener('abort', stop);
      // A text message has no place in the protocol and decodes as an empty, malformed one.
      socket.onmessage = ({ data }) => ears.message(new Uint8Array(typeof data === 'string' ? 0 : data));
      socket.onclose = ({ code, reason }) => {
        mute();
        ears.closed(code, reason);
      };
      resolve(link);
    };
  });
}
