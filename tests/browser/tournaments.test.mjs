/** Tournaments as people see them: the list, brackets of every format, one's own part, and the operator's. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { call, isAccessible, register } from './pages.mjs';
import { Arena, Browser } from './support.mjs';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };
const NAMES = ['Fox McCloud', '<img src=x onerror=alert(1)>', 'Peach', 'ROY#5', '\u202eLIVE\u0301\u0301', 'x'.repeat(100), 'Samus', 'Ness', 'Zelda', 'Marth', 'Kirby', 'Pikachu', 'Yoshi'];
const why = 'it is Friday';

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;
/** @type {Record<string, string>} */
const cups = {};

/** A tournament that so many have entered. @param {string} name @param {object} settings @param {number} entries */
async function cup(name, settings, entries) {
  const { id } = await call(arena.url, '/v1/admin/tournaments', { name, why, show_up_s: 3600, ...settings }, 'boss');
  const keys = {};
  for (const [at, entry] of NAMES.slice(0, entries).entries()) {
    const { entry_key: key } = await call(arena.url, `/v1/tournaments/${id}/entries`, { name: entry, connect_code: `C#${at}`, character: 'FOX' });
    keys[entry] = key;
  }
  return { id, keys };
}

/** @param {string} id */
const close = (id) => call(arena.url, `/v1/admin/tournaments/${id}/close`, { why }, 'boss');

/** Plays so many of the games that are called; who stands first wins unless the game's number says otherwise. */
async function play({ id, keys }, count) {
  for (let played = 0; played < count;) {
    const { rounds } = await call(arena.url, `/v1/tournaments/${id}/bracket`);
    const called = rounds.flat().filter(({ state }) => state === 'called');
    if (called.length === 0) return;
    for (const { a, b } of called.slice(0, count - played)) {
      const begun = await begin({ id, keys }, a.name, b.name);
      const [mine, theirs] = played % 3 === 2 ? [0, 2] : [1 + (played % 4), 0];
      await tell(begun, [mine, theirs]);
      played += 1;
    }
  }
}

/** Both show up: the match, and what each speaks with. */
async function begin({ id, keys }, one, other) {
  const path = `/v1/tournaments/${id}/show-up`;
  await call(arena.url, path, { entry_key: keys[one] });
  const second = await call(arena.url, path, { entry_key: keys[other] });
  const first = await call(arena.url, path, { entry_key: keys[one] });
  return { id: second.match_id, first: first.queue_id, second: second.queue_id };
}

async function tell({ id, first, second }, [mine, theirs]) {
  await call(arena.url, `/matches/${id}/result`, { queue_id: first, outcome: 'COMPLETED', stocks_remaining: mine, opponent_stocks: theirs });
  await call(arena.url, `/matches/${id}/result`, { queue_id: second, outcome: 'COMPLETED', stocks_remaining: theirs, opponent_stocks: mine });
}

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(['--no-demo'], { ADMIN_TOKEN: 'boss' }), Browser.start()]);
  for (const [name, settings, entries, played] of [
    ['Friday Night Melee', { format: 'single' }, 13, 8], ['Double or Nothing', { format: 'double' }, 8, 9],
    ['League of Six', { format: 'round_robin' }, 6, 9], ['Swiss Open', { format: 'swiss' }, 7, 4], ['Four for the Cup', { format: 'single' }, 4, 99],
  ]) {
    const made = await cup(name, settings, entries);
    cups[name] = made.id;
    await close(made.id);
    await play(made, played);
    const { rounds } = await call(arena.url, `/v1/tournaments/${made.id}/bracket`);
    const next = rounds.flat().find(({ state }) => state === 'called');
    if (next) await begin(made, next.a.name, next.b.name);
    if (settings.format === 'round_robin') await call(arena.url, `/v1/tournaments/${made.id}/withdraw`, { entry_key: made.keys.Peach });
  }
  cups.open = (await cup('Open to All', { format: 'double', best_of: 3 }, 5)).id;
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

