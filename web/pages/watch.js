/**
 * Owns the watch page: one channel, from its address to the picture and what is known beside it.
 */

import { Malformed } from '../client/bincode.js';
import { FROM_THE_FIRST } from '../client/messages.js';
import { watch } from '../client/watch.js';
import { read, shared } from './address.js';
import { api, Trouble } from './api.js';
import { Controls } from './controls.js';
import { fetchEarlier } from './earlier.js';
import { MatchFacts } from './match-facts.js';
import { matchWords } from './match-words.js';
import { readMeta } from './meta.js';
import { Notice, wordsFor } from './notice.js';
import { Panel, sizeText } from './panel.js';
import { rendererOf } from './renderers.js';
import { Announcer } from './summary.js';
import { clip, need } from './text.js';

/** @typedef {import('./renderers.js').View} View */
/** @typedef {import('../client/watch.js').Batch} Batch */

const PANEL_MS = 250;
const TRANSPORTS = { webtransport: 'WebTransport', websocket: 'WebSocket' };
/** How long the last picture of a match stands before words cover it. */
const FAREWELL_MS = 4000;
/** Batches that wait for a renderer's module. */
const EARLY_MAX = 500;

const address = read(location);
const notice = new Notice();
const panel = new Panel(need('panel'));
const announcer = new Announcer(need('said'));
const room = need('match');
const controls = new Controls(need('controls'), { room: need('room'), link: shared(location), onIntent: () => lookBack() });
const options = {
  channel: address.channel, transport: address.transport,
  token: address.token ?? (address.match ? ticket : undefined),
};
const session = watch({ ...options, after: address.isFromStart ? FROM_THE_FIRST : null, delivery: address.isFromStart ? 'Complete' : 'Live' });

/** @type {View | null} */
let view = null;
/** @type {Batch[]} what came before its renderer did */
let early = [];
let lives = 0;
/** @type {number | null} the first batch of this life that came */
let firstSeq = null;
let hasLookedBack = false;
let frames = 0;
let unreadable = 0;
let refused = '';
/** @type {{ state: import('../client/watch.js').State, code: number | null, reason: string, since: number }} */
let latest = { state: 'connecting', code: null, reason: '', since: performance.now() };
/** @type {import('./notice.js').About} */
let about = { isMissing: false, isOver: false, hasBegun: true, match: address.match };

entitle([]);
if (address.match) new MatchFacts(need('facts'), address.match, (known, trouble) => {
  if (known) {
    const words = matchWords(known.match);
    about = { ...about, isOver: words.isOver, hasBegun: words.hasBegun };
    entitle(words.players.map(({ name }) => name));
  } else if (trouble?.status === 404) {
    about = { ...about, isMissing: true };
    entitle([]);
    session.close();
  }
  refresh();
});

session.on('start', ({ schema, meta }) => begin(schema, parsed(meta)));
session.on('batch', (batch) => {
  frames += batch.frames;
  firstSeq ??= batch.seq;
  if (view) take(batch);
  else if (early.length < EARLY_MAX) early.push(batch);
});
session.on('state', (change) => {
  latest = { ...change, since: performance.now() };
  refresh();
});
setInterval(refresh, PANEL_MS);
refresh();

/**
 * A life of the channel begins: its schema may be another.
 * @param {string} schema
 * @param {unknown} meta
 */
async function begin(schema, meta) {
  const life = ++lives;
  view?.close();
  [view, early, firstSeq, hasLookedBack] = [null, [], null, false];
  /** @type {import('./renderers.js').Renderer | null} */
  const renderer = await rendererOf(schema).catch(() => null);
  if (life !== lives) return;
  about = { ...about, isIncomplete: renderer === null };
  if (!renderer) return refresh();
  const made = renderer({ root: room, schema, isFromStart: address.isFromStart });
  made.start(meta);
  view = made;
  controls.show(view);
  if (!address.match) entitle(readMeta(meta).contenders.map(({ name }) => name));
  for (const batch of early.splice(0)) take(batch);
  if (address.isSolid && view.solid) controls.turn(true);
  refresh();
}

