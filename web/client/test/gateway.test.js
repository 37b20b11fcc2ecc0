import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Gateway } from '../gateway.js';
import { committed, made } from './gateway-messages.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A gateway whose sockets are ours. */
function speaking(options = {}) {
  const sockets = [];
  const waiting = [];
  class Socket {
    constructor(url) {
      this.url = String(url);
      this.readyState = 0;
      this.said = [];
      const resolve = waiting.shift();
      if (resolve) queueMicrotask(() => resolve(this));
      else sockets.push(this);
    }

    send(text) {
      this.said.push(JSON.parse(text));
    }

    close(code = 1005) {
      if (this.readyState === 3) return;
      this.readyState = 3;
      queueMicrotask(() => this.onclose?.({ code }));
    }

    async open() {
      this.readyState = 1;
      this.onopen?.();
      await settled();
      return this;
    }

    tell(message) {
      this.onmessage?.({ data: JSON.stringify({ ts: 0, data: {}, ...message }) });
    }

    types() {
      return this.said.map(({ type }) => type);
    }
  }
  const it = new Gateway({ server: 'https://arena.example', WebSocket: /** @type {any} */ (Socket), ...options }, { random: () => 0 });
  const next = async () => (sockets.shift() ?? (await new Promise((resolve) => waiting.push(resolve)))).open();
  return { it, next };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the types are those of the documentation', () => {
  assert.equal(committed(), made(), 'run `node web/client/test/gateway-messages.js --write`');
  assert.match(made(), /'queue\.enter': \{ connect_code\?: string \| null, game_type: string,/);
  assert.match(made(), /'game\.keys': \{ first: number, keys: Key\[\], match_id: string \}/);
});

test('a question gets its answer, by a UUID', async () => {
  const { it, next } = speaking();
  const answer = it.ask('queue.enter', { game_type: 'code_duel' });
  const socket = await next();
  assert.equal(socket.url, 'wss://arena.example/v1/gateway');
  const [asked] = socket.said;
  assert.match(asked.id, UUID);
  socket.tell({ type: 'queue.update', id: asked.id, data: { queue_id: 'q-1', status: 'waiting' } });
  assert.equal((await answer).data.status, 'waiting');
  assert.equal(it.queueId, 'q-1');
  it.close();
});

test('questions have UUIDs of their own also on a page that came over plain http', async (t) => {
  // There the browser has none to give.
  t.mock.method(crypto, 'randomUUID', () => { throw new TypeError('crypto.randomUUID is not a function'); });
  const { it, next } = speaking();
  t.after(() => it.close());
  const answers = Array.from({ length: 50 }, () => it.ask('queue.leave', {}).catch(() => {}));
  const ids = (await next()).said.map(({ id }) => id);
  assert.equal(new Set(ids).size, 50);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  it.close();
  await Promise.all(answers);
});

test('an error is the answer of its question', async () => {
  const { it, next } = speaking();
  const answer = it.ask('match.leave', { match_id: 'm' });
  const socket = await next();
  socket.tell({ type: 'error', id: socket.said[0].id, data: { code: 'not_found', message: 'no such match' } });
  await assert.rejects(answer, { code: 'not_found', message: 'no such match' });
  it.close();
});

test('a ping is answered', async () => {
  const { it, next } = speaking();
  const socket = await next();
  socket.tell({ type: 'ping', id: 'p-1' });
  assert.deepEqual(socket.types(), ['pong']);
  it.close();
});

test('the next socket says who it is, where it was, and asks again what has no answer', async () => {
  const { it, next } = speaking({ token: 'pass' });
  const first = await next();
  first.tell({ type: 'auth.success', id: first.said[0].id, data: {} });
  first.tell({ type: 'match.found', id: 'event-17', number: 17, data: { match_id: 'm' } });
  const answer = it.ask('match.ready', { match_id: 'm', response: 'accept' });
  const asked = first.said.at(-1);
  first.close(1006);
  const second = await next();
  assert.deepEqual(second.types(), ['auth', 'match.ready']);
  assert.deepEqual(second.said[0].data, { token: 'pass', after: 17 });
  assert.equal(second.said[1].id, asked.id);
  second.tell({ type: 'ok', id: asked.id });
  assert.equal((await answer).type, 'ok');
  it.close();
});

test('an entry that was made here is spoken for on the next socket', async () => {
  const { it, next } = speaking();
  const answer = it.ask('queue.enter', { game_type: 'melee' });
  const first = await next();
  first.tell({ type: 'queue.update', id: first.said[0].id, data: { queue_id: 'q-1', status: 'waiting' } });
  await answer;
  first.close(1006);
  const second = await next();
  assert.deepEqual(second.said.map(({ type, data }) => [type, data]), [['auth', { queue_id: 'q-1' }]]);
  it.close();
});

test('a snapshot tells where to go on from', async () => {
  const { it, next } = speaking();
  const socket = await next();
  socket.tell({ type: 'state.snapshot', id: 's', data: { number: 41 } });
  assert.equal(it.after, 41);
  it.close();
});

test('matches that were watched are watched again', async () => {
  const { it, next } = speaking();
  const joined = it.ask('spectate.join', { match_id: 'm' });
  const first = await next();
  first.tell({ type: 'ok', id: first.said[0].id });
  await joined;
  first.close(1006);
  const second = await next();
  assert.deepEqual(second.types(), ['spectate.join']);
  it.close();
});

test('a session that ends is renewed with a fresh token', async () => {
  let count = 0;
  const { it, next } = speaking({ token: () => `pass ${++count}` });
  const socket = await next();
  socket.tell({ type: 'auth.success', id: socket.said[0].id });
  socket.tell({ type: 'auth.expiring', id: 'e' });
  await settled();
  assert.deepEqual(socket.said.map(({ data }) => data.token), ['pass 1', 'pass 2']);
  it.close();
});

test('a token that is refused again and again ends it, and says why', async () => {
  const { it, next } = speaking({ token: () => 'bad' });
  for (let turn = 0; turn < 3; turn++) {
    const socket = await next();
    socket.tell({ type: 'error', id: socket.said[0].id, data: { code: 'unauthorized', message: 'log in' } });
    await settled();
  }
  assert.equal(it.state, 'closed');
  assert.equal(it.reason?.code, 'unauthorized');
});

test('whoever was taken over does not take over in turn', async () => {
  const { it, next } = speaking();
  const socket = await next();
  const answer = it.ask('state.get', {});
  socket.close(4409);
  await assert.rejects(answer, { code: 'taken_over' });
  assert.equal(it.state, 'closed');
});

test('what is no message of ours changes nothing', async () => {
  const { it, next } = speaking();
  const socket = await next();
  for (const data of ['', 'null', '{', '{"type":1}', '[]']) socket.onmessage({ data });
  assert.equal(it.state, 'open');
  it.close();
});