for (const [shot, name, ready] of [
  ['list', null, '.cup'], ['single', 'Friday Night Melee', '.bracket .game'], ['double', 'Double or Nothing', '.bracket .game'],
  ['round-robin', 'League of Six', '.cross'], ['swiss', 'Swiss Open', '.games .game'], ['over', 'Four for the Cup', '.champion'], ['open', 'open', '.entrants'],
]) {
  for (const [size, looks] of [['desktop', { ...DESKTOP, scheme: 'dark' }], ['phone', { ...PHONE, scheme: 'light' }]]) {
    test(`the page of ${shot} tournaments is whole and accessible on a ${size}`, async () => {
      const page = await browser.page({ ...looks, isStill: true });
      await page.emulateMedia({ colorScheme: looks.scheme });
      await page.goto(`${arena.url}/brackets${name ? `/${cups[name]}` : ''}`);
      await page.locator(ready).first().waitFor();
      await page.shoot(`tournament-${shot}-${size}`);
      await isAccessible(page);
      assert.equal(await page.locator('img[src="x"]').count(), 0, 'a name is no markup');
      assert.deepEqual(page.faults, []);
      await page.done();
    });
  }
}

test('a game that goes on is watched from the bracket, and one that is over is looked at, by keyboard', async () => {
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/brackets/${cups['Friday Night Melee']}`);
  const live = page.locator('.bracket a', { hasText: 'Watch live' });
  await live.waitFor();
  assert.match(await live.getAttribute('href'), /^\/watch\/match\/[0-9a-f-]{36}$/);
  const look = page.locator('.bracket a', { hasText: 'Look' }).first();
  await look.focus();
  await page.keyboard.press('Enter');
  await page.locator('.story li').first().waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('who is logged in enters, withdraws, enters again, shows up and wins as the other leaves', async () => {
  const { id, keys } = await cup('Two Are Enough', { queue: 'code_duel', tier: 'bronze' }, 0);
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/brackets/${id}`);
  await page.getByText('Log in to enter.').waitFor();
  await register(page, 'grace');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await page.getByText('You are in as grace.').waitFor();
  await page.shoot('tournament-entered');
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText('Nobody is in yet').waitFor();
  await page.locator('#entry-name').fill('Grace');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await page.getByText('You are in as Grace.').waitFor();
  const { entry_key: key } = await call(arena.url, `/v1/tournaments/${id}/entries`, { name: 'Bob', connect_code: 'BOB#1' });
  keys.Bob = key;
  await close(id);
  await page.getByText('You are called.').waitFor();
  await isAccessible(page);
  await page.shoot('tournament-called');
  await page.getByRole('button', { name: 'I am here' }).click();
  await page.getByText('You are there.').waitFor();
  await call(arena.url, `/v1/tournaments/${id}/show-up`, { entry_key: keys.Bob });
  await page.getByRole('link', { name: 'Play it' }).waitFor();
  assert.match(await page.locator('.bracket a', { hasText: 'Watch live' }).getAttribute('href'), /\/duel$/);
  await page.shoot('tournament-playing');
  await call(arena.url, `/v1/tournaments/${id}/withdraw`, { entry_key: keys.Bob });
  await page.getByText('You were 1st as Grace.').waitFor();
  assert.equal(await page.locator('.champion strong').textContent(), 'Grace');
  assert.equal(await page.locator('.bracket .is-gone').count(), 1);
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('who plays elsewhere for a cup comes from its page to the report', async () => {
  const { id } = await cup('Bring Your Own Console', { queue: 'melee' }, 0);
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/brackets/${id}`);
  await page.getByText('Log in to enter.').waitFor();
  await register(page, 'ivan');
  await page.locator('#entry-code').fill('IVAN#1');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await page.getByText('You are in as ivan.').waitFor();
  const { entry_key: key } = await call(arena.url, `/v1/tournaments/${id}/entries`, { name: 'Judy', connect_code: 'JUDY#1' });
  await close(id);
  await page.getByRole('button', { name: 'I am here' }).click();
  await page.getByText('You are there.').waitFor();
  await call(arena.url, `/v1/tournaments/${id}/show-up`, { entry_key: key });
  await page.getByRole('link', { name: 'Report the result' }).click();
  await page.getByText('then report').waitFor();
  await page.locator('#mine').fill('2');
  await page.locator('#theirs').fill('0');
  await page.getByRole('button', { name: 'Report', exact: true }).click();
  await page.locator('.toast').getByText('Reported.').waitFor();
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('who has the page in another tab is called by its title, and sees it at once on coming back', async () => {
  const { id } = await cup('Behind Another Tab', { queue: 'melee' }, 0);
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/brackets/${id}`);
  await page.getByText('Log in to enter.').waitFor();
  await register(page, 'mallory');
  await page.locator('#entry-code').fill('MAL#1');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await page.getByText('You are in as mallory.').waitFor();
  await page.clock.install();
  await page.reload();
  await page.getByText('You are in as mallory.').waitFor();
  const look = (isHidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
  await look(true);
  const answered = () => page.waitForResponse((answer) => answer.url().endsWith('/standings'));
  // The one that was due already.
  await Promise.all([answered(), page.clock.runFor(4_400)]);
  const { entry_key: key } = await call(arena.url, `/v1/tournaments/${id}/entries`, { name: 'Niaj', connect_code: 'NIAJ#1' });
  await close(id);
  await page.clock.runFor(33_000);
  await page.waitForFunction(() => document.title.startsWith('You are called · Behind Another Tab'));
  await Promise.all([answered(), look(false)]);
  await page.getByRole('button', { name: 'I am here' }).click();
  await page.getByText('You are there.').waitFor();
  await call(arena.url, `/v1/tournaments/${id}/show-up`, { entry_key: key });
  await page.clock.runFor(1_100);
  await page.getByText('Your game goes on.').waitFor();
  assert.equal(await page.title(), 'Behind Another Tab · Arena');
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('what is refused stands beside what was tried, and what is typed stays while the page is renewed', async () => {
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/brackets/${cups.open}`);
  await page.getByText('Log in to enter.').waitFor();
  await register(page, 'heidi');
  await page.locator('#entry-name').fill('Peach');
  const renewed = page.waitForResponse((answer) => answer.url().endsWith('/standings'));
  await renewed;
  assert.equal(await page.locator('#entry-name').inputValue(), 'Peach');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await page.getByText('this name is in the tournament already').waitFor();
  await page.done();
});

test('a tournament that does not exist says so, and the others are one click away', async () => {
  const page = await browser.page({ isStill: true });
  await page.goto(`${arena.url}/brackets/00c0ffee`);
  await page.getByText('There is no such tournament').waitFor();
  await page.getByRole('link', { name: 'All tournaments' }).click();
  await page.locator('.cup').first().waitFor();
  await page.done();
});

test('an operator makes a tournament, closes it, and ends one', async () => {
  const page = await browser.page({ ...DESKTOP, isStill: true });
  await page.goto(`${arena.url}/operate`);
  await page.locator('#token').fill('boss');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByRole('button', { name: 'Make a tournament' }).click();
  await page.locator('#cup-name').fill('Saturday Swiss');
  await page.locator('#cup-format').selectOption('swiss');
  await page.locator('#cup-queue').selectOption('code_duel');
  await page.locator('#cup-places').fill('8');
  await page.locator('#cup-why').fill('people asked for it');
  await isAccessible(page);
  await page.shoot('operate-tournament');
  await page.getByRole('button', { name: 'Make it' }).click();
  const row = page.locator('tr', { hasText: 'Saturday Swiss' });
  await row.getByText('Open to enter').waitFor();
  const id = (await row.getByRole('link').getAttribute('href')).split('/').at(-1);
  for (const name of ['ada', 'bob']) await call(arena.url, `/v1/tournaments/${id}/entries`, { name, connect_code: `${name}#9` });
  await row.getByText('2 of 8').waitFor();
  await row.getByRole('button', { name: 'Close registration' }).click();
  await page.locator('#why').fill('both are there');
  await page.getByRole('button', { name: 'Do it' }).click();
  await row.getByText('Being played').waitFor();
  await row.getByRole('button', { name: 'End it' }).click();
  await page.locator('#why').fill('it rains');
  await page.getByRole('button', { name: 'Do it' }).click();
  await row.getByText('Over', { exact: true }).waitFor();
  await page.shoot('operate-tournaments');
  assert.deepEqual(page.faults, []);
  await page.done();
});
