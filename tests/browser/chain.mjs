/**
 * Owns an arena with a chain of its own, and players in it whose wallets hold coins.
 * Invariant: the chain's accounts from 5 on are nobody's but the tests'; within a file each is one's.
 * Those from 10 on begin with nothing, and are given coins.
 */

import { HDNodeWallet } from 'ethers';

import { call } from './pages.mjs';
import { Arena } from './support.mjs';
import { giveWallet } from './wallet.mjs';

export const LOCAL_CHAIN = 31_337;
/** Accounts of the local chain, by its well-known words. */
const WORDS = 'test test test test test test test test test test test junk';

const COINS = 1000n * 10n ** 18n;

/** @param {string[]} [flags] */
export function startWithChain(flags = []) {
  const anvil = process.env.ARENA_TEST_ANVIL;
  if (!anvil) throw new Error('ARENA_TEST_ANVIL must name the program of the local chain');
  return Arena.start(['--no-demo', '--dev-chain', '--anvil', anvil, ...flags], { ADMIN_TOKEN: 'boss' });
}

/** @param {number} account */
export const keyOf = (account) => HDNodeWallet.fromPhrase(WORDS, undefined, `m/44'/60'/0'/0/${account}`).privateKey;

/** Where the local chain is asked. @param {Arena} arena */
export async function rpcOf(arena) {
  const { chain } = await call(arena.url, '/v1/admin/chain', undefined, 'boss');
  return `http://${chain.nodes[0].host}`;
}

/** Somebody with a wallet and coins in it, on a page. @param {Arena} arena @param {import('./support.mjs').Browser} browser @param {number} account */
export async function holder(arena, browser, account, options = {}, wallet = {}) {
  const page = await browser.page({ isStill: true, ...options });
  const it = await giveWallet(page, { chainId: LOCAL_CHAIN, key: keyOf(account), rpc: await rpcOf(arena), ...wallet });
  if (account >= 10) await it.signer.provider.send('anvil_setBalance', [it.address, `0x${COINS.toString(16)}`]);
  return { page, wallet: it };
}

/** The same, logged in on the play page. @param {Arena} arena @param {import('./support.mjs').Browser} browser @param {number} account */
export async function player(arena, browser, account, options = {}) {
  const it = await holder(arena, browser, account, options);
  await it.page.goto(`${arena.url}/play`);
  await it.page.getByRole('button', { name: 'Log in with your wallet' }).click();
  await it.page.getByText('Log out').waitFor();
  return it;
}

/** @param {{ page: import('playwright-core').Page, wallet: { stop: () => void } }[]} all */
export async function leave(...all) {
  for (const { page, wallet } of all) {
    wallet.stop();
    await page.done();
  }
}
