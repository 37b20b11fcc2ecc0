import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call, isAccessible, meet, register, report } from './pages.mjs';
import { Arena, Browser } from './support.mjs';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
/** As hard as names can be: markup, as long as the arena takes, and letters that turn others around. */
const NAMES = ['FOX#123', '<img src=x onerror=alert(1)>', 'x'.repeat(256), '\u202eLIVE\u0301\u0301\u0301\u0301', 'ROY#5'];

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;
/** @type {string} */
let disputed;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(['--no-demo'], { ADMIN_TOKEN: 'boss' }), Browser.start()]);
  for (let game = 0; game < 24; game += 1) {
    const [first, second] = [NAMES[game % 4], NAMES[(game + 1 + (game >> 2) % 3) % 4]];
    if (first === second) continue;
    await report(arena.url, await meet(arena.url, first, second), game % 3 === 0 ? [0, 2] : [2, 0]);
  }
  const match = await meet(arena.url, 'FOX#123', 'ROY#5');
  await report(arena.url, match, [2, 0], [1, 0]);
  disputed = match.id;
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

for (const [name, path, ready] of [
  ['history', '/history', 'table'],
  ['match', () => `/history/${disputed}`, '.story li'],
  ['players', '/players?game=melee', 'table'],
  ['player', '/players/code%3AFOX%23123?game=melee&against=code%3AROY%235', '.plot svg'],
  ['betting', '/betting', '.empty'],
  ['operate-closed', '/operate', '.token'],
]) {
  for (const [size, looks] of [['desktop', { ...DESKTOP, scheme: 'dark' }], ['phone', { ...PHONE, scheme: 'light' }]]) {
    test(`the page ${name} is whole and accessible on a ${size}`, async () => {
      const page = await browser.page({ ...looks, isStill: true });
      await page.emulateMedia({ colorScheme: looks.scheme });
      await page.goto(arena.url + (typeof path === 'function' ? path() : path));
      await page.locator(ready).first().waitFor();
      await page.shoot(`${name}-${size}`);
      await isAccessible(page);
      assert.equal(await page.locator('img[src="x"]').count(), 0, 'a name is no markup');
      assert.deepEqual(page.faults, []);
      await page.done();
    });
  }
}

test('matches are found by player, state and day, and the address keeps that', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/history`);
  await page.locator('table').waitFor();
  const all = await page.locator('tbody tr').count();
  await page.locator('#player').fill('ROY#5');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assert.ok(all > 1);
  await page.getByText('disputed', { exact: true }).waitFor();
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await page.locator('#since').fill('2040-01-01');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText('No such match').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a long list is read on page by page', async () => {
  const page = await browser.page();
  await page.route('**/matches?*', async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('limit', '10');
    await route.continue({ url: url.href });
  });
  await page.goto(`${arena.url}/history`);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 20);
  await page.done();
});

test('a player has his rating over time, in a picture and in words, and is held against another', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/players?game=melee`);
  await page.getByRole('link', { name: 'FOX#123' }).click();
  const words = await page.locator('.plot figcaption').textContent();
  assert.match(words, /^From 1500 to \d+ in \d+ games, between \d+ and \d+\.$/);
  assert.equal(await page.locator('.plot svg').getAttribute('aria-label'), `The rating of FOX#123. ${words}`);
  await page.locator('#other').fill(NAMES[1]);
  await page.getByRole('button', { name: 'Compare' }).click();
  const tally = await page.locator('.tally').textContent();
  assert.match(tally, /^\d+ won, 0 drawn, \d+ lost$/);
  await page.locator('#other').fill('NOBODY#0');
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('have not played each other').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('what is not there has words, and a way on', async () => {
  const page = await browser.page();
  for (const [path, words, way] of [
    ['/history/01a1ff04-8cdc-79b4-b3dc-d7e60de1e3a4', 'There is no such match', 'All matches'],
    [`/history/${'x'.repeat(5_000)}`, 'There is no such match', 'All matches'],
    ['/players/code%3ANOBODY', 'Nobody of this name has played here', 'The ladders'],
    [`/players/${encodeURIComponent('<script>alert(1)</script>')}`, 'Nobody of this name has played here', 'The ladders'],
    ['/players/%E0%A4%A', 'Nobody of this name has played here', 'The ladders'],
  ]) {
    await page.goto(arena.url + path);
    await page.getByText(words).waitFor();
    await page.getByRole('link', { name: way }).waitFor();
  }
  await page.done();
});

test('a name of 10,000 characters, wherever it came from, leaves the page in its shape', async () => {
  const page = await browser.page(PHONE);
  const long = '<b>'.repeat(3_400);
  await page.route(/\/matches\?/, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    for (const match of json.matches) Object.assign(match.p1, { name: long, connect_code: long });
    await route.fulfill({ json });
  });
  await page.goto(`${arena.url}/history`);
  await page.locator('table').waitFor();
  await isAccessible(page);
  await page.done();
});

test('while the arena is down every page says so, and asks again', async () => {
  const page = await browser.page();
  for (const path of ['/history', `/history/${disputed}`, '/players', '/players/code%3AFOX%23123', '/betting', '/play']) {
    await page.route(/\/(v1|matches|pools)\b[^.]*$/, (route) => (route.request().resourceType() === 'fetch' ? route.abort('connectionrefused') : route.continue()));
    await page.goto(arena.url + path);
    await page.locator('.trouble').first().waitFor();
    await page.getByText('The arena does not answer').first().waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.locator('.trouble').first().waitFor({ state: 'detached' });
  }
  await page.done();
});

test('an operator decides a dispute, closes a queue with a reason, and sees figures', async () => {
  const page = await browser.page({ ...DESKTOP, isStill: true });
  await page.goto(`${arena.url}/operate`);
  await page.locator('#token').fill('not it');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').filter({ hasText: 'token' }).waitFor();
  await page.locator('#token').fill('boss');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('button', { name: 'ROY#5 won' }).click();
  await page.getByLabel('Why').fill('the stream shows it');
  await page.getByRole('button', { name: 'Do it' }).click();
  await page.getByText('Nobody disagrees').waitFor();
  assert.equal((await call(arena.url, `/v1/matches/${disputed}/result`)).result.winner, 'p2');
  const melee = page.getByRole('row', { name: /Melee/ });
  await melee.getByRole('button', { name: 'Close' }).click();
  await page.getByLabel('Why').fill('the test is over');
  await page.getByRole('button', { name: 'Do it' }).click();
  await melee.getByText('closed').waitFor();
  await page.locator('.chart .curve').first().waitFor();
  await page.shoot('operate-desktop');
  await isAccessible(page);
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.shoot('operate-phone');
  await isAccessible(page);
  await page.reload();
  await page.locator('#token').waitFor();
  await page.done();
});

test('who plays in a closed queue is told, and everybody else plays on', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await page.getByText('lets nobody in at present').waitFor();
  await register(page, 'late');
  await page.getByText('lets nobody in at present').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});
