/**
 * Owns reading `melee/1` payloads: what happened in a game, frame by frame.
 * Does not know sessions or batches; every payload is read on its own.
 * Invariant: takes bytes from strangers; what it makes is bounded by what it was given.
 */

import { Malformed } from './bincode.js';
import { correct, History, LINEAR, valueOf } from './floats.js';

/**
 * @typedef {object} Player one fighter in one frame
 * @property {number} port
 * @property {number} x stage units, to the right
 * @property {number} y stage units, upwards
 * @property {number} actionState
 * @property {number} actionFrame
 * @property {number} facing 1 right, -1 left
 * @property {number} percent
 * @property {number} stocks
 * @property {number | null} shield health, null while it is down
 * @property {boolean} invincible
 * @property {boolean} hitstun
 */
/** @typedef {{ number: number, players: Player[] }} Frame */
/** @typedef {{ port: number, character: number, code: string, name: string | null }} Fighter */
/** @typedef {{ type: 'Start', game: number, stage: number, score: number[], players: Fighter[] }} Start */
/** @typedef {{ type: 'Frames', frames: Frame[] }} Frames */
/** @typedef {{ type: 'GameEnd', game: number, winnerPort: number, endMethod: string }} GameEnd */
/** @typedef {{ type: 'MatchEnd', winnerPort: number, finalScore: number[] }} MatchEnd */
/** @typedef {Start | Frames | GameEnd | MatchEnd} Record */

export const SCHEMA = 'melee/1';

const PLAYERS_MAX = 8;
const TEXT_LEN_MAX = 64;
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What a payload says; throws {@link Malformed}.
 * @param {Uint8Array} payload
 * @returns {Record[]}
 */
export function decodeMelee(payload) {
  const reader = new Reader(payload);
  /** @type {Record[]} */
  const records = [];
  while (reader.at < payload.length) records.push(record(reader));
  return records;
}

/**
 * @param {Reader} r
 * @returns {Record}
 */
function record(r) {
  const tag = r.byte();
  switch (tag) {
    case 1:
      return {
        type: 'Start', game: r.u32(), stage: r.i32(), score: r.list(() => r.u32()),
        players: r.list(() => fighter(r)),
      };
    case 2: return { type: 'Frames', frames: frames(r) };
    case 3: return { type: 'GameEnd', game: r.u32(), winnerPort: r.i32(), endMethod: r.text() };
    case 4: return { type: 'MatchEnd', winnerPort: r.i32(), finalScore: r.list(() => r.i32()) };
    default: throw new Malformed(`no record has the tag ${tag}`);
  }
}

/**
 * @param {Reader} r
 * @returns {Fighter}
 */
function fighter(r) {
  const port = r.byte();
  const character = r.i32();
  const code = r.text();
  const isNamed = r.byte();
  if (isNamed > 1) throw new Malformed('a name is there or not');
  return { port, character, code, name: isNamed ? r.text() : null };
}

/** @param {Reader} r */
function frames(r) {
  const count = r.varint();
  if (count < 1 || count > 0xffff) throw new Malformed('no frames or too many');
  let number = r.i32();
  const states = ports(r).map((port) => new State(port));

  /** @type {Frame[]} */
  const run = [{ number, players: states.map((state) => state.read(r)) }];
  for (let i = 1; i < count; i++) {
    number = i32(number + r.signed() + 1);
    run.push({ number, players: states.map((state) => state.read(r)) });
  }
  return run;
}

/** @param {Reader} r */
function ports(r) {
  const count = r.byte();
  if (count > PLAYERS_MAX) throw new Malformed('too many players');
  const list = Array.from({ length: count }, () => r.byte());
  if (new Set(list).size !== count) throw new Malformed('two players on one port');
  return list;
}

/** What is known of one player while a run of frames is read. */
class State {
  /** @param {number} port */
  constructor(port) {
    this.x = new History();
    this.y = new History();
    this.percentBits = 0;
    this.shieldBits = 0;
    /** @type {Player} */
    this.last = {
      port, x: 0, y: 0, actionState: 0, actionFrame: 0, facing: 1, percent: 0, stocks: 4,
      shield: null, invincible: false, hitstun: false,
    };
  }

  /**
   * The next frame of this player.
   * @param {Reader} r
   * @returns {Player}
   */
  read(r) {
    const mask = r.byte();
    const more = mask & 0x80 ? secondMask(r) : 0;
    const last = this.last;
    const next = { ...last };

    this.x.push(mask & 0x01 ? coordinate(r, this.x) : this.x.predict(LINEAR));
    this.y.push(mask & 0x02 ? coordinate(r, this.y) : this.y.predict(LINEAR));
    next.x = this.x.a;
    next.y = this.y.a;
    if (mask & 0x04) next.actionState = r.i32();
    next.actionFrame =
      mask & 0x08 ? r.i32()
      : next.actionState === last.actionState ? (last.actionFrame + 1) | 0
      : 1;
    if (mask & 0x10) next.percent = valueOf((this.percentBits = correct(this.percentBits, r.u32())));
    if (mask & 0x20) next.invincible = !last.invincible;
    if (mask & 0x40) next.hitstun = !last.hitstun;
    if (more & 0x01) next.facing = r.i32();
    if (more & 0x02) next.stocks = r.i32();
    if (more & 0x04) next.shield = null;
    if (more & 0x08) next.shield = valueOf((this.shieldBits = correct(this.shieldBits, r.u32())));
    return (this.last = next);
  }
}

/** @param {Reader} r */
function secondMask(r) {
  const more = r.byte();
  if (more === 0 || more > 0x0f || (more & 0x0c) === 0x0c) throw new Malformed('an impossible mask');
  return more;
}

/**
 * @param {Reader} r
 * @param {History} history
 */
function coordinate(r, history) {
  const value = r.varint();
  const order = value % 4;
  const told = Math.floor(value / 4);
  if (order === 3) throw new Malformed('no such predictor');
  if (told > 0xffff_ffff) throw new Malformed('a number out of its range');
  return correct(history.predict(order), told);
}

/** Reads the codec's own numbers: LEB128, in the shortest form only. */
class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Malformed('ends within a record');
    return this.bytes[this.at++];
  }

  /** Nothing that may stand in a payload needs more than 53 bits. */
  varint() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed('a number out of its range');
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) throw new Malformed('a number is not in its shortest form');
        return value;
      }
      // Zeros that go on for ever add nothing to the value, so length has its own limit.
      if (scale > 2 ** 56) throw new Malformed('a number out of its range');
    }
  }

  signed() {
    const n = this.varint();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }

  i32() {
    return i32(this.signed());
  }

  u32() {
    const n = this.varint();
    if (n > 0xffff_ffff) throw new Malformed('a number out of its range');
    return n;
  }

  text() {
    const length = this.varint();
    if (length > TEXT_LEN_MAX) throw new Malformed('a text is too long');
    if (length > this.bytes.length - this.at) throw new Malformed('ends within a record');
    try {
      return TEXT.decode(this.bytes.subarray(this.at, (this.at += length)));
    } catch {
      throw new Malformed('text is UTF-8');
    }
  }

  /**
   * @template T
   * @param {() => T} item
   */
  list(item) {
    const count = this.varint();
    if (count > PLAYERS_MAX) throw new Malformed('too many');
    return Array.from({ length: count }, item);
  }
}

/** @param {number} n */
function i32(n) {
  if (n !== (n | 0)) throw new Malformed('a number out of its range');
  return n;
}
