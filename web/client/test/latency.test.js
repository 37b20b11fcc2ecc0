import assert from 'node:assert/strict';
import test from 'node:test';

import { Latency } from '../latency.js';

test('believable ages are told as they are', () => {
  const latency = new Latency();
  for (let i = 0; i < 100; i++) latency.sample(1000 + i, 1030 + i);
  assert.equal(Math.round(/** @type {number} */ (latency.ms)), 30);
  assert.equal(latency.isRelative, false);
});

test('clocks that disagree leave what is above the least', () => {
  for (const skew of [-5000, 3_600_000]) {
    const latency = new Latency();
    for (let i = 0; i < 200; i++) latency.sample(1000 + i, 1000 + i + skew + (i % 2 ? 20 : 0));
    assert.ok(/** @type {number} */ (latency.ms) >= 0 && /** @type {number} */ (latency.ms) <= 20);
    assert.equal(latency.isRelative, true);
  }
});
