/**
 * Owns which channels are listed, and in which order. Pure.
 * Invariant: takes whatever the two lists answer; names are strangers' and come out fit to be shown.
 */

import { readMeta } from './meta.js';
import { clip } from './text.js';

/**
 * @typedef {object} Channel
 * @property {string} name
 * @property {string} schema
 * @property {number} viewers
 * @property {boolean} isLive
 * @property {number} rate batches a second
 * @property {number} delayMs
 * @property {number} since Unix milliseconds; 0 if nobody publishes
 * @property {import('./meta.js').Meta} meta
 * @property {{ queue: string, tier: string, sides: { name: string, rating: number | null }[] } | null} match whose channel it is
 */
/** @typedef {{ text: string, schema: string }} Wanted */

const ROWS_MAX = 200;
const NAME = /^[A-Za-z0-9._~/-]{1,128}$/;

/**
 * @param {unknown} channels as the relay lists them
 * @param {unknown} matches as control lists those that can be watched
 * @returns {Channel[]}
 */
export function merged(channels, matches) {
  /** @type {Map<string, any>} */
  const byChannel = new Map();
  for (const match of Array.isArray(matches) ? matches : []) {
    if (typeof match?.stream?.channel === 'string') byChannel.set(match.stream.channel, match);
  }
  return (Array.isArray(channels) ? channels : [])
    .filter((channel) => typeof channel?.name === 'string' && NAME.test(channel.name))
    .map((channel) => ({
      name: channel.name,
      schema: clip(channel.schema, 32),
      viewers: count(channel.viewers),
      isLive: channel.publisher_since !== null && channel.publisher_since !== undefined,
      rate: count(channel.rate),
      delayMs: count(channel.delay_ms),
      since: count(channel.publisher_since),
      meta: readMeta(channel.meta),
      match: matchOf(byChannel.get(channel.name), channel.meta),
    }));
}

/**
 * What is live first, then what most people watch, what is played best, what is newest.
 * @param {Channel[]} all
 * @param {Wanted} wanted
 */
export function arranged(all, { text, schema }) {
  const sought = text.trim().toLowerCase();
  return all
    .filter((channel) => schema === '' || channel.schema === schema)
    .filter((channel) => sought === '' || words(channel).includes(sought))
    .sort((a, b) => Number(b.isLive) - Number(a.isLive) || better(a, b) || (a.name < b.name ? -1 : 1))
    .slice(0, ROWS_MAX);
}

/** @param {Channel} channel the best of its sides; 0 if they have none */
export function ratingOf({ match }) {
  return Math.max(0, ...(match?.sides ?? []).map(({ rating }) => rating ?? 0));
}

/** @param {Channel} a @param {Channel} b */
function better(a, b) {
  return b.viewers - a.viewers || ratingOf(b) - ratingOf(a) || b.since - a.since;
}

/** @param {Channel} channel */
function words({ name, meta, match, schema }) {
  const who = [...meta.contenders.flatMap((it) => [it.name, it.code]), ...(match?.sides ?? []).map((it) => it.name)];
  return [name, schema, match?.queue ?? '', ...who].join(' ').toLowerCase();
}

/**
 * @param {any} match
 * @param {any} meta of a duel's channel, which names its sides itself
 * @returns {Channel['match']}
 */
function matchOf(match, meta) {
  const of = match ?? (meta && typeof meta === 'object' && typeof meta.queue === 'string' ? meta : null);
  if (!of) return null;
  return {
    queue: clip(of.queue, 24),
    tier: clip(of.tier, 24),
    sides: [of.p1, of.p2].map((side, i) => ({
      name: clip(side?.connect_code, 24) || `Player ${i + 1}`,
      rating: Number.isFinite(side?.rating) ? /** @type {number} */ (side.rating) : null,
    })),
  };
}

/** @param {unknown} value */
function count(value) {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
