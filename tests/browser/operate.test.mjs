import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call, isAccessible, meet, report } from './pages.mjs';
import { Arena, Browser } from './support.mjs';

/** As many matches as one page of a list holds, and one more. */
const NEWER = 101;

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(['--no-demo'], { ADMIN_TOKEN: 'boss' }), Browser.start()]);
  await report(arena.url, await meet(arena.url, 'EARLY#1', 'EARLY#2'), [2, 0], [1, 0]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

async function operator() {
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/operate`);
  await page.locator('#token').fill('boss');
  return Object.assign(page, { open: () => page.getByRole('button', { name: 'Open', exact: true }).click() });
}

/** @param {import('playwright-core').Page} page @param {string} title */
const area = (page, title) => page.locator('section', { has: page.getByRole('heading', { name: title, level: 2, exact: true }) }).last();

test('a dispute is found behind more newer matches than one list holds', async () => {
  for (let game = 0; game < NEWER; game += 1) await report(arena.url, await meet(arena.url, `A#${game}`, `B#${game}`), [2, 0]);
  const page = await operator();
  await page.open();
  await area(page, 'Disputes').getByRole('button', { name: 'EARLY#1 won' }).waitFor();
  assert.equal(await area(page, 'Disputes').locator('tbody tr').count(), 1);
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('more disputes than one list holds are read on page by page', async () => {
  const page = await operator();
  const { matches: [match] } = await call(arena.url, '/matches?verdict=disputed');
  await page.route('**/matches?verdict=disputed*', async (route) => {
    const first = Number(new URL(route.request().url()).searchParams.get('before') ?? 0);
    const matches = Array.from({ length: 100 }, (_, i) => ({ ...match, id: `${first + i}`, p1: { ...match.p1, connect_code: `N${first + i}` } }));
    await route.fulfill({ json: { matches, next: `${first + 100}` } });
  });
  await page.open();
  await page.getByRole('button', { name: 'N99 won' }).waitFor();
  await page.getByRole('button', { name: 'Show older' }).click();
  await page.getByRole('button', { name: 'N199 won' }).waitFor();
  assert.equal(await area(page, 'Disputes').locator('tbody tr').count(), 200);
  await page.done();
});

test('an area that cannot be had says so, and the others stand', async () => {
  const page = await operator();
  await page.route('**/v1/admin/chain', (route) => route.abort('connectionrefused'));
  await page.open();
  await area(page, 'The chain').getByRole('alert').filter({ hasText: 'The arena does not answer' }).waitFor();
  await area(page, 'Queues').getByRole('row', { name: /Melee/ }).waitFor();
  await area(page, 'Streams and relays').getByText('control is well').waitFor();
  await page.locator('#badge', { hasText: 'Not up to date' }).waitFor();
  await page.shoot('operate-half');
  await page.unrouteAll();
  await area(page, 'The chain').getByText('none is configured: jobs wait').waitFor();
  await area(page, 'The chain').getByRole('alert').waitFor({ state: 'hidden' });
  await page.route('**/v1/admin/queues', (route) => route.abort('connectionrefused'));
  await area(page, 'Queues').getByRole('alert').filter({ hasText: 'This is old.' }).waitFor();
  await area(page, 'Queues').getByRole('row', { name: /Melee/ }).waitFor();
  await page.route('**/metrics', (route) => route.fulfill({ status: 503, body: '' }));
  await area(page, 'Figures').getByRole('alert').filter({ hasText: 'the arena answered 503' }).waitFor();
  await page.done();
});

test('what failed on the chain is shown before what is newer, and what is wrong with the chain as well', async () => {
  const page = await operator();
  const job = (state, i, error = null) => ({ kind: 'record_match', business_id: `${state}-${i}`, state, attempts: 3, run_at: 0, error, tx: null, nonce: null, refusal: null, hash: null });
  await page.route('**/v1/admin/chain', (route) => route.fulfill({ json: {
    chain: { name: 'testnet', chain_id: 5, key: null, balance_wei: '0', pending: 0, watched: 0, followed: 7, trouble: ['the sender has no funds'], nodes: [{ host: 'node.example', trouble: 'answers 429' }] },
    jobs: [{ kind: 'record_match', state: 'failed', count: 1 }, { kind: 'record_match', state: 'done', count: 900 }],
  } }));
  // As control does: the newest of the state that is asked for, and of any state if none is.
  await page.route('**/v1/admin/chain/jobs?*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const all = [...Array.from({ length: 900 }, (_, i) => job('done', i)), job('failed', 0, 'the contract reverted: <b>no</b>')];
    route.fulfill({ json: { jobs: all.filter(({ state }) => state === (asked.get('state') ?? state)).slice(0, Number(asked.get('limit'))) } });
  });
  await page.open();
  const chain = area(page, 'The chain');
  await chain.getByText('the sender has no funds').waitFor();
  await chain.getByText('node.example: answers 429').waitFor();
  const first = chain.locator('tbody tr').first();
  assert.match(await first.innerText(), /failed-0[^]*the contract reverted: <b>no<\/b>/);
  await first.getByRole('button', { name: 'Retry' }).waitFor();
  await page.shoot('operate-chain');
  await isAccessible(page);
  await page.done();
});

test('what is the same stays where it is while other things change', async () => {
  const page = await operator();
  await page.open();
  const queues = area(page, 'Queues');
  const close = queues.getByRole('row', { name: /Code Duel/ }).getByRole('button', { name: 'Close' });
  await close.focus();
  const it = await close.elementHandle();
  const before = await queues.getByRole('row', { name: /Melee/ }).innerText();
  await call(arena.url, '/queue/join', { connect_code: 'WAITS#1' });
  await page.waitForFunction((was) => [...document.querySelectorAll('tr')].some((row) => /Melee/.test(row.textContent) && row.innerText !== was), before);
  assert.ok(await it.evaluate((button) => button === document.activeElement && button.isConnected));
  await page.done();
});
