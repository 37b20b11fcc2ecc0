/**
 * Owns amounts: coins as people write them, wei as contracts count them; and where a wager stands.
 * Invariant: no amount ever goes through a float.
 */

import { clip } from '../text.js';

const WEI_DIGITS = 18;
const WAGERS = /** @type {Record<string, string>} */ ({
  proposed: 'proposed', accepted: 'agreed upon', declined: 'declined', expired: 'not answered in time', settled: 'won', voided: 'given back',
});

/** Where a wager stands, as people say it. @param {unknown} status */
export function wagerWord(status) {
  const it = String(status);
  return Object.hasOwn(WAGERS, it) ? WAGERS[it] : clip(it.replaceAll('_', ' '), 20);
}

/** @param {string} text such as `1.5` @returns {bigint | null} wei, if it is an amount above none */
export function readCoins(text) {
  const found = /^(\d{1,27})(?:\.(\d{1,18}))?$/.exec(text.trim().replace(',', '.'));
  if (!found) return null;
  const wei = BigInt(found[1] + (found[2] ?? '').padEnd(WEI_DIGITS, '0'));
  return wei > 0n ? wei : null;
}

/** With the word behind it. @param {unknown} wei digits @param {number} [digits] behind the point */
export function coinsSaid(wei, digits = 4) {
  const amount = coins(wei, digits);
  return `${amount} ${amount === '1' ? 'coin' : 'coins'}`;
}

/** @param {unknown} wei digits @param {number} [digits] behind the point @returns {string} */
export function coins(wei, digits = 4) {
  if (typeof wei !== 'string' && typeof wei !== 'bigint') return '–';
  if (!/^\d{1,80}$/.test(String(wei))) return '–';
  const padded = String(wei).padStart(WEI_DIGITS + 1, '0');
  const whole = padded.slice(0, -WEI_DIGITS).replace(/^0+(?=\d)/, '');
  const part = padded.slice(-WEI_DIGITS, padded.length - WEI_DIGITS + digits).replace(/0+$/, '');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  if (part === '' && whole === '0' && /[1-9]/.test(padded)) return `< 0.${'0'.repeat(digits - 1)}1`;
  return part === '' ? grouped : `${grouped}.${part}`;
}
