import assert from 'node:assert/strict';
import test from 'node:test';

import { blended } from '../pages/blend.js';
import { Callout } from '../pages/callout.js';
import { Camera } from '../pages/camera.js';
import { lookOf } from '../pages/looks.js';
import { CHARACTERS } from '../pages/names.js';
import { poseOf } from '../pages/pose.js';
import { AGE, freshRig, rigOf } from '../pages/rig.js';
import { Sparks } from '../pages/sparks.js';

const fighter = (more = {}) => ({ port: 1, x: 0, y: 0, actionState: 14, actionFrame: 0, facing: 1, percent: 0, stocks: 4, shield: null, invincible: false, hitstun: false, ...more });

test('whatever a fighter does, its limbs are near it', () => {
  const rig = freshRig();
  for (let state = -1; state < 400; state += 1) {
    for (const t of [0, 1, 5, 12, 40, 10_000]) {
      rigOf(state, t, rig);
      for (const at of rig.subarray(0, 14)) assert.ok(Math.abs(at) < 24, `${state} at ${t}: ${rig}`);
      assert.ok(rig.every(Number.isFinite), `${state} at ${t}`);
    }
  }
});

test('each stretch of states has its pose, to its last', () => {
  for (const [state, pose] of [[-1, 'idle'], [0, 'dead'], [10, 'dead'], [11, 'idle'], [12, 'respawn'], [14, 'idle'], [20, 'run'], [24, 'crouch'], [44, 'attack'], [69, 'air'], [178, 'shield'], [340, 'held'], [341, 'special'], [9999, 'special']]) {
    assert.equal(poseOf(Number(state)), pose, String(state));
  }
});

test('a rig that is written over remembers nothing', () => {
  const [used, fresh] = [freshRig(), freshRig()];
  rigOf(44, 8, used);
  assert.ok(used[AGE] >= 0, 'a blow swings');
  rigOf(14, 0, used);
  rigOf(14, 0, fresh);
  assert.deepEqual(used, fresh);
});

test('no two characters look the same', () => {
  const looks = Object.keys(CHARACTERS).map((id) => JSON.stringify(lookOf(Number(id))));
  assert.equal(new Set(looks).size, looks.length);
  assert.equal(lookOf(-1), lookOf(9999));
});

test('players are blended into the same objects, and who was put elsewhere is not', () => {
  /** @type {import('../client/melee.js').Player[]} */
  const into = [];
  const frame = { number: 1, players: [fighter(), fighter({ port: 2, x: 10 })] };
  const next = { number: 2, players: [fighter({ x: 4 }), fighter({ port: 2, x: 100 })] };
  blended({ frame, next, blend: 0.5 }, into);
  const [first] = into;
  assert.deepEqual(into.map(({ x }) => x), [2, 10]);
  assert.equal(frame.players[0].x, 0, 'what came stays as it came');
  blended({ frame: { number: 3, players: [fighter({ percent: 7 })] }, next: null, blend: 0 }, into);
  assert.equal(into.length, 1);
  assert.equal(into[0], first);
  assert.equal(first.percent, 7);
  assert.deepEqual(blended({ frame: null, next: null, blend: 0 }, into), []);
});

test('the camera shows everybody in play, room for their names, and the floor', () => {
  const camera = new Camera();
  const seen = () => ({ left: camera.x - camera.width / 2, right: camera.x + camera.width / 2, top: camera.y + camera.width / 4, bottom: camera.y - camera.width / 4 });
  camera.follow([fighter({ x: -60, y: 50 }), fighter({ port: 2, x: 40, y: 90 })], 2, 16);
  assert.ok(seen().left < -60 && seen().right > 40, JSON.stringify(seen()));
  assert.ok(seen().top > 90 + 16 + 21 && seen().bottom < 0, JSON.stringify(seen()));
  camera.snap();
  camera.follow([fighter({ x: NaN, y: Infinity }), fighter({ stocks: 0, x: 9999 })], 2, 16);
  assert.ok(Number.isFinite(camera.x + camera.y + camera.width));
});

test('sparks are few and short, and a blow says what it did', () => {
  const sparks = new Sparks();
  for (let i = 0; i < 100; i += 1) sparks.hit(0, 0, 14, '#fff');
  assert.ok(sparks.all.length <= 160);
  assert.ok(sparks.all.some(({ kind, text }) => kind === 'words' && text === '+14'));
  const { all } = sparks;
  sparks.advance(1000);
  assert.deepEqual([sparks.all.length, sparks.all === all], [0, true]);
});

test('a game begins with GO!, and words do not stay', () => {
  const callout = new Callout();
  callout.follow(-30, null, 0);
  assert.equal(callout.at(5000)?.text, 'READY');
  callout.follow(1, -1, 6000);
  assert.equal(callout.at(6100)?.text, 'GO!');
  callout.follow(51, 50, 6800);
  assert.equal(callout.at(6900), null);
  callout.then('Kite wins', 7000);
  assert.equal(callout.at(7100), null);
  assert.deepEqual(callout.at(9700), { text: 'Kite wins', age: 100 });
  assert.equal(callout.at(60_000), null);
});
