/**
 * Owns the few calls that a page asks a wallet to send, as the contracts take them.
 * Invariant: the selectors and the layout are those of the committed artifacts; the browser tests send
 * each to the contracts on a local chain.
 */

const SELECTORS = {
  bet: '9a6d3aaa', // bet(uint256,bool)
  claim: '379607f5', // claim(uint256)
  claimRefund: '5b7baf64', // claimRefund(uint256)
  accept: '9c37d7ea', // acceptWager(uint256)
  cancel: '4f067dc7', // cancelWager(uint256)
  token: 'fc0c546a', // token()
  allowance: 'dd62ed3e', // allowance(address,address)
  approve: '095ea7b3', // approve(address,uint256)
  propose: 'd3564a2b', // proposeWagerOnMatch(address,string,bytes32)
};
/** WagerProposed(uint256,address,address,string,uint256) */
const WAGER_PROPOSED = '0x1f4b3c2984c1abae822b24ee17eaf2f1dae5338c5da04a753d15a6af1c94f365';

/** @param {bigint} value */
const word = (value) => value.toString(16).padStart(64, '0');

/** @param {string} pool digits @param {boolean} onFirst */
export const betData = (pool, onFirst) => `0x${SELECTORS.bet}${word(BigInt(pool))}${word(onFirst ? 1n : 0n)}`;
/** @param {string} pool digits */
export const claimData = (pool) => `0x${SELECTORS.claim}${word(BigInt(pool))}`;
/** @param {string} pool digits */
export const refundData = (pool) => `0x${SELECTORS.claimRefund}${word(BigInt(pool))}`;
/** @param {string} wager digits */
export const acceptData = (wager) => `0x${SELECTORS.accept}${word(BigInt(wager))}`;
/** @param {string} wager digits */
export const cancelData = (wager) => `0x${SELECTORS.cancel}${word(BigInt(wager))}`;

/** What an escrow takes its stakes in. */
export const tokenData = `0x${SELECTORS.token}`;
/** @param {string} owner @param {string} spender */
export const allowanceData = (owner, spender) => `0x${SELECTORS.allowance}${word(BigInt(owner))}${word(BigInt(spender))}`;
/** @param {string} spender @param {bigint} amount */
export const approveData = (spender, amount) => `0x${SELECTORS.approve}${word(BigInt(spender))}${word(amount)}`;
/** The address in what a contract answered. @param {string} answer */
export const addressIn = (answer) => `0x${answer.slice(-40)}`;

/** @param {{ opponent: string, game: string, matchKey: string }} of */
export function proposeData({ opponent, game, matchKey }) {
  const bytes = new TextEncoder().encode(game);
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const padded = text.padEnd(Math.ceil(text.length / 64) * 64, '0');
  return `0x${SELECTORS.propose}${word(BigInt(opponent))}${word(96n)}${word(BigInt(matchKey))}${word(BigInt(bytes.length))}${padded}`;
}

/** The wager's number in what the contract told of it. @param {{ topics: string[] }[]} logs @returns {string | null} digits */
export function wagerIn(logs) {
  const told = logs.find(({ topics }) => topics?.[0]?.toLowerCase() === WAGER_PROPOSED);
  return told?.topics[1] ? BigInt(told.topics[1]).toString() : null;
}

/** What contracts call a match: the SHA-256 of its id. @param {string} id @returns {Promise<string>} */
export async function matchKey(id) {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id));
  return `0x${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
