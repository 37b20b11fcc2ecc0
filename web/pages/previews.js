/**
 * Owns the small moving pictures in the list: which few of them move.
 * Invariant: at most `MOVING_MAX` at once, none off screen, none while the page is hidden, and none
 * for who does not want motion or pays for what is sent.
 */

const MOVING_MAX = 4;

/** @typedef {{ canvas: HTMLCanvasElement, name: string, isSeen: boolean, moving: { close: () => void } | null }} Preview */

export class Previews {
  constructor() {
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
   * @param {string} name of a channel that can be drawn
   */
  add(canvas, name) {
    if (this.all.has(canvas)) return;
    this.all.set(canvas, { canvas, name, isSeen: false, moving: null });
    this.observer.observe(canvas);
  }

  /** @param {HTMLCanvasElement} canvas */
  drop(canvas) {
    this.all.get(canvas)?.moving?.close();
    this.all.delete(canvas);
    this.observer.unobserve(canvas);
    this.settle();
  }

  /** How many move; for tests and the curious. */
  get moving() {
    return [...this.all.values()].filter(({ moving }) => moving).length;
  }

  /** @private */
  async settle() {
    const saves = /** @type {any} */ (navigator).connection?.saveData === true;
    const isStill = document.hidden || this.stillness.matches || saves;
    const wanted = isStill ? [] : [...this.all.values()].filter(({ isSeen }) => isSeen).slice(0, MOVING_MAX);
    for (const preview of this.all.values()) {
      if (wanted.includes(preview)) continue;
      preview.moving?.close();
      preview.moving = null;
    }
    if (!wanted.some(({ moving }) => !moving)) return;
    const { Moving } = await import('./moving.js');
    for (const preview of wanted) {
      if (this.all.get(preview.canvas) === preview && !document.hidden) preview.moving ??= new Moving(preview.canvas, preview.name);
    }
  }
}