/** @param {Batch} batch */
function take(batch) {
  try {
    view?.receive(batch);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    unreadable += 1;
    refused = error.message;
  }
}

/** Somebody is about to look back: what was before this page came is fetched, once for each life. */
async function lookBack() {
  if (hasLookedBack || firstSeq === null || firstSeq === 0 || address.isFromStart) return;
  hasLookedBack = true;
  const life = lives;
  const batches = await fetchEarlier(options, firstSeq);
  if (life !== lives || !view) return;
  try {
    view.deck.precede(batches);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}

function refresh() {
  const { state, code, reason, since } = latest;
  const hasPicture = view?.hasPicture ?? false;
  const isFarewell = state === 'ended' && performance.now() - since < FAREWELL_MS;
  const isElsewhere = view !== null && !view.deck.tape.isLive;
  const stats = session.stats();
  const isGarbled = unreadable > 0 && !hasPicture;
  const words = wordsFor(state, code, reason, address.channel, { ...about, garbled: isGarbled ? refused : null, hasHeard: stats.batches > 0 });
  const isCovered = hasPicture && (state === 'live' || isFarewell || isElsewhere);
  notice.show(words, isCovered, hasPicture);
  room.classList.toggle('is-faint', hasPicture && state !== 'live' && !isFarewell && !isElsewhere);
  controls.refresh();
  if (isCovered && view) announcer.say(view.summary(), performance.now());
  figures(stats);
}

/** @param {ReturnType<typeof session.stats>} stats */
function figures(stats) {
  const latency = stats.latencyMs === null ? '–' : `${stats.latencyIsRelative ? '+' : ''}${Math.round(stats.latencyMs)} ms`;
  panel.show([
    { label: 'Transport', value: stats.transport ? TRANSPORTS[stats.transport] : '–', tone: stats.transport === 'webtransport' ? 'good' : undefined },
    { label: 'Latency', value: latency, tone: (stats.latencyMs ?? 0) - stats.delayMs > 400 ? 'warn' : undefined },
    { label: 'Delay', value: stats.delayMs > 0 ? `${(stats.delayMs / 1000).toFixed(1)} s, on purpose` : 'none' },
    ...(view?.figures() ?? []),
    { label: 'Gaps', value: stats.gaps === 0 ? '0' : `${stats.gaps} (${stats.missing})`, tone: stats.gaps > 0 ? 'warn' : undefined },
    { label: 'Received', value: sizeText(stats.bytes) },
    ...(unreadable > 0 ? [{ label: 'Unreadable', value: String(unreadable), tone: /** @type {const} */ ('bad') }] : []),
  ]);
}

/** What allows to watch a match. Where none is needed, none is missed. */
async function ticket() {
  try {
    const { watch: pass } = await api(`/v1/matches/${address.match}/stream`);
    return typeof pass?.token === 'string' ? pass.token : undefined;
  } catch (error) {
    if (error instanceof Trouble && error.status === 404) about = { ...about, isMissing: true };
    return undefined;
  }
}

/** @param {string[]} names who plays, if that is known */
function entitle(names) {
  const unknown = about.isMissing ? 'No such match' : address.match ? 'Match' : clip(address.channel, 64) || 'No channel';
  const title = names.length > 0 ? names.slice(0, 4).join(' vs ') : unknown;
  need('title').textContent = title;
  document.title = `${clip(title, 60)} · Arena`;
}

/** @param {Uint8Array} meta */
function parsed(meta) {
  try {
    return JSON.parse(new TextDecoder().decode(meta));
  } catch {
    return null;
  }
}

/** What tests and the curious may ask for. */
Object.assign(window, {
  arena: {
    stats: () => {
      const { state, transport, lastSeq, gaps, missing, latencyMs, reconnects, epoch, bytes, delayMs } = session.stats();
      return {
        state, transport, frames, lastSeq, gaps, missing, latencyMs, reconnects, epoch, bytes, delayMs, unreadable,
        buffered: 0, fps: 0, shown: 0, played: 0, underruns: 0, ...view?.counts(), tape: view?.deck.tape ?? null,
      };
    },
  },
});
