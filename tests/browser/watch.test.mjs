import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Arena, Browser } from './support.mjs';

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(), Browser.start()]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

test('the list shows the demo, and leads to it', async () => {
  const page = await browser.page();
  await page.goto(arena.url);
  const link = page.locator('a.channel[href="/watch/demo"]');
  await link.waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.player').length >= 2);
  await page.shoot('list');
  // The link past the bar comes first, and leads to what the page is about.
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
  await page.keyboard.press('Enter');
  // Where one channel is all there is, nothing is to be searched.
  assert.equal(await page.locator('#filters').isHidden(), true);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('href')), '/watch/demo');
  await page.keyboard.press('Enter');
  await page.reaches('live');
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('the list says so when nobody plays', async () => {
  const page = await browser.page();
  await page.route('**/v1/channels', (route) => route.fulfill({ json: { channels: [] } }));
  await page.goto(arena.url);
  assert.match(await page.locator('.empty').innerText(), /Nobody is on stage/);
  await page.shoot('list-empty');
  assert.deepEqual(page.faults, []);
  await page.done();
});

for (const [transport, hasWebTransport] of [['webtransport', true], ['websocket', false]]) {
  test(`a match is watched over ${transport}, at an even pace`, async () => {
    const page = await browser.page({ hasWebTransport });
    await page.goto(`${arena.url}/watch/demo`);
    await page.reaches('live');
    await page.waitForFunction(() => window.arena.stats().shown > 90);

    const first = await page.stats();
    const since = Date.now();
    await page.waitForFunction((frames) => window.arena.stats().frames >= frames + 240, first.frames);
    const seconds = (Date.now() - since) / 1000;
    const last = await page.stats();

    assert.equal(last.transport, transport);
    assert.equal(last.unreadable, 0);
    assert.equal(last.gaps, 0);
    assert.ok(Math.abs((last.frames - first.frames) / seconds - 60) < 12, `${(last.frames - first.frames) / seconds} frames a second came`);
    assert.ok(last.shown > first.shown + 60, `${last.shown - first.shown} were seen`);
    assert.ok(Math.abs((last.played - first.played) / seconds - 60) < 12, `${(last.played - first.played) / seconds} a second were played`);
    assert.ok(last.buffered < 40, `${last.buffered} buffered`);
    assert.ok(last.latencyMs >= 0 && last.latencyMs < 2000, `${last.latencyMs} ms`);
    assert.equal(await page.locator('.plate').count(), 2);
    await page.shoot(`watch-${transport}`);
    assert.deepEqual(page.faults, []);
    await page.done();
  });
}

test('a channel that nobody publishes is waited for', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/nobody/is_here~yet`);
  await page.reaches('waiting');
  assert.match(await page.locator('#notice').innerText(), /Waiting for the publisher/);
  assert.match(await page.locator('#notice').innerText(), /nobody\/is_here~yet/);
  await page.shoot('waiting');
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a refusal says why, and what can be done', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/not%20a%20name`);
  await page.reaches('refused');
  assert.match(await page.locator('#notice').innerText(), /not the name of a channel/);
  assert.equal(await page.locator('#notice button').innerText(), 'Try again');
  await page.shoot('refused');
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('a match is watched on a phone, and by people who do not want motion', async () => {
  const page = await browser.page({ width: 390, height: 780, isStill: true });
  await page.goto(`${arena.url}/watch/demo`);
  await page.waitForFunction(() => window.arena?.stats().shown > 60);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} pixels wide`);
  await page.shoot('watch-phone');
  assert.deepEqual(page.faults, []);
  await page.done();
});

for (const [transport, hasWebTransport] of [['webtransport', true], ['websocket', false]]) {
  test(`a relay that crashed and came back is found again over ${transport}`, async () => {
    const page = await browser.page({ hasWebTransport });
    await page.goto(`${arena.url}/watch/demo`);
    await page.waitForFunction(() => window.arena?.stats().shown > 60);
    const before = await page.stats();

    await arena.kill();
    // Nobody says goodbye when a process is killed; over QUIC it takes the idle timeout to notice.
    await page.waitForFunction(() => window.arena.stats().state === 'reconnecting', null, { timeout: 60_000 });
    assert.match(await page.locator('#notice').innerText(), /Reconnecting/);
    await page.shoot(`reconnecting-${transport}`);

    await arena.up();
    await page.reaches('live');
    await page.waitForFunction((shown) => window.arena.stats().shown > shown + 60, before.shown);
    const later = await page.stats();
    assert.ok(later.epoch > before.epoch);
    assert.ok(later.reconnects > 0);
    // The browser itself reports requests that found nobody there; anything else is a fault.
    assert.deepEqual(page.faults.filter((fault) => !/ERR_|WebSocket connection|WebTransport/.test(fault)), []);
    await page.done();
  });
}
