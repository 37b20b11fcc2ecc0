/**
 * Measures how even the picture is: frame intervals of the watch page over half a minute in headless
 * Chromium, while a second client loads the relay: it publishes a match and watches it twenty times.
 * And how soon the page is there. `npm run pacing`; the figures stand in docs/performance.md.
 */

import { WebSocket } from 'ws';

import { watch } from '../../web/client/watch.js';
import { batch, META, playing, publisher } from './matches.mjs';
import { Arena, Browser } from './support.mjs';

const SECONDS = Number(process.env.SECONDS ?? 30);
const VIEWERS = 20;
const FRAME_MS = 1000 / 60;
const MAY_MISS_MS = 4;

const [arena, browser] = await Promise.all([Arena.start(), Browser.start()]);
try {
  const busy = await publisher(arena, 'busy', { meta: META });
  const play = playing(busy, 0);
  await busy.push(batch(0));

  const first = await browser.page();
  const begun = Date.now();
  await first.goto(`${arena.url}/watch/demo`);
  await first.waitForFunction(() => window.arena?.stats().shown > 0, null, { polling: 'raf' });
  const pictureMs = Date.now() - begun;
  const { interactiveMs, bytes } = await first.evaluate(() => {
    const [page] = performance.getEntriesByType('navigation');
    const files = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'));
    return { interactiveMs: page.domContentLoadedEventEnd, bytes: page.encodedBodySize + files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) };
  });

  const viewers = Array.from({ length: VIEWERS }, () => watch({ server: arena.url, channel: 'busy', WebSocket }));
  await first.waitForFunction(() => window.arena.stats().shown > 120);
  const intervals = await first.evaluate((seconds) => new Promise((resolve) => {
    const all = [];
    let last = null;
    const until = performance.now() + seconds * 1000;
    const tick = (now) => {
      if (last !== null) all.push(now - last);
      last = now;
      if (now < until) requestAnimationFrame(tick);
      else resolve(all);
    };
    requestAnimationFrame(tick);
  }), SECONDS);
  play.stop();
  busy.close();
  for (const viewer of viewers) viewer.close();

  const sorted = [...intervals].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  const even = intervals.filter((ms) => Math.abs(ms - FRAME_MS) <= MAY_MISS_MS).length / intervals.length;
  const { underruns, gaps, transport } = await first.stats();
  console.log(JSON.stringify({
    seconds: SECONDS, frames: intervals.length, even: `${(even * 100).toFixed(2)} %`, p1: at(0.01), p50: at(0.5), p99: at(0.99), max: at(1),
    underruns, gaps, transport, interactive_ms: Math.round(interactiveMs), picture_ms: pictureMs, first_load_bytes: bytes,
  }));
} finally {
  await browser.stop();
  await arena.stop();
}
