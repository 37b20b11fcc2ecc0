import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';

import { batch, met, META, publisher } from './matches.mjs';
import { isAccessible } from './pages.mjs';
import { Arena, Browser } from './support.mjs';

/** What the first load of the watch page may weigh as it is sent, without the view in three dimensions. */
const FIRST_LOAD_MAX = 150 * 1024;

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;
/** @type {import('../../web/client/publish.js').Publisher[]} */
const publishers = [];
/** Path by the name of its pictures. */
const pages = new Map([['live', '/'], ['watch', '/watch/demo']]);

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(), Browser.start()]);
  const match = await met(arena);
  const it = await publisher(arena, `match/${match.id}`, { meta: META, match });
  await it.push(batch(0));
  publishers.push(it);
  const tree = await publisher(arena, 'tree', { schema: 'json', meta: { title: 'a tree' } });
  publishers.push(tree);
  await tree.push({ payload: new TextEncoder().encode('{"move":"e4"}') });
  pages.set('match', `/watch/match/${match.id}`).set('tree', '/watch/tree').set('missing', '/watch/match/018bcfe5-6800-7000-8000-000000000000');
});

after(async () => {
  for (const it of publishers) it.close();
  await browser?.stop();
  await arena?.stop();
});

const LOOKS = [['desktop', {}], ['day', { isDay: true }], ['phone', { width: 390, height: 780 }], ['phone-day', { width: 390, height: 780, isDay: true }]];

for (const [look, options] of LOOKS) {
  test(`no page has a serious fault for who needs help to see or to point, ${look}`, async () => {
    for (const [name, path] of pages) {
      const page = await browser.page({ ...options, isStill: true });
      await page.goto(arena.url + path);
      await page.locator('a.channel, .plate, .payload, #notice a').first().waitFor();
      if (name === 'match') await page.locator('#facts .card').first().waitFor();
      await page.shoot(`page-${name}-${look}`);
      await isAccessible(page);
      await page.done();
    }
  });
}

test('the watch page weighs little before anything is chosen', async () => {
  const page = await browser.page();
  const sizes = new Map();
  page.on('response', async (response) => {
    const url = new URL(response.url());
    if (url.host !== arena.http || url.pathname.startsWith('/v1/')) return;
    sizes.set(url.pathname, (await response.request().sizes()).responseBodySize);
    assert.ok(response.headers()['content-encoding'] === 'gzip' || sizes.get(url.pathname) < 2000, url.pathname);
  });
  await page.goto(`${arena.url}/watch/demo`);
  await page.waitForFunction(() => window.arena?.stats().shown > 10);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  assert.ok(sizes.size > 30, `${sizes.size} files were counted`);
  assert.ok(total > 20_000 && total < FIRST_LOAD_MAX, `${total} bytes`);
  assert.ok(![...sizes.keys()].some((path) => path.startsWith('/assets/vendor/')));
  await page.done();
});

test('what is not there has a page in the frame of the others, and programs are told as before', async () => {
  for (const path of ['/nothing/here', '/watch/', '/v1/nothing', `/${'x'.repeat(3000)}`]) {
    const page = await browser.page({ width: 390, height: 780 });
    const answer = await page.goto(arena.url + path);
    assert.equal(answer.status(), 404);
    await page.getByRole('heading', { name: 'Nothing is here' }).waitFor();
    await page.getByText('There is no page at').waitFor();
    await page.shoot('page-nothing-phone');
    await isAccessible(page);
    await page.getByRole('main').getByRole('link', { name: 'Play', exact: true }).click();
    await page.waitForURL('**/play');
    assert.deepEqual(page.faults.filter((fault) => !/Failed to load resource/.test(fault)), []);
    await page.done();
    for (const accept of ['*/*', 'application/json', 'application/json, text/html']) {
      const problem = await fetch(arena.url + path, { headers: { accept } });
      assert.equal(problem.status, 404);
      assert.equal(problem.headers.get('content-type'), 'application/problem+json');
      assert.equal((await problem.json()).code, 'not_found');
    }
  }
});

test('a page may connect to the relay of the host that it came from, whatever that is said to be', async () => {
  /** @param {string} host @returns {Promise<string>} */
  const policy = (host) => new Promise((resolve, reject) => {
    const [hostname, port] = arena.http.split(':');
    get({ hostname, port, path: '/watch/demo', setHost: false, headers: { host } }, (answer) => {
      answer.resume();
      resolve(String(answer.headers['content-security-policy']));
    }).on('error', reject);
  });
  const quic = arena.quic.split(':').at(-1);
  assert.match(await policy('arena.example:8000'), new RegExp(`connect-src 'self' https://arena\\.example:${quic};`));
  for (const hostile of ['*', 'a.example; script-src *', 'a.example https://b.example', 'a.example:1;img-src *', '']) {
    assert.match(await policy(hostile), /connect-src 'self';/, hostile);
  }
});

test('what has not changed is not sent again', async () => {
  const first = await fetch(`${arena.url}/assets/pages/style.css`);
  const tag = first.headers.get('etag');
  const again = await fetch(`${arena.url}/assets/pages/style.css`, { headers: { 'if-none-match': tag } });
  assert.equal(again.status, 304);
  assert.equal((await again.arrayBuffer()).byteLength, 0);
  const other = await fetch(`${arena.url}/watch/demo`);
  assert.match(other.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self';/);
});
