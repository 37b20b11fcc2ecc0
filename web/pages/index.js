/**
 * Owns the list of what is live.
 * Invariant: a row stays the same element while its channel lives, so focus survives a refresh; a
 * list that cannot be fetched stays as it was, and says that it is old.
 */

import { api, Trouble } from './api.js';
import { emptyState, troubleState } from './components.js';
import { arranged, merged } from './listing.js';
import { characterName, gameName, stageName } from './meta.js';
import { Previews } from './previews.js';
import { clip, element, need } from './text.js';

/** @typedef {import('./listing.js').Channel} Channel */
/** @typedef {{ root: HTMLElement, canvas: HTMLCanvasElement, show: (channel: Channel) => void }} Row */

const REFRESH_MS = 2000;
const DRAWABLE = 'melee/1';
/** Where one is all there is, nothing is to be searched. */
const FILTERED_FROM = 2;

const list = need('channels');
const place = need('place');
const badge = need('badge');
const text = /** @type {HTMLInputElement} */ (need('text'));
const schema = /** @type {HTMLSelectElement} */ (need('schema'));
const filters = need('filters');
const lead = need('lead');
const previews = new Previews(REFRESH_MS);
/** @type {Map<string, Row>} */
const rows = new Map();
/** @type {Channel[] | null} */
let all = null;
let said = 'busy';

for (const field of [text, schema]) field.addEventListener('input', () => show());
place.replaceChildren(element('p', 'busy soft', 'Looking who plays'));
refresh();

