/**
 * Owns a tournament's page: its bracket or table, its standings, and the visitor's part in it.
 * Invariant: what is the same stays the same element, so focus and place are kept while one looks; a
 * tournament that is over is not asked about again.
 */

import { Session } from './account/session.js';
import { api } from './api.js';
import { emptyState, troubleState } from './components.js';
import { queueTitle } from './play/lobby.js';
import { crossTable, entryName, gamesList, roundsList, standingsTable } from './tournaments/tables.js';
import { myPart } from './tournaments/mine.js';
import { picture } from './tournaments/picture.js';
import { formatText, formatTitle, statusWord } from './tournaments/words.js';
import { clip, element, need } from './text.js';

const LOOK_EVERY_MS = 4000;
/** Whoever is called loses by not seeing it, and plays as soon as both are there. */
const CALLED_EVERY_MS = 1000;
const HIDDEN_EVERY_MS = 30_000;
const place = need('tournament');
const badge = need('badge');
const id = location.pathname.split('/').at(-1) ?? '';
const path = `/v1/tournaments/${encodeURIComponent(id)}`;

const session = new Session();
const part = element('section', 'card mine');
part.setAttribute('aria-label', 'Your part');
const mine = myPart(session, part, () => refresh().catch(sayOld));
const bodies = { now: element('section', 'stack'), bracket: element('section', 'stack'), standings: element('section', 'stack') };
/** What was shown of each. @type {Map<HTMLElement, string>} */
const shown = new Map();
let isShown = false;
let isCalled = false;
let isLooking = false;
let isDone = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;

session.addEventListener('change', () => refresh().catch(sayOld));
session.resume().catch(() => {}).then(() => {
  document.addEventListener('visibilitychange', () => document.hidden || isDone || look());
  look();
});

async function look() {
  if (isLooking) return;
  clearTimeout(next);
  isLooking = true;
  const isOver = await refresh().catch(failed);
  isLooking = false;
  isDone = isOver && isShown;
  const everyMs = document.hidden ? HIDDEN_EVERY_MS : isCalled ? CALLED_EVERY_MS : LOOK_EVERY_MS;
  if (!isOver) next = setTimeout(look, everyMs * (0.9 + 0.2 * Math.random()));
}

/** Whether asking again is in vain, or left to the visitor. @param {any} error */
function failed(error) {
  if (error?.status === 404) {
    place.replaceChildren(emptyState('There is no such tournament', 'The address may be cut off, or it was never made here.', { label: 'All tournaments', href: '/brackets' }));
    return true;
  }
  sayOld();
  if (!isShown) place.replaceChildren(troubleState(error, look));
  return !isShown;
}

function sayOld() {
  badge.textContent = 'Not up to date';
  badge.dataset.tone = 'warn';
}

/** Whether it is over. */
async function refresh() {
  // Alone: where there is none, nothing else is asked about it.
  const tournament = await api(path);
  const [bracket, { standings }] = await Promise.all([api(`${path}/bracket`), api(`${path}/standings`)]);
  if (!isShown) {
    isShown = true;
    place.replaceChildren(bodies.now, bodies.bracket, bodies.standings, part);
  }
  // Who has something to do here sees that first, everybody else what is played.
  const { isFirst, isCalled: is } = mine.show({ tournament, bracket, standings });
  isCalled = is;
  showHead(tournament);
  if (isFirst !== (place.firstElementChild === part)) place.insertBefore(part, isFirst ? place.firstElementChild : null);
  const games = bracket.rounds.flat();
  const open = games.filter((/** @type {any} */ { state }) => state === 'playing' || state === 'called' || state === 'stalled');
  put(bodies.now, open, () => (open.length > 0 && tournament.format !== 'swiss' ? [element('h2', '', 'Now'), gamesList(open, 'Now', tournament.queue)] : []));
  put(bodies.bracket, [bracket, tournament.entries], () => showBracket(tournament, bracket, games));
  put(bodies.standings, standings, () => (standings.length > 0 ? [element('h2', '', 'Standings'), standingsTable(standings, tournament.format)] : []));
  return tournament.status === 'complete';
}

/** @param {any} tournament */
function showHead(tournament) {
  const { word, tone } = statusWord(tournament.status);
  badge.textContent = word;
  badge.dataset.tone = tone || 'wait';
  const name = clip(tournament.name, 100) || 'A tournament';
  need('title').textContent = name;
  document.title = `${isCalled ? 'You are called · ' : ''}${name} · Arena`;
  const series = tournament.best_of > 1 ? `, best of ${tournament.best_of}` : '';
  need('lead').textContent = `${queueTitle(clip(tournament.queue, 40))}${tournament.tier ? `, ${clip(tournament.tier, 20)}` : ''} · ${formatTitle(tournament.format)}${series}. ${formatText(tournament.format)}`;
}

/** @param {any} tournament @param {any} bracket @param {any[]} games */
function showBracket(tournament, bracket, games) {
  const champion = bracket.champion === null ? [] : [championCard(bracket.champion)];
  if (tournament.status === 'registration') return [element('h2', '', `${tournament.entry_count} of ${tournament.entries_max} are in`), entryList(tournament.entries)];
  if (games.length === 0) return [emptyState('There is no bracket', 'This tournament ended before its registration was closed.')];
  const { queue } = tournament;
  if (bracket.format === 'swiss') return [...champion, element('h2', '', 'Rounds'), roundsList(bracket, queue)];
  if (bracket.format === 'round_robin') return [...champion, element('h2', '', 'Table'), crossTable(games, tournament.entries, queue)];
  const before = bodies.bracket.querySelector('.bracket');
  const { root, next } = picture(bracket, queue);
  // Where one was looking, or at what is played next.
  requestAnimationFrame(() => { root.scrollLeft = before ? before.scrollLeft : next && next.right > root.clientWidth ? next.left : 0; });
  return [...champion, element('h2', '', 'Bracket'), root];
}

/** @param {string} name */
function championCard(name) {
  const it = element('p', 'champion');
  it.append(element('span', 'soft', 'Champion'), element('strong', '', clip(name, 60)));
  return it;
}

/** @param {any[]} entries */
function entryList(entries) {
  if (entries.length === 0) return emptyState('Nobody is in yet', 'Be the first: log in and enter.');
  const list = element('ol', 'entrants');
  list.append(...entries.map(({ name, character }) => {
    const it = element('li');
    it.append(entryName(name, false));
    if (character) it.append(element('span', 'soft', clip(character, 30)));
    return it;
  }));
  return list;
}

/** @param {HTMLElement} body @param {unknown} of @param {() => Node[]} show */
function put(body, of, show) {
  const now = JSON.stringify(of);
  if (shown.get(body) === now) return;
  shown.set(body, now);
  const focused = body.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
  const nodes = show();
  body.replaceChildren(...nodes);
  body.hidden = nodes.length === 0;
  if (focused) /** @type {HTMLElement | null} */ (body.querySelector(`a[href="${CSS.escape(focused)}"]`))?.focus();
}
