/**
 * Owns what the arena knows of a match beside its picture: who plays, what is staked and bet, where
 * the result stands. Asked again every few seconds while somebody looks and something may change.
 * Invariant: a question without an answer leaves what was shown, and says that it is old.
 */

import { api, Trouble } from './api.js';
import { hash } from './components.js';
import { matchWords, resultWords, signedWords, wei } from './match-words.js';
import { pauseMs } from './record/looking.js';
import { wagerWord } from './record/money.js';
import { renew } from './renew.js';
import { clip, element } from './text.js';

/** @typedef {import('./match-words.js').Known} Known */

const REFRESH_MS = 4000;
const BETTING = { open: 'open', closed: 'closed', resolve: 'paid out', cancel: 'given back' };

/**
 * Everything about a match; throws `Trouble` if there is no such match.
 * @param {string} id
 * @returns {Promise<Known>}
 */
export async function known(id) {
  const [match, result, signatures, wager, pool, chain] = await Promise.all([
    api(`/v1/matches/${id}`), api(`/v1/matches/${id}/result`), api(`/matches/${id}/signatures`),
    api(`/matches/${id}/wager`), api(`/matches/${id}/pool`), api('/v1/chain').catch(() => null),
  ]);
  const book = pool?.pool_id === null || pool?.pool_id === undefined ? null : await api(`/v1/matches/${id}/pool`);
  return { match, result, signatures, wager, book, chain };
}

export class MatchFacts {
  /**
   * @param {HTMLElement} root
   * @param {string} id
   * @param {(known: Known | null, trouble: Trouble | null) => void} onNews
   */
  constructor(root, id, onNews) {
    /** @private */
    this.root = root;
    /** @private */
    this.id = id;
    /** @private */
    this.onNews = onNews;
    /** @private */
    this.shown = '';
    /** @private when an answer was last another than the one before, by the page's clock */
    this.changedAt = -Infinity;
    this.refresh();
  }

  /** @private */
  async refresh() {
    let waitMs = REFRESH_MS;
    if (!document.hidden || this.shown === '') {
      try {
        const all = await known(this.id);
        this.show(all);
        this.onNews(all, null);
        const pause = this.pause(all);
        if (pause === null) return;
        waitMs = Math.max(waitMs, pause);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        this.root.classList.toggle('is-old', this.shown !== '');
        this.onNews(null, error);
        if (error.status === 404 || error.status === 422) return;
      }
    }
    setTimeout(() => this.refresh(), waitMs * (0.9 + 0.2 * Math.random()));
  }

  /**
   * @private
   * @param {Known} all
   */
  pause({ match }) {
    return pauseMs(String(match?.course?.state), {
      sinceNewsMs: Math.min(Date.now() - Number(match?.ended_at ?? 0), performance.now() - this.changedAt),
      isStreamed: match?.stream?.state === 'live', isHidden: document.hidden,
    });
  }

  /**
   * @private
   * @param {Known} all
   */
  show(all) {
    this.root.classList.remove('is-old');
    const now = JSON.stringify(all);
    if (now === this.shown) return;
    if (this.shown !== '') this.changedAt = performance.now();
    this.shown = now;
    renew(this.root, [card('Players', ...players(all)), card('Result', ...result(all)), card('Stakes', ...stakes(all))]);
  }
}

/** @param {Known} all */
function players({ match }) {
  const words = matchWords(match);
  return [
    figures(words.players.map(({ name, rating }) => [name, rating === null ? '–' : `rated ${rating}`])),
    element('p', 'soft', [words.queue, words.tier, words.state].filter(Boolean).join(' · ')),
  ];
}

/** @param {Known} all */
function result(all) {
  const { title, steps, ratings } = resultWords(all);
  const { explorer, transaction } = signedWords(all);
  const list = element('ol', 'steps');
  list.append(...steps.map(({ text, isDone }) => element('li', isDone ? 'is-done' : '', text)));
  const parts = [element('p', 'strong', title), list];
  if (transaction) {
    const line = element('p', 'soft', 'Transaction ');
    line.append(hash(transaction, explorer ?? undefined));
    parts.push(line);
  }
  if (ratings) parts.push(element('p', 'soft', ratings));
  return parts;
}

/** @param {Known} all */
function stakes({ wager, book, match }) {
  const names = matchWords(match).players.map(({ name }) => name);
  /** @type {HTMLElement[]} */
  const parts = [figures([
    ['Wager', wager?.wager_status ? `${wei(wager.wager_amount_wei)} each, ${wagerWord(wager.wager_status)}` : 'none'],
    ['Bets', book ? (BETTING[/** @type {keyof typeof BETTING} */ (book.betting)] ?? clip(book.betting, 20)) : 'not on this match'],
  ])];
  if (book) parts.push(split(book), odds(names, book));
  return parts;
}

/** How what is in the pool lies, at a glance. @param {any} book */
function split(book) {
  const it = element('div', 'split');
  it.setAttribute('aria-hidden', 'true');
  for (const share of [book.pct_a, book.pct_b]) {
    const part = element('span');
    part.style.setProperty('flex-grow', String(Math.max(0, Math.min(100, Number(share) || 0))));
    it.append(part);
  }
  return it;
}

/** @param {string[]} names @param {any} book */
function odds(names, book) {
  const it = element('table', 'odds');
  const head = it.createTHead().insertRow();
  for (const label of ['Bets on', 'In the pool', 'A coin becomes']) {
    const cell = element('th', '', label);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = it.createTBody();
  for (const [i, [total, pays]] of [[book.total_a, book.odds_a], [book.total_b, book.odds_b]].entries()) {
    const row = body.insertRow();
    const who = element('th', `port-${i + 1}`, names[i]);
    who.scope = 'row';
    row.append(who, element('td', '', wei(total)));
    const cell = row.insertCell();
    cell.append(element('strong', '', Number.isFinite(Number(pays)) ? Number(pays).toFixed(2) : '–'));
  }
  return it;
}

/** @param {string} title @param {Node[]} parts */
function card(title, ...parts) {
  const it = element('section', 'card');
  it.append(element('h2', '', title), ...parts);
  return it;
}

/** @param {[string, string][]} rows */
function figures(rows) {
  const list = element('dl', 'figures');
  for (const [label, value] of rows) {
    const pair = element('div');
    pair.append(element('dt', '', label), element('dd', '', value));
    list.append(pair);
  }
  return list;
}
