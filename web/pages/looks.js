/**
 * Owns what tells one character from another: size, the colour of its head, and its marks.
 * The body's colour is its player's, so both are known at a glance.
 */

/** @typedef {'ears' | 'beak' | 'cap' | 'crown' | 'hood' | 'visor' | 'mane' | 'horns' | 'snout' | 'helmet'} Hat */
/** @typedef {'blade' | 'cannon' | 'fists' | null} Hold */
/** @typedef {'tail' | 'cape' | 'gown' | 'shell' | null} Back */
/** @typedef {{ size: number, head: string, trim: string, hat: Hat, hold: Hold, back: Back, isRound: boolean }} Look */

/** By internal id. @type {Readonly<Record<number, Look>>} */
const LOOKS = {
  0: look(1, '#f3c19a', '#e8413c', 'cap'),
  1: look(1, '#e0a05a', '#fff1d6', 'ears', null, 'tail'),
  2: look(1.1, '#e8b48c', '#d0443a', 'helmet', 'fists'),
  3: look(1.3, '#8a5a36', '#d9a877', 'snout', 'fists'),
  4: round(0.72, '#ffb3c8', '#e0507a'),
  5: look(1.34, '#7fae4a', '#f2d48a', 'horns', null, 'shell'),
  6: look(1, '#f3c19a', '#3f9a4a', 'hood', 'blade'),
  7: look(1, '#e9c9a4', '#c9d4e6', 'hood', null, 'tail'),
  8: look(0.82, '#f3c19a', '#e8413c', 'cap'),
  9: look(1, '#f7d3b0', '#ffd84a', 'crown', null, 'gown'),
  10: look(0.8, '#f3c19a', '#5a7bd8', 'hood', 'fists'),
  11: look(0.8, '#f3c19a', '#e58bb5', 'hood', 'fists'),
  12: look(0.74, '#ffd84a', '#2c2417', 'ears', null, 'tail'),
  13: look(1.12, '#f08a3c', '#57e39a', 'visor', 'cannon'),
  14: look(1, '#6cc46a', '#fff1d6', 'snout', null, 'tail'),
  15: round(0.72, '#ffc4d6', '#5bc0c8'),
  16: look(1.1, '#cfc4d8', '#8a5fb0', 'ears', null, 'tail'),
  17: look(1.08, '#f3c19a', '#46b04a', 'cap'),
  18: look(1, '#f0cdaa', '#4a6fd8', 'mane', 'blade', 'cape'),
  19: look(1, '#f0cdaa', '#c9a24a', 'crown', null, 'gown'),
  20: look(0.84, '#f3c19a', '#3f9a4a', 'hood', 'blade'),
  21: look(1, '#f3c19a', '#f4f6fb', 'visor'),
  22: look(1, '#4a74d8', '#f2c744', 'beak', null, 'tail'),
  23: look(0.62, '#ffe27a', '#2c2417', 'ears'),
  24: look(1, '#2a2f3d', '#aab4c8', 'snout', 'fists'),
  25: look(1.22, '#a8805a', '#b3392f', 'mane', null, 'cape'),
  26: look(1, '#f0cdaa', '#d0502f', 'mane', 'blade', 'cape'),
};
const UNKNOWN = look(1, '#c3cade', '#eef1f8', 'visor');

/** @param {number} character */
export function lookOf(character) {
  return LOOKS[character] ?? UNKNOWN;
}

/**
 * @param {number} size everybody's is 1, but for heavies and featherweights
 * @param {string} head
 * @param {string} trim
 * @param {Hat} hat
 * @param {Hold} hold
 * @param {Back} back
 * @returns {Look}
 */
function look(size, head, trim, hat, hold = null, back = null) {
  return { size, head, trim, hat, hold, back, isRound: false };
}

/**
 * All head.
 * @param {number} size
 * @param {string} head
 * @param {string} trim
 * @returns {Look}
 */
function round(size, head, trim) {
  return { size, head, trim, hat: 'ears', hold: null, back: null, isRound: true };
}
