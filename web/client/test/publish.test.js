import assert from 'node:assert/strict';
import test from 'node:test';

import { decodeFromClient, encodeFromRelay } from '../messages.js';
import { Publisher } from '../publish.js';

const EPOCH = 1_763_670_000_000_000;
const welcome = (nextSeq, epoch = EPOCH) => ({ type: 'Welcome', subscription: 0, epoch, start: null, oldestSeq: 0, nextSeq, delayMs: 0 });
const batch = (byte) => ({ payload: Uint8Array.of(byte) });

/** A publisher whose links are ours: `next` is the next link, with what was sent on it. */
function publishing(options = {}) {
  const links = [];
  const waiting = [];
  const dial = async (_server, _choice, ears) => {
    const link = {
      ears, said: [], isClosed: false,
      tell: (...messages) => messages.forEach((message) => ears.message(encodeFromRelay(message))),
    };
    const resolve = waiting.shift();
    if (resolve) queueMicrotask(() => resolve(link));
    else links.push(link);
    return {
      transport: 'websocket',
      send: (bytes) => link.said.push(decodeFromClient(bytes.slice())),
      close: () => (link.isClosed = true),
    };
  };
  const publisher = new Publisher(
    { server: 'http://localhost', channel: 'c', schema: 'json', meta: { a: 1 }, ...options },
    { connect: dial, random: () => 0 },
  );
  const next = async () => links.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return { publisher, next };
}

const batches = (link) => link.said.filter(({ type }) => type === 'Batch').map(({ seq, payload }) => [seq, payload[0]]);

test('a publisher says what it publishes, then sends in order', async () => {
  const { publisher, next } = publishing();
  const link = await next();
  await publisher.push(batch(1));
  assert.deepEqual(batches(link), []);
  link.tell(welcome(0));
  await publisher.push(batch(2));
  const [hello] = link.said;
  assert.equal(hello.intent.Publish.schema, 'json');
  assert.equal(new TextDecoder().decode(hello.intent.Publish.meta), '{"a":1}');
  assert.equal(hello.intent.Publish.resume, false);
  assert.deepEqual(batches(link), [[0, 1], [1, 2]]);
  publisher.close();
});

test('what was not accepted is sent again on the next link', async () => {
  const { publisher, next } = publishing();
  const first = await next();
  first.tell(welcome(0));
  for (const byte of [1, 2, 3]) await publisher.push(batch(byte));
  first.tell({ type: 'Accepted', held: 0, stored: null });
  first.ears.closed(1006, '');
  const second = await next();
  second.tell(welcome(1));
  assert.equal(second.said[0].intent.Publish.resume, true);
  assert.deepEqual(batches(second), [[1, 2], [2, 3]]);
  publisher.close();
});

test('who pushes too fast waits until some are accepted', async () => {
  const { publisher, next } = publishing({ waiting: 2 });
  const link = await next();
  link.tell(welcome(0));
  await publisher.push(batch(1));
  await publisher.push(batch(2));
  let isThrough = false;
  const third = publisher.push(batch(3)).then(() => (isThrough = true));
  await Promise.resolve();
  assert.equal(isThrough, false);
  link.tell({ type: 'Accepted', held: 0, stored: null });
  await third;
  assert.equal(batches(link).length, 3);
  publisher.close();
});

test('the end is done when the relay has everything', async () => {
  const { publisher, next } = publishing();
  const link = await next();
  link.tell(welcome(0));
  await publisher.push(batch(1));
  const ended = publisher.end('over');
  assert.deepEqual(link.said.at(-1), { type: 'End', reason: 'over' });
  link.tell({ type: 'Accepted', held: 0, stored: null });
  link.ears.closed(1000, '');
  await ended;
  assert.equal(publisher.progress.held, 0);
  await assert.rejects(publisher.push(batch(2)), /nothing can be published any more/);
});

test('a refusal that says no ends it, and whoever pushes hears why', async () => {
  const { publisher, next } = publishing();
  const link = await next();
  link.tell({ type: 'Refused', code: 401, reason: 'no token' });
  await assert.rejects(publisher.done, /401: no token/);
  await assert.rejects(publisher.push(batch(1)), /401/);
  assert.equal(link.isClosed, true);
});

test('who was replaced does not replace the other in turn', async () => {
  const { publisher, next } = publishing();
  const link = await next();
  link.tell(welcome(0));
  link.ears.closed(4409, 'replaced');
  await assert.rejects(publisher.done, /409/);
});

test('what cannot be sent is refused at once', async () => {
  const { publisher } = publishing();
  await assert.rejects(publisher.push({ payload: new Uint8Array() }), /carries something/);
  await assert.rejects(publisher.push({ payload: new Uint8Array(300_000) }), /too many/);
  assert.throws(() => publishing({ meta: 'x'.repeat(5000) }), /5002 bytes/);
  publisher.close();
});
