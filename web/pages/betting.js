/**
 * Owns the pools: what is in each, what a coin becomes, putting one in through the wallet, and
 * fetching what is won.
 * Invariant: before a wallet is asked for anything, the arena has said that the bet may be made and
 * what it would bring.
 */

import { api } from './api.js';
import { button, emptyState, toast, troubleState, troubleWords } from './components.js';
import { chosen } from './play/stakes.js';
import { send } from './account/wallet.js';
import { betData, claimData, refundData } from './record/contracts.js';
import { field } from './record/form.js';
import { coins, readCoins } from './record/money.js';
import { ago, timeElement } from './record/when.js';
import { shortWallet, sideName } from './record/who.js';
import { element, need } from './text.js';

const POOLS_MAX = 40;
const LOOK_EVERY_MS = 2500;
const place = need('pools');
const only = new URLSearchParams(location.search).get('match');
/** @type {{ prediction_pool: string | null, chain_id: number }} */
let chain = { prediction_pool: null, chain_id: 0 };

start();

async function start() {
  place.replaceChildren(element('p', 'busy soft', 'Asking the arena'));
  try {
    const [named, { pools }] = await Promise.all([api('/v1/chain'), api(`/pools?limit=${POOLS_MAX}`)]);
    chain = named;
    const chosenPools = only ? [await namedMatch(only)] : pools;
    if (chosenPools.length === 0) {
      const text = chain.prediction_pool ? 'A pool opens when two meet who both play with a wallet, in a game that takes bets.' : 'This arena is connected to no chain, so nobody could hold a bet. Its operator can name one.';
      place.replaceChildren(emptyState('No pools', text, { label: 'Watch instead', href: '/' }));
      return;
    }
    const columns = element('div', 'columns');
    columns.append(...chosenPools.map(poolCard));
    place.replaceChildren(columns);
  } catch (error) {
    place.replaceChildren(troubleState(error, start));
  }
}

/** A match that the address names, whose pool may be too new to be listed. @param {string} id */
async function namedMatch(id) {
  const { p1, p2 } = await api(`/v1/matches/${encodeURIComponent(id)}`);
  return { id, names: [sideName(p1), sideName(p2)] };
}

