/**
 * Owns reading `/metrics`, and what a chart needs of it: a figure at each look.
 * Invariant: a line that is not understood is left out, and nothing is kept for ever.
 */

/** @typedef {Map<string, number>} Sample sums over all labels, by name */

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? ([^ ]+)/;
const LOOKS_MAX = 180;

/** @param {string} text @returns {Sample} */
export function readMetrics(text) {
  /** @type {Sample} */
  const sample = new Map();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const [, name, , value] = LINE.exec(line) ?? [];
    const number = Number(value);
    if (name && Number.isFinite(number)) sample.set(name, (sample.get(name) ?? 0) + number);
  }
  return sample;
}

/** Looks at figures over time; a counter becomes what it grew by in a second. */
export class Series {
  /** @type {{ at: number, sample: Sample }[]} */
  #looks = [];

  /** @param {number} at @param {Sample} sample */
  add(at, sample) {
    this.#looks.push({ at, sample });
    if (this.#looks.length > LOOKS_MAX) this.#looks.shift();
  }

  /** @param {string} name @returns {{ x: number, y: number }[]} */
  level(name) {
    return this.#looks.flatMap(({ at, sample }) => (sample.has(name) ? [{ x: at, y: sample.get(name) ?? 0 }] : []));
  }

  /** @param {string} name @returns {{ x: number, y: number }[]} */
  rate(name) {
    return this.#between((before, after, seconds) => grown(before, after, name) / seconds, name);
  }

  /** The mean of a histogram within each step, in milliseconds. @param {string} name */
  meanMs(name) {
    return this.#between((before, after) => {
      const count = grown(before, after, `${name}_count`);
      return count === 0 ? 0 : (grown(before, after, `${name}_sum`) / count) * 1000;
    }, `${name}_count`);
  }

  /** @param {(before: Sample, after: Sample, seconds: number) => number} value @param {string} name */
  #between(value, name) {
    return this.#looks.slice(1).flatMap((look, i) => {
      const before = this.#looks[i];
      const seconds = (look.at - before.at) / 1000;
      return seconds > 0 && look.sample.has(name) ? [{ x: look.at, y: value(before.sample, look.sample, seconds) }] : [];
    });
  }
}

/** What a counter grew by; after a restart it began at none. @param {Sample} before @param {Sample} after @param {string} name */
function grown(before, after, name) {
  const [was, is] = [before.get(name) ?? 0, after.get(name) ?? 0];
  return is >= was ? is - was : is;
}
