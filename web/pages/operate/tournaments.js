/** Owns what an operator does with tournaments: make one, close its registration, end it. */

import { api } from '../api.js';
import { button, table, toast, troubleWords } from '../components.js';
import { queueTitle } from '../play/lobby.js';
import { choice, field } from '../record/form.js';
import { clip, element } from '../text.js';
import { formatTitle, statusWord } from '../tournaments/words.js';
import { askWhy } from './why.js';

const SHOWN = 20;
const FORMATS = ['single', 'double', 'round_robin', 'swiss'];

/** @param {string} token @param {() => void} refresh */
export function cups(token, refresh) {
  const root = element('section', 'stack');
  const list = element('div', 'stack');
  root.append(element('h2', '', 'Tournaments'), button({ label: 'Make a tournament', act: make }, 'is-quiet is-small made'), list);
  let shown = '';

  return { root, look };

  async function look() {
    const { tournaments } = await api(`/v1/tournaments?limit=${SHOWN}`, { token });
    const now = JSON.stringify(tournaments);
    if (now === shown) return;
    shown = now;
    list.replaceChildren(tournaments.length > 0 ? listed(tournaments) : element('p', 'soft', 'None was made yet.'));
  }

  /** @param {any[]} tournaments */
  function listed(tournaments) {
    return table('Tournaments, the newest first', [{ label: 'Tournament' }, { label: 'Format' }, { label: 'State' }, { label: 'Entries', isNumber: true }, { label: 'Change' }], tournaments.map((it) => {
      const link = element('a', '', clip(it.name, 40) || 'A tournament');
      link.href = `/brackets/${it.id}`;
      const { word, tone } = statusWord(it.status);
      const tag = element('span', 'tag', word);
      if (tone) tag.dataset.tone = tone;
      const acts = element('div', 'row');
      if (it.status === 'registration') acts.append(button({ label: 'Close registration', act: () => change(it, 'close', 'Close registration?', 'Nobody enters any more, the seed is published, and the bracket stands.') }, 'is-quiet is-small'));
      if (it.status !== 'complete') acts.append(button({ label: 'End it', act: () => change(it, 'end', 'End it without a champion?', 'Games that go on are played, and count for nothing in it. There is no way back.') }, 'is-danger is-small'));
      return [link, formatTitle(it.format), tag, `${it.entry_count} of ${it.entries_max}`, acts];
    }));
  }

  /** @param {any} tournament @param {string} call @param {string} title @param {string} text */
  async function change({ id }, call, title, text) {
    const why = await askWhy(title, text);
    if (!why) return;
    try {
      await api(`/v1/admin/tournaments/${id}/${call}`, { token, body: { why } });
      toast('Done.', 'good');
    } catch (error) {
      const said = troubleWords(error);
      toast(`${said.title}. ${said.text}`, 'bad');
    }
    refresh();
  }

  async function make() {
    try {
      const { queues } = await api('/v1/queues', { token });
      const made = await askWhat(queues.filter((/** @type {any} */ { mode }) => mode === 'fifo' || mode === 'rated'), token);
      if (made) toast(`${clip(made.name, 40)} is open to enter.`, 'good');
    } catch (error) {
      const said = troubleWords(error);
      toast(`${said.title}. ${said.text}`, 'bad');
    }
    refresh();
  }
}

/**
 * A dialog that is there until it is put away, or what it asks for was made.
 * @param {any[]} queues @param {string} token @returns {Promise<any>} null if it is put away
 */
function askWhat(queues, token) {
  const box = element('dialog');
  const form = element('form', 'stack');
  const heading = element('h2', '', 'A new tournament');
  heading.id = 'cup-title';
  box.setAttribute('aria-labelledby', heading.id);
  const name = field('Name', { id: 'cup-name', required: true, maxLength: 100, placeholder: 'Friday night' });
  const format = choice('Format', 'cup-format', FORMATS.map((it) => [it, formatTitle(it)]), 'single');
  const game = choice('Game', 'cup-queue', queues.map((it) => [it.name, queueTitle(it.name)]), 'melee');
  const tier = choice('Tier', 'cup-tier', []);
  const series = choice('Matches of a game', 'cup-best-of', [['1', 'One'], ['3', 'Best of 3'], ['5', 'Best of 5'], ['7', 'Best of 7']], '1');
  const places = field('Places', { id: 'cup-places', type: 'number', value: '16', required: true, inputMode: 'numeric' });
  Object.assign(places.input, { min: '2', max: '64' });
  const time = field('Minutes to show up', { id: 'cup-time', type: 'number', value: '10', required: true, inputMode: 'numeric' });
  Object.assign(time.input, { min: '1', max: '1440' });
  const why = field('Why', { id: 'cup-why', required: true, minLength: 3, maxLength: 500, hint: 'For the log, 3 characters at least' });
  const error = element('p', 'bad');
  error.setAttribute('role', 'alert');
  const tiers = () => {
    const all = queues.find((it) => it.name === game.select.value)?.tiers ?? [];
    tier.select.replaceChildren(...all.map((/** @type {any} */ it) => new Option(it.name, it.name)));
    tier.root.hidden = all.length === 0;
  };
  game.select.addEventListener('change', tiers);
  tiers();
  const go = element('button', 'button', 'Make it');
  go.type = 'submit';
  const row = element('div', 'row');
  row.append(button({ label: 'Cancel', act: () => box.close() }, 'is-quiet'), go);
  const pairs = element('div', 'columns is-tight');
  pairs.append(format.root, game.root, tier.root, series.root, places.root, time.root);
  form.append(heading, name.root, pairs, why.root, error, row);
  box.append(form);
  document.body.append(box);
  box.showModal();
  name.input.focus();
  return new Promise((resolve) => {
    /** @type {any} */
    let made = null;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      go.disabled = true;
      try {
        made = await api('/v1/admin/tournaments', { token, body: {
          name: name.input.value.trim(), format: format.select.value, queue: game.select.value, tier: tier.select.value || undefined,
          best_of: Number(series.select.value), entries_max: Number(places.input.value), show_up_s: Number(time.input.value) * 60, why: why.input.value.trim(),
        } });
        box.close();
      } catch (trouble) {
        const { title, text } = troubleWords(trouble);
        error.textContent = `${title}. ${text}`;
        go.disabled = false;
      }
    });
    box.addEventListener('close', () => {
      box.remove();
      resolve(made);
    }, { once: true });
  });
}
