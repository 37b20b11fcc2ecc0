/**
 * Owns asking the visitor's wallet (EIP-1193, found by EIP-6963 or `window.ethereum`).
 * Invariant: whatever a wallet throws becomes a `WalletTrouble` that says what is going on and what
 * can be done. Nothing is signed or sent that the visitor has not just asked for.
 */

import { shortWallet } from '../record/who.js';
import { clip } from '../text.js';
import { hexOf } from './siwe.js';

/** @typedef {{ request: (asked: { method: string, params?: unknown }) => Promise<any> }} Provider */
/** @typedef {{ name: string, provider: Provider }} Wallet */
/** @typedef {{ to: string, data: string, value: bigint }} Call */
/** @typedef {{ hash: string, isGood: boolean, logs: { address: string, topics: string[] }[] }} Receipt */

const FIND_MS = 150;
const WALLETS_MAX = 8;
const RECEIPT_TRIES = 120;
const RECEIPT_EVERY_MS = 1000;
/** A wallet that is silent for longer says nothing. */
const ANSWER_MS = 3000;
const REFUSED = 4001;
const UNKNOWN_CHAIN = 4902;
const BUSY = -32002;

/** Why a wallet did not do what it was asked for. */
export class WalletTrouble extends Error {
  /** @param {string} title @param {string} advice @param {string} code */
  constructor(title, advice, code) {
    super(advice);
    this.title = title;
    this.advice = advice;
    this.code = code;
  }
}

/** @returns {Promise<Wallet[]>} those that this browser has */
export async function wallets() {
  /** @type {Map<Provider, string>} */
  const found = new Map();
  const hear = (/** @type {any} */ { detail }) => {
    if (found.size < WALLETS_MAX && detail?.provider?.request) {
      found.set(detail.provider, clip(detail.info?.name, 24) || 'Wallet');
    }
  };
  addEventListener('eip6963:announceProvider', hear);
  dispatchEvent(new Event('eip6963:requestProvider'));
  await new Promise((resolve) => setTimeout(resolve, FIND_MS));
  removeEventListener('eip6963:announceProvider', hear);
  const injected = /** @type {any} */ (globalThis).ethereum;
  if (found.size === 0 && injected?.request) found.set(injected, 'Wallet');
  return Array.from(found, ([provider, name]) => ({ name, provider }));
}

export async function providers() {
  return (await wallets()).map(({ provider }) => provider);
}

/** @param {Provider} provider @returns {Promise<string>} the address that the visitor chose */
export async function connect(provider) {
  const accounts = await asked(provider, 'eth_requestAccounts');
  const address = Array.isArray(accounts) ? accounts[0] : null;
  if (typeof address === 'string' && /^0x[0-9a-fA-F]{40}$/.test(address)) return address;
  throw new WalletTrouble('No account', 'The wallet showed no account. Unlock it and choose one.', 'no_account');
}

/** @param {Provider} provider @returns {Promise<number>} */
export async function chainOf(provider) {
  return Number(await asked(provider, 'eth_chainId'));
}

/**
 * Has the wallet on a chain before it signs or sends anything for it.
 * @param {Provider} provider @param {number} chainId
 */
export async function useChain(provider, chainId) {
  const now = await chainOf(provider);
  if (now === chainId) return;
  try {
    await asked(provider, 'wallet_switchEthereumChain', [{ chainId: `0x${chainId.toString(16)}` }]);
  } catch (error) {
    if (!(error instanceof WalletTrouble)) throw error;
    const why = error.code === 'unknown_chain' ? 'It does not know that chain: add it there.' : error.advice;
    throw new WalletTrouble('Wrong chain', `The wallet is on chain ${now}, and this counts on chain ${chainId}. ${why} Then try again.`, 'wrong_chain');
  }
  const then = await chainOf(provider);
  if (then !== chainId) {
    throw new WalletTrouble('Wrong chain', `The wallet stayed on chain ${then}, and this counts on chain ${chainId}. Choose that one in the wallet, and try again.`, 'wrong_chain');
  }
}

/** @param {Provider} provider @param {string} address @param {string} text @returns {Promise<string>} */
export function signText(provider, address, text) {
  return asked(provider, 'personal_sign', [hexOf(text), address]);
}

/** @param {Provider} provider @param {string} address @param {unknown} typed EIP-712 @returns {Promise<string>} */
export function signTyped(provider, address, typed) {
  return asked(provider, 'eth_signTypedData_v4', [address, JSON.stringify(typed)]);
}

