/**
 * Owns making text from strangers fit to be shown: names, reasons, meta.
 * Invariant: what comes out is short, on one line, and cannot turn the direction of its neighbours.
 * It is still only ever put into a page as text.
 */

// Controls, and the marks that reorder or hide text: bidi, zero width, line separators, tags.
const UNFIT = /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]+/gu;
// More than two marks on one letter climb over other lines.
const PILED = /(\p{M}{2})\p{M}+/gu;

/**
 * @param {unknown} text
 * @param {number} max letters that are kept
 */
export function clip(text, max) {
  if (typeof text !== 'string') return '';
  const line = text.slice(0, max * 8).replace(UNFIT, ' ').replace(PILED, '$1').replace(/\s+/g, ' ').trim();
  const letters = Array.from(line);
  return letters.length <= max ? line : `${letters.slice(0, max - 1).join('')}…`;
}

/**
 * A new element with text in it.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function element(tag, className = '', text = '') {
  const it = document.createElement(tag);
  it.className = className;
  it.textContent = text;
  return it;
}

/**
 * The element of a page that its script cannot do without.
 * @param {string} id
 */
export function need(id) {
  const it = document.getElementById(id);
  if (!it) throw new Error(`the page has no #${id}`);
  return it;
}
