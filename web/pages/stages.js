/**
 * Owns the shape of the stages: what can be stood on, in stage units, and how far a fighter may fly.
 * An unknown stage is a plain floor.
 */

/** @typedef {{ left: number, right: number, y: number }} Platform */
/** @typedef {{ floor: Platform, platforms: Platform[], hue: number }} Shape */

/** @type {Readonly<Record<number, Shape>>} */
const SHAPES = {
  6: stage(56, 322, [-59.5, -28, 23.4], [28, 59.5, 23.4], [-15.8, 15.8, 42]),
  8: stage(63.4, 212, [-49.5, -21, 20.1], [21, 49.5, 20.1], [-14.3, 14.3, 42.8]),
  18: stage(87.8, 196, [-55, -25, 25], [25, 55, 25]),
  24: stage(68.4, 268, [-57.6, -20, 27.2], [20, 57.6, 27.2], [-18.8, 18.8, 54.4]),
  25: stage(85.6, 246),
  26: stage(77.3, 148, [-61.4, -31.7, 30.1], [31.7, 61.4, 30.2], [-19, 19, 51.4]),
};
const PLAIN = stage(80, 230);

/** @param {number | null} id */
export function shapeOf(id) {
  return SHAPES[id ?? -1] ?? PLAIN;
}

/**
 * @param {number} half
 * @param {number} hue
 * @param {[number, number, number][]} platforms
 * @returns {Shape}
 */
function stage(half, hue, ...platforms) {
  return {
    floor: { left: -half, right: half, y: 0 },
    platforms: platforms.map(([left, right, y]) => ({ left, right, y })),
    hue,
  };
}
