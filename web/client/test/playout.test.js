import assert from 'node:assert/strict';
import test from 'node:test';

import { Playout } from '../../pages/playout.js';

test('an even stream is shown at an even pace, close behind the newest frame', () => {
  const seen = play({ seconds: 20, arrival: (i) => i });
  const steps = stepsOf(seen.slice(600));
  assert.ok(steps.every((step) => step > 0.95 && step < 1.05), `${Math.min(...steps)} ${Math.max(...steps)}`);
  assert.ok(last(seen).buffered >= 6 && last(seen).buffered <= 10, `${last(seen).buffered}`);
});

test('batches of six frames play as evenly as single ones', () => {
  const seen = play({ seconds: 20, arrival: (i) => Math.floor(i / 6) * 6 + 6 });
  assert.ok(stepsOf(seen.slice(600)).every((step) => step > 0.95 && step < 1.05));
  assert.equal(last(seen).underruns - seen[600].underruns, 0);
  assert.ok(last(seen).buffered <= 14);
});

test('jitter is learnt: after a while nothing comes too late', () => {
  const random = seeded(3);
  const jitter = Array.from({ length: 800 }, () => random() * 12);
  const seen = play({ seconds: 40, arrival: (i) => Math.floor(i / 3) * 3 + 3 + jitter[Math.floor(i / 3)] });
  assert.equal(last(seen).underruns - seen[900].underruns, 0);
  assert.ok(stepsOf(seen.slice(900)).every((step) => step > 0.85 && step < 1.15));
});

for (const hz of [30, 50, 75, 120, 144]) {
  test(`a display of ${hz} Hz shows sixty frames a second`, () => {
    const seen = play({ seconds: 30, hz, arrival: (i) => i });
    const half = Math.floor(seen.length / 2);
    const shown = last(seen).at - seen[half].at;
    assert.ok(Math.abs(shown / ((seen.length - 1 - half) / hz) - 60) < 1, `${shown}`);
  });
}

test('a burst behind a stall is caught up with quickly, without a jump', () => {
  const seen = play({ seconds: 40, arrival: (i) => (i > 600 && i < 900 ? 900 : i) });
  assert.ok(seen.every(({ cut }) => !cut));
  assert.ok(stepsOf(seen).every((step) => step >= 0 && step <= 3.01));
  assert.ok(last(seen).buffered <= 10, `${last(seen).buffered}`);
});

test('what is too far behind to catch up with is cut, and told', () => {
  const seen = play({ seconds: 60, arrival: (i) => (i > 600 && i < 2400 ? 2400 : i) });
  assert.equal(seen.filter(({ cut }) => cut).length, 1);
  assert.ok(last(seen).buffered <= 10);
});

test('a pause of the publisher ends in an even pace again', () => {
  const seen = play({ seconds: 40, arrival: (i) => (i > 600 ? i + 500 : i) });
  assert.ok(stepsOf(seen.slice(1800)).every((step) => step > 0.9 && step < 1.1));
  assert.ok(last(seen).buffered >= 5 && last(seen).buffered <= 10);
});

test('a rollback replaces what was not shown and changes nothing that was', () => {
  /** @type {Playout<{ number: number, tag: string }, never>} */
  const playout = new Playout({ live: false });
  const frames = (/** @type {number[]} */ numbers, /** @type {string} */ tag) => numbers.map((number) => ({ number, tag }));
  playout.push(frames([0, 1, 2, 3, 4, 5], 'a'), 0);
  playout.advance(0);
  assert.equal(playout.advance(34).frame?.number, 2);
  playout.push(frames([1, 2, 3, 4, 5], 'b'), 34);
  const seen = [50.1, 66.8, 83.5].map((now) => playout.advance(now).frame);
  assert.deepEqual(seen, frames([3, 4, 5], 'b'));
});

test('missing frames take their time: the picture holds, and goes on where the game is', () => {
  /** @type {Playout<{ number: number }, never>} */
  const playout = new Playout({ live: false });
  playout.push([0, 1, 2, 32, 33].map((number) => ({ number })), 0);
  const seen = Array.from({ length: 40 }, (_, i) => playout.advance((i * 1000) / 60 + 0.1).frame?.number);
  assert.equal(seen[20], 2);
  assert.ok([32, 33].includes(seen.indexOf(32)));
});

test('a game behind a game follows it, and marks come with their frames', () => {
  /** @type {Playout<{ number: number }, string>} */
  const playout = new Playout({ live: false });
  playout.markNext('game 1');
  playout.push([{ number: 100 }, { number: 101 }], 0);
  playout.mark('end 1');
  playout.restart();
  playout.markNext('game 2');
  playout.push([{ number: -123 }, { number: -122 }], 0);
  const seen = [0, 17, 34, 51].map((now) => playout.advance(now));
  assert.deepEqual(seen.map(({ frame }) => frame?.number), [100, 101, -123, -122]);
  assert.deepEqual(seen.map(({ marks }) => marks.join()), ['game 1', 'end 1', 'game 2', '']);
});

test('who looks away comes back to what is live', () => {
  const seen = play({ seconds: 30, arrival: (i) => i, away: [10_000, 20_000] });
  assert.ok(seen.some(({ cut }) => cut));
  assert.ok(last(seen).buffered <= 10);
});

test('memory is bounded while nobody looks', () => {
  /** @type {Playout<{ number: number }, never>} */
  const playout = new Playout();
  for (let i = 0; i < 100_000; i++) playout.push([{ number: i }], i * 16.7);
  assert.ok(playout.buffered <= 1800);
});

/**
 * A simulated clock: frame `i` arrives `arrival(i)` ticks after the beginning.
 * @param {{ seconds: number, hz?: number, arrival: (i: number) => number, away?: [number, number] }} scene
 */
function play({ seconds, hz = 60, arrival, away = [Infinity, Infinity] }) {
  /** @type {Playout<{ number: number }, never>} */
  const playout = new Playout();
  const due = Array.from({ length: seconds * 60 }, (_, number) => ({ number, at: (arrival(number) * 1000) / 60 }));
  due.sort((a, b) => a.at - b.at || a.number - b.number);
  /** @type {{ at: number, buffered: number, underruns: number, cut: boolean }[]} */
  const seen = [];
  let next = 0;
  for (let tick = 0; tick < seconds * hz; tick++) {
    const now = (tick * 1000) / hz;
    for (; next < due.length && due[next].at <= now; next++) playout.push([due[next]], due[next].at);
    if (now >= away[0] && now < away[1]) continue;
    const { frame, next: into, blend, cut } = playout.advance(now);
    if (frame) {
      const at = frame.number + (into ? blend * (into.number - frame.number) : 0);
      seen.push({ at, buffered: playout.buffered, underruns: playout.underruns, cut });
    }
  }
  return seen;
}

/** @param {{ at: number }[]} seen */
function stepsOf(seen) {
  return seen.slice(1).map(({ at }, i) => at - seen[i].at);
}

/** @template T @param {T[]} list */
function last(list) {
  return list[list.length - 1];
}

/** @param {number} state */
function seeded(state) {
  return () => (state = (state * 48271) % 0x7fff_ffff) / 0x7fff_ffff;
}
