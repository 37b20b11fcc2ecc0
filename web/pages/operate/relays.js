/** Owns what an operator sees of the streams, and of the relays that carry them. */

import { table } from '../components.js';
import { versus } from '../record/lists.js';
import { clip, element } from '../text.js';

/** @type {import('./areas.js').Area} */
export const relays = {
  title: 'Streams and relays',
  ask: async ({ get }) => {
    const [health, { channels }, { matches }] = await Promise.all([get('/health'), get('/v1/channels'), get('/v1/live')]);
    return { health, here: relayFacts(channels ?? []), live: matches };
  },
  show: ({ health, here, live }) => {
    const facts = element('p', 'row');
    facts.append(
      wellness('control', health.control), wellness('relay', health.status),
      `${count(health.active_matches, 'match going on', 'matches going on')}, ${health.queue_size ?? 0} waiting. ${here}`,
    );
    if (live.length === 0) return [facts, element('p', 'soft', 'No match is streamed now.')];
    const byRelay = Map.groupBy(/** @type {any[]} */ (live), ({ stream }) => clip(stream?.relay, 80) || 'unknown');
    const rows = Array.from(byRelay, ([name, of]) => [name, String(of.length), String(of.reduce((sum, { stream }) => sum + (stream?.viewers ?? 0), 0))]);
    const streams = live.map((/** @type {any} */ it) => [versus(it), clip(it.stream?.channel, 80), String(it.stream?.viewers ?? 0), clip(it.stream?.relay, 60)]);
    return [
      facts,
      table('Relays with streams', [{ label: 'Relay' }, { label: 'Streams', isNumber: true }, { label: 'Viewers', isNumber: true }], rows),
      table('Streams', [{ label: 'Match' }, { label: 'Channel' }, { label: 'Viewers', isNumber: true }, { label: 'Relay' }], streams),
    ];
  },
};

/** @param {string} who @param {unknown} word */
function wellness(who, word) {
  const tag = element('span', 'tag', word === 'ok' ? `${who} is well` : `${who}: ${clip(String(word), 60)}`);
  tag.dataset.tone = word === 'ok' ? 'good' : 'bad';
  return tag;
}

/** @param {any[]} channels */
function relayFacts(channels) {
  const live = channels.filter(({ publisher_since: since }) => since !== null && since !== undefined).length;
  const viewers = channels.reduce((sum, channel) => sum + (Number(channel.viewers) || 0), 0);
  return `This relay: ${count(live, 'live channel', 'live channels')}, ${count(viewers, 'viewer', 'viewers')}.`;
}

/** @param {unknown} number @param {string} one @param {string} many */
function count(number, one, many) {
  const it = Number(number) || 0;
  return `${it} ${it === 1 ? one : many}`;
}
