/** Owns the list of tournaments, the newest first. */

import { api } from './api.js';
import { queueTitle } from './play/lobby.js';
import { pager } from './record/pager.js';
import { ago, timeElement } from './record/when.js';
import { formatTitle, statusWord } from './tournaments/words.js';
import { clip, element, need } from './text.js';

pager(need('list'), {
  fetch: async (before, signal) => {
    const query = new URLSearchParams({ limit: '30', ...(before ? { before } : {}) });
    const { tournaments, next } = await api(`/v1/tournaments?${query}`, { signal });
    return { items: tournaments, next };
  },
  show: cards,
  none: { title: 'No tournament yet', text: 'An operator makes one, under Operate or by POST /v1/admin/tournaments. Then anybody may enter.' },
}).begin();

/** @param {any[]} tournaments */
function cards(tournaments) {
  const now = Date.now();
  const list = element('ul', 'cups');
  list.append(...tournaments.map((it) => card(it, now)));
  return list;
}

/** @param {any} tournament @param {number} now */
function card(tournament, now) {
  const it = element('li', 'card cup');
  const { word, tone } = statusWord(tournament.status);
  const tag = element('span', 'tag', word);
  if (tone) tag.dataset.tone = tone;
  const title = element('h2');
  const link = element('a', '', clip(tournament.name, 100) || 'A tournament');
  link.href = `/brackets/${tournament.id}`;
  title.append(link);
  const head = element('p', 'row');
  head.append(tag);
  if (tournament.featured) head.append(element('span', 'tag', 'featured'));
  const facts = element('p', 'soft', `${queueTitle(clip(tournament.queue, 40))} · ${formatTitle(tournament.format)}${tournament.best_of > 1 ? ` · best of ${tournament.best_of}` : ''}`);
  const count = tournament.status === 'registration' ? `${tournament.entry_count} of ${tournament.entries_max} are in` : `${tournament.entry_count} entries`;
  const foot = element('p', 'soft', `${count} · `);
  const at = tournament.ended_at ?? tournament.closed_at ?? tournament.created_at;
  foot.append(tournament.ended_at !== null ? 'ended ' : tournament.closed_at !== null ? 'begun ' : 'made ', timeElement(at, ago(at, now)));
  it.append(head, title, facts, foot);
  return it;
}
