/**
 * Owns when a frame is shown: frames come in bursts and go out at an even pace.
 * Pure: `now` is an argument (milliseconds, monotonic); drawing belongs to others.
 *
 * Every frame has a place on one time line of sixty ticks a second. Playing is a position on that
 * line, kept behind the newest frame by what the jitter asks for (`lateness.js`), and it gets there
 * by going a little faster or slower. So neither jitter nor a display of 50, 75 or 144 Hz is seen.
 *
 * Invariant: the position never goes back, and jumps forward only where catching up would take too
 * long, and then says so (`cut`).
 */

import { Lateness } from './lateness.js';
import { Timeline } from './timeline.js';

const TICKS_PER_MS = 60 / 1000;
/** A change of pace up to this is not noticed, and repairs this much. */
const GENTLE = 0.08;
const GENTLE_TICKS = 24;
const PACE_MIN = 0.5;
const PACE_MAX = 3;
/** Behind by more than this, or away for longer: cut. */
const CUT_TICKS = 15 * 60;
const AWAY_MS = 1500;
/** Starved for longer than this, the publisher paused: its time line has moved. */
const STARVED_MS = 250;
/** Across more missing frames than this, positions are held rather than blended. */
const BLEND_MAX = 6;
const HELD_MAX_LIVE = 30 * 60;
const HELD_MAX = 20 * 60 * 60;

/**
 * @template F, M
 * @typedef {object} View what is to be seen now
 * @property {F | null} frame null before the first
 * @property {F | null} next what `frame` turns into, if that is known
 * @property {number} blend how far it has, in [0, 1)
 * @property {M[]} marks those passed since the last view
 * @property {boolean} cut time was skipped since the last view
 */

/**
 * @template {{ number: number }} F a frame
 * @template M something that happens between frames
 */
export class Playout {
  /** @param {{ live?: boolean }} [options] not live: from the first frame on, at real speed */
  constructor({ live = true } = {}) {
    /** @private */
    this.live = live;
    /** @private @type {{ place: number, frame: F }[]} not shown yet, by place */
    this.held = [];
    /** @private @type {{ place: number, frame: F } | null} */
    this.shown = null;
    /** @private @type {{ place: number, mark: M }[]} */
    this.marks = [];
    /** @private */
    this.line = new Timeline();
    /** @private @type {number | null} null until playing begins */
    this.position = null;
    /** @private */
    this.lateness = new Lateness();
    /** @private @type {number | null} */
    this.lastNow = null;
    /** @private @type {number | null} */
    this.starvedSince = null;
    /** @private stands still until there is enough to go on with */
    this.isFilling = true;
    this.pace = 1;
    this.underruns = 0;
  }

  /**
   * Takes frames in the order of their arrival; a number that comes again replaces what was not
   * shown yet.
   * @param {F[]} frames
   * @param {number} now
   * @returns {import('./past.js').Placed<F>[]} where they stand
   */
  push(frames, now) {
    if (frames.length > 0 && this.starvedSince !== null && now - this.starvedSince > STARVED_MS) {
      this.lateness.forget();
      this.isFilling = true;
    }
    const before = this.newest;
    const placed = this.line.placed(frames);
    for (const { place, frame } of placed) this.hold(place, frame, now, before);
    const max = this.live ? HELD_MAX_LIVE : HELD_MAX;
    if (this.held.length > max) this.held.splice(0, this.held.length - max);
    return placed;
  }

  /** The highest place so far. */
  get newest() {
    return this.line.newest;
  }

  /**
   * Happens with the newest frame.
   * @param {M} mark
   */
  mark(mark) {
    this.marks.push({ place: this.newest, mark });
  }

  /**
   * Happens with the frame that comes next.
   * @param {M} mark
   */
  markNext(mark) {
    this.marks.push({ place: this.newest + 1, mark });
  }

  /** The next frame belongs to another game: its number begins anew. */
  restart() {
    this.line.restart();
  }

  /**
   * Moves on to `now`.
   * @param {number} now
   * @returns {View<F, M>}
   */
  advance(now) {
    const elapsedMs = this.lastNow === null ? 0 : Math.max(0, now - this.lastNow);
    this.lastNow = now;
    const cut = this.newest >= 0 && this.move(now, elapsedMs);
    return { ...this.look(), marks: this.passed(), cut };
  }

  /** How many ticks have been played or passed over. */
  get played() {
    return this.position ?? 0;
  }

  /** Frames between what is seen and the newest. */
  get buffered() {
    return this.position === null ? this.held.length : Math.max(0, Math.round(this.newest - this.position));
  }

  /**
   * @private
   * @param {number} place
   * @param {F} frame
   * @param {number} now
   * @param {number} before the highest place before this burst
   */
  hold(place, frame, now, before) {
    if (place > before) this.lateness.add(now * TICKS_PER_MS - place, now);
    if (this.shown && place <= this.shown.place) return;
    let at = this.held.length;
    while (at > 0 && this.held[at - 1].place >= place) at -= 1;
    const isAgain = this.held[at]?.place === place;
    this.held.splice(at, isAgain ? 1 : 0, { place, frame });
  }

  /**
   * @private
   * @param {number} now
   * @param {number} elapsedMs
   * @returns {boolean} whether time was skipped
   */
  move(now, elapsedMs) {
    const goal = now * TICKS_PER_MS - this.lateness.best - this.lateness.delay;
    this.position ??= this.live ? Math.max(0, Math.min(goal, this.newest)) : 0;
    if (this.live && this.isFilling) {
      if (goal < this.position) return false;
      this.isFilling = false;
    }
    const behind = Math.min(goal, this.newest) - this.position;
    if (this.live && (behind > CUT_TICKS || (elapsedMs > AWAY_MS && behind > 0))) {
      this.position += behind;
      this.starvedSince = null;
      return true;
    }
    this.pace = this.live ? paceFor(goal - this.position) : 1;
    const wanted = this.position + elapsedMs * TICKS_PER_MS * this.pace;
    if (wanted < this.newest) {
      this.starvedSince = null;
    } else if (this.starvedSince === null) {
      this.starvedSince = now;
      this.underruns += 1;
    }
    this.position = Math.max(this.position, Math.min(wanted, this.newest));
    return false;
  }

  /** @private */
  look() {
    const position = this.position ?? -1;
    let passed = 0;
    while (passed < this.held.length && this.held[passed].place <= position) passed += 1;
    if (passed > 0) this.shown = this.held.splice(0, passed)[passed - 1];
    if (!this.shown) return { frame: null, next: null, blend: 0 };

    const next = this.held.at(0);
    const distance = next ? next.place - this.shown.place : Infinity;
    if (!next || distance > BLEND_MAX) return { frame: this.shown.frame, next: null, blend: 0 };
    const blend = Math.min(0.999, Math.max(0, (position - this.shown.place) / distance));
    return { frame: this.shown.frame, next: next.frame, blend };
  }

  /** @private */
  passed() {
    const position = this.position ?? -1;
    const count = this.marks.filter(({ place }) => place <= position).length;
    return this.marks.splice(0, count).map(({ mark }) => mark);
  }
}

/**
 * How fast to go when this many ticks behind the goal, or before it if negative.
 * @param {number} behind
 */
function paceFor(behind) {
  const gentle = Math.max(-1, Math.min(1, behind / GENTLE_TICKS)) * GENTLE;
  const rest = Math.abs(behind) - GENTLE_TICKS;
  const firm = rest > 0 ? (behind > 0 ? rest / 120 : -rest / 72) : 0;
  return Math.max(PACE_MIN, Math.min(PACE_MAX, 1 + gentle + firm));
}
