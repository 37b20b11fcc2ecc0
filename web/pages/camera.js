/**
 * Owns which part of the stage is seen. Pure: time is an argument.
 * Invariant: moves smoothly except when told to `snap`, and never closer or further than its limits.
 */

/** Stage units across: no closer than a duel, no further than the whole flight. */
const WIDTH_MIN = 120;
const WIDTH_MAX = 420;
const MARGIN = 34;
/** A fighter's middle over its feet. */
const BODY = 8;
/** The floor is seen, whoever flies: without it nobody knows how high. */
const FLOOR = -16;
/** Action states up to this one are of the dead. */
const DEAD_MAX = 10;
/** How soon the picture follows: time constants, quicker to show more than to show less. */
const OUT_MS = 220;
const IN_MS = 900;
const MOVE_MS = 300;

export class Camera {
  constructor() {
    this.x = 0;
    this.y = 20;
    this.width = 220;
    /** @private */
    this.isSet = false;
  }

  /**
   * Shows who is in play, and the floor under them; the floor alone while nobody is.
   * @param {import('../client/melee.js').Player[]} players
   * @param {number} aspect width over height of the picture
   * @param {number} elapsedMs
   */
  follow(players, aspect, elapsedMs) {
    let left = Infinity;
    let right = -Infinity;
    let bottom = FLOOR;
    let top = -Infinity;
    for (const { x, y, actionState, stocks } of players) {
      if (actionState <= DEAD_MAX || stocks <= 0) continue;
      left = Math.min(left, clamp(x, -230, 230) - MARGIN);
      right = Math.max(right, clamp(x, -230, 230) + MARGIN);
      bottom = Math.min(bottom, clamp(y, -110, 190) - MARGIN * 0.5);
      top = Math.max(top, clamp(y, -110, 190) + MARGIN + BODY);
    }
    if (top === -Infinity) [left, right, top] = [-90, 90, 70];
    const width = clamp(Math.max(right - left, (top - bottom) * aspect, 90 * aspect), WIDTH_MIN, Math.max(WIDTH_MAX, 200 * aspect));
    this.toward((left + right) / 2, (top + bottom) / 2, width, elapsedMs);
  }

  /**
   * Shows the whole stage and stays there, for people who do not want motion.
   * @param {number} half the stage's half width
   * @param {number} aspect
   */
  rest(half, aspect) {
    this.isSet = false;
    this.toward(0, 28, Math.max(half * 3.4, 170 * aspect), 0);
  }

  /** The next picture follows no other. */
  snap() {
    this.isSet = false;
  }

  /**
   * @private
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} elapsedMs
   */
  toward(x, y, width, elapsedMs) {
    const share = (/** @type {number} */ ms) => (this.isSet ? 1 - Math.exp(-elapsedMs / ms) : 1);
    this.x += (x - this.x) * share(MOVE_MS);
    this.y += (y - this.y) * share(MOVE_MS);
    this.width += (width - this.width) * share(width > this.width ? OUT_MS : IN_MS);
    this.isSet = true;
  }
}

/**
 * @param {number} n
 * @param {number} min
 * @param {number} max
 */
function clamp(n, min, max) {
  // A stranger's numbers may be anything; what is not a number stands in the middle.
  return Number.isFinite(n) ? Math.min(max, Math.max(min, n)) : (min + max) / 2;
}
