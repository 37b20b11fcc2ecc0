/** Owns a labelled field: its label, its hint, and what is wrong with it. */

import { element } from '../text.js';

/**
 * @typedef {object} Looks
 * @property {string} id
 * @property {string} [type]
 * @property {string} [value]
 * @property {string} [hint]
 * @property {AutoFill} [autocomplete]
 * @property {string} [inputMode]
 * @property {string} [placeholder]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {boolean} [required]
 */

/** @param {string} label @param {Looks} looks */
export function field(label, { id, type = 'text', value = '', hint, autocomplete = 'off', inputMode = '', placeholder = '', minLength, maxLength, required = false }) {
  const root = element('div', 'field');
  const name = element('label', '', label);
  name.htmlFor = id;
  const input = element('input');
  Object.assign(input, { id, type, value, autocomplete, inputMode, placeholder, required });
  if (minLength !== undefined) input.minLength = minLength;
  if (maxLength !== undefined) input.maxLength = maxLength;
  root.append(name, input);
  if (hint) {
    const help = element('span', 'hint', hint);
    help.id = `${id}-hint`;
    input.setAttribute('aria-describedby', help.id);
    root.append(help);
  }
  return { root, input };
}

/**
 * @param {string} label
 * @param {string} id
 * @param {[value: string, label: string][]} choices
 * @param {string} [chosen]
 */
export function choice(label, id, choices, chosen = '') {
  const root = element('div', 'field');
  const name = element('label', '', label);
  name.htmlFor = id;
  const select = element('select');
  select.id = id;
  for (const [value, text] of choices) select.add(new Option(text, value, false, value === chosen));
  root.append(name, select);
  return { root, select };
}
