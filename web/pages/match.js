/**
 * Owns a match's page: where it is, what came of it, and its history event by event.
 * Invariant: what is new is added while one looks, and what is the same is left alone; lines stay
 * in their order and are never told twice. What is over is asked for no more.
 */

import { api } from './api.js';
import { button, copy, emptyState, hash, troubleState } from './components.js';
import { queueTitle } from './play/lobby.js';
import { versus } from './record/lists.js';
import { pauseMs } from './record/looking.js';
import { coins, wagerWord } from './record/money.js';
import { courseWord, story, transactionOf } from './record/story.js';
import { ago, clockTime, timeElement } from './record/when.js';
import { shortWallet, sideName } from './record/who.js';
import { renew } from './renew.js';
import { clip, element, need } from './text.js';

/** @typedef {{ result: any, signatures: any[], wager: any, pool: any }} Beside what is asked for beside the match */

const AGAIN_MS = 4000;
/** As many as the arena tells at a time. */
const EVENTS_MAX = 1000;
const place = need('match');
const badge = need('badge');
const id = location.pathname.split('/').at(-1) ?? '';

const head = element('section', 'card');
const facts = element('dl', 'figures');
const actions = element('div', 'row');
const lines = element('ol', 'story');
const told = element('section', 'card');
told.append(element('h2', '', 'What happened'), lines);
const copying = button({ label: 'Copy the link', act: () => copy(location.href, 'The link is copied.') }, 'is-quiet');
let last = 0;
/** When anything last happened, by the arena's clock; and when a line came while one looked, by ours. */
let [happenedAt, heardAt] = [0, -Infinity];
let isLooking = false;
/** @type {Beside | null} null before the page is shown */
let beside = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) look();
});
look();

async function look() {
  if (isLooking) return;
  clearTimeout(timer);
  isLooking = true;
  const waitMs = await refresh().catch(failed);
  isLooking = false;
  if (waitMs !== null) timer = setTimeout(look, waitMs);
}

/** @returns {Promise<number | null>} how long to wait, null for no more */
async function refresh() {
  // Alone: where there is no match, nothing else is asked about it.
  const match = await api(`/v1/matches/${id}`);
  const { events } = await api(`/v1/matches/${id}/events?after=${last}`);
  const isRecorded = match.course.state === 'settled';
  // What is said beside it changes with a line of its history; only the chain is quieter.
  if (beside === null || events.length > 0 || (beside.result.result && !isRecorded)) {
    const isFirst = beside === null;
    beside = await askBeside();
    if (isFirst) {
      head.append(facts, actions);
      place.replaceChildren(head, told);
    }
  }
  showHead(match, beside);
  const names = { p1: sideName(match.p1), p2: sideName(match.p2) };
  if (last > 0 && events.length > 0) heardAt = performance.now();
  for (const line of events) {
    if (line.number <= last) continue;
    last = line.number;
    happenedAt = Math.max(happenedAt, line.at);
    lines.append(lineOf(line, names));
  }
  if (events.length >= EVENTS_MAX) return 0;
  return pauseMs(match.course.state, {
    sinceNewsMs: Math.min(Date.now() - Math.max(happenedAt, match.ended_at ?? 0), performance.now() - heardAt),
    isStreamed: match.stream?.state === 'live', isHidden: document.hidden,
  });
}

/** @returns {Promise<Beside>} */
async function askBeside() {
  const [result, { signatures }, wager, pool] = await Promise.all([
    api(`/v1/matches/${id}/result`), api(`/matches/${id}/signatures`), api(`/matches/${id}/wager`), api(`/matches/${id}/pool`).catch(() => null),
  ]);
  return { result, signatures, wager, pool };
}

/** @param {any} error @returns {number | null} */
function failed(error) {
  if (error?.status === 404) {
    write(need('title'), 'No such match');
    document.title = 'No such match · Arena';
    place.replaceChildren(emptyState('There is no such match', 'The address may be cut off, or the match was never made here.', { label: 'All matches', href: '/history' }));
    return null;
  }
  say('Not up to date', 'warn');
  if (beside !== null) return AGAIN_MS;
  place.replaceChildren(troubleState(error, look));
  return null;
}

