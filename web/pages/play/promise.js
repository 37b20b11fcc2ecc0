/** Owns checking that a duel's line is the one that was settled before the countdown. */

const PREFIX = 'arena/code-duel/1';

/**
 * @param {string} commitment the hash that was shown before, in hex
 * @param {string} salt in hex
 * @param {string} line
 */
export async function isPromised(commitment, salt, line) {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${PREFIX}\n${salt}\n${line}`));
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex === commitment.toLowerCase();
}
