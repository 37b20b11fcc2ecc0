/**
 * Owns what players are called, and where more is told of them.
 * Invariant: a name from outside is clipped, and a link is to this site whatever the name holds.
 */

import { clip, element } from '../text.js';

/** @typedef {{ identity?: string | null, name?: string | null, connect_code?: string | null, wallet?: string | null, rating?: number }} Side */

const LETTERS = 28;
/** Whoever came by wallet is called by the whole address. */
const ADDRESS_LETTERS = 42;

/** What the ladders call somebody. @param {Side} side @returns {string} */
export function ladderName({ identity, wallet, connect_code: code }) {
  if (identity) return `identity:${identity}`;
  if (wallet) return `wallet:${wallet.toLowerCase()}`;
  return `code:${code ?? ''}`;
}

/** @param {Side} side */
export function sideName({ name, connect_code: code, wallet, identity }) {
  return shortWallet(clip(name, ADDRESS_LETTERS)) || clip(code, LETTERS) || shortWallet(wallet ?? '') || (identity ? `player ${identity.slice(-6)}` : 'somebody');
}

/** @param {string} player as the ladders call it @param {string | null} [called] the account's name */
export function playerName(player, called) {
  if (called) return shortWallet(clip(called, ADDRESS_LETTERS));
  const [, kind, rest] = /^(identity|wallet|code):(.*)$/su.exec(player) ?? [];
  if (kind === 'code') return clip(rest, LETTERS) || 'somebody';
  if (kind === 'wallet') return shortWallet(rest);
  return kind === 'identity' ? `player ${rest.slice(-6)}` : clip(player, LETTERS) || 'somebody';
}

/** @param {string} text */
export function shortWallet(text) {
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? `${text.slice(0, 6)}…${text.slice(-4)}` : clip(text, LETTERS);
}

/** @param {string} player as the ladders call it */
export const playerPath = (player) => `/players/${encodeURIComponent(player)}`;

/** @param {string} player @param {string} text @param {string} [className] */
export function playerLink(player, text, className = '') {
  const it = element('a', className, text);
  it.href = playerPath(player);
  return it;
}
