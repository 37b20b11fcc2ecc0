import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Wallet } from 'ethers';

import { LOCAL_CHAIN, holder, keyOf, player as playerIn, startWithChain } from './chain.mjs';
import { call, isAccessible, queueForDuel, register, typeLine } from './pages.mjs';
import { Arena, Browser } from './support.mjs';
import { giveWallet } from './wallet.mjs';

const RECORDED_MS = 30_000;

/** @type {Arena} with a chain, and nobody in it but the tests */
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

const player = (account, options = {}) => playerIn(arena, browser, account, options);

test('two play a duel, from logging in by wallet to its record on the chain', async () => {
  const [ada, bob] = await Promise.all([player(8), player(9, { width: 390, height: 844 })]);
  const both = [ada.page, bob.page];
  await Promise.all(both.map(queueForDuel));
  await Promise.all(both.map((page) => page.getByRole('button', { name: 'I am ready' }).waitFor()));
  await bob.page.shoot('play-ready-phone');
  await ada.page.locator('#stake').fill('0.5');
  await ada.page.getByRole('button', { name: 'Propose' }).click();
  await bob.page.getByRole('button', { name: 'Stake 0.5' }).click();
  await ada.page.getByText('0.5 coins each: agreed upon').waitFor();
  for (const page of both) await page.getByText('The contract holds both stakes').waitFor();
  for (const { wallet } of [ada, bob]) assert.equal(wallet.asked.filter((method) => method === 'eth_sendTransaction').length, 1);
  const staked = await ada.wallet.balance();
  await ada.page.shoot('play-ready-desktop');
  await ada.page.getByRole('button', { name: 'I am ready' }).click();
  await ada.page.getByText('You are ready').waitFor();
  await bob.page.getByText('Your opponent is ready').waitFor();
  // By keyboard alone: the answer has the focus.
  await bob.page.getByRole('button', { name: 'I am ready' }).focus();
  await bob.page.keyboard.press('Enter');
  await Promise.all(both.map((page) => page.locator('#line').waitFor({ timeout: 15_000 })));
  await bob.page.shoot('play-duel-phone');
  const line = await typeLine(ada.page, 5);
  assert.ok(line.length >= 40, line);
  for (const { page } of [ada, bob]) await page.locator('.result').waitFor({ timeout: 20_000 });
  assert.match(await ada.page.locator('.result h2').textContent(), /^You beat/);
  assert.match(await ada.page.locator('.result').textContent(), /\+16/);
  assert.match(await bob.page.locator('.result h2').textContent(), /won$/);
  await isAccessible(ada.page);
  const id = (await ada.page.getByRole('link', { name: 'The whole story' }).getAttribute('href')).split('/').at(-1);

  // The wallet refuses first, then stands on another chain, then signs.
  ada.wallet.refuses.add('eth_signTypedData_v4');
  await ada.page.getByRole('button', { name: 'Sign the result' }).click();
  await ada.page.getByText('You refused').waitFor();
  await ada.page.shoot('play-refused-desktop');
  ada.wallet.refuses.clear();
  // The arena is away when it has signed.
  await ada.page.route('**/signature', (route) => route.abort(), { times: 1 });
  await ada.page.getByRole('button', { name: 'Sign the result' }).click();
  await ada.page.getByRole('alert').filter({ hasText: 'The arena does not answer' }).waitFor();
  ada.page.faults.splice(0, 1);
  const { chain_id: chainId } = await call(arena.url, '/v1/chain');
  for (const { wallet } of [ada, bob]) wallet.chainId = 5;
  await ada.page.getByRole('button', { name: 'Sign the result' }).click();
  await ada.page.getByText(`on chain 5, and this counts on chain ${chainId}`).waitFor();
  assert.ok(!ada.wallet.asked.slice(-1).includes('eth_signTypedData_v4'), 'nothing is signed for another chain');
  // A reload loses neither the result nor the question for a signature.
  await bob.page.reload();
  await bob.page.locator('.result h2').waitFor();
  for (const { page, wallet } of [ada, bob]) {
    wallet.chainId = chainId;
    await page.getByRole('button', { name: 'Sign the result' }).click();
    await page.getByText(/You have signed|Both have signed/).waitFor();
  }
  await ada.page.getByText('Both have signed').waitFor();
  await ada.page.getByText('Both have signed, and the chain has it: transaction 0x').waitFor({ timeout: RECORDED_MS });
  await ada.page.getByText('The contract has paid 1 coin to you').waitFor({ timeout: RECORDED_MS });
  await bob.page.getByText('The contract has paid 1 coin to your opponent').waitFor();
  assert.equal(await ada.wallet.balance() - staked, 10n ** 18n, 'both stakes are hers');
  await ada.page.shoot('play-result-desktop');
  await ada.page.getByRole('link', { name: 'The whole story' }).click();
  await ada.page.getByText('signed the result; now both have').waitFor();
  await ada.page.getByText('The result is settled').waitFor({ timeout: RECORDED_MS });
  await ada.page.getByText('Recorded by transaction').waitFor();
  assert.equal((await call(arena.url, `/v1/matches/${id}`)).course.state, 'settled');
  const { jobs } = await call(arena.url, '/v1/admin/chain/jobs', undefined, 'boss');
  assert.equal(jobs.filter(({ kind, business_id: of, state }) => kind === 'record_match' && of === id && state === 'done').length, 1);
  await ada.page.shoot('match-desktop');
  await isAccessible(ada.page);
  for (const { page, wallet } of [ada, bob]) {
    assert.deepEqual(page.faults, []);
    wallet.stop();
    await page.done();
  }
});

