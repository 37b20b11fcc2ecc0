/**
 * Owns the watch page: one channel, from its address to the picture.
 * The address decides: `/watch/<channel>`, `?transport=websocket`, `?from=start`, `#token=…` (behind
 * the hash, because that part is never sent to a server).
 */

import { Malformed } from '../client/bincode.js';
import { decodeMelee, SCHEMA as MELEE } from '../client/melee.js';
import { FROM_THE_FIRST } from '../client/messages.js';
import { watch } from '../client/watch.js';
import { Generic } from './generic.js';
import { readMeta } from './meta.js';
import { Notice, wordsFor } from './notice.js';
import { Panel, sizeText } from './panel.js';
import { Scoreboard } from './scoreboard.js';
import { Stage } from './stage.js';
import { clip, need } from './text.js';

const PANEL_MS = 250;
const TRANSPORTS = { webtransport: 'WebTransport', websocket: 'WebSocket' };
/** How long the last picture of a match stands before words cover it. */
const FAREWELL_MS = 4000;

const address = read(location);
const notice = new Notice();
const panel = new Panel(need('panel'));
const board = new Scoreboard(need('plates'), need('score'));
const match = need('match');
const other = need('generic');
const stage = new Stage(
  /** @type {HTMLCanvasElement} */ (need('canvas')), (state) => board.show(state), { live: !address.fromStart },
);

need('title').textContent = clip(address.channel, 64) || 'No channel';
document.title = `${clip(address.channel, 40)} · Arena`;

const session = watch({
  channel: address.channel, token: address.token, transport: address.transport,
  after: address.fromStart ? FROM_THE_FIRST : null, delivery: address.fromStart ? 'Complete' : 'Live',
});
/** @type {Generic | null} */
let generic = null;
let frames = 0;
let unreadable = 0;
/** @type {{ state: import('../client/watch.js').State, code: number | null, reason: string, since: number }} */
let latest = { state: 'connecting', code: null, reason: '', since: performance.now() };

session.on('start', ({ schema, meta }) => {
  const json = parsed(meta);
  generic?.close();
  generic = schema === MELEE ? null : new Generic(other, schema, json);
  match.hidden = generic !== null;
  other.hidden = generic === null;
  if (!generic) stage.reset(readMeta(json));
});
session.on('batch', (batch) => {
  frames += batch.frames;
  if (generic) return generic.receive(batch);
  try {
    stage.receive(decodeMelee(batch.payload));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    unreadable += 1;
  }
});
session.on('state', (change) => {
  latest = { ...change, since: performance.now() };
  refresh();
});
setInterval(refresh, PANEL_MS);
refresh();

function refresh() {
  const { state, code, reason, since } = latest;
  const hasPicture = generic !== null || stage.hasPicture;
  const isFarewell = state === 'ended' && performance.now() - since < FAREWELL_MS;
  notice.show(wordsFor(state, code, reason, address.channel), hasPicture && (state === 'live' || isFarewell || generic !== null));
  match.classList.toggle('is-faint', hasPicture && state !== 'live' && !isFarewell);

  const stats = session.stats();
  const latency = stats.latencyMs === null ? '–' : `${stats.latencyIsRelative ? '+' : ''}${Math.round(stats.latencyMs)} ms`;
  panel.show([
    { label: 'Transport', value: stats.transport ? TRANSPORTS[stats.transport] : '–', tone: stats.transport === 'webtransport' ? 'good' : undefined },
    { label: 'Latency', value: latency, tone: (stats.latencyMs ?? 0) - stats.delayMs > 400 ? 'warn' : undefined },
    { label: 'Buffer', value: generic ? '–' : `${stage.buffered} frames`, tone: state === 'live' && stage.pace > 1.1 ? 'warn' : undefined },
    { label: 'Gaps', value: stats.gaps === 0 ? '0' : `${stats.gaps} (${stats.missing})`, tone: stats.gaps > 0 ? 'warn' : undefined },
    { label: 'Display', value: generic ? '–' : `${Math.round(stage.fps)} fps` },
    { label: 'Received', value: sizeText(stats.bytes), tone: unreadable > 0 ? 'bad' : undefined },
  ]);
}

/** What tests and the curious may ask for. */
Object.assign(window, {
  arena: {
    stats: () => {
      const { state, transport, lastSeq, gaps, missing, latencyMs, reconnects, epoch, bytes } = session.stats();
      return {
        state, transport, frames, lastSeq, gaps, missing, latencyMs, reconnects, epoch, bytes, unreadable,
        buffered: generic ? 0 : stage.buffered, fps: stage.fps, shown: stage.frames, played: stage.played,
        underruns: stage.underruns,
      };
    },
  },
});

/** @param {Location} location */
function read({ pathname, search, hash }) {
  const query = new URLSearchParams(search);
  const wish = query.get('transport');
  /** @type {'auto' | 'webtransport' | 'websocket'} */
  const transport = wish === 'webtransport' || wish === 'websocket' ? wish : 'auto';
  return {
    channel: decoded(pathname.replace(/^\/watch\//, '')),
    transport,
    fromStart: query.get('from') === 'start',
    token: new URLSearchParams(hash.slice(1)).get('token') ?? undefined,
  };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {Uint8Array} meta */
function parsed(meta) {
  try {
    return JSON.parse(new TextDecoder().decode(meta));
  } catch {
    return null;
  }
}