/** @param {any} match @param {Beside} beside */
function showHead(match, { result, signatures, wager, pool }) {
  const { word, tone } = courseWord(match.course);
  say(word, tone || 'wait');
  const names = [sideName(match.p1), sideName(match.p2)];
  renew(need('title'), [versus(match)]);
  document.title = `${names.join(' vs ')} · Arena`;
  write(need('lead'), `${queueTitle(clip(match.queue, 40))}${match.tier ? `, ${clip(match.tier, 20)}` : ''}: ${word}`);
  const stands = result.result;
  const moved = (/** @type {any} */ it) => (it ? `${it.before} → ${it.after}` : '–');
  const pairs = /** @type {[string, string | Node][]} */ ([
    ['Made', timeElement(match.created_at, ago(match.created_at, Date.now()))],
    ['Reported by', ['p1', 'p2'].filter((side) => result.reported?.[side]).map((side) => sideName(match[side])).join(' and ') || 'nobody'],
  ]);
  if (stands) {
    pairs.push(['Score', `${stands.score?.p1} to ${stands.score?.p2}`], [`Rating of ${names[0]}`, moved(stands.ratings?.p1)], [`Rating of ${names[1]}`, moved(stands.ratings?.p2)]);
    if (result.tx_hash) pairs.push([match.course.state === 'settled' ? 'Recorded by transaction' : 'Being recorded by', hash(result.tx_hash)]);
    pairs.push(['Signed by', signatures.map(({ address }) => signer(String(address), match)).join(' and ') || 'nobody yet']);
  }
  if (wager.wager_status) pairs.push(['Wager', `${coins(wager.wager_amount_wei, 6)} coins each, ${wagerWord(wager.wager_status)}`]);
  if (pool?.pool_id !== null && pool?.pool_id !== undefined) {
    const link = element('a', '', `No. ${pool.pool_id}`);
    link.href = `/betting?match=${id}`;
    pairs.push(['Pool', link]);
  }
  renew(facts, pairs.map(([label, value]) => {
    const pair = element('div');
    const held = element('dd');
    held.append(value);
    pair.append(element('dt', '', label), held);
    return pair;
  }));
  showActions(match.stream);
}

/** @param {any} stream null before its first batch */
function showActions(stream) {
  if (!copying.isConnected) actions.append(copying);
  if (typeof stream?.channel !== 'string') return;
  const watch = button({ label: stream.state === 'ended' ? 'Watch the stream' : 'Watch live', href: `/watch/${stream.channel}` });
  if (copying.previousSibling?.isEqualNode(watch)) return;
  copying.previousSibling?.remove();
  actions.prepend(watch);
}

/** @param {string} word @param {string} tone */
function say(word, tone) {
  write(badge, word);
  badge.dataset.tone = tone;
}

/** @param {HTMLElement} it @param {string} text */
function write(it, text) {
  if (it.textContent !== text) it.textContent = text;
}

/** @param {string} address @param {any} match */
function signer(address, match) {
  const side = [match.p1, match.p2].find((/** @type {any} */ { wallet }) => String(wallet).toLowerCase() === address.toLowerCase());
  return side ? sideName(side) : shortWallet(address);
}

/** @param {import('./record/story.js').Line} line @param {import('./record/story.js').Names} names */
function lineOf(line, names) {
  const it = element('li');
  const text = element('span', '', story(line, names));
  const raw = element('details', 'soft');
  const summary = element('summary', '', 'Details');
  summary.setAttribute('aria-label', `Details of no. ${line.number}`);
  raw.append(summary, element('pre', 'mono raw', `${line.number} ${clip(line.kind, 40)} ${JSON.stringify(line.body, null, 1).slice(0, 4000)}`));
  const transaction = transactionOf(line);
  if (transaction) text.append(' ', hash(transaction));
  it.append(timeElement(line.at, clockTime(line.at)), text, raw);
  return it;
}