async function refresh() {
  try {
    if (!document.hidden || all === null) {
      const [channels, live] = await Promise.all([api('/v1/channels'), api('/v1/live').catch(() => null)]);
      all = merged(channels?.channels, live?.matches);
      show();
      for (const { name, rate } of all) {
        const row = rows.get(name);
        if (row) previews.tell(row.canvas, rate);
      }
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    tell('Out of reach', 'warn');
    if (all === null) say('trouble', troubleState(error, () => location.reload()));
  }
  setTimeout(refresh, REFRESH_MS * (0.9 + 0.2 * Math.random()));
}

function show() {
  if (all === null) return;
  offer(all);
  const shown = arranged(all, { text: text.value, schema: schema.value });
  const names = new Set(shown.map(({ name }) => name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    previews.drop(row.canvas);
    row.root.remove();
    rows.delete(name);
  }
  shown.forEach((channel, i) => {
    const row = rows.get(channel.name) ?? addRow(channel.name);
    row.show(channel);
    // Moving an element that stands right already would cost it the focus.
    if (list.children[i] !== row.root) list.insertBefore(row.root, list.children[i] ?? null);
  });
  if (shown.length > 0) say('', null);
  else if (all.length > 0) say('none', emptyState('Nothing fits', 'No channel has these words or this game.', { label: 'Show all', act: clear }));
  else say('empty', emptyState('Nobody is on stage', 'As soon as an agent publishes a channel, it shows up here by itself. You can play yourself, too.', { label: 'Play', href: '/play' }));
  const live = all.filter(({ isLive }) => isLive).length;
  tell(`${live} live`, live > 0 ? 'live' : 'wait');
  const words = live > 0 ? 'Agents are playing. Pick a match.' : 'Nothing is on right now.';
  if (lead.textContent !== words) lead.textContent = words;
  if (all.length >= FILTERED_FROM) filters.hidden = false;
}

function clear() {
  [text.value, schema.value] = ['', ''];
  show();
  text.focus();
}

/**
 * The games that there are, to choose from.
 * @param {Channel[]} channels
 */
function offer(channels) {
  const schemas = [...new Set(channels.map((channel) => channel.schema))].sort();
  if (schema.value !== '' && !schemas.includes(schema.value)) schemas.push(schema.value);
  if (schemas.join() === [...schema.options].slice(1).map(({ value }) => value).join()) return;
  const chosen = schema.value;
  schema.replaceChildren(new Option('All games', ''), ...schemas.map((name) => new Option(gameName(name), name)));
  schema.value = chosen;
}

/** @param {string} name */
function addRow(name) {
  const root = element('li');
  const link = element('a', 'channel');
  link.href = `/watch/${name}`;
  const canvas = element('canvas', 'preview');
  canvas.setAttribute('aria-hidden', 'true');
  const game = element('span', 'game');
  const state = element('span', 'state');
  const viewers = element('span', 'viewers');
  const picture = element('span', 'picture');
  picture.append(game, canvas, state, viewers);
  const players = element('span', 'players');
  const facts = element('span', 'facts');
  const words = element('span', 'words');
  words.append(players, facts);
  link.append(picture, words);
  root.append(link);
  let shown = '';
  /** @type {import('./previews.js').Kind | null} what its picture shows */
  let drawn = null;
  /** @type {Row} */
  const row = {
    root,
    canvas,
    show: (channel) => {
      const now = JSON.stringify(channel);
      if (now === shown) return;
      shown = now;
      link.classList.toggle('is-quiet', !channel.isLive);
      const kind = !channel.isLive ? null : channel.schema === DRAWABLE ? 'match' : 'rates';
      canvas.hidden = kind === null;
      if (kind !== drawn) previews.drop(canvas);
      if (kind) previews.add(canvas, name, kind);
      drawn = kind;
      game.textContent = gameName(channel.match?.queue ?? channel.schema);
      state.textContent = channel.isLive ? 'Live' : 'Not live';
      viewers.textContent = channel.viewers === 1 ? '1 viewer' : `${channel.viewers.toLocaleString('en')} viewers`;
      players.replaceChildren(...versus(channel));
      facts.replaceChildren(...told(channel).map((it) => element('span', '', it)));
    },
  };
  rows.set(name, row);
  return row;
}

/** @param {Channel} channel */
function told({ isLive, name, meta, schema: game, match, delayMs, rate }) {
  return [
    [gameName(match?.queue ?? game), match?.tier ?? ''].filter(Boolean).join(', '),
    stageName(meta.stage),
    match ? '' : clip(name, 40),
    isLive && game !== DRAWABLE ? `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} batches a second` : '',
    delayMs >= 1000 ? `${Math.round(delayMs / 1000)} s behind` : '',
  ].filter(Boolean);
}

/** @param {Channel} channel */
function versus({ meta, name, match }) {
  const { contenders } = meta;
  const sides = contenders.length > 0
    ? contenders.slice(0, 4).map((it, i) => ({ name: it.name, port: it.port, small: small(it.character, match?.sides[i]?.rating ?? null) }))
    : (match?.sides ?? []).map((it, i) => ({ name: it.name, port: i + 1, small: small(-1, it.rating) }));
  if (sides.length === 0) return [element('strong', '', clip(name, 40))];
  return sides.flatMap((side, i) => {
    const player = element('span', 'player');
    player.append(element('strong', `port-${((side.port - 1) & 3) + 1}`, side.name), element('small', '', side.small));
    return i === 0 ? [player] : [element('span', 'unseen', ' against '), player];
  });
}

/**
 * @param {number} character
 * @param {number | null} rating
 */
function small(character, rating) {
  return [character < 0 ? '' : characterName(character), rating === null ? '' : String(rating)].filter(Boolean).join(' · ');
}

/**
 * What stands where the list would, once for each reason.
 * @param {string} reason
 * @param {HTMLElement | null} it
 */
function say(reason, it) {
  if (reason === said) return;
  said = reason;
  place.replaceChildren(...(it ? [it] : []));
}

/**
 * @param {string} words
 * @param {string} tone
 */
function tell(words, tone) {
  if (badge.textContent !== words) badge.textContent = words;
  badge.dataset.tone = tone;
}

/** What tests and the curious may ask for. */
Object.assign(window, { arena: { moving: () => previews.counts.moving, still: () => previews.counts.still } });
