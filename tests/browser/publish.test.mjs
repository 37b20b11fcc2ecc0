import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { WebSocket } from 'ws';

import { publish, watch } from '../../web/client/index.js';
import { Arena, Browser } from './support.mjs';

/** @type {Arena} */
let arena;
/** @type {Browser} */
let browser;

before(async () => {
  [arena, browser] = await Promise.all([Arena.start(), Browser.start()]);
});

after(async () => {
  await browser?.stop();
  await arena?.stop();
});

const COUNT = 200;
const text = (bytes) => new TextDecoder().decode(bytes);

/** What a viewer in Node sees of a channel, from its first batch to its end. */
function seen(channel) {
  const watcher = watch({ server: arena.url, channel, after: 0xffff_ffff_ffff_ffffn, delivery: 'Complete', follow: false, WebSocket });
  return new Promise((resolve) => {
    const batches = [];
    let meta = '';
    watcher.on('start', (start) => (meta = text(start.meta)));
    watcher.on('batch', ({ seq, payload }) => batches.push([seq, text(payload)]));
    watcher.on('end', ({ reason }) => resolve({ batches, meta, reason, gaps: watcher.stats().gaps }));
  });
}

const expected = Array.from({ length: COUNT }, (_, i) => [i, `{"n":${i}}`]);

test('a channel is published from Node, and every batch is seen', async () => {
  const watched = seen('from-node');
  const publisher = publish({ server: arena.url, channel: 'from-node', schema: 'json', meta: { title: 'numbers' }, WebSocket });
  for (let n = 0; n < COUNT; n++) await publisher.push({ payload: new TextEncoder().encode(`{"n":${n}}`) });
  await publisher.end('counted');
  const { batches, meta, reason, gaps } = await watched;
  assert.deepEqual(batches, expected);
  assert.deepEqual([meta, reason, gaps], ['{"title":"numbers"}', 'counted', 0]);
});

for (const [transport, hasWebTransport] of [['webtransport', true], ['websocket', false]]) {
  test(`a channel is published from a browser over ${transport}`, async () => {
    const page = await browser.page({ hasWebTransport });
    await page.goto(arena.url);
    const watched = seen(`from-${transport}`);
    const used = await page.evaluate(async ([channel, count]) => {
      const { publish: open } = await import('/assets/client/index.js');
      const publisher = open({ channel, schema: 'json', meta: { title: 'numbers' } });
      for (let n = 0; n < count; n++) await publisher.push({ payload: new TextEncoder().encode(`{"n":${n}}`) });
      await publisher.end('counted');
      return publisher.progress.transport;
    }, [`from-${transport}`, COUNT]);
    assert.equal(used, transport);
    assert.deepEqual((await watched).batches, expected);
    assert.deepEqual(page.faults, []);
    await page.done();
  });
}

test('who may not publish a channel is told so', async () => {
  const publisher = publish({ server: arena.url, channel: 'match/018bcfe5-6800-7000-8000-000000000000', schema: 'json', WebSocket });
  await assert.rejects(publisher.done, { code: 401 });
});
