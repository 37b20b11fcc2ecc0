/**
 * Owns the small pictures in the list: what each shows, and which few of them move.
 * Invariant: at most `MOVING_MAX` at once, none off screen, none while the page is hidden. For who
 * does not want motion each is drawn once and stands still; who pays for what is sent is sent none.
 */

import { Rates } from './rates.js';

const MOVING_MAX = 4;
const FRAME_MS = 100;

/** @typedef {'match' | 'rates'} Kind what can be drawn of a channel: its match, or how much passes by */
/**
 * @typedef {object} Preview
 * @property {HTMLCanvasElement} canvas
 * @property {string} name
 * @property {Rates | null} rates null for a match
 * @property {boolean} isSeen
 * @property {boolean} isDrawn it stands still, and was drawn
 * @property {{ close: () => void } | null} moving
 */

export class Previews {
  /** @param {number} everyMs how often the list tells of a channel */
  constructor(everyMs) {
    /** @private */
    this.everyMs = everyMs;
    /** @private @type {Map<Element, Preview>} */
    this.all = new Map();
    /** @private */
    this.stillness = matchMedia('(prefers-reduced-motion: reduce)');
    /** @private */
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const preview = this.all.get(target);
        if (preview) preview.isSeen = isIntersecting;
      }
      this.settle();
    });
    document.addEventListener('visibilitychange', () => this.settle());
    this.stillness.addEventListener('change', () => this.settle());
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {string} name of a channel that is live
   * @param {Kind} kind
   */
  add(canvas, name, kind) {
    if (this.all.has(canvas)) return;
    const rates = kind === 'rates' ? new Rates(canvas, this.everyMs) : null;
    this.all.set(canvas, { canvas, name, rates, isSeen: false, isDrawn: false, moving: null });
    this.observer.observe(canvas);
  }

  /**
   * The list tells of a channel again.
   * @param {HTMLCanvasElement} canvas
   * @param {number} rate batches a second
   */
  tell(canvas, rate) {
    this.all.get(canvas)?.rates?.tell(rate, performance.now());
  }

  /** @param {HTMLCanvasElement} canvas */
  drop(canvas) {
    if (!this.all.has(canvas)) return;
    this.all.get(canvas)?.moving?.close();
    this.all.delete(canvas);
    this.observer.unobserve(canvas);
    this.settle();
  }

  /** How many move, and how many stand still with a picture; for tests and the curious. */
  get counts() {
    const all = [...this.all.values()];
    return { moving: this.stillness.matches ? 0 : all.filter(({ moving }) => moving).length, still: all.filter(({ isDrawn }) => isDrawn).length };
  }

  /** @private */
  async settle() {
    const isStill = this.stillness.matches;
    const isSparing = /** @type {any} */ (navigator).connection?.saveData === true;
    const seen = document.hidden ? [] : [...this.all.values()].filter(({ isSeen, rates }) => isSeen && (rates || !isSparing));
    const wanted = seen.filter(({ isDrawn }) => !(isStill && isDrawn)).slice(0, MOVING_MAX);
    for (const preview of this.all.values()) {
      if (!isStill) preview.isDrawn = false;
      if (wanted.includes(preview)) continue;
      preview.moving?.close();
      preview.moving = null;
    }
    if (!wanted.some(({ moving }) => !moving)) return;
    // Without the module the pictures of matches stay empty; the list itself is whole.
    const matches = wanted.some(({ rates }) => !rates) ? await import('./moving.js').catch(() => null) : null;
    for (const preview of wanted) {
      if (this.all.get(preview.canvas) !== preview || document.hidden) continue;
      preview.moving ??= preview.rates ? this.passing(preview, preview.rates) : matches && this.match(preview, matches.Moving);
    }
  }

  /**
   * @private
   * @param {Preview} preview
   * @param {typeof import('./moving.js').Moving} Moving
   */
  match(preview, Moving) {
    return new Moving(preview.canvas, preview.name, { everyMs: FRAME_MS, onDrawn: () => this.drawn(preview) });
  }

  /**
   * @private
   * @param {Preview} preview
   * @param {Rates} rates
   */
  passing(preview, rates) {
    const draw = () => {
      if (rates.draw(performance.now())) this.drawn(preview);
    };
    const timer = setInterval(draw, FRAME_MS);
    return { close: () => clearInterval(timer) };
  }

  /** @private @param {Preview} preview */
  drawn(preview) {
    if (!this.stillness.matches || preview.isDrawn) return;
    preview.isDrawn = true;
    preview.moving?.close();
    preview.moving = null;
    // The next one, if more are seen than may move at once.
    this.settle();
  }
}
