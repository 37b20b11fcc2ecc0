import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { batch, META, playing, publisher } from './matches.mjs';
import { ADDRESS, Network } from './network.mjs';
import { Arena, Browser } from './support.mjs';

/** Nobody is told that packets are lost: this is how long it takes to notice. */
const QUICK = '[limits]\nidle-timeout-ms = 4000\n';

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;
/** @type {Network} */
let network;
/** @type {{ stop: () => void }} */
let play;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(['--no-demo', '--name', ADDRESS], {}, QUICK), Browser.start()]);
  network = await Network.before(arena);
  const it = await publisher(arena, 'going-on', { meta: META });
  await it.push(batch(0));
  play = playing(it, 3);
});

after(async () => {
  play?.stop();
  network?.stop();
  await browser?.stop();
  await arena?.stop();
});

/** The browser itself reports what was cut; anything else is a fault. */
const own = (faults) => faults.filter((fault) => !/ERR_|WebSocket connection|WebTransport/.test(fault));

for (const [transport, hasWebTransport] of [['webtransport', true], ['websocket', false]]) {
  test(`a connection that breaks while the relay lives is made again over ${transport}, and nothing is missed`, async () => {
    const page = await browser.page({ hasWebTransport });
    await page.goto(`${network.url}/watch/going-on`);
    await page.waitForFunction(() => window.arena?.stats().shown > 60);
    const before = await page.stats();
    assert.equal(before.transport, transport);

    network.cut();
    await page.waitForFunction(() => window.arena.stats().reconnects > 0 && window.arena.stats().state === 'live', null, { timeout: 30_000 });
    await page.waitForFunction((shown) => window.arena.stats().shown > shown + 60, (await page.stats()).shown);

    const later = await page.stats();
    assert.equal(later.transport, transport);
    assert.equal(later.epoch, before.epoch, 'it is the same life of the channel');
    // Each batch has three frames: as many came as were sent meanwhile, and none twice.
    assert.equal(later.frames - before.frames, (later.lastSeq - before.lastSeq) * 3);
    assert.deepEqual([later.gaps, later.missing, later.unreadable], [0, 0, 0]);
    assert.match(await page.locator('#panel').innerText(), /gaps\s+0/i);
    assert.equal(await page.locator('#notice').isVisible(), false, 'the picture is back');
    assert.deepEqual(own(page.faults), []);
    await page.done();
  });
}

test('bytes from the network that are no message end the connection, and the page goes on', async () => {
  const page = await browser.page({ hasWebTransport: false });
  let left = 1;
  await page.routeWebSocket(/\/v1\/session$/, (socket) => {
    let number = 0;
    const server = socket.connectToServer();
    server.onMessage((message) => {
      number += 1;
      if (number === 30 && left-- > 0) socket.send(Buffer.from([255, 255, 255, 255]));
      else socket.send(message);
    });
  });
  await page.goto(`${arena.url}/watch/going-on`);
  await page.waitForFunction(() => window.arena?.stats().reconnects > 0 && window.arena.stats().state === 'live', null, { timeout: 20_000 });
  await page.waitForFunction((shown) => window.arena.stats().shown > shown + 30, (await page.stats()).shown);
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

for (const [what, broken, words] of [
  ['the picture of a format', /duel-view\.js/, 'The picture of this format did not come'],
  ['any picture', /(duel|generic)-view\.js/, 'a part of this page is not'],
]) {
  test(`where ${what} does not come, the page says so`, async () => {
    const channel = `without-${broken.source.length}`;
    const it = await publisher(arena, channel, { schema: 'duel/1+json', meta: {} });
    await it.push({ payload: new TextEncoder().encode('{"phase":"playing","line":"fn main","p1":{},"p2":{},"end":null}') });
    const page = await browser.page();
    await page.route(broken, (route) => route.abort());
    await page.goto(`${arena.url}/watch/${channel}`);
    await page.getByText(words).waitFor();
    await page.shoot(`watch-${channel}`);
    assert.deepEqual(page.faults.filter((fault) => !/Failed to load resource/.test(fault)), []);
    if (what === 'any picture') {
      await page.unroute(broken);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.duel').first().waitFor();
    } else {
      await page.getByText('“fn main”').waitFor();
    }
    it.close();
    await page.done();
  });
}

test('where the third dimension does not come, the page says so, and the flat picture goes on', async () => {
  const page = await browser.page();
  await page.route('**/assets/vendor/three.js', (route) => route.abort());
  await page.goto(`${arena.url}/watch/going-on`);
  await page.waitForFunction(() => window.arena?.stats().shown > 10);
  await page.getByRole('button', { name: '3D' }).click();
  await page.getByText('The flat view stays').waitFor();
  assert.equal(await page.getByRole('button', { name: '3D' }).getAttribute('aria-pressed'), 'false');
  await page.waitForFunction((shown) => window.arena.stats().shown > shown + 30, (await page.stats()).shown);
  assert.deepEqual(page.faults.filter((fault) => !/Failed to load resource/.test(fault)), []);
  await page.done();
});
