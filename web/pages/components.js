/**
 * Owns the parts that pages are made of, where a class of the sheet is not enough: words for an
 * empty place and for trouble, toasts, a question in a dialog, a table.
 * Invariant: text goes into a page as text only, and everything works by keyboard.
 */

import { clip, element } from './text.js';

/** @typedef {{ label: string, act?: () => void, href?: string }} Action */

const TOAST_MS = 6000;
const TOASTS_MAX = 4;
const TOAST_LETTERS = 300;

/**
 * A button, or a link that looks like one.
 * @param {Action} action
 * @param {string} [className] such as `is-quiet`
 */
export function button({ label, act, href }, className = '') {
  const it = href === undefined ? element('button', `button ${className}`, label) : element('a', `button ${className}`, label);
  if (it instanceof HTMLAnchorElement) it.href = href ?? '';
  else it.type = 'button';
  if (act) it.addEventListener('click', act);
  return it;
}

/**
 * What stands where nothing is yet.
 * @param {string} title
 * @param {string} text why, and what to do
 * @param {Action} [action]
 */
export function emptyState(title, text, action) {
  return state('empty', title, text, action);
}

/**
 * What stands where something went wrong: what, and what can be done.
 * @param {unknown} error a `Trouble` of `api.js`, or any other
 * @param {(() => void) | null} again null if asking again cannot help
 */
export function troubleState(error, again) {
  const { title, text } = troubleWords(error);
  const it = state('trouble', title, text, again ? { label: 'Try again', act: again } : undefined);
  it.setAttribute('role', 'alert');
  return it;
}

/**
 * @param {unknown} error
 * @returns {{ title: string, text: string }}
 */
export function troubleWords(error) {
  const { title, advice, message } = /** @type {any} */ (error instanceof Error ? error : {});
  return {
    title: clip(title, 80) || 'Something went wrong',
    text: clip(advice ?? message, TOAST_LETTERS) || 'This page has a fault. Reload it.',
  };
}

/**
 * Says something in passing, also to who cannot see it.
 * @param {string} text
 * @param {'good' | 'warn' | 'bad' | 'live'} [tone]
 */
export function toast(text, tone = 'live') {
  let place = document.querySelector('.toasts');
  if (!place) {
    place = element('div', 'toasts');
    place.setAttribute('role', 'status');
    document.body.append(place);
  }
  const it = element('p', 'toast', clip(text, TOAST_LETTERS));
  it.dataset.tone = tone;
  place.append(it);
  while (place.children.length > TOASTS_MAX) place.firstElementChild?.remove();
  setTimeout(() => it.remove(), TOAST_MS);
}

/**
 * Asks a question that has to be answered first; false if it is put away.
 * @param {{ title: string, text: string, yes: string, no?: string, isDanger?: boolean }} question
 * @returns {Promise<boolean>}
 */
export function ask({ title, text, yes, no = 'Cancel', isDanger = false }) {
  const box = element('dialog');
  const heading = element('h2', '', title);
  heading.id = 'question';
  box.setAttribute('aria-labelledby', heading.id);
  const choices = element('div', 'row');
  const refuse = button({ label: no, act: () => box.close('no') }, 'is-quiet');
  const agree = button({ label: yes, act: () => box.close('yes') }, isDanger ? 'is-danger' : '');
  choices.append(refuse, agree);
  box.append(heading, element('p', '', text), choices);
  document.body.append(box);
  box.showModal();
  (isDanger ? refuse : agree).focus();
  return new Promise((resolve) => {
    box.addEventListener('close', () => {
      box.remove();
      resolve(box.returnValue === 'yes');
    }, { once: true });
  });
}

/**
 * A table that scrolls in itself where the screen is narrow.
 * @param {string} caption for who cannot see it
 * @param {{ label: string, isNumber?: boolean }[]} columns
 * @param {(string | Node)[][]} rows
 */
export function table(caption, columns, rows) {
  const it = element('table', 'table');
  const head = it.createTHead().insertRow();
  for (const { label, isNumber } of columns) {
    const cell = element('th', isNumber ? 'is-number' : '', label);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = it.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((content, i) => {
      const cell = line.insertCell();
      if (columns[i]?.isNumber) cell.className = 'is-number';
      cell.append(content);
    });
  }
  it.createCaption().append(element('span', 'unseen', caption));
  const place = element('div', 'scroll');
  // A region that scrolls has to be reachable by keyboard, and named.
  place.tabIndex = 0;
  place.setAttribute('role', 'region');
  place.setAttribute('aria-label', caption);
  place.append(it);
  return place;
}

/**
 * @param {'empty' | 'trouble'} className
 * @param {string} title
 * @param {string} text
 * @param {Action} [action]
 */
function state(className, title, text, action) {
  const it = element('section', className);
  it.append(element('h2', '', title), element('p', '', text));
  if (action) it.append(button(action));
  return it;
}
