/** Owns what an operator does with tournaments: make one, close its registration, end it. */

import { button, table, toast, troubleWords } from '../components.js';
import { clip, element } from '../text.js';
import { formatTitle, statusWord } from '../tournaments/words.js';
import { askWhat } from './new-tournament.js';
import { askWhy } from './why.js';

const SHOWN = 20;

/** @type {import('./areas.js').Area} */
export const tournaments = {
  title: 'Tournaments',
  ask: ({ get }) => get(`/v1/tournaments?limit=${SHOWN}`),
  show: ({ tournaments: all }, desk) => [
    button({ label: 'Make a tournament', act: () => make(desk) }, 'is-quiet is-small made'),
    all.length === 0 ? element('p', 'soft', 'None was made yet.') : table('Tournaments, the newest first', [
      { label: 'Tournament' }, { label: 'Format' }, { label: 'State' }, { label: 'Entries', isNumber: true }, { label: 'Change' },
    ], all.map((/** @type {any} */ it) => row(it, desk))),
  ],
};

/** @param {any} tournament @param {import('./areas.js').Desk} desk */
function row(tournament, desk) {
  const { id, name, format, status } = tournament;
  const link = element('a', '', clip(name, 40) || 'A tournament');
  link.href = `/brackets/${id}`;
  const { word, tone } = statusWord(status);
  const tag = element('span', 'tag', word);
  if (tone) tag.dataset.tone = tone;
  const acts = element('div', 'row');
  acts.dataset.of = id;
  if (status === 'registration') acts.append(button({ label: 'Close registration', act: () => change('close', 'Close registration?', 'Nobody enters any more, the seed is published, and the bracket stands.') }, 'is-quiet is-small'));
  if (status !== 'complete') acts.append(button({ label: 'End it', act: () => change('end', 'End it without a champion?', 'Games that go on are played, and count for nothing in it. There is no way back.') }, 'is-danger is-small'));
  return [link, formatTitle(format), tag, `${tournament.entry_count} of ${tournament.entries_max}`, acts];

  /** @param {string} call @param {string} title @param {string} text */
  async function change(call, title, text) {
    const why = await askWhy(title, text);
    if (why) desk.act(`/v1/admin/tournaments/${id}/${call}`, { why });
  }
}

/** @param {import('./areas.js').Desk} desk */
async function make(desk) {
  try {
    const { queues } = await desk.get('/v1/queues');
    const made = await askWhat(desk, queues.filter((/** @type {any} */ { mode }) => mode === 'fifo' || mode === 'rated'));
    if (made) toast(`${clip(made.name, 40)} is open to enter.`, 'good');
  } catch (error) {
    const { title, text } = troubleWords(error);
    toast(`${title}. ${text}`, 'bad');
  }
  desk.refresh();
}
