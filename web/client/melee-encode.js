/**
 * Owns writing `melee/1` payloads, for demos and tests; the mirror of `melee.js`.
 * Invariant: `decodeMelee(encodeMelee(records))` gives the records again, floats rounded to 32 bits.
 */

import { bitsOf, History, HOLD, LINEAR, QUADRATIC, residual } from './floats.js';

/** @typedef {import('./melee.js').Record} Record */
/** @typedef {import('./melee.js').Player} Player */

const TEXT = new TextEncoder();

/**
 * @param {Record[]} records
 * @returns {Uint8Array}
 */
export function encodeMelee(records) {
  /** @type {number[]} */
  const out = [];
  for (const record of records) writeRecord(out, record);
  return Uint8Array.from(out);
}

/**
 * @param {number[]} out
 * @param {Record} record
 */
function writeRecord(out, record) {
  switch (record.type) {
    case 'Start':
      out.push(1);
      varint(out, record.game);
      signed(out, record.stage);
      list(out, record.score, varint);
      list(out, record.players, (_, player) => {
        out.push(player.port);
        signed(out, player.character);
        text(out, player.code);
        out.push(player.name === null ? 0 : 1);
        if (player.name !== null) text(out, player.name);
      });
      break;
    case 'Frames': writeFrames(out, record.frames); break;
    case 'GameEnd':
      out.push(3);
      varint(out, record.game);
      signed(out, record.winnerPort);
      text(out, record.endMethod);
      break;
    case 'MatchEnd':
      out.push(4);
      signed(out, record.winnerPort);
      list(out, record.finalScore, signed);
      break;
  }
}

/**
 * @param {number[]} out
 * @param {import('./melee.js').Frame[]} frames all with the same players in the same order
 */
function writeFrames(out, frames) {
  out.push(2);
  varint(out, frames.length);
  signed(out, frames[0].number);
  out.push(frames[0].players.length, ...frames[0].players.map((player) => player.port));
  const states = frames[0].players.map(() => ({
    x: new History(), y: new History(), actionState: 0, actionFrame: 0, facing: 1, percent: 0,
    stocks: 4, /** @type {number | null} */ shield: null, shieldBits: 0, invincible: false, hitstun: false,
  }));
  frames.forEach((frame, i) => {
    if (i > 0) signed(out, frame.number - frames[i - 1].number - 1);
    frame.players.forEach((player, p) => writePlayer(out, states[p], player));
  });
}

/**
 * @param {number[]} out
 * @param {any} state
 * @param {Player} player
 */
function writePlayer(out, state, player) {
  /** @type {number[]} */
  const fields = [];
  let mask = 0;
  let more = 0;
  if (writeCoordinate(fields, state.x, bitsOf(player.x))) mask |= 0x01;
  if (writeCoordinate(fields, state.y, bitsOf(player.y))) mask |= 0x02;
  const isSame = player.actionState === state.actionState;
  if (!isSame) (mask |= 0x04), signed(fields, player.actionState);
  if (player.actionFrame !== (isSame ? state.actionFrame + 1 : 1)) (mask |= 0x08), signed(fields, player.actionFrame);
  const percent = bitsOf(player.percent);
  if (percent !== state.percent) (mask |= 0x10), varint(fields, residual(state.percent, percent));
  if (player.invincible !== state.invincible) mask |= 0x20;
  if (player.hitstun !== state.hitstun) mask |= 0x40;
  if (player.facing !== state.facing) (more |= 0x01), signed(fields, player.facing);
  if (player.stocks !== state.stocks) (more |= 0x02), signed(fields, player.stocks);
  if (player.shield === null && state.shield !== null) more |= 0x04;
  if (player.shield !== null && player.shield !== state.shield) {
    more |= 0x08;
    varint(fields, residual(state.shieldBits, (state.shieldBits = bitsOf(player.shield))));
  }
  out.push(more ? mask | 0x80 : mask, ...(more ? [more] : []), ...fields);
  const { actionState, actionFrame, facing, stocks, shield, invincible, hitstun } = player;
  Object.assign(state, { actionState, actionFrame, facing, stocks, shield, invincible, hitstun, percent });
}

/**
 * @param {number[]} out
 * @param {History} history
 * @param {number} bits
 */
function writeCoordinate(out, history, bits) {
  const isExpected = history.predict(LINEAR) === bits;
  if (!isExpected) {
    const told = [HOLD, LINEAR, QUADRATIC].map((order) => residual(history.predict(order), bits) * 4 + order);
    varint(out, Math.min(...told));
  }
  history.push(bits);
  return !isExpected;
}

/**
 * @param {number[]} out
 * @param {number} value
 */
function varint(out, value) {
  for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  out.push(value);
}

/**
 * @param {number[]} out
 * @param {number} value
 */
function signed(out, value) {
  varint(out, value < 0 ? -value * 2 - 1 : value * 2);
}

/**
 * @param {number[]} out
 * @param {string} value
 */
function text(out, value) {
  const bytes = TEXT.encode(value);
  varint(out, bytes.length);
  out.push(...bytes);
}

/**
 * @template T
 * @param {number[]} out
 * @param {T[]} items
 * @param {(out: number[], item: T) => void} write
 */
function list(out, items, write) {
  varint(out, items.length);
  for (const item of items) write(out, item);
}
