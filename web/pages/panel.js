/**
 * Owns the row of numbers about the connection.
 */

import { element } from './text.js';

/** @typedef {{ label: string, value: string, tone?: 'good' | 'warn' | 'bad' }} Figure */

export class Panel {
  /** @param {HTMLElement} root a description list */
  constructor(root) {
    /** @private */
    this.root = root;
    /** @private @type {Map<string, HTMLElement>} */
    this.values = new Map();
  }

  /** @param {Figure[]} figures always with the same labels */
  show(figures) {
    for (const { label, value, tone } of figures) {
      const cell = this.values.get(label) ?? this.add(label);
      if (cell.textContent !== value) cell.textContent = value;
      const className = tone ?? '';
      if (cell.className !== className) cell.className = className;
    }
  }

  /**
   * @private
   * @param {string} label
   */
  add(label) {
    const value = element('dd');
    const pair = element('div');
    pair.append(element('dt', '', label), value);
    this.root.append(pair);
    this.values.set(label, value);
    return value;
  }
}

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
