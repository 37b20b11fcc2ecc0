import assert from 'node:assert/strict';
import test from 'node:test';

import { Reorder } from '../reorder.js';

test('batches that overtook each other leave in order', () => {
  const order = new Reorder(0, 1000);
  assert.deepEqual(told(order, [2, 1, 0, 3]), ['', '', '0 1 2', '3']);
});

test('the first that comes is the beginning where none is known', () => {
  const order = new Reorder(null, 1000);
  assert.deepEqual(told(order, [41, 40, 42]), ['41', '', '42']);
});

test('what came twice leaves once', () => {
  const order = new Reorder(0, 1000);
  assert.deepEqual(told(order, [0, 0, 2, 2, 1]), ['0', '', '', '', '1 2']);
});

test('a gap lets what waits behind it go', () => {
  const order = new Reorder(0, 1000);
  told(order, [0, 5, 6]);
  assert.equal(text(order.gap({ from: 1, to: 4, why: 'Lagged' }, 0)), '1-4 5 6');
});

test('a gap that is told early waits for the batches before it', () => {
  const order = new Reorder(0, 1000);
  assert.equal(text(order.gap({ from: 2, to: 4, why: 'Lagged' }, 0)), '');
  assert.deepEqual(told(order, [0, 1, 5]), ['0', '1 2-4', '5']);
});

test('what a gap names and yet came counts as received', () => {
  const order = new Reorder(0, 1000);
  told(order, [0, 2]);
  assert.equal(text(order.gap({ from: 0, to: 4, why: 'Lagged' }, 0)), '1-1 2 3-4');
  assert.deepEqual(told(order, [3, 5]), ['', '5']);
});

test('a hole without an explanation is given up after a while', () => {
  const order = new Reorder(0, 100);
  order.batch({ seq: 2 }, 0);
  assert.equal(text(order.tick(99)), '');
  assert.equal(text(order.tick(100)), '0-1 2');
});

test('who wants the latest waits for nothing', () => {
  const order = new Reorder(null, 0);
  assert.deepEqual(told(order, [7, 9, 8, 10]), ['7', '8-8 9', '', '10']);
});

test('the buffer is bounded', () => {
  const order = new Reorder(0, Infinity);
  for (let seq = 1; seq <= 2000; seq++) order.batch({ seq }, 0);
  assert.ok(order.waiting <= 512);
});

test('whatever the order and the losses, every number is delivered or told missing, once', () => {
  const random = seeded(7);
  for (let round = 0; round < 200; round++) {
    const order = new Reorder(0, 50);
    /** @type {any[]} */
    const out = [];
    let now = 0;
    for (let base = 0; base < 60; base += 6) {
      const group = Array.from({ length: 6 }, (_, i) => base + i).filter(() => random() > 0.2);
      group.sort(() => random() - 0.5);
      for (const seq of group) out.push(...order.batch({ seq }, (now += 10 * random())));
      if (random() < 0.3) out.push(...order.gap({ from: base, to: base + Math.floor(random() * 9), why: 'Lagged' }, now));
    }
    out.push(...order.flush());
    let next = 0;
    for (const item of out) {
      assert.equal(item.seq ?? item.from, next);
      next = (item.seq ?? item.to) + 1;
    }
  }
});

/** @param {Reorder<any>} order @param {number[]} numbers */
function told(order, numbers) {
  return numbers.map((seq) => text(order.batch({ seq }, 0)));
}

/** @param {any[]} items */
function text(items) {
  return items.map((item) => ('seq' in item ? `${item.seq}` : `${item.from}-${item.to}`)).join(' ');
}

/** @param {number} state */
function seeded(state) {
  return () => (state = (state * 48271) % 0x7fff_ffff) / 0x7fff_ffff;
}