/** What a contract answers, which costs nothing. @param {Provider} provider @param {string} to @param {string} data @returns {Promise<string>} */
export function read(provider, to, data) {
  return asked(provider, 'eth_call', [{ to, data }, 'latest']);
}

/**
 * The wallet that has an account, on a chain: that of the account's owner where one is named, else
 * the first there is.
 * @param {number} chainId @param {string | null} [owner] an address
 */
export async function chosen(chainId, owner = null) {
  const { provider, from } = await accountOf(owner);
  await useChain(provider, chainId);
  return { provider, from };
}

/** @param {string | null} owner */
async function accountOf(owner) {
  const found = await wallets();
  if (found.length === 0) throw new WalletTrouble('No wallet', 'No wallet is in this browser. Install one, and reload this page.', 'no_wallet');
  /** Whoever refuses one wallet may mean another. @type {unknown} */
  let trouble = null;
  for (const { provider } of found) {
    try {
      const from = await connect(provider);
      if (owner === null || from.toLowerCase() === owner.toLowerCase()) return { provider, from };
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble ?? new WalletTrouble('Another account', `The wallet is on another account than ${shortWallet(owner ?? '')}, which plays. Choose that one in the wallet, and try again.`, 'other_account');
}

/**
 * Hands a transaction to the wallet.
 * @param {Provider} provider @param {string} from @param {Call} call @returns {Promise<string>} its hash
 */
export function dispatch(provider, from, { to, data, value }) {
  return asked(provider, 'eth_sendTransaction', [{ from, to, data, value: `0x${value.toString(16)}` }]);
}

/**
 * What became of a transaction; null as long as it is in no block, or nobody can be asked just now.
 * Where nobody knows which wallet sent it, all are asked: one that is silent keeps no other from it.
 * @param {Provider[]} providers @param {string} hash
 * @returns {Promise<Receipt | null>}
 */
export async function receiptOf(providers, hash) {
  const answers = providers.map(async (provider) => {
    const receipt = await soon(asked(provider, 'eth_getTransactionReceipt', [hash]));
    if (!receipt) throw new WalletTrouble('In no block', 'This wallet knows no block with it.', 'pending');
    return { hash, isGood: receipt.status === '0x1', logs: receipt.logs ?? [] };
  });
  return Promise.any(answers).catch(() => null);
}

/** @param {Promise<any>} answer */
function soon(answer) {
  return Promise.race([answer, new Promise((_, reject) => setTimeout(reject, ANSWER_MS))]);
}

/**
 * Sends a transaction and waits until it is in a block.
 * @param {Provider} provider @param {string} from @param {Call} call
 * @param {(hash: string) => void} [sent]
 * @returns {Promise<Receipt>}
 */
export async function send(provider, from, call, sent) {
  const hash = await dispatch(provider, from, call);
  sent?.(hash);
  return landed([provider], hash);
}

/** Waits until a transaction is in a block. @param {Provider[]} providers of which one sent it @param {string} hash @returns {Promise<Receipt>} */
export async function landed(providers, hash) {
  for (let tries = 0; tries < RECEIPT_TRIES; tries += 1) {
    const receipt = await receiptOf(providers, hash);
    if (receipt?.isGood) return receipt;
    if (receipt) throw new WalletTrouble('The contract refused', 'The transaction failed, and nothing but its fee was taken. It may have come too late.', 'reverted');
    await new Promise((resolve) => setTimeout(resolve, RECEIPT_EVERY_MS));
  }
  throw new WalletTrouble('Still under way', `The transaction ${hash} is in no block yet. Look at it in your wallet; nothing has to be sent again.`, 'pending');
}

/** @param {Provider} provider @param {string} method @param {unknown[]} [params] @returns {Promise<any>} */
async function asked(provider, method, params) {
  try {
    return await provider.request(params ? { method, params } : { method });
  } catch (error) {
    throw troubleOf(error);
  }
}

/** @param {unknown} error */
export function troubleOf(error) {
  const { code, message, data } = /** @type {any} */ (error ?? {});
  const known = Number(data?.originalError?.code ?? code);
  if (known === REFUSED) return new WalletTrouble('You refused', 'Nothing was signed or sent. Try again if you did not mean to.', 'refused');
  if (known === UNKNOWN_CHAIN) return new WalletTrouble('Unknown chain', 'The wallet does not know that chain.', 'unknown_chain');
  if (known === BUSY) return new WalletTrouble('The wallet is asking already', 'A question is open in the wallet: answer it there first.', 'busy');
  const said = clip(message, 200);
  return new WalletTrouble('The wallet did not do it', said ? `It says: ${said}` : 'It gave no reason. Unlock it and try again.', 'failed');
}
