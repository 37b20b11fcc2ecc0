/**
 * Owns where a fighter's limbs are: a pose and a moment, as points. Pure.
 * The figure stands at the origin, sixteen units tall, looking towards +x.
 * Invariant: a rig is written over, never made, so that a picture costs no memory.
 */

import { aimOf, poseOf } from './pose.js';

/** @typedef {[number, number]} Point */
/** @typedef {Float64Array} Rig points by the places below, each x then y */

export const HIP = 0;
export const CHEST = 2;
export const HEAD = 4;
export const NEAR_HAND = 6;
export const FAR_HAND = 8;
export const NEAR_FOOT = 10;
export const FAR_FOOT = 12;
/** Of the whole figure round its middle, radians. */
export const TURN = 14;
/** Where something swings, how far out, and how much of the swing is over; below 0 nothing swings. */
export const AIM = 15;
export const REACH = 16;
export const AGE = 17;

const UPPER = [CHEST, HEAD, NEAR_HAND, FAR_HAND];
const SPINE = [HIP, CHEST, HEAD];
const LEANING = [CHEST, HEAD, FAR_HAND];

const SIZE = 18;
const NO_BLOW = -1;

const IDLE = still([-0.2, 6], [0.8, 10.8], [1.5, 13.9], [5, 10.4], [3.4, 8.6], [2.8, 0], [-3, 0]);
const RISE = still([0, 7], [0.8, 12], [1.5, 15.2], [3.4, 14.6], [-2.6, 12.4], [2.2, 3.6], [-1.6, 1.2]);
const FALL = still([0, 7], [0.4, 11.8], [0.9, 15], [4.4, 13.2], [-4, 12.6], [1.8, 1.2], [-2.4, 2.2]);
const TUMBLE = still([0, 7], [0.4, 11.6], [0.9, 14.6], [3.6, 14.6], [-3.4, 13.4], [2.6, 2], [-2.4, 2.6]);
const CROUCH = still([-0.6, 3.4], [1.2, 7.2], [2.3, 10], [4, 6.4], [2, 4.8], [2.6, 0], [-2.8, 0]);
const HURT = still([0.6, 6.2], [-1.6, 10.6], [-3.4, 13], [2.8, 12.6], [1.4, 8], [4.4, 2], [1.6, 0.6]);
const SHIELD = still([-0.4, 5], [0, 9.4], [0.6, 12.2], [3, 9.8], [2.6, 11.2], [2.4, 0], [-2.6, 0]);
const ROLL = still([0, 4], [1.6, 6.4], [2.6, 4.2], [3, 2.6], [2, 2], [1.6, 1.4], [0, 1.2]);
const DODGE = still([-1, 6.4], [-2, 11], [-1.8, 14], [1, 10], [-4, 8], [1, 0.4], [-2.6, 1]);
const GRAB = still([0.4, 5.8], [2, 10.2], [2.8, 13.2], [7, 10.4], [6.6, 9.2], [3, 0], [-2.8, 0]);
const HELD = still([0, 6], [-0.8, 10.8], [-1.8, 13.4], [1.6, 8.2], [-1.4, 8], [1.6, 0.8], [-1.4, 0.6]);
const LEDGE = still([-1.4, -6], [-0.4, -1.2], [-1.4, 1.8], [1.8, 4.6], [0.8, 4.4], [-0.6, -12], [-2.2, -11.4]);
const DOWN = still([0, 1.4], [-4.8, 1.6], [-8, 1.9], [-5.6, 0.6], [-3.4, 0.5], [5.6, 0.8], [5, 0.6]);
const RUN = still([0, 5.8], [1.4, 10.2], [2.4, 13.2], [3, 8.4], [2.4, 8.4], [0, 0], [0, 0]);
const SQUAT = still([0, 6], [0.8, 10.8], [1.6, 13.9], [4, 9.6], [2, 8.6], [2.6, 0], [-2.8, 0]);
const STRIKE = still([0.2, 5.8], [0.8, 10.4], [1.7, 13.5], [0, 0], [-1.8, 8.2], [2.8, 0], [-3, 0]);
const WHIRL = still([0, 6.4], [0.4, 11], [0.8, 14.2], [6, 11.6], [-5.4, 10.6], [5, 4.6], [-3.4, 2.2]);

/** One to be written over. */
export function freshRig() {
  return new Float64Array(SIZE);
}

/**
 * @param {number} actionState
 * @param {number} t frames in this state
 * @param {Rig} rig is written over
 */
