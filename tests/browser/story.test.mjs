import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { meet, report } from './pages.mjs';
import { Arena, Browser } from './support.mjs';

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(['--no-demo']), Browser.start()]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

/** Counts what a page asks about a match. @param {import('playwright-core').Page} page */
function counted(page) {
  const count = { asked: 0 };
  page.on('request', (request) => {
    if (/\/v1\/matches\/[^/]+$/.test(new URL(request.url()).pathname)) count.asked += 1;
  });
  return count;
}

test('what is new comes in, and what one reads, has opened, marked or focused stays', async () => {
  const match = await meet(arena.url, 'FOX#1', 'KITE#2');
  const page = await browser.page();
  await page.goto(`${arena.url}/history/${match.id}`);
  const raw = page.locator('.story details').first();
  await raw.locator('summary').click();
  const button = page.getByRole('button', { name: 'Copy the link' });
  await button.focus();
  const [link, fact] = await Promise.all([page.locator('#title a').first().elementHandle(), page.locator('.figures dt').first().elementHandle()]);
  await link.evaluate((it) => getSelection().selectAllChildren(it));
  await page.evaluate(() => {
    window.touched = 0;
    new MutationObserver((all) => (window.touched += all.length)).observe(document.getElementById('title'), { childList: true, subtree: true, characterData: true });
  });
  await report(arena.url, match, [2, 0], [1, 0]);
  await page.getByText('The two tell it differently').waitFor();
  await page.locator('#badge', { hasText: 'disputed' }).waitFor();
  assert.equal(await page.evaluate(() => window.touched), 0, 'the title says the same, so nobody touched it');
  assert.equal(await page.evaluate(() => getSelection().toString()), 'FOX#1');
  assert.ok(await link.evaluate((it) => it.isConnected) && await fact.evaluate((it) => it.isConnected));
  assert.ok(await raw.evaluate((it) => it.open), 'what was opened stays open');
  assert.ok(await button.evaluate((it) => it === document.activeElement));
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a history that is longer than one answer is told to its end at once, also of a match that is over', async () => {
  const match = await meet(arena.url, 'LONG#1', 'TALE#2');
  await report(arena.url, match, [2, 0]);
  const page = await browser.page();
  const at = Date.now() - 86_400_000;
  const path = `/v1/matches/${match.id}`;
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), ended_at: at, course: { state: 'settled' } } });
  });
  await page.route(`**${path}/events?*`, async (route) => {
    const after = Number(new URL(route.request().url()).searchParams.get('after'));
    const events = Array.from({ length: Math.min(1000, 2001 - after) }, (_, i) => ({ number: after + i + 1, at, kind: 'match.made', body: {} }));
    await route.fulfill({ json: { events } });
  });
  await page.goto(`${arena.url}/history/${match.id}`);
  await page.waitForFunction(() => document.querySelectorAll('.story li').length === 2001);
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a match that goes on is asked for again and again, seldom while the page is hidden', async () => {
  const match = await meet(arena.url, 'GO#1', 'ON#2');
  const page = await browser.page();
  await page.clock.install();
  const count = counted(page);
  await page.goto(`${arena.url}/history/${match.id}`);
  await page.locator('.story li').first().waitFor();
  const asks = async (times, stepMs) => {
    const until = count.asked + times;
    while (count.asked < until) {
      const answered = page.waitForResponse(/\/v1\/matches\/[^/]+\/events/);
      await page.clock.runFor(stepMs);
      await answered;
    }
  };
  await asks(3, 2100);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await asks(1, 2100); // that which was waited for already
  const before = count.asked;
  await page.clock.runFor(20_000);
  assert.equal(count.asked, before, 'not in 20 s of nobody looking');
  const seen = page.waitForResponse(/\/v1\/matches\/[^/]+\/events/);
  await page.evaluate(() => {
    delete document.hidden;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await seen;
  assert.equal(count.asked, before + 1, 'at once when somebody looks');
  await page.done();
});

test('a match that is over is asked for once, and is not polled', async () => {
  const join = (code) => fetch(`${arena.url}/v1/queues/code_duel/join`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ connect_code: code, tier: 'bronze' }) }).then((it) => it.json());
  const entries = [await join('OVER#1'), await join('OVER#2')];
  let match = null;
  while (!match) ({ match_id: match } = await (await fetch(`${arena.url}/queue/${entries[0].queue_id}?wait=5`)).json());
  await fetch(`${arena.url}/v1/matches/${match}/leave`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ queue_id: entries[0].queue_id }) });
  const page = await browser.page();
  // Ten minutes later.
  await page.clock.install({ time: Date.now() + 600_000 });
  const count = counted(page);
  await page.goto(`${arena.url}/history/${match}`);
  await page.locator('#badge', { hasText: 'called off' }).waitFor();
  await page.clock.runFor(300_000);
  assert.equal(count.asked, 1);
  assert.deepEqual(page.faults, []);
  await page.done();
});
