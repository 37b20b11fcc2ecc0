/**
 * Owns the view of a channel whose payloads this page cannot draw: how much, how often, what.
 * Invariant: shows a bounded part of whatever comes, as text.
 */

import { Panel, sizeText } from './panel.js';
import { clip, element } from './text.js';

const SHOWN_BYTES = 512;
const SHOWN_CHARACTERS = 6000;
const BARS = 60;
const REFRESH_MS = 250;
const RATE_MS = 3000;

export class Generic {
  /**
   * @param {HTMLElement} root
   * @param {string} schema
   * @param {unknown} meta
   */
  constructor(root, schema, meta) {
    /** @private */
    this.isJson = schema === 'json' || schema.endsWith('+json');
    /** @private @type {{ at: number, size: number }[]} */
    this.recent = [];
    /** @private @type {import('../client/watch.js').Batch | null} */
    this.last = null;
    const figures = element('dl', 'figures');
    /** @private */
    this.panel = new Panel(figures);
    /** @private */
    this.bars = Array.from({ length: BARS }, () => element('span'));
    const chart = element('div', 'bars');
    chart.setAttribute('role', 'img');
    chart.setAttribute('aria-label', 'Sizes of the last batches');
    chart.append(...this.bars);
    /** @private */
    this.payload = element('pre');
    this.payload.tabIndex = 0;
    const about = element('pre', 'about', clip(JSON.stringify(meta), 600));
    root.replaceChildren(
      element('h2', '', `Schema “${clip(schema, 64)}”`),
      element('p', 'hint', 'This page cannot draw this format, so here is what passes by.'),
      figures, chart, element('h3', '', 'Last payload'), this.payload, element('h3', '', 'About the channel'), about,
    );
    /** @private */
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
  }

  /** @param {import('../client/watch.js').Batch} batch */
  receive(batch) {
    this.last = batch;
    this.recent.push({ at: performance.now(), size: batch.payload.length });
    if (this.recent.length > 2000) this.recent.shift();
  }

  close() {
    clearInterval(this.timer);
  }

  /** @private */
  refresh() {
    if (!this.last) return;
    const since = performance.now() - RATE_MS;
    const fresh = this.recent.filter(({ at }) => at >= since);
    const bytes = fresh.reduce((sum, { size }) => sum + size, 0);
    this.panel.show([
      { label: 'Batch', value: String(this.last.seq) },
      { label: 'Batches', value: `${((fresh.length * 1000) / RATE_MS).toFixed(1)} /s` },
      { label: 'Volume', value: `${sizeText((bytes * 1000) / RATE_MS)}/s` },
      { label: 'Last size', value: sizeText(this.last.payload.length) },
    ]);
    const sizes = this.recent.slice(-BARS).map(({ size }) => size);
    const most = Math.max(1, ...sizes);
    this.bars.forEach((bar, i) => {
      const size = sizes[sizes.length - BARS + i] ?? 0;
      bar.style.height = `${Math.round((size / most) * 100)}%`;
    });
    const text = this.isJson ? jsonText(this.last.payload) : hexText(this.last.payload);
    if (this.payload.textContent !== text) this.payload.textContent = text;
  }
}

/** @param {Uint8Array} payload */
function jsonText(payload) {
  try {
    const text = JSON.stringify(JSON.parse(new TextDecoder().decode(payload)), null, 2);
    return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}\n…` : text;
  } catch {
    return hexText(payload);
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
