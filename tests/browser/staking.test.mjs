import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { leave, player, startWithChain } from './chain.mjs';
import { call, isAccessible, queueForDuel, typeLine } from './pages.mjs';
import { Browser } from './support.mjs';

/** How long the chain is given to pay. */
const [PAID_LOOKS, PAID_EVERY_MS] = [100, 250];
const TOKEN = '0xfc0c546a';
/** mint(address,uint256) of the development token, with 100 of it. */
const mint = (address) => `0x40c10f19${address.slice(2).toLowerCase().padStart(64, '0')}${(100n * 10n ** 18n).toString(16).padStart(64, '0')}`;

/** @type {import('./support.mjs').Arena} */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  [arena, browser] = await Promise.all([startWithChain(['--stake', 'code_duel=tier']), Browser.start()]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

/** What was sent to the escrow. */
const joins = (wallet, contract) => wallet.sent.filter(({ to }) => to.toLowerCase() === contract.toLowerCase());

/** Two who are to stake, with what they need for it. @param {number[]} accounts @param {(players: any[]) => Promise<void>} [first] what they do before they say that they are ready */
async function staking(accounts, first = async () => {}) {
  const players = await Promise.all(accounts.map((account) => player(arena, browser, account)));
  await Promise.all(players.map(({ page }) => queueForDuel(page)));
  await first(players);
  await Promise.all(players.map(({ page }) => page.getByRole('button', { name: 'I am ready' }).click()));
  await players[0].page.getByText('Stake against').waitFor();
  const { matches: [{ id }] } = await call(arena.url, '/matches?state=staking');
  const { contract, chain_id: chainId } = await call(arena.url, `/v1/matches/${id}/stakes`);
  for (const { page, wallet: { signer, address } } of players) {
    const token = `0x${(await signer.provider.send('eth_call', [{ to: contract, data: TOKEN }, 'latest'])).slice(-40)}`;
    await (await signer.sendTransaction({ to: token, data: mint(address) })).wait();
    await page.getByRole('button', { name: 'Stake 50' }).waitFor();
  }
  return { players, id, contract, chainId };
}

test('two stake what their tier says, play, and the escrow pays the winner', async () => {
  const { players, id, contract, chainId } = await staking([8, 9]);
  const [ada] = players;
  await ada.page.shoot('play-staking-desktop');
  await isAccessible(ada.page);
  ada.wallet.refuses.add('eth_sendTransaction');
  await ada.page.getByRole('button', { name: 'Stake 50' }).click();
  await ada.page.getByText('You refused').waitFor();
  ada.wallet.refuses.clear();
  ada.wallet.chainId = 5;
  await ada.page.getByRole('button', { name: 'Stake 50' }).click();
  await ada.page.getByText(`on chain 5, and this counts on chain ${chainId}`).waitFor();
  ada.wallet.chainId = chainId;
  // A click too many is no stake too many.
  for (const { page } of players) {
    await page.getByRole('button', { name: 'Stake 50' }).dblclick();
    await page.getByText(/Your stake is (under way|there|locked)|The line comes/).waitFor();
  }
  await ada.page.locator('#line').waitFor({ timeout: 40_000 });
  for (const { wallet } of players) assert.equal(joins(wallet, contract).length, 1);
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
  for (const { page } of players) {
    assert.deepEqual(page.faults, []);
  }
  await leave(...players);
});

test('an offer of a wager on the same match is not taken for the stake, nor the stake for an offer', async () => {
  const { players, contract } = await staking([12, 13], async ([{ page }]) => {
    await page.locator('#stake').fill('0.5');
    await page.getByRole('button', { name: 'Propose' }).click();
    await page.getByText('0.5 coins each: proposed').waitFor();
    await page.locator('#wager').getByText(/under way|The contract holds your stake/).waitFor();
  });
  const [{ page, wallet }, bob] = players;
  await page.getByRole('button', { name: 'Stake 50' }).click();
  await page.locator('#stage').getByText(/Your stake is (there|locked)/).waitFor();
  assert.equal(joins(wallet, contract).length, 1);
  await page.getByRole('button', { name: 'Take it back' }).click();
  await page.getByText('The contract has given back what it held').waitFor();
  for (const { page } of players) assert.deepEqual(page.faults, []);
  await leave(players[0]);
  // Whoever is left alone goes back to the queue, and would be met by the next.
  await bob.page.getByRole('button', { name: 'Leave the queue' }).click();
  await bob.page.getByText('You left the queue').waitFor();
  await leave(bob);
});

test('who drops out after staking is warned first, is told so, and sees where the stake is', async () => {
  const { players } = await staking([5, 6]);
  const [{ page }] = players;
  await page.getByRole('button', { name: 'Stake 50' }).click();
  await page.getByText(/Your stake is (there|locked)/).waitFor();
  /** @type {string[]} */
  const warnings = [];
  page.on('dialog', (dialog) => {
    warnings.push(dialog.type());
    dialog.accept();
  });
  await page.reload();
  await page.getByText('You dropped out before the game began').waitFor();
  await page.getByText('The escrow holds your stake').waitFor();
  assert.deepEqual(warnings, ['beforeunload']);
  await page.shoot('play-stake-left-desktop');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Put this away' }).click();
  await page.locator('#wager').waitFor({ state: 'hidden' });
  await players[1].page.getByText('Your opponent dropped out').waitFor();
  assert.deepEqual(page.faults, []);
  await leave(...players);
});
