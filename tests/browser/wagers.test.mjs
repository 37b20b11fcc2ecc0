import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { leave, player, startWithChain } from './chain.mjs';
import { call, isAccessible } from './pages.mjs';
import { Browser } from './support.mjs';

const HALF = 5n * 10n ** 17n;
/** More than a few transactions cost. */
const FEES = 10n ** 16n;
/** An offer stands for 15 s; then the contract's side of it is heard. */
const LAPSED_MS = 30_000;

/** @type {import('./support.mjs').Arena} with a chain, and nobody in it but the tests */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  [arena, browser] = await Promise.all([startWithChain(), Browser.start()]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

/** Two on the play page who have met in melee, the second on a phone. */
async function met(first, second) {
  const both = await Promise.all([player(arena, browser, first), player(arena, browser, second, { width: 390, height: 844 })]);
  for (const { page } of both) await page.locator('form.queue', { hasText: 'Melee' }).getByRole('button', { name: 'Find an opponent' }).click();
  for (const { page } of both) await page.getByText('then report').waitFor();
  return both;
}

/** @param {import('playwright-core').Page} page */
async function propose(page) {
  await page.locator('#stake').fill('0.5');
  await page.getByRole('button', { name: 'Propose' }).click();
}

const sends = ({ wallet }) => wallet.asked.filter((method) => method === 'eth_sendTransaction').length;

test('both agree before either wallet is asked, and no wallet is asked twice', async () => {
  const [ada, bob] = await met(8, 9);
  // Her wallet refuses at first: the offer stands, and she can still put her stake in.
  ada.wallet.refuses.add('eth_sendTransaction');
  await propose(ada.page);
  await ada.page.getByText('You refused').waitFor();
  assert.equal((await call(arena.url, `/matches?state=active`)).matches.length, 1);
  // His wallet takes its time, and is on another chain: the arena knows that he agreed.
  bob.wallet.chainId = 5;
  await bob.page.getByRole('button', { name: 'Stake 0.5' }).click();
  await ada.page.getByText('0.5 coins each: agreed upon').waitFor();
  await bob.page.getByText('Your opponent’s stake comes first').waitFor();
  assert.equal(sends(bob), 0, 'nobody pays against what is not there');
  ada.wallet.refuses.clear();
  await ada.page.getByRole('button', { name: 'Put in 0.5' }).dblclick();
  await bob.page.getByText('on chain 5, and this counts on chain 31337').waitFor();
  await isAccessible(bob.page);
  await bob.page.shoot('play-wager-phone');
  bob.wallet.chainId = 31_337;
  await bob.page.getByRole('button', { name: 'Put in 0.5' }).dblclick();
  for (const { page } of [ada, bob]) await page.getByText('The contract holds both stakes').waitFor();
  assert.deepEqual([ada.wallet.sent.length, bob.wallet.sent.length], [1, 1]);
  await ada.page.shoot('play-wager-desktop');
  for (const { page } of [ada, bob]) assert.deepEqual(page.faults, []);
  await leave(ada, bob);
});

test('what was sent is known over a reload, and an offer that nobody took comes back', async () => {
  const [ada, bob] = await met(10, 11);
  const before = await ada.wallet.balance();
  const { provider } = ada.wallet.signer;
  // No block is made until both have looked.
  await provider.send('evm_setIntervalMining', [0]);
  await propose(ada.page);
  await ada.page.getByText('Your stake is under way: transaction 0x').waitFor();
  await ada.page.reload();
  await ada.page.getByText('Your stake is under way: transaction 0x').waitFor();
  await provider.send('evm_setIntervalMining', [1]);
  await ada.page.getByText('The contract holds your stake').waitFor();
  assert.equal(sends(ada), 1);
  assert.ok(before - await ada.wallet.balance() > HALF);
  // He lets it lapse, and hears that it is too late; she has hers back, by the contract.
  await bob.page.getByText('not answered in time').waitFor({ timeout: LAPSED_MS });
  await bob.page.getByText('It is too late to stake').waitFor();
  await ada.page.getByText('Your stake is still there').waitFor();
  await ada.page.shoot('play-offer-left-desktop');
  await ada.page.getByRole('button', { name: 'Take the offer back' }).click();
  await ada.page.getByText('The contract has given back what it held').waitFor();
  assert.ok(before - await ada.wallet.balance() < FEES);
  for (const { page } of [ada, bob]) assert.deepEqual(page.faults, []);
  await leave(ada, bob);
});

test('a stake in an offer whose match is gone is not forgotten', async () => {
  const [ada, bob] = await met(12, 13);
  const before = await ada.wallet.balance();
  await propose(ada.page);
  await ada.page.getByText('The contract holds your stake').waitFor();
  await bob.page.getByRole('button', { name: 'Give up' }).click();
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Give up' }).click();
  await ada.page.getByRole('button', { name: 'Play again' }).click();
  await ada.page.locator('form.queue').first().waitFor();
  await ada.page.reload();
  await ada.page.getByRole('button', { name: 'Take the offer back' }).click();
  await ada.page.locator('.toast').getByText('The contract has given back what it held').waitFor();
  await ada.page.locator('#wager').waitFor({ state: 'hidden' });
  assert.ok(before - await ada.wallet.balance() < FEES);
  await leave(ada, bob);
});
