/** Owns the queues as an operator sees them, and their doors. */

import { button, table } from '../components.js';
import { queueTitle } from '../play/lobby.js';
import { clip, element } from '../text.js';
import { askWhy } from './why.js';

const DOORS = /** @type {const} */ ([
  ['open', 'Open', 'Anybody may come in.'],
  ['draining', 'Drain', 'Nobody comes in any more; who waits may still meet somebody.'],
  ['closed', 'Close', 'Whoever waits there is put out.'],
]);
const TONES = /** @type {Record<string, string>} */ ({ open: 'good', draining: 'warn' });

/** @type {import('./areas.js').Area} */
export const queues = {
  title: 'Queues',
  ask: ({ get }) => get('/v1/admin/queues'),
  show: ({ queues: all }, desk) => [table('Queues', [
    { label: 'Queue' }, { label: 'Mode' }, { label: 'Door' }, { label: 'Waiting', isNumber: true }, { label: 'Matches', isNumber: true }, { label: 'Change' },
  ], all.map((/** @type {any} */ queue) => {
    const tag = element('span', 'tag', clip(queue.door, 20));
    tag.dataset.tone = TONES[queue.door] ?? 'bad';
    const doors = element('div', 'row');
    doors.dataset.of = queue.name;
    for (const [door, label, text] of DOORS) {
      if (door !== queue.door) doors.append(button({ label, act: () => set(queue.name, door, label, text) }, 'is-quiet is-small'));
    }
    return [queueTitle(clip(queue.name, 40)), clip(queue.mode, 10), tag, String(queue.waiting), String(queue.matches), doors];

    /** @param {string} name @param {string} door @param {string} word @param {string} meaning */
    async function set(name, door, word, meaning) {
      const why = await askWhy(`${word} ${queueTitle(name)}?`, meaning);
      if (why) desk.act(`/v1/admin/queues/${encodeURIComponent(name)}/door`, { door, why });
    }
  }))],
};
