/**
 * Owns a player's page: what it has in each game, how its rating went, its games, and how it did
 * against somebody else.
 */

import { api } from './api.js';
import { emptyState, hash, table, troubleState } from './components.js';
import { queueTitle } from './play/lobby.js';
import { choice, field } from './record/form.js';
import { pager } from './record/pager.js';
import { plot } from './record/plot.js';
import { ago, clockTime, timeElement } from './record/when.js';
import { playerName } from './record/who.js';
import { clip, element, need } from './text.js';

const HISTORY_MAX = 100;
const place = need('player');
const asked = new URLSearchParams(location.search);
const player = nameIn(location.pathname);

start();

async function start() {
  place.replaceChildren(element('p', 'busy soft', 'Asking the arena'));
  try {
    show(await api(`/v1/players/${encodeURIComponent(player)}`));
  } catch (error) {
    const { status } = /** @type {any} */ (error);
    const none = () => emptyState('Nobody of this name has played here', 'The ladders show who has.', { label: 'The ladders', href: '/players' });
    place.replaceChildren(status === 404 ? none() : troubleState(error, start));
  }
}

/** @param {any} it */
function show({ name, wallet, since, ratings, agents }) {
  const called = playerName(player, name);
  need('title').textContent = called;
  document.title = `${called} · Arena`;
  const facts = [
    player.startsWith('code:') ? 'Known by a connect code' : player.startsWith('wallet:') ? 'Known by a wallet' : 'An account',
    since ? `here since ${new Date(since).toLocaleDateString('en')}` : '',
  ];
  need('lead').textContent = facts.filter(Boolean).join(' · ');
  const address = wallet ?? (player.startsWith('wallet:') ? player.slice('wallet:'.length) : null);
  if (address) need('lead').append(' · ', hash(String(address)));
  const games = Object.keys(ratings);
  const owned = agentCards(agents ?? []);
  if (games.length === 0) {
    place.replaceChildren(emptyState('No rated game yet', 'Ratings follow from games.', { label: 'Play', href: '/play' }), ...owned);
    return;
  }
  const game = choice('Game', 'game', games.map((name_) => [name_, queueTitle(name_)]), games.find((name_) => name_ === asked.get('game')) ?? games[0]);
  const figures = element('dl', 'figures big');
  const curve = element('section', 'card');
  const against = element('section', 'card');
  const list = element('section', 'stack');
  const head = element('section', 'card');
  head.append(...(games.length > 1 ? [game.root] : []), figures);
  place.replaceChildren(head, curve, ...owned, against, element('h2', '', 'Rated games'), list);
  const showGame = () => {
    const of = game.select.value;
    showFigures(figures, ratings[of]);
    showCurve(curve, of, called);
    showAgainst(against, of, called);
    showGames(list, of);
  };
  game.select.addEventListener('change', showGame);
  showGame();
}

/** @param {any[]} agents */
function agentCards(agents) {
  if (agents.length === 0) return [];
  const columns = element('div', 'columns');
  columns.append(...agents.map(({ name, game, description }) => {
    const card = element('section', 'card');
    card.append(element('h3', '', clip(name, 64)), element('p', 'soft', clip(game, 64) || 'any game'), element('p', '', clip(description, 400)));
    return card;
  }));
  return [element('h2', '', agents.length === 1 ? 'Agent' : 'Agents'), columns];
}

/** @param {HTMLElement} at @param {any} rated */
function showFigures(at, { rating, peak, wins, draws, losses, skill }) {
  const games = wins + draws + losses;
  const pairs = [['Rating', rating], ['Peak', peak], ['Won', wins], ['Drawn', draws], ['Lost', losses], ['Wins', games === 0 ? '–' : `${Math.round((wins / games) * 100)} %`]];
  if (skill) pairs.push(['Skill', `${(skill.skill / 1e6).toFixed(1)} ± ${(skill.uncertainty / 1e6).toFixed(1)}`]);
  at.replaceChildren(...pairs.map(([label, value]) => {
    const pair = element('div');
    pair.append(element('dt', '', String(label)), element('dd', '', String(value)));
    return pair;
  }));
}

