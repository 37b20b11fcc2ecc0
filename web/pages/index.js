/**
 * Owns the list of what is live.
 * Invariant: a row stays the same element while its channel lives, so focus survives a refresh; a
 * list that cannot be fetched stays as it was, and says that it is old.
 */

import { characterName, readMeta, stageName } from './meta.js';
import { clip, element, need } from './text.js';

/** @typedef {{ name: string, schema: string, viewers: number, isLive: boolean, rate: number, meta: import('./meta.js').Meta }} Channel */
/** @typedef {{ root: HTMLElement, show: (channel: Channel) => void }} Row */

const REFRESH_MS = 2000;
const ROWS_MAX = 200;
const NAME = /^[A-Za-z0-9._~/-]{1,128}$/;

const list = need('channels');
const empty = need('empty');
const badge = need('badge');
/** @type {Map<string, Row>} */
const rows = new Map();

refresh();

async function refresh() {
  try {
    if (!document.hidden) show(await channels());
  } catch {
    tell('Relay unreachable, trying again', 'warn');
  }
  setTimeout(refresh, REFRESH_MS * (0.9 + 0.2 * Math.random()));
}

/** @returns {Promise<Channel[]>} */
async function channels() {
  const answer = await fetch('/v1/channels', { cache: 'no-store', signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const { channels: all } = await answer.json();
  return (Array.isArray(all) ? all : [])
    .filter((channel) => typeof channel?.name === 'string' && NAME.test(channel.name))
    .map((channel) => ({
      name: channel.name,
      schema: clip(channel.schema, 32),
      viewers: count(channel.viewers),
      isLive: channel.publisher_since !== null && channel.publisher_since !== undefined,
      rate: count(channel.rate),
      meta: readMeta(channel.meta),
    }))
    .sort((a, b) => Number(b.isLive) - Number(a.isLive) || b.viewers - a.viewers || (a.name < b.name ? -1 : 1))
    .slice(0, ROWS_MAX);
}

/** @param {Channel[]} all */
function show(all) {
  const names = new Set(all.map(({ name }) => name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.root.remove();
    rows.delete(name);
  }
  all.forEach((channel, i) => {
    const row = rows.get(channel.name) ?? addRow(channel.name);
    row.show(channel);
    // Moving an element that stands right already would cost it the focus.
    if (list.children[i] !== row.root) list.insertBefore(row.root, list.children[i] ?? null);
  });
  empty.hidden = all.length > 0;
  const live = all.filter(({ isLive }) => isLive).length;
  tell(live === 1 ? '1 live' : `${live} live`, live > 0 ? 'live' : 'wait');
}

/** @param {string} name */
function addRow(name) {
  const root = element('li');
  const link = element('a', 'channel');
  link.href = `/watch/${name}`;
  const players = element('span', 'players');
  const facts = element('span', 'facts');
  const label = element('span', 'name', name);
  link.append(players, label, facts);
  root.append(link);
  let shown = '';
  /** @type {Row} */
  const row = {
    root,
    show: (channel) => {
      const now = JSON.stringify(channel);
      if (now === shown) return;
      shown = now;
      link.classList.toggle('is-quiet', !channel.isLive);
      players.replaceChildren(...versus(channel));
      facts.replaceChildren(
        ...[
          channel.isLive ? `${channel.rate.toFixed(channel.rate < 10 ? 1 : 0)} batches/s` : 'not live',
          channel.viewers === 1 ? '1 viewer' : `${channel.viewers.toLocaleString('en')} viewers`,
          stageName(channel.meta.stage),
          channel.schema,
        ].filter(Boolean).map((text) => element('span', '', text)),
      );
    },
  };
  rows.set(name, row);
  return row;
}

/** @param {Channel} channel */
function versus({ meta, name }) {
  if (meta.contenders.length === 0) return [element('strong', '', clip(name, 40))];
  return meta.contenders.slice(0, 4).flatMap(({ name: who, character, port }, i) => {
    const player = element('span', 'player');
    const strong = element('strong', '', who);
    strong.className = `port-${((port - 1) & 3) + 1}`;
    player.append(strong, element('small', '', character < 0 ? '' : characterName(character)));
    return i === 0 ? [player] : [element('em', 'vs', 'vs'), player];
  });
}

/**
 * @param {string} text
 * @param {string} tone
 */
function tell(text, tone) {
  if (badge.textContent !== text) badge.textContent = text;
  badge.dataset.tone = tone;
}

/** @param {unknown} value */
function count(value) {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
