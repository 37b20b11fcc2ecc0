/**
 * Owns how `melee/1` foretells a 32-bit float and tells the difference.
 * Invariant: bit patterns survive, those of NaN and of minus zero included, because a value is
 * kept as its 32 bits wherever it is handed on.
 */

export const HOLD = 0;
export const LINEAR = 1;
export const QUADRATIC = 2;

const CELL = new DataView(new ArrayBuffer(4));

/** @param {number} bits */
export function valueOf(bits) {
  CELL.setUint32(0, bits);
  return CELL.getFloat32(0);
}

/** @param {number} value */
export function bitsOf(value) {
  CELL.setFloat32(0, value);
  return CELL.getUint32(0);
}

/**
 * What is told for `actual`, as an unsigned number.
 * @param {number} predicted bits
 * @param {number} actual bits
 */
export function residual(predicted, actual) {
  const r = (ordered(actual) - ordered(predicted)) | 0;
  return ((r << 1) ^ (r >> 31)) >>> 0;
}

/**
 * The bits that `residual` was told for.
 * @param {number} predicted bits
 * @param {number} told below 2^32
 */
export function correct(predicted, told) {
  const r = (told >>> 1) ^ -(told & 1);
  return unordered((ordered(predicted) + r) >>> 0);
}

/** The last three values of one coordinate. */
export class History {
  constructor() {
    this.bits = 0;
    this.a = 0;
    this.b = 0;
    this.c = 0;
    this.isNew = true;
  }

  /**
   * The bits to expect next.
   * @param {number} order HOLD, LINEAR or QUADRATIC
   */
  predict(order) {
    if (order === HOLD) return this.bits;
    const d1 = Math.fround(this.a - this.b);
    const step = order === LINEAR ? d1 : Math.fround(d1 + Math.fround(d1 - Math.fround(this.b - this.c)));
    const outcome = Math.fround(this.a + step);
    return Number.isFinite(outcome) ? bitsOf(outcome) : this.bits;
  }

  /** @param {number} bits */
  push(bits) {
    const value = valueOf(bits);
    this.c = this.isNew ? value : this.b;
    this.b = this.isNew ? value : this.a;
    this.a = value;
    this.bits = bits;
    this.isNew = false;
  }
}

/**
 * Bits as a number that rises with the value.
 * @param {number} bits
 */
function ordered(bits) {
  return (bits & 0x8000_0000 ? ~bits : bits | 0x8000_0000) >>> 0;
}

/** @param {number} number */
function unordered(number) {
  return (number & 0x8000_0000 ? number & 0x7fff_ffff : ~number) >>> 0;
}
