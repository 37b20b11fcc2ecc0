/** The paved path: watch a channel, publish one, speak with the gateway, read what batches carry. */
export { Malformed } from './bincode.js';
export { gateway, Gateway, GatewayError } from './gateway.js';
export { decodeMelee, SCHEMA as MELEE } from './melee.js';
export { FROM_THE_FIRST } from './messages.js';
export { publish, Publisher, PublishError } from './publish.js';
export { refusal } from './refusals.js';
export { Watch, watch } from './watch.js';
