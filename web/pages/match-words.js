/**
 * Owns what is said of a match: its sides, its state, its result, in words. Pure.
 * Invariant: takes whatever the API answers; names are strangers' and come out short.
 */

import { gameName } from './meta.js';
import { clip } from './text.js';

/** @typedef {{ text: string, isDone: boolean }} Step */
/** @typedef {{ match: any, result: any, signatures: any, wager: any, book: any, chain: any }} Known */

const NAME_MAX = 32;
const STATES = {
  matched: 'asked whether both are there', staking: 'waiting for both stakes', ready: 'about to begin', active: 'being played', resolved: 'played',
  settled: 'settled', cancelled: 'cancelled', expired: 'expired',
};
const HOW = { played: 'played to the end', timed_out: 'decided by time', forfeited: 'by forfeit', ruled: 'ruled by an operator' };
/** Where transactions of a chain can be looked at. */
const EXPLORERS = { 1: 'https://etherscan.io/tx/', 143: 'https://monadexplorer.com/tx/', 10143: 'https://testnet.monadexplorer.com/tx/' };

/** @param {any} match */
export function matchWords(match) {
  const state = String(match?.course?.state ?? '');
  return {
    players: [match?.p1, match?.p2].map((player, i) => ({
      name: clip(player?.connect_code, NAME_MAX) || short(player?.wallet) || `Player ${i + 1}`,
      rating: Number.isFinite(player?.rating) ? /** @type {number} */ (player.rating) : null,
    })),
    queue: gameName(clip(match?.queue, NAME_MAX)),
    tier: clip(match?.tier, NAME_MAX),
    state: Object.hasOwn(STATES, state) ? STATES[/** @type {keyof typeof STATES} */ (state)] : clip(state, 20),
    hasBegun: !['matched', 'staking', 'ready'].includes(state),
    isOver: ['resolved', 'settled', 'cancelled', 'expired'].includes(state),
  };
}

/**
 * Where the result stands: what has to be done for it to count, in order.
 * @param {Known} known
 * @returns {{ title: string, steps: Step[], ratings: string }}
 */
export function resultWords({ match, result, signatures, chain }) {
  const { players, state, isOver } = matchWords(match);
  const names = players.map(({ name }) => name);
  const final = result?.result;
  const reported = ['p1', 'p2'].filter((side) => result?.reported?.[side]).map((side) => names[side === 'p1' ? 0 : 1]);
  if (!final) {
    const first = reported.length > 0 ? [told(reported)] : [];
    if (isOver) return { title: `No result: ${state}`, steps: first, ratings: '' };
    const name = clip(chain?.name, 30);
    const ahead = [...(first.length > 0 ? [] : ['Both report.']), 'Both sign.', ...(name ? [`It is recorded on ${name}.`] : [])];
    return { title: 'Not decided yet', steps: [...first, ...ahead.map((text) => ({ text, isDone: false }))], ratings: '' };
  }
  const title = final.winner === 'p1' || final.winner === 'p2'
    ? `${names[final.winner === 'p1' ? 0 : 1]} won, ${score(final)}` : `A draw, ${score(final)}`;
  const how = Object.hasOwn(HOW, final.how) ? HOW[/** @type {keyof typeof HOW} */ (final.how)] : clip(final.how, 20);
  const signers = Array.isArray(signatures?.signatures) ? signatures.signatures.slice(0, 2).map((/** @type {any} */ it) => signer(it?.address, match, names)) : [];
  const moved = ['p1', 'p2'].flatMap((side, i) => {
    const change = final.ratings?.[side];
    return change ? [`${names[i]}: ${change.before} → ${change.after}`] : [];
  });
  return {
    title,
    steps: [
      ...(reported.length > 0 ? [told(reported)] : []),
      { text: `Decided: ${how}.`, isDone: true },
      { text: signers.length > 0 ? `Signed by ${signers.join(' and ')}${signers.length < 2 ? '; the other side has not signed yet' : ''}.` : 'Not signed yet.', isDone: signers.length === 2 },
      recorded(match, chain),
    ],
    ratings: moved.length > 0 ? `Ratings: ${moved.join(', ')}.` : '',
  };
}

/** @param {string[]} names @returns {Step} */
function told(names) {
  return { text: `Reported by ${names.join(' and ')}.`, isDone: names.length === 2 };
}

/** @param {any} match @param {any} chain @returns {Step} */
function recorded(match, chain) {
  const name = clip(chain?.name, 30);
  if (match?.course?.state === 'settled') return { text: `Recorded on ${name || `chain ${Number(chain?.chain_id)}`}.`, isDone: true };
  return { text: name ? `Not recorded on ${name} yet.` : 'This arena records on no chain.', isDone: false };
}

/**
 * The record on the chain, where there is one.
 * @param {Known} known
 */
export function signedWords({ match, result, chain }) {
  // What was signed may still be replaced; what is settled has it.
  const hash = match?.course?.state === 'settled' ? result?.tx_hash : null;
  const transaction = typeof hash === 'string' && /^0x[0-9a-f]{64}$/i.test(hash) ? hash : null;
  const place = EXPLORERS[/** @type {keyof typeof EXPLORERS} */ (Number(chain?.chain_id))];
  return { transaction, explorer: transaction && place ? place + transaction : null };
}

/**
 * Wei as coins, with no more digits than anybody reads.
 * @param {unknown} amount digits
 */
export function wei(amount) {
  if (typeof amount !== 'string' || !/^\d{1,78}$/.test(amount)) return '–';
  const digits = amount.padStart(19, '0');
  const [whole, rest] = [digits.slice(0, -18), digits.slice(-18, -14).replace(/0+$/, '')];
  if (whole === '0' && rest === '' && /[1-9]/.test(amount)) return `${BigInt(amount)} wei`;
  return `${BigInt(whole).toLocaleString('en')}${rest ? `.${rest}` : ''} coins`;
}

/** @param {any} final */
function score({ score: of }) {
  return `${Number(of?.p1 ?? 0)} to ${Number(of?.p2 ?? 0)}`;
}

/**
 * @param {unknown} address
 * @param {any} match
 * @param {string[]} names
 */
function signer(address, match, names) {
  const low = String(address).toLowerCase();
  const at = [match?.p1, match?.p2].findIndex((player) => String(player?.wallet ?? '').toLowerCase() === low);
  return at < 0 ? short(address) : names[at];
}

/** @param {unknown} address */
function short(address) {
  return typeof address === 'string' && /^0x[0-9a-fA-F]{40}$/.test(address) ? `${address.slice(0, 6)}…${address.slice(-4)}` : '';
}
