/**
 * Owns the keys of one side of a duel until the arena has counted them.
 * Invariant: numbers go up by one and times never go back. What was not confirmed is sent again as
 * it was; nothing is sent that was not pressed.
 */

/** @typedef {{ typed: string, at_ms: number }} Key */

const BATCH_MAX = 64;
/** What phones make of plain keys by themselves, one for one: what stood before is counted already. */
const PLAIN = /** @type {Record<string, string>} */ ({
  '\u2018': "'", '\u2019': "'", '\u201a': "'", '\u201b': "'", '\u00b4': "'", '\u2032': "'",
  '\u201c': '"', '\u201d': '"', '\u201e': '"', '\u201f': '"', '\u2033': '"',
  '\u2010': '-', '\u2011': '-', '\u2012': '-', '\u2013': '-', '\u2014': '-', '\u2212': '-',
  '\u2026': '.', '\u00a0': ' ', '\u202f': ' ',
});

/** The keys behind a text: lines are ASCII, and keyboards that mean well are not. @param {string} text */
export function plainKeys(text) {
  return Array.from(text, (char) => PLAIN[char] ?? char);
}

export class Typing {
  /** @type {Key[]} */
  #unsent = [];
  /** Of the first key that is not confirmed. */
  #first = 0;
  position = 0;
  wrong = 0;
  #lastMs = 0;

  /**
   * @param {string} line
   * @param {{ position?: number, next?: number }} [from] what the arena has counted before
   */
  constructor(line, { position = 0, next = 0 } = {}) {
    this.line = line;
    this.#stand(position, next);
  }

  /** @param {number} position @param {number} next */
  #stand(position, next) {
    this.position = position;
    this.#first = next;
    this.wrong = next - position;
  }

  get isDone() {
    return this.position >= this.line.length;
  }

  /**
   * @param {string} char
   * @param {number} atMs since the start
   * @returns {'right' | 'wrong' | 'nothing'}
   */
  press(char, atMs) {
    if (this.isDone || Array.from(char).length !== 1) return 'nothing';
    this.#lastMs = Math.max(this.#lastMs, Math.round(atMs), 0);
    this.#unsent.push({ typed: char, at_ms: this.#lastMs });
    return this.#count(char);
  }

  /** @param {string} char @returns {'right' | 'wrong'} */
  #count(char) {
    if (this.line[this.position] !== char) {
      this.wrong += 1;
      return 'wrong';
    }
    this.position += 1;
    return 'right';
  }

  /** @returns {{ first: number, keys: Key[] } | null} what has to be sent */
  batch() {
    const keys = this.#unsent.slice(0, BATCH_MAX);
    return keys.length === 0 ? null : { first: this.#first, keys };
  }

  /** @param {number} next the number that the arena expects next */
  confirm(next) {
    const counted = Math.max(0, Math.min(next - this.#first, this.#unsent.length));
    this.#unsent.splice(0, counted);
    this.#first += counted;
  }

  /**
   * Goes on from where the arena has us. Keys that it has not counted stay, by their old numbers, and
   * are sent again; those that it has counted meanwhile go.
   * @param {{ position: number, next: number }} at
   */
  resume({ position, next }) {
    const end = this.#first + this.#unsent.length;
    // It has more, or less, than was ever pressed here: nothing of ours fits on to it.
    const kept = next < this.#first || next > end ? [] : this.#unsent.slice(next - this.#first);
    this.#stand(position, next);
    this.#unsent = kept;
    for (const { typed } of kept) if (!this.isDone) this.#count(typed);
  }

  /** What the arena refused is not sent again. */
  drop() {
    this.#unsent = [];
  }
}
