import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Wallet } from 'ethers';

import { ask, batch, met, META, playing, publisher, report } from './matches.mjs';
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

const json = (value) => ({ payload: new TextEncoder().encode(JSON.stringify(value)) });
/** The browser itself reports answers that are no success; anything else is a fault. */
const own = (faults) => faults.filter((fault) => !/Failed to load resource|ERR_|WebSocket connection|GPU stall/.test(fault));
const notice = (page) => page.locator('#notice').innerText();
const tape = (page) => page.evaluate(() => window.arena.stats().tape);

test('a match is looked back at, from before the page came, and returned to live', async () => {
  const match = await met(arena);
  const it = await publisher(arena, `match/${match.id}`, { meta: META, match });
  for (let number = 0; number < 1200; number += 3) await it.push(batch(number));
  const play = playing(it, 1200);
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/match/${match.id}`);
  await page.waitForFunction(() => window.arena?.stats().shown > 60);
  assert.equal((await tape(page)).isLive, true);

  // What came before this page is fetched when somebody looks back: twenty seconds of it.
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => { const { startS, endS } = window.arena.stats().tape; return endS - startS > 18; });
  for (const _again of [1, 2]) await page.keyboard.press('ArrowLeft');
  const back = await tape(page);
  assert.equal(back.isLive, false);
  assert.ok(back.endS - back.positionS > 9, JSON.stringify(back));
  await page.locator('#controls .slider').fill(String(back.startS + 3));
  // The damage of a frame is a tenth of its number.
  await page.waitForFunction(() => Number(document.querySelector('.plate .whole').textContent) < 40);

  await page.locator('#title').click();
  await page.keyboard.press('Space');
  const still = await tape(page);
  assert.equal(still.isPaused, true);
  const damage = await page.locator('.plate .percent').first().innerText();
  await page.waitForFunction((endS) => window.arena.stats().tape.endS > endS + 1, still.endS);
  assert.equal((await tape(page)).positionS, still.positionS);
  assert.equal(await page.locator('.plate .percent').first().innerText(), damage);
  await page.shoot('watch-back');

  await page.keyboard.press('l');
  await page.waitForFunction(() => window.arena.stats().tape.isLive && Number(document.querySelector('.plate .whole').textContent) > 100);
  assert.deepEqual(own(page.faults), []);
  play.stop();
  it.close();
  await page.done();
});

test('a match says who plays, who reported and who signed', async () => {
  const wallets = [1, 2].map((key) => new Wallet(`0x${String(key).padStart(64, '0')}`));
  const match = await met(arena, ['FOX#1', 'KITE#2'], wallets.map(({ address }) => address));
  const it = await publisher(arena, `match/${match.id}`, { meta: META, match });
  const play = playing(it, 0);
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/match/${match.id}`);
  await page.waitForFunction(() => window.arena?.stats().shown > 30);
  const facts = page.locator('#facts');
  await facts.getByText('Not decided yet').waitFor();
  assert.equal(await page.locator('#title').innerText(), 'FOX#1 vs KITE#2');
  assert.match(await facts.innerText(), /rated 1500/i);
  assert.match(await page.locator('#said').textContent(), /Game 1 on Battlefield, score 0 to 0\. FOX#1 as Fox: 3 stocks/);
  await page.shoot('watch-match');

  await report(arena, match);
  const { types: { EIP712Domain: _, ...types }, domain, message } = (await ask(arena, `/v1/matches/${match.id}/typed-data`)).body;
  const signature = await wallets[0].signTypedData(domain, types, message);
  assert.equal((await ask(arena, `/matches/${match.id}/signature`, { address: wallets[0].address, signature })).status, 200);
  await facts.getByText('Signed by FOX#1; the other side has not signed yet.').waitFor();
  assert.match(await facts.innerText(), /FOX#1 won, 2 to 0/);
  assert.match(await facts.innerText(), /Reported by FOX#1 and KITE#2/);
  play.stop();
  await it.end('done');
  await page.locator('#notice').getByText('That was it').waitFor();
  await page.shoot('watch-over');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a match is seen in three dimensions, and flat again', async () => {
  const page = await browser.page();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${arena.url}/watch/demo`);
  await page.waitForFunction(() => window.arena?.stats().shown > 30);
  assert.ok(!asked.some((url) => url.includes('three')), 'it is loaded only when it is chosen');
  await page.getByRole('button', { name: '3D' }).click();
  await page.waitForFunction(() => document.querySelector('.arena').classList.contains('is-solid'));
  const shown = (await page.stats()).shown;
  await page.waitForFunction((before) => window.arena.stats().shown > before + 20, shown);
  await page.shoot('watch-3d');
  await page.getByRole('button', { name: '3D' }).click();
  await page.waitForFunction(() => !document.querySelector('.arena').classList.contains('is-solid'));
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a duel is shown as a duel', async () => {
  const it = await publisher(arena, 'a-duel', { schema: 'duel/1+json', meta: { p1: { connect_code: 'FOX#1' }, p2: { connect_code: 'KITE#2' } } });
  const scene = (percent, more = {}) => ({ phase: 'playing', line: 'let total = prices.iter().sum::<u64>();', p1: { progress: percent, wpm: 60, accuracy: 98 }, p2: { progress: 10, wpm: 20, accuracy: 91 }, end: null, ...more });
  await it.push(json(scene(50)));
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/a-duel`);
  await page.getByText('50 % · 60 words a minute').waitFor();
  await page.locator('#notice').waitFor({ state: 'hidden' });
  await page.shoot('watch-duel');
  await it.push(json(scene(100, { phase: 'over', end: { winner: 'p1', how: 'played' } })));
  await page.getByText('FOX#1 wins').waitFor();
  assert.equal(await page.locator('#title').innerText(), 'a-duel');
  await it.end('');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('any other schema is shown as a tree', async () => {
  const it = await publisher(arena, 'chess', { schema: 'chess/1+json', meta: { title: 'Final' } });
  await it.push(json({ move: 'e4', clock: { white: 300, black: 298 }, moves: Array.from({ length: 500 }, (_, i) => i) }));
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/chess`);
  await page.getByText('“e4”').waitFor();
  assert.match(await page.locator('.payload').first().innerText(), /clock: \{2\}[^]*white: 300[^]*… 450 more/);
  await page.shoot('watch-generic');
  await it.end('');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a match that does not exist is said to be missing', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/match/018bcfe5-6800-7000-8000-000000000000`);
  await page.locator('#notice').getByText('There is no such match').waitFor();
  await page.getByRole('link', { name: 'See what is live' }).click();
  await page.locator('a.channel').first().waitFor();
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a match that has ended says what came of it', async () => {
  const match = await met(arena);
  await report(arena, match);
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/match/${match.id}`);
  await page.locator('#notice').getByText('This match is over').waitFor();
  assert.match(await page.locator('#facts').innerText(), /FOX#1 won, 2 to 0/);
  await page.shoot('watch-ended');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a match that has not begun is waited for, and begins by itself', async () => {
  const join = (code) => ask(arena, '/v1/queues/code_duel/join', { connect_code: code, tier: 'bronze' });
  await join('FOX#1');
  await join('KITE#2');
  /** @type {string | undefined} */
  let id;
  const until = Date.now() + 10_000;
  while (!id && Date.now() < until) {
    const { matches } = (await ask(arena, '/matches?state=matched&queue=code_duel')).body;
    id = matches[0]?.id;
  }
  assert.ok(id, 'they have met');
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/match/${id}/duel`);
  await page.locator('#notice').getByText('Not begun yet').waitFor();
  await page.shoot('watch-soon');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a publisher that sends nonsense is said to, and a good batch mends it', async () => {
  const it = await publisher(arena, 'nonsense', { meta: META });
  await it.push({ payload: new Uint8Array([9, 9, 9]) });
  const page = await browser.page();
  await page.goto(`${arena.url}/watch/nonsense`);
  await page.locator('#notice').getByText('This stream cannot be read').waitFor();
  assert.match(await notice(page), /no record has the tag 9/);
  await page.shoot('watch-nonsense');
  const play = playing(it, 0);
  await page.waitForFunction(() => window.arena.stats().shown > 30 && document.getElementById('notice').hidden);
  play.stop();
  await it.end('');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

for (const [what, name] of [['markup', '<img src=x onerror=alert(1)><b>"&amp;'], ['10,000 characters', 'x'.repeat(10_000)]]) {
  test(`a name of ${what} is only text, and fits`, async () => {
    // As much of it as a Hello takes.
    const long = name.slice(0, 1800);
    const it = await publisher(arena, 'names', { schema: 'json', meta: { players: [{ port: 1, characterId: 1, connectCode: long, displayName: long.slice(0, 1800) }, { port: 2, characterId: 2, connectCode: 'B' }] } });
    await it.push(json({ name }));
    for (const path of ['/', '/watch/names']) {
      const page = await browser.page({ width: 390, height: 780 });
      await page.goto(arena.url + path);
      await page.getByText(long.slice(0, 20)).first().waitFor();
      assert.equal(await page.locator('main img').count(), 0);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${path} is ${width} wide`);
      assert.deepEqual(own(page.faults), []);
      await page.done();
    }
    await it.end('');
  });
}

test('a list that cannot be had says so, and what can be done', async () => {
  const page = await browser.page();
  await page.route('**/v1/channels', (route) => route.abort());
  await page.goto(arena.url);
  await page.getByRole('heading', { name: 'The arena does not answer' }).waitFor();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await page.shoot('list-unreachable');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('a relay that is down from the start is said to be', async () => {
  const page = await browser.page({ hasWebTransport: false });
  await page.addInitScript(() => {
    window.WebSocket = class { constructor() { queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' })); } close() {} };
  });
  await page.goto(`${arena.url}/watch/demo`);
  await page.locator('#notice').getByText('The relay does not answer').waitFor();
  await page.shoot('watch-down');
  assert.deepEqual(own(page.faults), []);
  await page.done();
});

test('pictures in the list move while they are seen, and only then', async () => {
  // Filters come where there is more than one.
  const other = await publisher(arena, 'other', { schema: 'json' });
  const page = await browser.page();
  await page.goto(arena.url);
  await page.waitForFunction(() => window.arena.moving() > 0);
  await page.locator('#text').fill('nothing of that name');
  await page.getByText('Nothing fits').waitFor();
  await page.waitForFunction(() => window.arena.moving() === 0);
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.waitForFunction(() => window.arena.moving() > 0);
  assert.deepEqual(own(page.faults), []);
  await page.done();
  other.close();
});

/** What the picture of a channel looks like, or '' before there is one. */
const pictureOf = (page, name) => page.locator(`a.channel[href="/watch/${name}"] canvas`).evaluate((canvas) => {
  const picture = canvas.toDataURL();
  return picture === canvas.cloneNode().toDataURL() ? '' : picture;
});
/** The list is of one channel. */
const only = async (page, name) => {
  await page.unrouteAll();
  await page.route('**/v1/channels', async (route) => {
    const { channels } = await (await route.fetch()).json();
    await route.fulfill({ json: { channels: channels.filter((it) => it.name === name) } });
  });
  await page.goto(arena.url);
};
/** The list has asked twice more. */
const looked = async (page) => {
  for (const _again of [1, 2]) await page.waitForResponse(/\/v1\/channels$/);
};

test('a channel that cannot be drawn shows how much passes by', async () => {
  const it = await publisher(arena, 'ticks', { schema: 'chess/1+json', meta: { title: 'Final' } });
  const timer = setInterval(() => it.push(json({ move: 'e4' })), 100);
  const page = await browser.page();
  await only(page, 'ticks');
  await page.waitForFunction(() => window.arena.moving() === 1);
  await page.locator('a.channel').getByText(/[1-9][\d.]* batches a second/).waitFor();
  await looked(page);
  const before = await pictureOf(page, 'ticks');
  assert.notEqual(before, '');
  await looked(page);
  assert.notEqual(await pictureOf(page, 'ticks'), before, 'it moves');
  await page.shoot('list-rates');
  clearInterval(timer);
  assert.deepEqual(own(page.faults), []);
  await page.done();
  await it.end('');
});

test('for who does not want motion each picture is drawn once, and stands still', async () => {
  const it = await publisher(arena, 'still', { schema: 'json' });
  await it.push(json({ move: 'e4' }));
  const page = await browser.page({ isStill: true });
  const open = new Set();
  page.on('websocket', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await only(page, 'demo');
  await page.waitForFunction(() => window.arena.still() > 0);
  assert.equal(await page.evaluate(() => window.arena.moving()), 0);
  const before = await pictureOf(page, 'demo');
  assert.notEqual(before, '');
  await looked(page);
  assert.equal(await pictureOf(page, 'demo'), before);
  assert.equal(open.size, 0, 'nothing more is sent for it');
  await only(page, 'still');
  await page.waitForFunction(() => window.arena.still() > 0);
  const rates = await pictureOf(page, 'still');
  assert.notEqual(rates, '');
  await looked(page);
  assert.equal(await pictureOf(page, 'still'), rates);
  await page.shoot('list-still');
  await it.end('');
  await page.done();
});

test('where access is required, the page asks for what allows it to watch', async () => {
  const guarded = await Arena.start(['--access', 'required']);
  try {
    const tokens = await Promise.all(['fox', 'kite'].map(async (name) => {
      const answer = await ask(guarded, '/v1/auth/register', { name, password: 'correct horse' });
      return answer.body.access_token;
    }));
    const as = (token, path, body) => fetch(guarded.url + path, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify(body),
    }).then((answer) => answer.json());
    const first = await as(tokens[0], '/queue/join', { connect_code: 'FOX#1' });
    const second = await as(tokens[1], '/queue/join', { connect_code: 'KITE#2' });
    const match = { id: second.match_id, first: first.queue_id, second: second.queue_id };
    const it = await publisher(guarded, `match/${match.id}`, { meta: META, match });
    const play = playing(it, 0);
    const page = await browser.page();
    await page.goto(`${guarded.url}/watch/match/${match.id}`);
    await page.waitForFunction(() => window.arena?.stats().shown > 30);
    await page.goto(`${guarded.url}/watch/another`);
    await page.locator('#notice').getByText('The pass is missing').waitFor();
    play.stop();
    it.close();
    assert.deepEqual(own(page.faults), []);
    await page.done();
  } finally {
    await guarded.stop();
  }
});