export function rigOf(actionState, t, rig) {
  const sway = Math.sin(t * 0.13) * 0.35;
  switch (poseOf(actionState)) {
    case 'walk': running(rig, t * 0.22, 0.6); break;
    case 'run': running(rig, t * 0.42, 1); break;
    case 'rise': rig.set(RISE); break;
    case 'fall':
      rig.set(FALL);
      rig[FAR_HAND + 1] += sway;
      break;
    case 'tumble':
      rig.set(TUMBLE);
      rig[TURN] = -t * 0.2;
      break;
    case 'crouch': rig.set(CROUCH); break;
    case 'land': squatting(rig, Math.max(0, 1 - t / 8)); break;
    case 'attack': striking(rig, aimOf(actionState), t, 0); break;
    case 'air':
      if (actionState === 65) whirling(rig, t);
      else striking(rig, aimOf(actionState), t, 2.4);
      break;
    case 'special':
      striking(rig, 0.25, t % 24, 1);
      rig[TURN] = Math.sin(t * 0.35) * 0.12;
      break;
    case 'hurt': reeling(rig, t); break;
    case 'shield': rig.set(SHIELD); break;
    case 'roll':
      rig.set(ROLL);
      rig[TURN] = -t * 0.36;
      break;
    case 'dodge':
      rig.set(DODGE);
      rig[TURN] = 0.15;
      break;
    case 'grab': rig.set(GRAB); break;
    case 'held':
      rig.set(HELD);
      rig[NEAR_HAND + 1] += sway;
      break;
    case 'ledge':
      rig.set(LEDGE);
      rig[FAR_FOOT + 1] += sway;
      break;
    case 'down': rig.set(DOWN); break;
    case 'dead':
    case 'respawn':
    case 'idle': breathing(rig, sway); break;
  }
}

/**
 * @param {Rig} rig
 * @param {number} sway
 */
function breathing(rig, sway) {
  rig.set(IDLE);
  rig[HIP + 1] += sway * 0.3;
  for (const at of UPPER) rig[at + 1] += sway;
}

/**
 * @param {Rig} rig
 * @param {number} t
 */
function reeling(rig, t) {
  const flail = Math.sin(t * 0.9) * 1.2;
  rig.set(HURT);
  rig[NEAR_HAND + 1] += flail;
  rig[FAR_HAND + 1] -= flail;
  rig[NEAR_FOOT + 1] -= flail;
  rig[FAR_FOOT + 1] += flail;
  rig[TURN] = t > 10 ? -0.35 : 0;
}

/**
 * @param {Rig} rig
 * @param {number} phase
 * @param {number} zeal
 */
function running(rig, phase, zeal) {
  const swing = Math.cos(phase) * 3 * zeal;
  const bob = Math.abs(Math.sin(phase)) * 0.5;
  rig.set(RUN);
  rig[CHEST] += zeal;
  rig[HEAD] += zeal * 1.5;
  for (const at of SPINE) rig[at + 1] += bob;
  rig[NEAR_HAND] -= swing * 1.5;
  rig[NEAR_HAND + 1] += swing * 0.4;
  rig[FAR_HAND] += swing * 1.5;
  rig[FAR_HAND + 1] -= swing * 0.4;
  rig[NEAR_FOOT] = Math.cos(phase) * 4.2 * zeal;
  rig[NEAR_FOOT + 1] = Math.max(0, -Math.sin(phase)) * 3.4 * zeal;
  rig[FAR_FOOT] = -rig[NEAR_FOOT];
  rig[FAR_FOOT + 1] = Math.max(0, Math.sin(phase)) * 3.4 * zeal;
}

/**
 * @param {Rig} rig
 * @param {number} depth 0 standing, 1 low
 */
function squatting(rig, depth) {
  rig.set(SQUAT);
  rig[HIP] -= 0.5 * depth;
  rig[HIP + 1] -= 2.6 * depth;
  rig[CHEST + 1] -= 3.4 * depth;
  rig[HEAD + 1] -= 3.6 * depth;
  rig[NEAR_HAND + 1] -= 3 * depth;
  rig[FAR_HAND] -= 4 * depth;
  rig[FAR_HAND + 1] -= 2 * depth;
}

/**
 * Drawn back, thrust out, drawn in again.
 * @param {Rig} rig
 * @param {number} aim
 * @param {number} t
 * @param {number} lift how far the feet are off the ground
 */
function striking(rig, aim, t, lift) {
  const out = t < 4 ? -0.4 * (t / 4) : t < 8 ? (t - 4) / 4 : Math.max(0.25, 1 - (t - 8) / 16);
  const dx = Math.cos(aim);
  const dy = Math.sin(aim);
  const reach = 2.6 + 6.4 * Math.max(-0.2, out);
  rig.set(STRIKE);
  rig[HIP] += dx * out;
  for (const at of LEANING) {
    rig[at] += dx * 2 * out;
    rig[at + 1] += dy * 1.2 * out;
  }
  rig[NEAR_HAND] = rig[CHEST] + dx * reach;
  rig[NEAR_HAND + 1] = rig[CHEST + 1] + dy * reach;
  rig[NEAR_FOOT] += dx * out;
  rig[NEAR_FOOT + 1] = lift;
  rig[FAR_FOOT + 1] = lift * 0.6;
  if (t < 3 || t >= 16) return;
  rig[AIM] = aim;
  rig[REACH] = reach + 1.5;
  rig[AGE] = (t - 3) / 13;
}

/**
 * @param {Rig} rig
 * @param {number} t
 */
function whirling(rig, t) {
  rig.set(WHIRL);
  rig[TURN] = -t * 0.32;
  if (t >= 20) return;
  rig[AIM] = -t * 0.5;
  rig[REACH] = 8;
  rig[AGE] = t / 20;
}

/**
 * A pose by its points, which moves as little as what it is written into.
 * @param {Point[]} points in the order of their places
 */
function still(...points) {
  const rig = freshRig();
  rig.set(points.flat());
  rig[AGE] = NO_BLOW;
  return rig;
}
