/**
 * Owns what has been: frames and what happened between them, by their place on the time line.
 * Pure. Invariant: sorted, one frame for each place, and never more than the limit: the oldest go.
 */

/** Twenty minutes; a frame of two players takes some 300 bytes. */
const FRAMES_MAX = 20 * 60 * 60;
const MARKS_MAX = 500;
/** Across more missing frames than this, positions are held rather than blended. */
const BLEND_MAX = 6;

/**
 * @template F
 * @typedef {{ place: number, frame: F }} Placed
 */

/**
 * @template {{ number: number }} F
 * @template M
 */
export class History {
  /** @param {number} [max] frames that are kept */
  constructor(max = FRAMES_MAX) {
    /** @private */
    this.max = max;
    /** @private @type {Placed<F>[]} */
    this.frames = [];
    /** @private @type {{ place: number, mark: M }[]} */
    this.marks = [];
  }

  /** The first place, or null while there is none. */
  get first() {
    return this.frames.at(0)?.place ?? null;
  }

  /**
   * What has just arrived; a place that comes again replaces what was there.
   * @param {Placed<F>[]} placed
   */
  add(placed) {
    for (const it of placed) {
      const at = this.index(it.place);
      if (this.frames[at]?.place === it.place) this.frames[at] = it;
      else this.frames.splice(at + 1, 0, it);
    }
    // In lots: shifting each time would move everything each time.
    if (this.frames.length > this.max * 1.1) this.frames.splice(0, this.frames.length - this.max);
  }

  /**
   * @param {number} place
   * @param {M} mark
   */
  note(place, mark) {
    this.marks.push({ place, mark });
    if (this.marks.length > MARKS_MAX) this.marks.shift();
  }

  /**
   * What was before everything that is here.
   * @param {Placed<F>[]} frames
   * @param {{ place: number, mark: M }[]} marks
   */
  prepend(frames, marks) {
    const first = this.first ?? Infinity;
    this.frames = [...frames.filter(({ place }) => place < first), ...this.frames].slice(-this.max);
    this.marks = [...marks.filter(({ place }) => place <= first), ...this.marks].slice(-MARKS_MAX);
  }

  /**
   * What was to be seen there.
   * @param {number} position
   * @returns {{ frame: F | null, next: F | null, blend: number }}
   */
  look(position) {
    const at = this.index(position);
    const shown = this.frames[at];
    if (!shown) return { frame: this.frames[0]?.frame ?? null, next: null, blend: 0 };
    const next = this.frames[at + 1];
    const distance = next ? next.place - shown.place : Infinity;
    if (distance > BLEND_MAX) return { frame: shown.frame, next: null, blend: 0 };
    return { frame: shown.frame, next: next.frame, blend: Math.min(0.999, Math.max(0, (position - shown.place) / distance)) };
  }

  /**
   * All that had happened by then, in its order.
   * @param {number} position
   * @returns {M[]}
   */
  until(position) {
    return this.marks.filter(({ place }) => place <= position).map(({ mark }) => mark);
  }

  /**
   * The last frame at this place or before, as an index; -1 if there is none.
   * @private
   * @param {number} place
   */
  index(place) {
    let [low, high] = [0, this.frames.length];
    // Most of what comes is the newest.
    if (high > 0 && this.frames[high - 1].place <= place) return high - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.frames[middle].place <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