test('a game that was played elsewhere is reported on the page, and stands when both tell the same', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await page.locator('#code-melee').fill('HERE#1');
  await page.locator('form.queue', { hasText: 'Melee' }).getByRole('button', { name: 'Find an opponent' }).click();
  await page.getByText('Looking for an opponent').waitFor();
  const other = await call(arena.url, '/queue/join', { connect_code: 'THERE#2' });
  await page.getByText('Play THERE#2, then report').waitFor();
  await page.getByLabel('What your opponent had left').fill('0');
  await page.getByLabel('What you had left').fill('300');
  await page.getByRole('button', { name: 'Report' }).click();
  await page.getByRole('alert').filter({ hasText: 'a whole number, 0 to 255' }).waitFor();
  await page.getByLabel('What you had left').fill('2');
  await page.shoot('play-report-desktop');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Report' }).click();
  await page.getByText('You have reported').waitFor();
  await call(arena.url, `/matches/${other.match_id}/result`, { queue_id: other.queue_id, outcome: 'COMPLETED', stocks_remaining: 0, opponent_stocks: 2 });
  await page.getByText('You beat THERE#2').waitFor();
  await page.done();
});

test('an onlooker bets by wallet while betting is open, and is refused what may not be bet', async () => {
  const { page, wallet } = await holder(arena, browser, 7, { isStill: false }, { chainId: 5, knows: [LOCAL_CHAIN] });
  const entries = [];
  for (const [connect_code, account] of [['BET#1', 5], ['BET#2', 6]]) {
    const { address: wallet_address } = new Wallet(keyOf(account));
    entries.push(await call(arena.url, '/v1/queues/code_duel/join', { connect_code, wallet_address, tier: 'bronze' }));
  }
  let match = null;
  while (!match) ({ match_id: match } = await call(arena.url, `/queue/${entries[0].queue_id}?wait=5`));
  await page.goto(`${arena.url}/betting?match=${match}`);
  await page.getByLabel('Coins').fill('1');
  await page.getByRole('button', { name: 'Bet on BET#1', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: /10 *|10000000000000000000/ }).waitFor();
  await page.getByLabel('Coins').fill('12.5');
  await page.getByRole('button', { name: 'Bet on BET#1', exact: true }).click();
  await page.getByText('Your bet is in').waitFor();
  await page.getByText('12.5 coins').waitFor();
  assert.equal(wallet.chainId, LOCAL_CHAIN, 'the wallet was asked to change the chain first');
  await page.shoot('betting-open-desktop');
  await isAccessible(page);
  const { pool_id: pool } = await call(arena.url, `/v1/matches/${match}/pool`);
  assert.equal((await call(arena.url, `/pools/${pool}/bets`)).bets[0].bettor.toLowerCase(), wallet.address.toLowerCase());
  // Nobody says that he is there: every bet goes back.
  await page.getByRole('button', { name: 'Fetch your bet back' }).click({ timeout: 40_000 });
  await page.getByText('12.5 coins are yours').waitFor({ timeout: 20_000 });
  wallet.stop();
  await page.done();
});

