/** Owns asking an operator for the reason that the log keeps. */

import { button } from '../components.js';
import { field } from '../record/form.js';
import { element } from '../text.js';

/** @param {string} title @param {string} text @returns {Promise<string | null>} null if it is put away */
export function askWhy(title, text) {
  const box = element('dialog');
  const form = element('form', 'stack');
  const heading = element('h2', '', title);
  heading.id = 'why-title';
  box.setAttribute('aria-labelledby', heading.id);
  const why = field('Why', { id: 'why', required: true, minLength: 3, maxLength: 500, hint: 'For the log, 3 characters at least' });
  const row = element('div', 'row');
  const go = element('button', 'button', 'Do it');
  go.type = 'submit';
  row.append(button({ label: 'Cancel', act: () => box.close() }, 'is-quiet'), go);
  form.append(heading, element('p', '', text), why.root, row);
  box.append(form);
  document.body.append(box);
  box.showModal();
  why.input.focus();
  return new Promise((resolve) => {
    /** @type {string | null} */
    let said = null;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      said = why.input.value.trim();
      box.close();
    });
    box.addEventListener('close', () => {
      box.remove();
      resolve(said);
    }, { once: true });
  });
}
