/**
 * Owns the text that a wallet signs to log in (EIP-4361).
 * Invariant: it names this arena, its nonce and the time, so it is good once and nowhere else.
 */

/**
 * @param {{ domain: string, address: string, uri: string, chainId: number, nonce: string, issuedAt: Date }} of
 */
export function signInText({ domain, address, uri, chainId, nonce, issuedAt }) {
  return [
    `${domain} wants you to sign in with your Ethereum account:`,
    address,
    '',
    'Log in to the arena. This costs nothing and moves nothing.',
    '',
    `URI: ${uri}`,
    'Version: 1',
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${issuedAt.toISOString()}`,
  ].join('\n');
}

/** @param {string} text @returns {string} its UTF-8 in hex, as `personal_sign` takes it */
export function hexOf(text) {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
