import assert from 'node:assert/strict';
import test from 'node:test';

import { Backoff, pause } from '../backoff.js';
import { codeOfClose, refusal } from '../refusals.js';

test('waits grow, stay below the cap, and begin anew after a success', () => {
  const backoff = new Backoff(() => 0.999);
  const waits = Array.from({ length: 40 }, () => backoff.next());
  assert.ok(waits[0] < 310 && waits[3] > waits[0]);
  assert.ok(waits.every((ms) => ms <= 10_060));
  backoff.succeeded();
  assert.ok(backoff.next() < 310);
});

test('jitter is full, yet never nothing', () => {
  const backoff = new Backoff(() => 0);
  assert.equal(backoff.next(), 50);
  assert.equal(backoff.next(2000), 2000);
});

test('refusals that say no are not asked again', () => {
  for (const code of [400, 401, 403, 410, 413, 422, 426, 451]) assert.equal(refusal(code).retry, false, `${code}`);
  for (const code of [404, 408, 409, 429, 430, 500, 503, 512, 599]) assert.equal(refusal(code).retry, true, `${code}`);
});

test('close codes of both transports name the same refusal', () => {
  assert.equal(codeOfClose(4403), 403);
  assert.equal(codeOfClose(403), 403);
  for (const code of [0, 1000, 1006, 4999]) assert.equal(codeOfClose(code), null);
});

test('a wait leaves nothing behind, whether it ends or is in vain', async () => {
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const counted = new Proxy(signal, {
    get(of, name) {
      if (name === 'addEventListener') return (/** @type {any[]} */ ...it) => { listeners += 1; of.addEventListener(.../** @type {[any, any]} */ (it)); };
      if (name === 'removeEventListener') return (/** @type {any[]} */ ...it) => { listeners -= 1; of.removeEventListener(.../** @type {[any, any]} */ (it)); };
      return Reflect.get(of, name);
    },
  });
  await pause(1, counted);
  assert.equal(listeners, 0);
  const vain = pause(60_000, counted);
  stop.abort();
  await vain;
  assert.equal(listeners, 0);
});
