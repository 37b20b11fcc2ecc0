import assert from 'node:assert/strict';
import test from 'node:test';

import { decodeFromClient, encodeFromRelay } from '../messages.js';
import { Watch } from '../watch.js';

const EPOCH = 1_763_670_000_000_000;

test('a watcher asks, is welcomed, and hears batches in order', async () => {
  const { watcher, next } = watching();
  const peer = await next();
  assert.deepEqual(peer.hello.intent, { Watch: { after: null, delivery: 'Live' } });
  peer.tell(welcome(EPOCH), batch(4), batch(5));
  assert.deepEqual(watcher.heard, ['start', 'state live', 4, 5]);
  assert.equal(watcher.stats().lastSeq, 5);
  watcher.close();
});

test('a lost link is resumed behind the last batch', async () => {
  const { watcher, next } = watching();
  const first = await next();
  first.tell(welcome(EPOCH), batch(0), batch(1));
  first.ears.closed(1006, '');
  const second = await next();
  assert.equal(watcher.state, 'reconnecting');
  assert.equal(second.hello.intent.Watch.after, 1);
  second.tell(welcome(EPOCH), batch(2));
  assert.deepEqual(watcher.heard.filter((item) => typeof item === 'number'), [0, 1, 2]);
  assert.equal(watcher.state, 'live');
  watcher.close();
});

test('another life is begun from its newest group, not from a number of the old one', async () => {
  const { watcher, next } = watching();
  const first = await next();
  first.tell(welcome(EPOCH), batch(500));
  first.ears.closed(0, '');
  const second = await next();
  second.tell(welcome(EPOCH + 1));
  const third = await next();
  assert.equal(third.hello.intent.Watch.after, null);
  third.tell(welcome(EPOCH + 1), batch(3));
  assert.deepEqual(watcher.heard.filter((item) => item === 'start').length, 2);
  watcher.close();
});

test('a refusal that says no ends it, and says why', async () => {
  const { watcher, next, dialled } = watching();
  const peer = await next();
  peer.tell({ type: 'Refused', code: 403, reason: 'not yours' });
  peer.ears.closed(4403, '');
  await settled();
  assert.deepEqual(watcher.heard, ['state refused 403 not yours']);
  assert.equal(dialled(), 1);
});

test('a refusal in a close code is the same refusal', async () => {
  const { watcher, next } = watching();
  (await next()).ears.closed(4422, 'bad name');
  await settled();
  assert.deepEqual(watcher.heard, ['state refused 422 bad name']);
});

test('a refusal that may pass is asked again', async () => {
  const { watcher, next } = watching();
  (await next()).tell({ type: 'Refused', code: 500, reason: '' });
  const again = await next();
  again.tell(welcome(EPOCH));
  assert.equal(watcher.state, 'live');
  watcher.close();
});

test('going away moves to where the relay says, behind the last batch', async () => {
  const { watcher, next } = watching();
  const first = await next();
  first.tell(welcome(EPOCH), batch(0), { type: 'GoAway', afterMs: 0, url: 'https://b.example' });
  const second = await next();
  assert.equal(second.server.host, 'b.example');
  assert.equal(second.hello.intent.Watch.after, 0);
  assert.ok(first.isClosed());
  assert.equal(watcher.state, 'live');
  watcher.close();
});

test('an end is told once; the next life is followed', async () => {
  const { watcher, next } = watching();
  const first = await next();
  first.tell(welcome(EPOCH), batch(0), { type: 'End', lastSeq: 0, reason: 'over' });
  const second = await next();
  assert.equal(watcher.state, 'ended');
  second.tell(welcome(EPOCH + 1));
  (await next()).tell(welcome(EPOCH + 1), batch(0));
  assert.deepEqual(watcher.heard, ['start', 'state live', 0, 'end over', 'state ended over', 'start', 'state live', 0]);
  watcher.close();
});

test('an end that is told again is no news', async () => {
  const { watcher, next } = watching();
  (await next()).tell(welcome(EPOCH), batch(0), { type: 'End', lastSeq: 0, reason: 'over' });
  const second = await next();
  assert.equal(second.hello.intent.Watch.after, 0);
  second.tell(welcome(EPOCH), { type: 'End', lastSeq: 0, reason: 'over' });
  await settled();
  assert.deepEqual(watcher.heard, ['start', 'state live', 0, 'end over', 'state ended over']);
  watcher.close();
});

test('nonsense from a relay costs the link, not the page', async () => {
  const { watcher, next } = watching();
  (await next()).ears.message(Uint8Array.of(99));
  (await next()).tell(welcome(EPOCH));
  assert.equal(watcher.state, 'live');
  watcher.close();
});

test('who closes is asked nothing more', async () => {
  const { watcher, next, dialled } = watching();
  const peer = await next();
  watcher.close();
  peer.tell(welcome(EPOCH), batch(0));
  peer.ears.closed(1006, '');
  await settled();
  assert.deepEqual(watcher.heard, ['state closed']);
  assert.equal(dialled(), 1);
});

/** A watcher whose links end in the test. */
function watching() {
  /** @type {any[]} */
  const dialled = [];
  /** @type {((peer: any) => void)[]} */
  const awaited = [];
  let taken = 0;
  /** @type {any} */
  const connect = async (/** @type {URL} */ server, /** @type {string} */ _, /** @type {any} */ ears) => {
    let isClosed = false;
    /** @type {any} */
    const peer = {
      server, ears, isClosed: () => isClosed,
      tell: (/** @type {any[]} */ ...messages) => messages.forEach((message) => ears.message(encodeFromRelay(message))),
    };
    return {
      transport: 'websocket',
      close: () => (isClosed = true),
      send: (/** @type {Uint8Array} */ bytes) => {
        peer.hello = decodeFromClient(bytes);
        dialled.push(peer);
        if (awaited.length > 0) setTimeout(() => awaited.shift()?.(dialled[taken++]));
      },
    };
  };
  const watcher = /** @type {Watch & { heard: any[] }} */ (
    new Watch({ server: 'http://a.example', channel: 'demo' }, { connect, random: () => 0 })
  );
  watcher.heard = [];
  watcher.on('start', () => watcher.heard.push('start'));
  watcher.on('batch', ({ seq }) => watcher.heard.push(seq));
  watcher.on('end', ({ reason }) => watcher.heard.push(`end ${reason}`));
  watcher.on('state', ({ state, code, reason }) => {
    watcher.heard.push(['state', state, code, reason].filter((part) => part !== null && part !== '').join(' '));
  });
  /** @returns {Promise<any>} */
  const next = () => (taken < dialled.length ? Promise.resolve(dialled[taken++]) : new Promise((resolve) => awaited.push(resolve)));
  return { watcher, next, dialled: () => dialled.length };
}

function settled() {
  return new Promise((resolve) => setTimeout(resolve, 150));
}

/** @param {number} epoch */
function welcome(epoch) {
  const start = { epoch, schema: 'json', meta: new Uint8Array(0) };
  return { type: 'Welcome', subscription: 0, epoch, start, oldestSeq: 0, nextSeq: 0, delayMs: 0 };
}

/** @param {number} seq */
function batch(seq) {
  return { type: 'Batch', seq, capturedUs: 0, firstFrame: 0, frames: 1, key: true, payload: Uint8Array.of(1) };
}