/** @param {any} listed */
function poolCard(listed) {
  const root = element('section', 'card');
  const [first, second] = listed.names ?? [shortWallet(listed.p1_wallet ?? ''), shortWallet(listed.p2_wallet ?? '')];
  const title = element('h2', '', `${first} vs ${second}`);
  const facts = element('div', 'stack');
  const acts = element('div', 'stack');
  const error = element('p', 'bad');
  error.setAttribute('role', 'alert');
  const link = element('a', '', 'The match');
  link.href = `/history/${listed.id}`;
  root.append(title, facts, acts, error, link);
  let [shown, offered] = ['', ''];
  keepLooking();
  return root;

  /** Until nothing changes any more. */
  async function keepLooking() {
    const pool = document.hidden ? null : await refresh();
    if (pool?.betting === 'resolve' || pool?.betting === 'cancel' || pool === undefined) return;
    setTimeout(keepLooking, LOOK_EVERY_MS);
  }

  /** @returns {Promise<any>} undefined if there is none and none will be */
  async function refresh() {
    try {
      const pool = await api(`/v1/matches/${listed.id}/pool`);
      show(pool);
      return pool;
    } catch (trouble) {
      const { status } = /** @type {any} */ (trouble);
      if (status === 404) {
        facts.replaceChildren(emptyState('Nobody can bet on this match', 'Both sides have to play with a wallet, in a game that takes bets.'));
        acts.replaceChildren();
        return undefined;
      }
      if (shown === '') facts.replaceChildren(troubleState(trouble, refresh));
      return null;
    }
  }

  /** @param {any} pool */
  function show(pool) {
    const now = JSON.stringify(pool);
    if (now === shown) return;
    shown = now;
    const split = element('div', 'split');
    split.setAttribute('role', 'img');
    split.setAttribute('aria-label', `${pool.pct_a} % on ${first}, ${pool.pct_b} % on ${second}`);
    const part = element('div', 'a');
    part.style.width = `${pool.pct_a}%`;
    split.append(part, element('div', 'b'));
    const figures = element('dl', 'figures');
    const pairs = [['In the pool', `${coins(pool.total)} coins`], [`${first} pays`, `× ${pool.odds_a}`], [`${second} pays`, `× ${pool.odds_b}`], ['Rake', `${pool.rake_bps / 100} %`]];
    figures.append(...pairs.map(([label, value]) => {
      const pair = element('div');
      pair.append(element('dt', '', label), element('dd', '', value));
      return pair;
    }));
    const state = element('span', 'tag', WORDS[pool.betting] ?? pool.betting);
    state.dataset.tone = pool.betting === 'open' ? 'live' : 'warn';
    const when = element('p', 'soft');
    when.append(state, ' opened ', timeElement(pool.opened_at, ago(pool.opened_at, Date.now())));
    facts.replaceChildren(when, split, figures);
    // A form that somebody fills in is left alone while it says the same.
    const offer = `${pool.betting} ${pool.pool_id}`;
    if (offer === offered) return;
    offered = offer;
    acts.replaceChildren(...actsOf(pool));
  }

  /** @param {any} pool */
  function actsOf(pool) {
    if (pool.pool_id === null) return [element('p', 'soft', 'The pool is not on the chain yet.')];
    if (pool.betting === 'open') return [betForm(pool)];
    if (pool.betting === 'closed') return [element('p', 'soft', 'Bets are in. It is paid out when the result stands.')];
    return [button({ label: pool.betting === 'cancel' ? 'Fetch your bet back' : 'Fetch what you won', act: () => attempt(() => fetchShare(pool)) }, 'is-quiet')];
  }

  /** @param {any} pool */
  function betForm(pool) {
    const form = element('form', 'stack');
    const amount = field('Coins', { id: `amount-${listed.id}`, inputMode: 'decimal', required: true, maxLength: 46, hint: `${coins(pool.bet_min, 6)} to ${coins(pool.bet_max, 6)}` });
    const row = element('div', 'row');
    const on = (/** @type {'p1' | 'p2'} */ side, /** @type {string} */ label) => button({ label, act: () => attempt(() => bet(pool, side, amount.input.value)) });
    row.append(on('p1', `Bet on ${first}`), on('p2', `Bet on ${second}`));
    form.append(amount.root, row);
    form.addEventListener('submit', (event) => event.preventDefault());
    return form;
  }

  /** @param {any} pool @param {'p1' | 'p2'} side @param {string} text */
  async function bet(pool, side, text) {
    const wei = readCoins(text);
    if (wei === null) throw new Error('An amount is digits, with at most 18 behind the point, such as 0.25.');
    const { provider, from } = await chosen(chain.chain_id);
    const quote = await api(`/v1/pools/${pool.pool_id}/quote`, { body: { on: side, amount: wei.toString(), bettor: from.toLowerCase() } });
    error.className = 'soft';
    error.textContent = `This bet would bring ${coins(quote.payout)} coins. Confirm it in your wallet.`;
    const to = needed(chain.prediction_pool);
    await send(provider, from, { to, data: betData(String(pool.pool_id), side === 'p1'), value: wei }, () => { error.textContent = 'Sent. Waiting for the chain.'; });
    error.textContent = '';
    toast('Your bet is in.', 'good');
  }

  /** @param {any} pool */
  async function fetchShare(pool) {
    const { provider, from } = await chosen(chain.chain_id);
    const claim = await api(`/v1/pools/${pool.pool_id}/claims/${from.toLowerCase()}`);
    if (claim.due === '0') throw new Error('There is nothing to fetch for this account: it did not win, or has fetched it already.');
    const data = pool.betting === 'cancel' ? refundData(String(pool.pool_id)) : claimData(String(pool.pool_id));
    await send(provider, from, { to: needed(chain.prediction_pool), data, value: 0n });
    toast(`${coins(claim.due)} coins are yours.`, 'good');
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    error.className = 'bad';
    error.textContent = '';
    try {
      await act();
      await refresh();
    } catch (trouble) {
      const { title, text } = troubleWords(trouble);
      error.className = 'bad';
      error.textContent = `${title}. ${text}`;
    }
  }
}

const WORDS = /** @type {Record<string, string>} */ ({ open: 'open', closed: 'closed', resolve: 'paid out', cancel: 'given back' });

/** @param {string | null} address */
function needed(address) {
  if (!address) throw new Error('This arena has no contract for bets.');
  return address;
}
