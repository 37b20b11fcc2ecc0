import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { isAccessible, queueForDuel, typeLine } from './pages.mjs';
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

/** What a phone types where a plain key was meant. @param {string} text */
const dressed = (text) => text.replaceAll("'", '\u2019').replaceAll('"', '\u201d').replaceAll('-', '\u2013');

test('who waits alone plays the house partner, and no key is lost or counted twice over a break of the connection', async () => {
  const page = await browser.page({ isStill: true });
  /** @type {import('playwright-core').WebSocketRoute[]} */
  const sockets = [];
  // While it is deaf, the arena hears the page, and the page hears nothing of the arena.
  let isDeaf = false;
  let heard = () => {};
  await page.routeWebSocket(/\/v1\/gateway$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => isDeaf || socket.send(message));
    socket.onMessage((message) => {
      server.send(message);
      if (isDeaf && JSON.parse(message).type === 'game.keys') heard();
    });
    sockets.push(socket);
  });
  await page.goto(`${arena.url}/play`);
  await page.locator('#code-code_duel').fill('ALONE#1');
  await queueForDuel(page);
  await page.getByText('CLOCKWORK wants to play').waitFor({ timeout: 20_000 });
  await isAccessible(page);
  await page.getByRole('button', { name: 'I am ready' }).click();
  await page.locator('.clock.is-loud').waitFor();
  await page.shoot('play-countdown-desktop');
  await page.locator('#line').waitFor({ timeout: 15_000 });
  await page.waitForFunction(() => document.activeElement?.classList.contains('keys'));
  const line = await page.locator('#line').textContent();
  await page.keyboard.type(line.slice(0, 6), { delay: 60 });
  isDeaf = true;
  const underWay = new Promise((resolve) => { heard = resolve; });
  await page.keyboard.type(line.slice(6, 10), { delay: 60 });
  await underWay;
  await sockets.at(-1).close({ code: 1001 });
  isDeaf = false;
  // Typed on while nobody hears it.
  await page.keyboard.type(line.slice(10, 16), { delay: 60 });
  await page.getByText('Connected').waitFor();
  await page.keyboard.type(line.slice(16, 22), { delay: 60 });
  await page.shoot('play-duel-desktop');
  await isAccessible(page);
  assert.equal(await page.locator('#line .done').textContent(), line.slice(0, 22));
  await page.locator('.keys').focus();
  for (const char of dressed(line.slice(22))) {
    await page.keyboard.insertText(char);
    await page.waitForTimeout(60);
  }
  await page.locator('.result').waitFor({ timeout: 60_000 });
  const figures = await page.locator('.result .figures').textContent();
  assert.match(figures, /You\d+ wpm, 100 % right, 100 % typed/, `${line}: ${figures}`);
  assert.match(await page.locator('.result h2').textContent(), /You beat CLOCKWORK|CLOCKWORK won/);
  await isAccessible(page);
  await page.getByRole('button', { name: 'Play again' }).click();
  await page.locator('form.queue').first().waitFor();
  await page.done();
});

test('keys that are pasted do not count', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await page.locator('#code-code_duel').fill('PASTER#1');
  await queueForDuel(page);
  await page.getByRole('button', { name: 'I am ready' }).click({ timeout: 40_000 });
  await page.locator('#line').waitFor({ timeout: 15_000 });
  await page.locator('.keys').evaluate((input) => input.dispatchEvent(new InputEvent('beforeinput', { inputType: 'insertFromPaste', data: 'x', cancelable: true, bubbles: true })));
  await page.getByText('Pasting does not count').waitFor();
  assert.equal(await page.locator('#line .done').textContent(), '');
  await page.getByRole('button', { name: 'Give up' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Give up' }).click();
  await page.getByText('CLOCKWORK won').waitFor();
  await page.done();
});

test('where no chain is, two guests wager by their word, and are told that nobody holds it', async () => {
  const pages = await Promise.all(['WORD#1', 'WORD#2'].map(async (code) => {
    const page = await browser.page();
    await page.goto(`${arena.url}/play`);
    await page.locator('#code-melee').fill(code);
    await page.locator('form.queue', { hasText: 'Melee' }).getByRole('button', { name: 'Find an opponent' }).click();
    return page;
  }));
  const [ada, bob] = pages;
  await ada.locator('#stake').fill('0.5');
  await ada.getByRole('button', { name: 'Propose' }).click();
  await bob.getByRole('button', { name: 'Stake 0.5' }).click();
  for (const page of pages) {
    await page.getByText('0.5 coins each: agreed upon').waitFor();
    await page.getByText('nobody holds these stakes').waitFor();
    assert.deepEqual(page.faults, []);
    await page.done();
  }
});

test('while the arena is down the page says so, and it goes on when it is back', async () => {
  const page = await browser.page();
  await page.goto(`${arena.url}/play`);
  await page.getByText('Connected').waitFor();
  await arena.kill();
  await page.getByText('Connection lost').waitFor();
  await page.locator('#code-code_duel').fill('PATIENT#1');
  await queueForDuel(page);
  await page.getByText('does not answer').first().waitFor();
  await page.shoot('play-down-desktop');
  await arena.up();
  await page.getByText('Connected').waitFor({ timeout: 20_000 });
  await queueForDuel(page);
  await page.getByText('Looking for an opponent').waitFor();
  await page.done();
});
