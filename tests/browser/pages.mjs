/** Owns what tests of several pages do with them: faults of accessibility, names, and playing. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const AXE = readFileSync(fileURLToPath(new URL('node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');
/** Between keys: fast for a person, and no faster. */
const KEY_MS = 50;

/** Fails if axe finds a serious fault, or the page is wider than its window. @param {import('playwright-core').Page} page */
export async function isAccessible(page) {
  // Evaluated, not put in as a script: the page's policy allows none but its own.
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  assert.ok(passes.length > 5, 'it has looked');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const said = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`);
  assert.deepEqual(said, []);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${page.url()} is ${over} px wider than its window`);
}

/** @param {import('playwright-core').Page} page @param {string} name */
export async function register(page, name) {
  await page.locator('#login-name').fill(name);
  await page.locator('#login-password').fill('correct horse');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByText('Log out').waitFor();
}

/** @param {import('playwright-core').Page} page */
export async function queueForDuel(page) {
  await page.locator('form.queue', { hasText: 'Code Duel' }).getByRole('button', { name: 'Find an opponent' }).click();
}

/** Types until the whole line is done, or the game is over. @param {import('playwright-core').Page} page @param {number} [wrongAt] where a wrong key goes before the right one */
export async function typeLine(page, wrongAt = -1) {
  const line = await page.locator('#line').textContent();
  for (const [at, char] of [...line].entries()) {
    if (at === wrongAt) await page.keyboard.type(char === '#' ? '@' : '#');
    await page.keyboard.type(char, { delay: KEY_MS });
  }
  return line;
}

/**
 * The API, as a program has it.
 * @param {string} url @param {string} path @param {unknown} [body] @param {string} [token]
 */
export async function call(url, path, body, token) {
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = await answer.json();
  assert.ok(answer.ok, `${path}: ${JSON.stringify(json)}`);
  return json;
}

/** A match of two connect codes in melee. @param {string} url @param {string} first @param {string} second */
export async function meet(url, first, second) {
  const one = await call(url, '/queue/join', { connect_code: first });
  const two = await call(url, '/queue/join', { connect_code: second });
  return { id: two.match_id, first: one.queue_id, second: two.queue_id };
}

/** @param {string} url @param {{ id: string, first: string, second: string }} match @param {[number, number]} told by the first @param {[number, number]} [otherwise] by the second, of himself first */
export async function report(url, { id, first, second }, [mine, theirs], [own, other] = [theirs, mine]) {
  await call(url, `/matches/${id}/result`, { queue_id: first, outcome: 'COMPLETED', stocks_remaining: mine, opponent_stocks: theirs });
  await call(url, `/matches/${id}/result`, { queue_id: second, outcome: 'COMPLETED', stocks_remaining: own, opponent_stocks: other });
}
