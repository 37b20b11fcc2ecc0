import assert from 'node:assert/strict';
import test from 'node:test';

import { heights } from '../pages/rates.js';

test('bars are within their picture, and a slow channel does not look like a fast one', () => {
  assert.deepEqual(heights([0, 5, 10]), [0, 0.5, 1]);
  assert.deepEqual(heights([1]), [0.1]);
  assert.deepEqual(heights([20, 40]), [0.5, 1]);
});
