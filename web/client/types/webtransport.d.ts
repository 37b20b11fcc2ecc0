/**
 * Owns a session over WebTransport: control messages on one bidirectional stream, batches on
 * streams that the relay opens, or in datagrams.
 * Does not put batches in order: streams overtake each other.
 * Invariant: one connection carries one subscription, so its number is 0; what is marked otherwise
 * is not ours and is dropped.
 */
export type Ears = import('./transport.js').Ears;
export type Link = import('./transport.js').Link;
/**
 * @param {URL} url
 * @param {Uint8Array[]} hashes of certificates that may be trusted; none: ask the browser's authorities
 * @param {Ears} ears
 * @param {AbortSignal} signal ends the attempt, not the link
 * @returns {Promise<Link>}
 */
export declare function openWebTransport(url: URL, hashes: Uint8Array[], ears: Ears, signal: AbortSignal): Promise<Link>;
