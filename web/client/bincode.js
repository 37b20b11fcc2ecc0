/**
 * Owns the primitives of `bincode` 2 in its `standard()` configuration, in both directions.
 * Does not know any message.
 * Invariant: only the shortest form of a number is read, and nothing is allocated for a length
 * that the input cannot hold.
 */

/**
 * An unsigned 64-bit number: a Number where that is exact, else a BigInt.
 * @typedef {number | bigint} U64
 */

/** The bytes are not what they should be; the message says why. */
export class Malformed extends Error {
  /** @param {string} why */
  constructor(why) {
    super(why);
    this.name = 'Malformed';
  }
}

const TEXT_IN = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const TEXT_OUT = new TextEncoder();

/** Reads values one behind the other. */
export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  /** One byte as it is. */
  byte() {
    if (this.at >= this.bytes.length) throw new Malformed('ends early');
    return this.bytes[this.at++];
  }

  bool() {
    const value = this.byte();
    if (value > 1) throw new Malformed('a boolean is 0 or 1');
    return value === 1;
  }

  u16() {
    return this.below(0xffff);
  }

  u32() {
    return this.below(0xffff_ffff);
  }

  /** @returns {U64} */
  u64() {
    return narrow(this.wide());
  }

  /** @returns {U64} */
  i64() {
    const n = this.wide();
    return typeof n === 'number' ? (n % 2 === 0 ? n / 2 : -(n + 1) / 2) : narrow((n >> 1n) ^ -(n & 1n));
  }

  /**
   * The index of an enum with `count` variants.
   * @param {number} count
   */
  variant(count) {
    const index = this.u32();
    if (index >= count) throw new Malformed('no such variant');
    return index;
  }

  /**
   * @template T
   * @param {() => T} read
   * @returns {T | null}
   */
  option(read) {
    const tag = this.byte();
    if (tag > 1) throw new Malformed('an option is 0 or 1');
    return tag === 1 ? read() : null;
  }

  /** A view of the input, not a copy. */
  blob() {
    const length = this.u64();
    if (length > this.bytes.length - this.at) throw new Malformed('claims more than there is');
    return this.bytes.subarray(this.at, (this.at += Number(length)));
  }

  text() {
    const bytes = this.blob();
    try {
      return TEXT_IN.decode(bytes);
    } catch {
      throw new Malformed('text is UTF-8');
    }
  }

  done() {
    if (this.at !== this.bytes.length) throw new Malformed('something follows the last field');
  }

  /**
   * @private
   * @param {number} max
   */
  below(max) {
    const value = this.wide();
    if (value > max) throw new Malformed('a number is too wide for its field');
    return Number(value);
  }

  /**
   * @private
   * @returns {U64}
   */
  wide() {
    const first = this.byte();
    if (first <= 250) return first;
    if (first > 253) throw new Malformed('a number is too wide for its field');
    const size = 2 << (first - 251);
    if (this.bytes.length - this.at < size) throw new Malformed('ends early');
    const at = this.at;
    this.at += size;
    const value =
      size === 2 ? this.view.getUint16(at, true)
      : size === 4 ? this.view.getUint32(at, true)
      : this.view.getBigUint64(at, true);
    const least = size === 2 ? 251 : size === 4 ? 0x1_0000 : 0x1_0000_0000n;
    if (value < least) throw new Malformed('a number is not in its shortest form');
    return size === 8 ? narrow(BigInt(value)) : value;
  }
}

/** Writes values one behind the other; the mirror of {@link Reader}. */
export class Writer {
  constructor() {
    /** @private @type {number[]} */
    this.bytes = [];
  }

  /** @param {number} value */
  byte(value) {
    this.bytes.push(value & 0xff);
    return this;
  }

  /** @param {boolean} value */
  bool(value) {
    return this.byte(value ? 1 : 0);
  }

  /**
   * Any unsigned number up to 64 bits.
   * @param {U64} value
   */
  uint(value) {
    const n = BigInt(value);
    if (n < 0n || n > 0xffff_ffff_ffff_ffffn) throw new RangeError('not an unsigned 64-bit number');
    if (n <= 250n) return this.byte(Number(n));
    const [tag, size] = n <= 0xffffn ? [251, 2] : n <= 0xffff_ffffn ? [252, 4] : [253, 8];
    this.byte(tag);
    for (let i = 0; i < size; i++) this.byte(Number((n >> BigInt(8 * i)) & 0xffn));
    return this;
  }

  /**
   * Any signed number up to 64 bits.
   * @param {U64} value
   */
  int(value) {
    const n = BigInt(value);
    return this.uint(n < 0n ? -n * 2n - 1n : n * 2n);
  }

  /**
   * @template T
   * @param {T | null | undefined} value
   * @param {(value: T) => void} write
   */
  option(value, write) {
    if (value === null || value === undefined) return this.byte(0);
    this.byte(1);
    write(value);
    return this;
  }

  /** @param {Uint8Array} value */
  blob(value) {
    this.uint(value.length);
    for (const byte of value) this.bytes.push(byte);
    return this;
  }

  /** @param {string} value */
  text(value) {
    return this.blob(TEXT_OUT.encode(value));
  }

  finish() {
    return Uint8Array.from(this.bytes);
  }
}

/**
 * @param {U64} n
 * @returns {U64}
 */
function narrow(n) {
  return n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
}
