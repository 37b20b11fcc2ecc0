/**
 * Owns the operator's page: it asks for the token, and shows what goes on and what can be done.
 * Invariant: the token is in this page's memory and nowhere else; every act that changes something
 * is asked for once more, with the reason that the log will keep.
 */

import { api } from './api.js';
import { button, troubleWords } from './components.js';
import { areas } from './operate/areas.js';
import { charts } from './operate/charts.js';
import { field } from './record/form.js';
import { element, need } from './text.js';

const LOOK_EVERY_MS = 4000;
const place = need('operate');
const badge = need('badge');

askForToken('');

/** @param {string} wrong why the last one did not do */
function askForToken(wrong) {
  const form = element('form', 'card token');
  const token = field('The operator’s token', { id: 'token', type: 'password', required: true, maxLength: 4096, hint: 'ADMIN_TOKEN of this arena, or the access token of an account with the role admin. It is kept in this page only, until you leave it.' });
  const go = element('button', 'button', 'Open');
  go.type = 'submit';
  const error = element('p', 'bad', wrong);
  error.setAttribute('role', 'alert');
  form.append(element('h2', '', 'Who operates?'), token.root, go, error);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      await api('/v1/admin/queues', { token: token.input.value });
      operate(token.input.value);
    } catch (trouble) {
      const { title, text } = troubleWords(trouble);
      error.textContent = `${title}. ${text}`;
      go.disabled = false;
    }
  });
  place.replaceChildren(form);
}

/** @param {string} token */
function operate(token) {
  const drawn = charts();
  const shown = areas(token, look);
  const leave = button({ label: 'Forget the token', act: () => location.reload() }, 'is-quiet is-small');
  place.replaceChildren(leave, shown.root, drawn.root);
  let isLooking = false;
  const looking = setInterval(look, LOOK_EVERY_MS);
  look();

  async function look() {
    if (isLooking || document.hidden) return;
    isLooking = true;
    const failed = (await Promise.allSettled([shown.look(), drawn.look()])).find((it) => it.status === 'rejected');
    isLooking = false;
    if (failed && [401, 403].includes(failed.reason?.status)) {
      clearInterval(looking);
      askForToken('The token does not hold any more: give a fresh one.');
      return;
    }
    badge.textContent = failed ? 'Not up to date' : 'Up to date';
    badge.dataset.tone = failed ? 'warn' : 'live';
  }
}
