/**
 * Owns the keys of one side of a duel until the arena has counted them.
 * Invariant: numbers go up by one and times never go back. What was not confirmed is sent again as
 * it was; nothing is sent that was not pressed.
 */

/** @typedef {{ typed: string, at_ms: number }} Key */

const BATCH_MAX = 64;

export class Typing {
  /** @type {Key[]} */
  #unsent = [];
  /** Of the first key that is not confirmed. */
  #first;
  #lastMs = 0;

  /**
   * @param {string} line
   * @param {{ position?: number, next?: number }} [from] what the arena has counted before
   */
  constructor(line, { position = 0, next = 0 } = {}) {
    this.line = line;
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
}
