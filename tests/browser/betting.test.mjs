import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { betData } from '../../web/pages/record/contracts.js';
import { holder, leave, player, startWithChain } from './chain.mjs';
import { call, isAccessible, queueForDuel, typeLine } from './pages.mjs';
import { Browser } from './support.mjs';

const COIN = 10n ** 18n;
/** More than a few transactions cost. */
const FEES = COIN / 100n;
const RECORDED_MS = 30_000;

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

test('an onlooker bets on who wins, and fetches the whole pool when it is recorded', async () => {
  const players = await Promise.all([player(arena, browser, 8), player(arena, browser, 9)]);
  const [carol, dave] = await Promise.all([holder(arena, browser, 10, { width: 390, height: 844 }), holder(arena, browser, 11)]);
  await Promise.all(players.map(({ page }) => queueForDuel(page)));
  await Promise.all(players.map(({ page }) => page.getByRole('button', { name: 'I am ready' }).waitFor()));
  const { matches: [{ id }] } = await call(arena.url, '/matches?state=matched');
  const { p1: { wallet: first } } = await call(arena.url, `/v1/matches/${id}`);
  const [ada] = players;
  const side = first.toLowerCase() === ada.wallet.address.toLowerCase() ? 0 : 1;
  const before = await carol.wallet.balance();
  await carol.page.goto(`${arena.url}/betting?match=${id}`);
  await carol.page.getByLabel('Coins').fill('20');
  await carol.page.getByRole('button', { name: /^Bet on/ }).nth(side).dblclick();
  await carol.page.getByText('Your bet is in').waitFor();
  const { prediction_pool: to } = await call(arena.url, '/v1/chain');
  const { pool_id: pool } = await call(arena.url, `/v1/matches/${id}/pool`);
  await (await dave.wallet.signer.sendTransaction({ to, data: betData(pool, side === 1), value: 10n * COIN })).wait();
  await carol.page.getByText('30 coins').waitFor();
  assert.equal(carol.wallet.sent.length, 1, 'two clicks are one bet');

  await Promise.all(players.map(({ page }) => page.getByRole('button', { name: 'I am ready' }).click()));
  await ada.page.locator('#line').waitFor({ timeout: 20_000 });
  await carol.page.getByText('Bets are in').waitFor();
  await typeLine(ada.page);
  for (const { page } of players) {
    await page.getByRole('button', { name: 'Sign the result' }).click({ timeout: 20_000 });
    await page.getByText(/You have signed|Both have signed/).waitFor();
  }
  await carol.page.getByRole('button', { name: 'Fetch what you won' }).click({ timeout: RECORDED_MS });
  await carol.page.getByText('30 coins are yours').waitFor();
  const won = await carol.wallet.balance() - before;
  assert.ok(won > 10n * COIN - FEES && won <= 10n * COIN, `${won}`);
  await carol.page.getByText('You have fetched 30 coins').waitFor();
  await carol.page.reload();
  await carol.page.getByRole('button', { name: 'Fetch what you won' }).click();
  await carol.page.getByRole('alert').filter({ hasText: 'There is nothing to fetch. The account' }).waitFor();
  await isAccessible(carol.page);
  await carol.page.shoot('betting-won-phone');
  for (const { page } of [...players, carol]) assert.deepEqual(page.faults, []);
  await leave(...players, carol, dave);
});

test('who bet on the loser fetches it back where nobody bet on the winner', async () => {
  const players = await Promise.all([player(arena, browser, 5), player(arena, browser, 6)]);
  const [ada] = players;
  const carol = await holder(arena, browser, 12);
  await Promise.all(players.map(({ page }) => queueForDuel(page)));
  await Promise.all(players.map(({ page }) => page.getByRole('button', { name: 'I am ready' }).waitFor()));
  const { matches: [{ id }] } = await call(arena.url, '/matches?state=matched');
  const { p1: { wallet: first } } = await call(arena.url, `/v1/matches/${id}`);
  const other = first.toLowerCase() === ada.wallet.address.toLowerCase() ? 1 : 0;
  const before = await carol.wallet.balance();
  await carol.page.goto(`${arena.url}/betting?match=${id}`);
  await carol.page.getByLabel('Coins').fill('20');
  await carol.page.getByRole('button', { name: /^Bet on/ }).nth(other).click();
  await carol.page.getByText('Your bet is in').waitFor();
  await Promise.all(players.map(({ page }) => page.getByRole('button', { name: 'I am ready' }).click()));
  await ada.page.locator('#line').waitFor({ timeout: 20_000 });
  await typeLine(ada.page);
  for (const { page } of players) {
    await page.getByRole('button', { name: 'Sign the result' }).click({ timeout: 20_000 });
    await page.getByText(/You have signed|Both have signed/).waitFor();
  }
  await carol.page.getByRole('button', { name: 'Fetch your bet back' }).click({ timeout: RECORDED_MS });
  await carol.page.getByText('20 coins are yours').waitFor();
  await carol.page.locator('.tag', { hasText: 'given back' }).waitFor();
  assert.ok(before - await carol.wallet.balance() < FEES);
  for (const { page } of [...players, carol]) assert.deepEqual(page.faults, []);
  await leave(...players, carol);
});

test('all pools are asked for at once, seldom while nobody looks, and at once when somebody does', async () => {
  for (const [connect_code, wallet_address] of [['A#1', `0x${'1'.repeat(40)}`], ['B#2', `0x${'2'.repeat(40)}`], ['C#3', `0x${'3'.repeat(40)}`], ['D#4', `0x${'4'.repeat(40)}`]]) {
    await call(arena.url, '/queue/join', { connect_code, wallet_address });
  }
  const page = await browser.page();
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const looks = () => asked.filter((path) => path === '/v1/pools').length;
  await page.clock.install();
  await page.goto(`${arena.url}/betting`);
  await page.getByRole('link', { name: 'The match' }).nth(1).waitFor();
  const look = (isHidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
  const answered = () => page.waitForResponse('**/v1/pools?*');
  await Promise.all([answered(), page.clock.runFor(2_500)]);
  const seen = looks();
  assert.ok(seen >= 2 && !asked.some((path) => path.includes('/matches/')), asked.join());
  await look(true);
  // The one that was due already.
  await Promise.all([answered(), page.clock.runFor(2_500)]);
  await page.clock.runFor(25_000);
  assert.equal(looks(), seen + 1);
  await Promise.all([answered(), look(false)]);
  assert.equal(looks(), seen + 2);
  assert.deepEqual(page.faults, []);
  await page.done();
});
