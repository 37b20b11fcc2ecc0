import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { HDNodeWallet } from 'ethers';

import { call, isAccessible, queueForDuel, typeLine } from './pages.mjs';
import { Arena, Browser } from './support.mjs';
import { giveWallet } from './wallet.mjs';

/** Accounts of the local chain, by its well-known words. */
const WORDS = 'test test test test test test test test test test test junk';
/** How long the chain is given to pay. */
const [PAID_LOOKS, PAID_EVERY_MS] = [100, 250];
const TOKEN = '0xfc0c546a';
/** mint(address,uint256) of the development token, with 100 of it. */
const mint = (address) => `0x40c10f19${address.slice(2).toLowerCase().padStart(64, '0')}${(100n * 10n ** 18n).toString(16).padStart(64, '0')}`;

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  const anvil = process.env.ARENA_TEST_ANVIL;
  if (!anvil) throw new Error('ARENA_TEST_ANVIL must name the program of the local chain');
  const flags = ['--no-demo', '--dev-chain', '--anvil', anvil, '--stake', 'code_duel=tier'];
  [arena, browser] = await Promise.all([Arena.start(flags, { ADMIN_TOKEN: 'boss' }), Browser.start()]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

test('two stake what their tier says, play, and the escrow pays the winner', async () => {
  const { chain } = await call(arena.url, '/v1/admin/chain', undefined, 'boss');
  const rpc = `http://${chain.nodes[0].host}`;
  const players = await Promise.all([8, 9].map(async (account) => {
    const page = await browser.page({ isStill: true });
    const { privateKey: key } = HDNodeWallet.fromPhrase(WORDS, undefined, `m/44'/60'/0'/0/${account}`);
    const wallet = await giveWallet(page, { chainId: chain.chain_id, key, rpc });
    await page.goto(`${arena.url}/play`);
    await page.getByRole('button', { name: 'Log in with your wallet' }).click();
    await page.getByText('Log out').waitFor();
    return { page, wallet };
  }));
  await Promise.all(players.map(({ page }) => queueForDuel(page)));
  await Promise.all(players.map(({ page }) => page.getByRole('button', { name: 'I am ready' }).click()));
  const [ada, bob] = players;
  await ada.page.getByText('Stake against').waitFor();
  const { matches: [{ id }] } = await call(arena.url, '/matches?state=staking');
  const { contract } = await call(arena.url, `/v1/matches/${id}/stakes`);
  for (const { page, wallet: { signer, address } } of players) {
    const token = `0x${(await signer.provider.send('eth_call', [{ to: contract, data: TOKEN }, 'latest'])).slice(-40)}`;
    await (await signer.sendTransaction({ to: token, data: mint(address) })).wait();
    await page.getByRole('button', { name: 'Stake 50' }).waitFor();
  }
  await ada.page.shoot('play-staking-desktop');
  await isAccessible(ada.page);
  ada.wallet.refuses.add('eth_sendTransaction');
  await ada.page.getByRole('button', { name: 'Stake 50' }).click();
  await ada.page.getByText('You refused').waitFor();
  ada.wallet.refuses.clear();
  for (const { page } of players) await page.getByRole('button', { name: 'Stake 50' }).click();
  await ada.page.locator('#line').waitFor({ timeout: 40_000 });
  await typeLine(ada.page);
  await ada.page.getByText('You beat').waitFor({ timeout: 20_000 });
  let stakes;
  for (let looks = 0; looks < PAID_LOOKS; looks += 1) {
    stakes = await call(arena.url, `/v1/matches/${id}/stakes`);
    if ([stakes.p1.stake, stakes.p2.stake].includes('paid')) break;
    await ada.page.waitForTimeout(PAID_EVERY_MS);
  }
  const winner = [stakes.p1, stakes.p2].find(({ stake }) => stake === 'paid');
  assert.equal(winner?.account.toLowerCase(), ada.wallet.address.toLowerCase());
  for (const { page, wallet } of players) {
    assert.deepEqual(page.faults, []);
    wallet.stop();
    await page.done();
  }
});
