import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';

import puppeteer from 'puppeteer-core';

import { Arena, SHOTS } from './support.mjs';

/** @type {Arena} */
let arena;
/** @type {import('puppeteer-core').Browser} */
let firefox;

before(async () => {
  [arena, firefox] = await Promise.all([
    Arena.start(),
    puppeteer.launch({ browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', headless: true }),
  ]);
});

after(async () => {
  await firefox?.close();
  await arena?.stop();
});

for (const query of ['', '?transport=websocket']) {
  test(`Firefox watches a match${query}`, async () => {
    const page = await firefox.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(`${arena.url}/watch/demo${query}`);
    await page.waitForFunction(() => window.arena?.stats().shown > 60, { timeout: 30_000 });
    const stats = await page.evaluate(() => window.arena.stats());
    assert.equal(stats.state, 'live');
    assert.equal(stats.unreadable, 0);
    if (query) assert.equal(stats.transport, 'websocket');
    assert.equal(await page.$$eval('.plate', (plates) => plates.length), 2);
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}watch-firefox.png` });
    assert.deepEqual(faults, []);
    await page.close();
  });
}
