/**
 * Owns every message of the session protocol, version 1, as bytes and as objects.
 * Does not know transports, nor what a payload means.
 * Invariant: what `decode` accepts is canonical, so `encode` gives the same bytes again.
 */

import { Malformed, Reader, Writer } from './bincode.js';

/** @typedef {import('./bincode.js').U64} U64 */
/** @typedef {'Live' | 'Complete' | 'Latest' | 'Datagram'} Delivery */
/** @typedef {'Lagged' | 'Expired' | 'Restarted'} Why */
/** @typedef {{ Publish: { schema: string, meta: Uint8Array, resume: boolean } }} Publish */
/** @typedef {{ Watch: { after: U64 | null, delivery: Delivery } }} Watch */
/** @typedef {{ type: 'Hello', version: number, channel: string, token: string | null, intent: Publish | Watch }} Hello */
/** @typedef {{ type: 'Batch', seq: U64, capturedUs: U64, firstFrame: U64, frames: number, key: boolean, payload: Uint8Array }} Batch */
/** @typedef {{ type: 'End', reason: string }} ClientEnd */
/** @typedef {{ epoch: U64, schema: string, meta: Uint8Array }} StartFields */
/** @typedef {{ type: 'Start' } & StartFields} Start */
/** @typedef {{ type: 'Welcome', subscription: number, epoch: U64, start: StartFields | null, oldestSeq: U64, nextSeq: U64, delayMs: number }} Welcome */
/** @typedef {{ type: 'End', lastSeq: U64 | null, reason: string }} End */
/** @typedef {{ type: 'Refused', code: number, reason: string }} Refused */
/** @typedef {{ type: 'Accepted', held: U64, stored: U64 | null }} Accepted */
/** @typedef {{ type: 'Gap', from: U64, to: U64, why: Why }} Gap */
/** @typedef {{ type: 'GoAway', afterMs: number, url: string | null }} GoAway */
/** @typedef {Hello | Batch | ClientEnd} FromClient */
/** @typedef {Welcome | Batch | End | Refused | Accepted | Gap | GoAway | Start} FromRelay */

export const VERSION = 1;

/** `after` of a viewer that wants everything that is held. */
export const FROM_THE_FIRST = 0xffff_ffff_ffff_ffffn;

/** Bytes of a message, unless the relay is configured otherwise. */
export const MESSAGE_LEN_MAX = 256 * 1024;

/** @type {readonly Delivery[]} */
const DELIVERIES = ['Live', 'Complete', 'Latest', 'Datagram'];
/** @type {readonly Why[]} */
const WHYS = ['Lagged', 'Expired', 'Restarted'];

/**
 * Reads one message from a relay; throws {@link Malformed}.
 * @param {Uint8Array} bytes without a length before them; the payload stays a view of them
 * @returns {FromRelay}
 */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const message = fromRelay(reader);
  reader.done();
  return message;
}

/**
 * Reads one message from a client; throws {@link Malformed}.
 * @param {Uint8Array} bytes
 * @returns {FromClient}
 */
export function decodeFromClient(bytes) {
  const reader = new Reader(bytes);
  const message = fromClient(reader);
  reader.done();
  return message;
}

/**
 * Writes one message of a client.
 * @param {FromClient} message
 */
export function encode(message) {
  const w = new Writer();
  switch (message.type) {
    case 'Hello': writeHello(w.byte(0), message); break;
    case 'Batch': writeBatch(w.byte(1), message); break;
    case 'End': w.byte(2).text(message.reason); break;
  }
  return w.finish();
}

/**
 * Writes one message of a relay, for tests and stand-ins.
 * @param {FromRelay} message
 */
export function encodeFromRelay(message) {
  const w = new Writer();
  /** @param {U64} n */
  const uint = (n) => w.uint(n);
  switch (message.type) {
    case 'Welcome':
      w.byte(0).byte(message.subscription).uint(message.epoch);
      w.option(message.start, (start) => writeStart(w, start));
      w.uint(message.oldestSeq).uint(message.nextSeq).uint(message.delayMs);
      break;
    case 'Batch': writeBatch(w.byte(1), message); break;
    case 'End': w.byte(2).option(message.lastSeq, uint).text(message.reason); break;
    case 'Refused': w.byte(3).uint(message.code).text(message.reason); break;
    case 'Accepted': w.byte(4).uint(message.held).option(message.stored, uint); break;
    case 'Gap': w.byte(5).uint(message.from).uint(message.to).uint(WHYS.indexOf(message.why)); break;
    case 'GoAway': w.byte(6).uint(message.afterMs).option(message.url, (url) => w.text(url)); break;
    case 'Start': writeStart(w.byte(7), message); break;
  }
  return w.finish();
}

