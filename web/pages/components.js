/**
 * Owns the parts that pages are made of, where a class of the sheet is not enough: words for an
 * empty place and for trouble, toasts, a question in a dialog, a table.
 * Invariant: text goes into a page as text only, and everything works by keyboard.
 */

import { clip, element } from './text.js';

/** @typedef {{ label: string, act?: () => void, href?: string }} Action */
/** @typedef {{ label: string, isNumber?: boolean, isExtra?: boolean }} Column */

const TOAST_MS = 6000;
const TOASTS_MAX = 4;
const TOAST_LETTERS = 300;
/** So many columns find room on a phone. */
const NARROW_MAX = 4;

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
 * A table. On a narrow screen each row is a card, the first cell its head; if columns are marked as
 * `isExtra`, these are left out there instead, and it stays a table, as one of few columns does.
 * @param {string} caption for who cannot see it
 * @param {Column[]} columns
 * @param {(string | Node)[][]} rows
 */
export function table(caption, columns, rows) {
  const isNarrow = columns.length <= NARROW_MAX || columns.some(({ isExtra }) => isExtra);
  const it = element('table', isNarrow ? 'table is-narrow' : 'table is-stacked');
  const head = it.createTHead().insertRow();
  for (const column of columns) {
    const cell = element('th', cellClass(column), column.label);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = it.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((content, i) => {
      const cell = line.insertCell();
      cell.className = cellClass(columns[i]);
      cell.dataset.label = columns[i].label;
      cell.append(content);
    });
  }
  if (!isNarrow) sayRoles(it);
  it.createCaption().append(element('span', 'unseen', caption));
  const place = element('div', 'scroll');
  // A region that scrolls has to be reachable by keyboard, and named.
  place.tabIndex = 0;
  place.setAttribute('role', 'region');
  place.setAttribute('aria-label', caption);
  place.append(it);
  return place;
}

/** @param {Column} column */
function cellClass({ isNumber, isExtra }) {
  return [isNumber ? 'is-number' : '', isExtra ? 'is-extra' : ''].filter(Boolean).join(' ');
}

/**
 * Shown as anything but a table, it would not be one any more for who cannot see it.
 * @param {HTMLTableElement} it
 */
function sayRoles(it) {
  it.setAttribute('role', 'table');
  for (const part of [it.tHead, ...it.tBodies]) part?.setAttribute('role', 'rowgroup');
  for (const row of it.rows) {
    row.setAttribute('role', 'row');
    for (const cell of row.cells) cell.setAttribute('role', cell.tagName === 'TH' ? 'columnheader' : 'cell');
  }
}

/**
 * An address or a hash by its ends, with the whole of it to point at and to copy.
 * @param {string} whole as a stranger may have written it
 * @param {string} [href] where more is told of it
 */
export function hash(whole, href) {
  const full = clip(whole, 80);
  const short = full.length > 14 ? `${full.slice(0, 6)}…${full.slice(-4)}` : full;
  const it = element('span', 'hash mono');
  const text = href === undefined ? element('span', '', short) : element('a', '', short);
  if (text instanceof HTMLAnchorElement) Object.assign(text, { href, rel: 'noreferrer' });
  text.title = full;
  const take = element('button', 'copy');
  take.type = 'button';
  take.title = 'Copy';
  take.setAttribute('aria-label', `Copy ${short}`);
  take.addEventListener('click', () => copy(full, 'Copied.'));
  it.append(text, take);
  return it;
}

/**
 * Into the clipboard; where that is not allowed, on the page to be taken from there.
 * @param {string} text
 * @param {string} done what is said then
 */
export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done, 'good');
  } catch {
    toast(`This browser does not let a page copy. Take it from here: ${text}`, 'warn');
  }
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
