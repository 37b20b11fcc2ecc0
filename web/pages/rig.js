/**
 * Owns where a fighter's limbs are: a pose and a moment, as points. Pure.
 * The figure stands at the origin, sixteen units tall, looking towards +x.
 */

import { aimOf, poseOf } from './pose.js';

/** @typedef {[number, number]} Point */
/**
 * @typedef {object} Rig
 * @property {Point} hip
 * @property {Point} chest
 * @property {Point} head
 * @property {[Point, Point]} hands near, far
 * @property {[Point, Point]} feet near, far
 * @property {number} turn of the whole figure round its middle, radians
 * @property {{ aim: number, reach: number, age: number } | null} blow what swings, if something does
 */

/**
 * @param {number} actionState
 * @param {number} t frames in this state
 * @returns {Rig}
 */
export function rigOf(actionState, t) {
  const sway = Math.sin(t * 0.13) * 0.35;
  switch (poseOf(actionState)) {
    case 'walk': return running(t * 0.22, 0.6);
    case 'run': return running(t * 0.42, 1);
    case 'rise': return rig([0, 7], [0.8, 12], [1.5, 15.2], [[3.4, 14.6], [-2.6, 12.4]], [[2.2, 3.6], [-1.6, 1.2]]);
    case 'fall': return rig([0, 7], [0.4, 11.8], [0.9, 15], [[4.4, 13.2], [-4, 12.6 + sway]], [[1.8, 1.2], [-2.4, 2.2]]);
    case 'tumble': return rig([0, 7], [0.4, 11.6], [0.9, 14.6], [[3.6, 14.6], [-3.4, 13.4]], [[2.6, 2], [-2.4, 2.6]], -t * 0.2);
    case 'crouch': return rig([-0.6, 3.4], [1.2, 7.2], [2.3, 10], [[4, 6.4], [2, 4.8]], [[2.6, 0], [-2.8, 0]]);
    case 'land': return squatting(Math.max(0, 1 - t / 8));
    case 'attack': return striking(aimOf(actionState), t, 0);
    case 'air': return actionState === 65 ? whirling(t) : striking(aimOf(actionState), t, 2.4);
    case 'special': return { ...striking(0.25, t % 24, 1), turn: Math.sin(t * 0.35) * 0.12 };
    case 'hurt': {
      const flail = Math.sin(t * 0.9) * 1.2;
      return rig([0.6, 6.2], [-1.6, 10.6], [-3.4, 13], [[2.8, 12.6 + flail], [1.4, 8 - flail]], [[4.4, 2 - flail], [1.6, 0.6 + flail]], t > 10 ? -0.35 : 0);
    }
    case 'shield': return rig([-0.4, 5], [0, 9.4], [0.6, 12.2], [[3, 9.8], [2.6, 11.2]], [[2.4, 0], [-2.6, 0]]);
    case 'roll': return rig([0, 4], [1.6, 6.4], [2.6, 4.2], [[3, 2.6], [2, 2]], [[1.6, 1.4], [0, 1.2]], -t * 0.36);
    case 'dodge': return rig([-1, 6.4], [-2, 11], [-1.8, 14], [[1, 10], [-4, 8]], [[1, 0.4], [-2.6, 1]], 0.15);
    case 'grab': return rig([0.4, 5.8], [2, 10.2], [2.8, 13.2], [[7, 10.4], [6.6, 9.2]], [[3, 0], [-2.8, 0]]);
    case 'held': return rig([0, 6], [-0.8, 10.8], [-1.8, 13.4], [[1.6, 8.2 + sway], [-1.4, 8]], [[1.6, 0.8], [-1.4, 0.6]]);
    case 'ledge': return rig([-1.4, -6], [-0.4, -1.2], [-1.4, 1.8], [[1.8, 4.6], [0.8, 4.4]], [[-0.6, -12], [-2.2, -11.4 + sway]]);
    case 'down': return rig([0, 1.4], [-4.8, 1.6], [-8, 1.9], [[-5.6, 0.6], [-3.4, 0.5]], [[5.6, 0.8], [5, 0.6]]);
    case 'dead':
    case 'respawn':
    case 'idle': return rig([-0.2, 6 + sway * 0.3], [0.8, 10.8 + sway], [1.5, 13.9 + sway], [[5, 10.4 + sway], [3.4, 8.6 + sway]], [[2.8, 0], [-3, 0]]);
  }
}

/**
 * @param {Point} hip
 * @param {Point} chest
 * @param {Point} head
 * @param {[Point, Point]} hands
 * @param {[Point, Point]} feet
 * @param {number} turn
 * @returns {Rig}
 */
function rig(hip, chest, head, hands, feet, turn = 0) {
  return { hip, chest, head, hands, feet, turn, blow: null };
}

/**
 * @param {number} phase
 * @param {number} zeal
 */
function running(phase, zeal) {
  /** @param {number} p @returns {Point} */
  const foot = (p) => [Math.cos(p) * 4.2 * zeal, Math.max(0, -Math.sin(p)) * 3.4 * zeal];
  const swing = Math.cos(phase) * 3 * zeal;
  const bob = Math.abs(Math.sin(phase)) * 0.5;
  return rig(
    [0, 5.8 + bob], [1.4 + zeal, 10.2 + bob], [2.4 + zeal * 1.5, 13.2 + bob],
    [[3 - swing * 1.5, 8.4 + swing * 0.4], [2.4 + swing * 1.5, 8.4 - swing * 0.4]], [foot(phase), foot(phase + Math.PI)],
  );
}

/** @param {number} depth 0 standing, 1 low */
function squatting(depth) {
  return rig(
    [-0.5 * depth, 6 - 2.6 * depth], [0.8, 10.8 - 3.4 * depth], [1.6, 13.9 - 3.6 * depth],
    [[4, 9.6 - 3 * depth], [2 - 4 * depth, 8.6 - 2 * depth]], [[2.6, 0], [-2.8, 0]],
  );
}

/**
 * Drawn back, thrust out, drawn in again.
 * @param {number} aim
 * @param {number} t
 * @param {number} lift how far the feet are off the ground
 * @returns {Rig}
 */
function striking(aim, t, lift) {
  const out = t < 4 ? -0.4 * (t / 4) : t < 8 ? (t - 4) / 4 : Math.max(0.25, 1 - (t - 8) / 16);
  const [dx, dy] = [Math.cos(aim), Math.sin(aim)];
  const reach = 2.6 + 6.4 * Math.max(-0.2, out);
  /** @type {Point} */
  const chest = [0.8 + dx * 2 * out, 10.4 + dy * 1.2 * out];
  return {
    ...rig(
      [0.2 + dx * out, 5.8], chest, [chest[0] + 0.9, chest[1] + 3.1],
      [[chest[0] + dx * reach, chest[1] + dy * reach], [chest[0] - 2.6, chest[1] - 2.2]],
      [[2.8 + dx * out, lift], [-3, lift * 0.6]],
    ),
    blow: t >= 3 && t < 16 ? { aim, reach: reach + 1.5, age: (t - 3) / 13 } : null,
  };
}

/**
 * @param {number} t
 * @returns {Rig}
 */
function whirling(t) {
  return {
    ...rig([0, 6.4], [0.4, 11], [0.8, 14.2], [[6, 11.6], [-5.4, 10.6]], [[5, 4.6], [-3.4, 2.2]], -t * 0.32),
    blow: t < 20 ? { aim: -t * 0.5, reach: 8, age: t / 20 } : null,
  };
}
