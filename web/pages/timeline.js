/**
 * Owns which place on the time line a frame has: sixty a second, whatever games number them anew.
 * Invariant: within a game places follow the numbers; each game lies behind the last.
 */

/** A frame this far below the newest is not a rollback but another game. */
const ROLLBACK_MAX = 60;

export class Timeline {
  constructor() {
    /** The highest place so far. */
    this.newest = -1;
    /** @private added to a frame's number it gives its place */
    this.offset = 0;
    /** @private @type {number | null} the highest frame number of this game */
    this.newestNumber = null;
  }

  /** The next frame belongs to another game: its number begins anew. */
  restart() {
    this.newestNumber = null;
  }

  /**
   * The place of the frame with this number.
   * @param {number} number
   */
  place(number) {
    if (this.newestNumber === null || number < this.newestNumber - ROLLBACK_MAX) {
      this.offset = this.newest + 1 - number;
      this.newestNumber = number;
    }
    this.newestNumber = Math.max(this.newestNumber, number);
    return number + this.offset;
  }

  /**
   * Frames as they stand on the line.
   * @template {{ number: number }} F
   * @param {F[]} frames
   * @returns {import('./past.js').Placed<F>[]}
   */
  placed(frames) {
    return frames.map((frame) => {
      const place = this.place(frame.number);
      this.newest = Math.max(this.newest, place);
      return { place, frame };
    });
  }
}
