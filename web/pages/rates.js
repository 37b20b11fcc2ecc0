/**
 * Owns the small picture of a channel that cannot be drawn: how many batches came, as bars that pass
 * by. Says only what the list says, so it costs nothing to look at.
 */

const BARS = 24;
const GAP_PX = 2;
/** Of the picture: above the bars stands what is played. */
const TALLEST = 0.36;
/** A channel that sends less fills less of its picture. */
const FULL_RATE_MIN = 10;

/** What came, as heights from 0 to 1, the newest last. Pure. @param {number[]} rates */
export function heights(rates) {
  const most = Math.max(FULL_RATE_MIN, ...rates);
  return rates.map((rate) => Math.max(0, Math.min(1, rate / most)));
}

export class Rates {
  /** @param {HTMLCanvasElement} canvas @param {number} everyMs how often the list tells */
  constructor(canvas, everyMs) {
    /** @private */
    this.canvas = canvas;
    /** @private */
    this.everyMs = everyMs;
    /** @private @type {number[]} */
    this.all = [];
    /** @private */
    this.toldAt = 0;
  }

  /** @param {number} rate batches a second @param {number} now */
  tell(rate, now) {
    this.all.push(rate);
    if (this.all.length > BARS + 1) this.all.shift();
    this.toldAt = now;
  }

  /** Whether there was anything to draw. @param {number} now */
  draw(now) {
    const ctx = this.canvas.getContext('2d');
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!ctx || width === 0 || this.all.length === 0) return false;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    // That of the line below the picture.
    ctx.fillStyle = getComputedStyle(this.canvas.parentElement ?? this.canvas).borderBottomColor;
    const step = width / BARS;
    // The newest comes in from the right until the next is told.
    const shift = Math.min(1, (now - this.toldAt) / this.everyMs) * step;
    heights(this.all).forEach((part, i, { length }) => {
      const tall = Math.max(1, part * height * TALLEST);
      ctx.globalAlpha = 0.35 + 0.5 * part;
      ctx.fillRect(width - (length - 1 - i) * step - shift, height - tall, step - GAP_PX, tall);
    });
    return true;
  }
}
