/**
 * Owns the dialog that makes a tournament.
 * Invariant: it is there until it is put away, or what it asks for was made; a refusal leaves what was typed.
 */

import { button, troubleWords } from '../components.js';
import { queueTitle } from '../play/lobby.js';
import { choice, field } from '../record/form.js';
import { element } from '../text.js';
import { formatTitle } from '../tournaments/words.js';

const FORMATS = ['single', 'double', 'round_robin', 'swiss'];

/**
 * @param {import('./areas.js').Desk} desk @param {any[]} queues that may be played in
 * @returns {Promise<any>} what was made; null if it is put away
 */
export function askWhat(desk, queues) {
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
        made = await desk.send('/v1/admin/tournaments', {
          name: name.input.value.trim(), format: format.select.value, queue: game.select.value, tier: tier.select.value || undefined,
          best_of: Number(series.select.value), entries_max: Number(places.input.value), show_up_s: Number(time.input.value) * 60, why: why.input.value.trim(),
        });
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