/**
 * @param {Reader} r
 * @returns {FromRelay}
 */
function fromRelay(r) {
  const u64 = () => r.u64();
  const index = r.byte();
  switch (index) {
    case 0:
      return {
        type: 'Welcome', subscription: r.byte(), epoch: r.u64(), start: r.option(() => start(r)),
        oldestSeq: r.u64(), nextSeq: r.u64(), delayMs: r.u32(),
      };
    case 1: return batch(r);
    case 2: return { type: 'End', lastSeq: r.option(u64), reason: r.text() };
    case 3: return { type: 'Refused', code: r.u16(), reason: r.text() };
    case 4: return { type: 'Accepted', held: r.u64(), stored: r.option(u64) };
    case 5: return { type: 'Gap', from: r.u64(), to: r.u64(), why: WHYS[r.variant(3)] };
    case 6: return { type: 'GoAway', afterMs: r.u32(), url: r.option(() => r.text()) };
    case 7: return { type: 'Start', ...start(r) };
    default: throw new Malformed(`no message of a relay has the index ${index}`);
  }
}

/**
 * @param {Reader} r
 * @returns {FromClient}
 */
function fromClient(r) {
  const index = r.byte();
  switch (index) {
    case 0: return hello(r);
    case 1: return batch(r);
    case 2: return { type: 'End', reason: r.text() };
    default: throw new Malformed(`no message of a client has the index ${index}`);
  }
}

/**
 * @param {Reader} r
 * @returns {Hello}
 */
function hello(r) {
  const version = r.u16();
  if (version !== VERSION) throw new Malformed(`version ${version} is not spoken here`);
  const channel = r.text();
  const token = r.option(() => r.text());
  /** @type {Publish | Watch} */
  const intent = r.variant(2) === 0
    ? { Publish: { schema: r.text(), meta: r.blob(), resume: r.bool() } }
    : { Watch: { after: r.option(() => r.u64()), delivery: DELIVERIES[r.variant(4)] } };
  return { type: 'Hello', version, channel, token, intent };
}

/**
 * @param {Reader} r
 * @returns {Batch}
 */
function batch(r) {
  /** @type {Batch} */
  const it = {
    type: 'Batch', seq: r.u64(), capturedUs: r.u64(), firstFrame: r.i64(), frames: r.u16(),
    key: r.bool(), payload: r.blob(),
  };
  if (it.seq === FROM_THE_FIRST) throw new Malformed('no batch could follow this number');
  if (it.payload.length === 0) throw new Malformed('a batch carries something');
  return it;
}

/**
 * @param {Reader} r
 * @returns {StartFields}
 */
function start(r) {
  return { epoch: r.u64(), schema: r.text(), meta: r.blob() };
}

/**
 * @param {Writer} w
 * @param {Hello} hello
 */
function writeHello(w, { version, channel, token, intent }) {
  w.uint(version).text(channel).option(token, (text) => w.text(text));
  if ('Publish' in intent) {
    const { schema, meta, resume } = intent.Publish;
    w.byte(0).text(schema).blob(meta).bool(resume);
  } else {
    const { after, delivery } = intent.Watch;
    w.byte(1).option(after, (n) => w.uint(n)).uint(DELIVERIES.indexOf(delivery));
  }
}

/**
 * @param {Writer} w
 * @param {Batch} batch
 */
function writeBatch(w, { seq, capturedUs, firstFrame, frames, key, payload }) {
  w.uint(seq).uint(capturedUs).int(firstFrame).uint(frames).bool(key).blob(payload);
}

/**
 * @param {Writer} w
 * @param {StartFields} start
 */
function writeStart(w, { epoch, schema, meta }) {
  w.uint(epoch).text(schema).blob(meta);
}
