/** The paved path: watch a channel, read what its batches carry. */
export { Malformed } from './bincode.js';
export { decodeMelee, SCHEMA as MELEE } from './melee.js';
export { FROM_THE_FIRST } from './messages.js';
export { refusal } from './refusals.js';
export { Watch, watch } from './watch.js';