/** @param {HTMLElement} at @param {string} game @param {string} called */
async function showCurve(at, game, called) {
  at.replaceChildren(element('h2', '', 'Rating over time'), element('p', 'busy soft', 'Asking the arena'));
  try {
    const { changes } = await api(`${path(game)}/history?limit=${HISTORY_MAX}`);
    const oldest = changes.toReversed();
    const points = [{ x: oldest[0].decided_at - 1, y: oldest[0].before }, ...oldest.map((/** @type {any} */ it) => ({ x: it.decided_at, y: it.after }))];
    const [first, last] = [points[0], points[points.length - 1]];
    const text = `From ${first.y} to ${last.y} in ${oldest.length} ${oldest.length === 1 ? 'game' : 'games'}, between ${Math.min(...points.map(({ y }) => y))} and ${Math.max(...points.map(({ y }) => y))}.`;
    const isOneDay = new Date(first.x).toDateString() === new Date(last.x).toDateString();
    const day = (/** @type {number} */ x) => (isOneDay ? clockTime(x) : new Date(x).toLocaleDateString('en', { month: 'short', day: 'numeric' }));
    at.replaceChildren(element('h2', '', 'Rating over time'), plot({ title: `The rating of ${called}`, text, points, sayX: day }));
  } catch (error) {
    at.replaceChildren(troubleState(error, () => showCurve(at, game, called)));
  }
}

/** @param {HTMLElement} at @param {string} game @param {string} called */
function showAgainst(at, game, called) {
  const form = element('form', 'row against');
  const other = field('Against whom', { id: 'other', value: asked.get('against') ?? '', maxLength: 300, placeholder: 'FOX#123, or as on a ladder', required: true });
  const go = element('button', 'button is-quiet', 'Compare');
  go.type = 'submit';
  form.append(other.root, go);
  const answer = element('div', 'stack');
  answer.setAttribute('aria-live', 'polite');
  at.replaceChildren(element('h2', '', 'Head to head'), form, answer);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    compare();
  });
  if (other.input.value) compare();

  async function compare() {
    const text = other.input.value.trim();
    const name = /^(identity|wallet|code):/.test(text) ? text : /^0x[0-9a-f]{40}$/i.test(text) ? `wallet:${text.toLowerCase()}` : `code:${text}`;
    history.replaceState(null, '', `?${new URLSearchParams({ game, against: name })}`);
    try {
      const { wins, draws, losses, games } = await api(`${path(game)}/against/${encodeURIComponent(name)}`);
      if (wins + draws + losses === 0) {
        answer.replaceChildren(element('p', 'soft', `${called} and ${playerName(name)} have not played each other in ${queueTitle(game)}.`));
        return;
      }
      const rows = games.map((/** @type {any} */ it) => [scoreTag(it.score), `${it.before} → ${it.after}`, `${it.other_before} → ${it.other_after}`, gameLink(it)]);
      answer.replaceChildren(
        element('p', 'tally', `${wins} won, ${draws} drawn, ${losses} lost`),
        table(`Games of ${called} and ${playerName(name)}`, [{ label: 'Result' }, { label: called }, { label: playerName(name) }, { label: 'Game' }], rows),
      );
    } catch (error) {
      answer.replaceChildren(troubleState(error, null));
    }
  }
}

/** @param {HTMLElement} at @param {string} game */
function showGames(at, game) {
  pager(at, {
    fetch: async (before, signal) => {
      const { changes, next } = await api(`${path(game)}/history?limit=20${before ? `&before=${before}` : ''}`, { signal });
      return { items: changes, next: next === null ? null : String(next) };
    },
    show: (changes) => table('Rated games, the newest first', [{ label: 'Result' }, { label: 'Rating', isNumber: true }, { label: 'Change', isNumber: true }, { label: 'Game' }],
      changes.map((/** @type {any} */ it) => {
        const change = it.after - it.before;
        return [scoreTag(it.score), String(it.after), element('span', change > 0 ? 'good' : change < 0 ? 'bad' : '', change > 0 ? `+${change}` : change < 0 ? `−${-change}` : '0'), gameLink(it)];
      })),
    none: { title: 'No games', text: 'Nothing was rated in this game.' },
  }).begin();
}

/** @param {string} score */
function scoreTag(score) {
  const it = element('span', 'tag', clip(score, 10));
  it.dataset.tone = score === 'won' ? 'good' : score === 'lost' ? 'bad' : 'warn';
  return it;
}

/** @param {any} game */
function gameLink({ game_id: id, decided_at: at }) {
  const it = element('a');
  it.href = `/history/${encodeURIComponent(id)}`;
  it.append(element('span', 'unseen', 'The game of '), timeElement(at, ago(at, Date.now())));
  return it;
}

/** @param {string} game */
function path(game) {
  return `/v1/ratings/${encodeURIComponent(game)}/${encodeURIComponent(player)}`;
}

/** @param {string} pathname */
function nameIn(pathname) {
  const last = pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
