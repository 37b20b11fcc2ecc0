/**
 * Owns the list of matches and its filters, which stand in the address.
 * Invariant: who opens the address sees the same list.
 */

import { api } from './api.js';
import { queueTitle } from './play/lobby.js';
import { choice, field } from './record/form.js';
import { matchTable } from './record/lists.js';
import { matchQuery } from './record/query.js';
import { pager } from './record/pager.js';
import { element, need } from './text.js';

const STATES = /** @type {[string, string][]} */ ([
  ['', 'Any'], ['matched', 'Ready check'], ['staking', 'Staking'], ['ready', 'Countdown'], ['active', 'Playing'], ['resolved', 'Decided or disputed'],
  ['settled', 'Settled'], ['cancelled', 'Called off'], ['expired', 'Expired'],
]);

const address = new URLSearchParams(location.search);
const form = /** @type {HTMLFormElement} */ (need('filters'));
const game = choice('Game', 'game', [['', 'Any']], '');
const state = choice('State', 'state', STATES, address.get('state') ?? '');
const player = field('Player', { id: 'player', value: address.get('player') ?? '', maxLength: 256, placeholder: 'FOX#123, or as on a ladder', hint: 'A connect code, or an account as its page has it' });
const since = field('From', { id: 'since', type: 'date', value: address.get('since') ?? '' });
const until = field('Up to', { id: 'until', type: 'date', value: address.get('until') ?? '' });
const apply = element('button', 'button', 'Show');
apply.type = 'submit';
form.append(game.root, state.root, player.root, since.root, until.root, apply);

const list = pager(need('list'), {
  fetch: async (before, signal) => {
    const { matches, next } = await api(`/matches?${matchQuery(wanted(), before)}`, { signal });
    return { items: matches, next };
  },
  show: matchTable,
  none: { title: 'No such match', text: 'Nothing was played that fits. Take a filter away, or look again later.' },
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const kept = Object.entries(wanted()).filter(([, value]) => value !== '');
  history.replaceState(null, '', kept.length > 0 ? `?${new URLSearchParams(kept)}` : location.pathname);
  list.begin();
});

list.begin();
api('/v1/queues').then(({ queues }) => {
  for (const { name } of queues) game.select.add(new Option(queueTitle(name), name));
  game.select.value = address.get('game') ?? '';
}).catch(() => {});

function wanted() {
  // Before the games are known, the address says which.
  const chosen = game.select.options.length > 1 ? game.select.value : address.get('game') ?? '';
  return { game: chosen, state: state.select.value, player: player.input.value.trim(), since: since.input.value, until: until.input.value };
}