test('who has no wallet logs in by name, stays logged in over a reload, and no script can read by what', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await page.locator('form.queue').first().waitFor();
  await page.shoot('play-desktop');
  await isAccessible(page);
  await register(page, 'by-name');
  await page.reload();
  await page.getByText('by-name').waitFor();
  const readable = await page.evaluate(() => [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join());
  assert.equal(readable, ',{},{}');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('Who are you?').waitFor();
  await page.reload();
  await page.getByText('Who are you?').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('whoever waits sees his place, is told why nobody comes, and leaves', async () => {
  const page = await browser.page({ width: 390, height: 844 });
  await page.goto(`${arena.url}/play`);
  await page.locator('#code-code_duel').fill('LONELY#1');
  await queueForDuel(page);
  await page.getByText('Looking for an opponent').waitFor();
  await page.getByRole('button', { name: 'Why nobody yet?' }).click();
  await page.getByText('Nobody else waits in this queue').waitFor();
  await page.shoot('play-waiting-phone');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Leave the queue' }).click();
  await page.getByText('You left the queue').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a guest is asked before a page goes that holds his place', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await page.locator('#code-code_duel').fill('GUEST#1');
  await queueForDuel(page);
  await page.getByText('stay on this page, or your place is lost').waitFor();
  const asked = new Promise((resolve) => page.once('dialog', async (dialog) => {
    await dialog.dismiss();
    resolve(dialog.type());
  }));
  await page.close({ runBeforeUnload: true });
  assert.equal(await asked, 'beforeunload');
  await page.getByRole('button', { name: 'Leave the queue' }).click();
  await page.getByText('You left the queue').waitFor();
  const gone = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await gone;
  await page.context().close();
});

test('whoever plays elsewhere and loads the page again still reports there, and hears what came of it', async () => {
  const page = await browser.page({ width: 390, height: 844 });
  await page.goto(`${arena.url}/play`);
  await register(page, 'reloader');
  await page.locator('#code-melee').fill('AGAIN#1');
  await page.locator('form.queue', { hasText: 'Melee' }).getByRole('button', { name: 'Find an opponent' }).click();
  await page.getByText('Looking for an opponent').waitFor();
  const other = await call(arena.url, '/queue/join', { connect_code: 'OTHER#2' });
  await page.getByText('Play OTHER#2, then report').waitFor();
  await page.reload();
  await page.getByText('Play OTHER#2, then report').waitFor();
  await page.getByLabel('What you had left').fill('2');
  await page.getByLabel('What your opponent had left').fill('0');
  await page.getByRole('button', { name: 'Report' }).click();
  await page.getByText('You have reported').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Report' }).isHidden(), 'a report does not change');
  await page.reload();
  await page.getByText('You have reported').waitFor();
  await page.shoot('play-reported-phone');
  await isAccessible(page);
  await call(arena.url, `/matches/${other.match_id}/result`, { queue_id: other.queue_id, outcome: 'COMPLETED', stocks_remaining: 3, opponent_stocks: 0 });
  await page.getByText('You two told it differently').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a wallet that refuses to log in, and a wrong password, are told where they were tried', async () => {
  const page = await browser.page();
  const wallet = await giveWallet(page);
  wallet.refuses.add('eth_requestAccounts');
  await page.goto(`${arena.url}/play`);
  await page.getByRole('button', { name: 'Log in with your wallet' }).click();
  await page.getByRole('alert').filter({ hasText: 'You refused' }).waitFor();
  wallet.refuses.clear();
  wallet.refuses.add('personal_sign');
  await page.getByRole('button', { name: 'Log in with your wallet' }).click();
  await page.getByRole('alert').filter({ hasText: 'You refused' }).waitFor();
  await page.locator('#login-name').fill('nobody');
  await page.locator('#login-password').fill('wrong horse');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'the name or the password is wrong' }).waitFor();
  wallet.stop();
  await page.done();
});

test('a session that has ended is said, and the page goes on', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await register(page, 'short-lived');
  const [cookie] = await page.context().cookies(`${arena.url}/v1/auth/session`);
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Strict', '/v1/auth']);
  await page.context().addCookies([{ ...cookie, value: cookie.value.replace(/.$/, cookie.value.endsWith('A') ? 'B' : 'A') }]);
  await page.reload();
  await page.getByText('log in again').waitFor();
  await page.getByText('Who are you?').waitFor();
  await page.locator('form.queue').first().waitFor();
  await page.shoot('play-ended-desktop');
  await page.done();
});

test('a session that ends while one is here is said, too', async () => {
  const page = await browser.page();
  // As if the access token were about to end: the page asks for the next one at once.
  await page.route('**/v1/auth/register', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), expires_in: 30 } });
  });
  await page.route('**/v1/auth/session', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', json: { status: 401, code: 'unauthorized', title: 'Unauthorized', detail: 'the refresh token does not hold any more: log in again' } }));
  await page.goto(`${arena.url}/play`);
  await page.locator('#login-name').fill('soon-gone');
  await page.locator('#login-password').fill('correct horse');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByText('Your session has ended').waitFor();
  await page.getByText('Who are you?').waitFor();
  await page.done();
});

test('a second window takes over, and the first one says so', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await register(page, 'two-windows');
  const second = await page.context().newPage();
  await second.goto(`${arena.url}/play`);
  await second.getByText('two-windows').waitFor();
  await page.getByText('You play in another window').waitFor();
  await page.getByRole('button', { name: 'Play here' }).click();
  await second.getByText('You play in another window').waitFor();
  await page.locator('form.queue').first().waitFor();
  await page.done();
});
