/**
 * Owns the loud words over a picture: READY, GO!, GAME!, who wins.
 * Invariant: one at a time, none for long; the time is an argument.
 */

const SHOWN_MS = 2600;
/** Frames of a game during which it has just begun. */
const GO_FRAMES = 50;
/** Before that many frames nobody needs to be ready. */
const READY_FRAMES = -90;

export class Callout {
  constructor() {
    /** @private */
    this.text = '';
    /** @private */
    this.since = 0;
    /** @private what is shown: the same object for every picture */
    this.words = { text: '', age: 0 };
  }

  clear() {
    this.text = '';
  }

  /**
   * @param {string} text
   * @param {number} now
   */
  say(text, now) {
    this.text = text;
    this.since = now;
  }

  /**
   * After what was said before.
   * @param {string} text
   * @param {number} now
   */
  then(text, now) {
    this.say(text, now + SHOWN_MS);
  }

  /**
   * What a frame says by itself: a game begins, or is about to.
   * @param {number} number
   * @param {number | null} before the number of the frame that was shown before
   * @param {number} now
   */
  follow(number, before, now) {
    if (number === 0 || (before !== null && before < 0 && number > 0)) this.say('GO!', now);
    else if (number < 0 && number >= READY_FRAMES && this.text === '') this.say('READY', now);
    if (this.text === 'GO!' && number > GO_FRAMES) this.clear();
  }

  /**
   * @param {number} now
   * @returns {{ text: string, age: number } | null}
   */
  at(now) {
    const age = now - this.since;
    if (age > SHOWN_MS && this.text !== 'READY') this.clear();
    if (this.text === '' || age < 0) return null;
    this.words.text = this.text;
    this.words.age = age;
    return this.words;
  }
}
