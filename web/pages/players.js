/** Owns the ladder of each game, page by page. */

import { api } from './api.js';
import { table, troubleState } from './components.js';
import { queueTitle } from './play/lobby.js';
import { choice } from './record/form.js';
import { pager } from './record/pager.js';
import { playerLink, playerName } from './record/who.js';
import { element, need } from './text.js';

const form = /** @type {HTMLFormElement} */ (need('filters'));
const place = need('list');
const asked = new URLSearchParams(location.search).get('game');

start();

async function start() {
  try {
    const { queues } = await api('/v1/queues');
    const names = queues.map((/** @type {any} */ { name }) => name);
    const chosen = names.includes(asked) ? asked : names.includes('code_duel') ? 'code_duel' : names[0];
    const game = choice('Game', 'game', names.map((/** @type {string} */ name) => [name, queueTitle(name)]), chosen);
    form.replaceChildren(game.root);
    const list = pager(place, {
      fetch: async (after, signal) => {
        const query = new URLSearchParams({ limit: '50', ...(after ? { after } : {}) });
        const { ratings, next } = await api(`/v1/ratings/${encodeURIComponent(game.select.value)}?${query}`, { signal });
        return { items: ratings, next };
      },
      show: ladder,
      none: { title: 'Nobody is rated yet', text: 'Ratings follow from games. Play one, and you are the first.' },
    });
    game.select.addEventListener('change', () => {
      history.replaceState(null, '', `?game=${encodeURIComponent(game.select.value)}`);
      list.begin();
    });
    list.begin();
  } catch (error) {
    place.replaceChildren(troubleState(error, start));
  }
}

/** @param {any[]} ratings */
function ladder(ratings) {
  const columns = [
    { label: 'Place', isNumber: true }, { label: 'Rating', isNumber: true }, { label: 'Player' }, { label: 'Peak', isNumber: true, isExtra: true },
    { label: 'Won', isNumber: true }, { label: 'Drawn', isNumber: true, isExtra: true }, { label: 'Lost', isNumber: true },
  ];
  return table('The ladder, the best first', columns, ratings.map((it) => {
    const rating = element('strong', '', String(it.rating));
    return [String(it.place), rating, playerLink(it.player, playerName(it.player, it.name)), String(it.peak), String(it.wins), String(it.draws), String(it.losses)];
  }));
}
