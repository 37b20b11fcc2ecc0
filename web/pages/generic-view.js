/**
 * Owns the view of a schema that has no renderer, or whose renderer did not come: how much, how
 * often, what.
 * Invariant: shows a bounded part of whatever comes, as text.
 */

import { BatchTape } from './batch-tape.js';
import { jsonTree } from './json-tree.js';
import { Panel, sizeText } from './panel.js';
import { clip, element } from './text.js';

/** @typedef {import('../client/watch.js').Batch} Batch */

const SHOWN_BYTES = 512;
const JSON_BYTES_MAX = 64 * 1024;
const BARS = 60;
const REFRESH_MS = 250;
const RATE_MS = 3000;
const RECENT_MAX = 2000;

/**
 * @param {import('./renderers.js').Place} place
 * @returns {import('./renderers.js').View}
 */
export function genericView({ root, schema, lacks = '' }) {
  const isJson = schema === 'json' || schema.endsWith('+json');
  const tape = new BatchTape();
  /** @type {{ at: number, size: number }[]} */
  const recent = [];
  /** @type {Batch | null} */
  let shown = null;
  const figures = element('dl', 'figures');
  const panel = new Panel(figures);
  const bars = Array.from({ length: BARS }, () => element('span'));
  const chart = element('div', 'bars');
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', 'Sizes of the last batches');
  chart.append(...bars);
  const payload = element('div', 'payload');
  payload.tabIndex = 0;
  payload.setAttribute('role', 'region');
  payload.setAttribute('aria-label', 'The last payload');
  const about = element('div', 'payload');
  root.className = 'generic';
  root.replaceChildren(
    element('h2', '', `Schema “${clip(schema, 64)}”`),
    element('p', 'soft', lacks),
    figures, chart, element('h3', '', 'Last payload'), payload, element('h3', '', 'About the channel'), about,
  );
  const timer = setInterval(() => refresh(performance.now()), REFRESH_MS);

  /** @param {number} now */
  function refresh(now) {
    const batch = tape.look(now);
    if (!batch) return;
    const fresh = recent.filter(({ at }) => at >= now - RATE_MS);
    const bytes = fresh.reduce((sum, { size }) => sum + size, 0);
    panel.show([
      { label: 'Batch', value: String(batch.seq) },
      { label: 'Batches', value: `${((fresh.length * 1000) / RATE_MS).toFixed(1)} /s` },
      { label: 'Volume', value: `${sizeText((bytes * 1000) / RATE_MS)}/s` },
      { label: 'Size', value: sizeText(batch.payload.length) },
    ]);
    const sizes = recent.slice(-BARS).map(({ size }) => size);
    const most = Math.max(1, ...sizes);
    bars.forEach((bar, i) => bar.style.setProperty('height', `${Math.round(((sizes[sizes.length - BARS + i] ?? 0) / most) * 100)}%`));
    // A tree that somebody reads stays as he opened it.
    const isRead = payload.matches(':focus-within, :hover') && shown !== null && !tape.tape.isPaused;
    if (batch === shown || isRead) return;
    shown = batch;
    payload.replaceChildren(isJson ? tree(batch.payload) : element('pre', '', hexText(batch.payload)));
  }

  return {
    start: (meta) => about.replaceChildren(jsonTree(meta)),
    receive: (batch) => {
      const now = performance.now();
      recent.push({ at: now, size: batch.payload.length });
      if (recent.length > RECENT_MAX) recent.shift();
      tape.push(batch, now);
    },
    get hasPicture() {
      return true;
    },
    deck: tape,
    figures: () => [],
    summary: () => (shown ? `Batch ${shown.seq}, ${sizeText(shown.payload.length)}.` : ''),
    counts: () => ({}),
    close: () => clearInterval(timer),
  };
}

/** @param {Uint8Array} payload */
function tree(payload) {
  if (payload.length > JSON_BYTES_MAX) return element('pre', '', hexText(payload));
  try {
    return jsonTree(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)));
  } catch {
    return element('pre', '', `This is not JSON, although the schema says so:\n${hexText(payload)}`);
  }
}

/** @param {Uint8Array} payload */
function hexText(payload) {
  const lines = [];
  for (let at = 0; at < Math.min(payload.length, SHOWN_BYTES); at += 16) {
    const row = Array.from(payload.subarray(at, at + 16));
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex}  ${text}`);
  }
  if (payload.length > SHOWN_BYTES) lines.push(`… ${payload.length - SHOWN_BYTES} more bytes`);
  return lines.join('\n');
}
