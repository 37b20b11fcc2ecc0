import assert from 'node:assert/strict';
import test from 'node:test';

import { pauseMs } from '../pages/record/looking.js';

const NOW = { sinceNewsMs: 0, isStreamed: false, isHidden: false };

test('what goes on is asked for often, what is decided less, what is hidden seldom', () => {
  for (const state of ['matched', 'staking', 'ready', 'active', 'of a newer arena']) {
    assert.equal(pauseMs(state, { ...NOW, sinceNewsMs: Infinity }), 2000);
    assert.equal(pauseMs(state, { ...NOW, isHidden: true }), 30_000);
  }
  assert.equal(pauseMs('resolved', { ...NOW, sinceNewsMs: Infinity }), 5000);
});

test('what is over is asked for until nothing more comes of it', () => {
  for (const state of ['settled', 'cancelled', 'expired']) {
    assert.equal(pauseMs(state, { ...NOW, sinceNewsMs: 59_999 }), 5000);
    assert.equal(pauseMs(state, { ...NOW, sinceNewsMs: 60_000 }), null);
    assert.equal(pauseMs(state, { ...NOW, sinceNewsMs: 60_000, isHidden: true }), null);
    assert.equal(pauseMs(state, { ...NOW, sinceNewsMs: 60_000, isStreamed: true }), 5000, 'its stream goes on');
  }
});
