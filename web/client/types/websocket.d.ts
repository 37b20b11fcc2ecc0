/**
 * Owns a session over WebSocket: the socket is the stream, one binary message is one message.
 * Does not decide when to connect or what to say.
 */
export type Ears = import('./transport.js').Ears;
export type Link = import('./transport.js').Link;
/**
 * @param {URL} url
 * @param {Ears} ears
 * @param {AbortSignal} signal ends the attempt, not the link
 * @param {typeof WebSocket} socketOf
 * @returns {Promise<Link>}
 */
export declare function openWebSocket(url: URL, ears: Ears, signal: AbortSignal, socketOf: typeof WebSocket): Promise<Link>;
