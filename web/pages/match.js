/**
 * Owns a match's page: where it is, what came of it, and its history event by event.
 * Invariant: what is new is added while one looks; lines stay in their order and are never told twice.
 */

import { api } from './api.js';
import { button, copy, emptyState, hash, troubleState } from './components.js';
import { queueTitle } from './play/lobby.js';
import { versus } from './record/lists.js';
import { coins, wagerWord } from './record/money.js';
import { courseWord, story, transactionOf } from './record/story.js';
import { ago, clockTime, timeElement } from './record/when.js';
import { shortWallet, sideName } from './record/who.js';
import { clip, element, need } from './text.js';

const LOOK_EVERY_MS = 2000;
const place = need('match');
const badge = need('badge');
const id = location.pathname.split('/').at(-1) ?? '';

const head = element('section', 'card');
const facts = element('dl', 'figures');
const actions = element('div', 'row');
const lines = element('ol', 'story');
const told = element('section', 'card');
told.append(element('h2', '', 'What happened'), lines);
let last = 0;
let isShown = false;

look();

async function look() {
  try {
    if (!document.hidden || !isShown) await refresh();
  } catch (error) {
    const { status } = /** @type {any} */ (error);
    if (status === 404) {
      need('title').textContent = 'No such match';
      document.title = 'No such match · Arena';
      place.replaceChildren(emptyState('There is no such match', 'The address may be cut off, or the match was never made here.', { label: 'All matches', href: '/history' }));
      return;
    }
    badge.textContent = 'Not up to date';
    badge.dataset.tone = 'warn';
    if (!isShown) place.replaceChildren(troubleState(error, look));
    if (!isShown) return;
  }
  setTimeout(look, LOOK_EVERY_MS);
}

async function refresh() {
  // Alone: where there is no match, nothing else is asked about it.
  const match = await api(`/v1/matches/${id}`);
  const [{ events }, result, { signatures }, wager, pool] = await Promise.all([
    api(`/v1/matches/${id}/events?after=${last}`), api(`/v1/matches/${id}/result`),
    api(`/matches/${id}/signatures`), api(`/matches/${id}/wager`), api(`/matches/${id}/pool`).catch(() => null),
  ]);
  if (!isShown) {
    isShown = true;
    head.append(facts, actions);
    place.replaceChildren(head, told);
  }
  showHead(match, { result, signatures, wager, pool });
  const names = { p1: sideName(match.p1), p2: sideName(match.p2) };
  for (const line of events) {
    if (line.number <= last) continue;
    last = line.number;
    lines.append(lineOf(line, names));
  }
}

/** @param {any} match @param {{ result: any, signatures: any[], wager: any, pool: any }} beside */
function showHead(match, { result, signatures, wager, pool }) {
  const { word, tone } = courseWord(match.course);
  badge.textContent = word;
  badge.dataset.tone = tone || 'wait';
  const names = [sideName(match.p1), sideName(match.p2)];
  need('title').replaceChildren(versus(match));
  document.title = `${names.join(' vs ')} · Arena`;
  need('lead').textContent = `${queueTitle(clip(match.queue, 40))}${match.tier ? `, ${clip(match.tier, 20)}` : ''}: ${word}`;
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
  facts.replaceChildren(...pairs.map(([label, value]) => {
    const pair = element('div');
    const held = element('dd');
    held.append(value);
    pair.append(element('dt', '', label), held);
    return pair;
  }));
  const watch = match.stream?.channel;
  if (actions.childElementCount === 0) {
    actions.append(button({ label: 'Copy the link', act: () => copy(location.href, 'The link is copied.') }, 'is-quiet'));
  }
  if (typeof watch === 'string' && actions.childElementCount === 1) {
    actions.prepend(button({ label: match.stream.state === 'ended' ? 'Watch the stream' : 'Watch live', href: `/watch/${watch}` }));
  }
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
