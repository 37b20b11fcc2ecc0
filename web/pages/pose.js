/**
 * Owns what an action state looks like: 400 states of the game, some twenty poses.
 * An unknown state is a special move if it is high, else standing.
 */

/**
 * @typedef {'dead' | 'respawn' | 'idle' | 'walk' | 'run' | 'rise' | 'fall' | 'tumble' | 'crouch' |
 *   'land' | 'attack' | 'air' | 'special' | 'hurt' | 'shield' | 'roll' | 'dodge' | 'grab' | 'held' |
 *   'ledge' | 'down'} Pose
 */

/** The last state of each stretch, in rising order. @type {[number, Pose][]} */
const STRETCHES = [
  [10, 'dead'], [11, 'idle'], [13, 'respawn'], [14, 'idle'], [17, 'walk'], [19, 'idle'], [23, 'run'],
  [24, 'crouch'], [28, 'rise'], [37, 'fall'], [38, 'tumble'], [41, 'crouch'], [43, 'land'],
  [64, 'attack'], [69, 'air'], [74, 'land'], [91, 'hurt'], [177, 'idle'], [182, 'shield'],
  [198, 'down'], [201, 'roll'], [211, 'hurt'], [222, 'grab'], [232, 'held'], [234, 'roll'],
  [236, 'dodge'], [251, 'idle'], [263, 'ledge'], [340, 'held'],
];

/** By state: it is asked for several times in each picture. @type {Pose[]} */
const POSES = STRETCHES.flatMap(([last, pose], i) => Array(last - (STRETCHES[i - 1]?.[0] ?? -1)).fill(pose));

/**
 * @param {number} actionState a whole number
 * @returns {Pose}
 */
export function poseOf(actionState) {
  return actionState < 0 ? 'idle' : (POSES[actionState] ?? 'special');
}

/**
 * Where a blow goes, in radians above the line ahead.
 * @param {number} actionState
 */
export function aimOf(actionState) {
  switch (actionState) {
    case 56: case 63: case 68: return 1.45;
    case 57: case 64: return -0.45;
    case 69: return -1.4;
    case 67: return Math.PI - 0.15;
    default: return 0.1;
  }
}
