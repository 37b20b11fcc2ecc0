/**
 * Owns the pools: what is in each, what a coin becomes, putting one in through the wallet, and
 * fetching what is won.
 * Invariant: before a wallet is asked for anything, the arena has said that the bet may be made and
 * what it would bring.
 */

import { api, Trouble } from './api.js';
import { button, emptyState, toast, troubleState, troubleWords } from './components.js';
import { chosen, send } from './account/wallet.js';
import { betData, claimData, refundData } from './record/contracts.js';
import { field } from './record/form.js';
import { coins, coinsSaid, readCoins } from './record/money.js';
import { ago, timeElement } from './record/when.js';
import { shortWallet, sideName } from './record/who.js';
import { element, need } from './text.js';

const POOLS_MAX = 40;
const MATCHES_MAX = 100;
const NAMES_MAX = 400;
const LOOK_EVERY_MS = 2500;
/** While nobody looks, so that what is shown on coming back is not too old. */
const HIDDEN_EVERY_MS = 30_000;
/** Wei: below it nobody notices a smallest bet, above it nobody has a largest. */
const [DUST, FORTUNE] = [10n ** 15n, 10n ** 26n];
const OVER = ['resolve', 'cancel'];
/** What the contract says of a pool that it has called off. */
const CANCELLED = 2;
const place = need('pools');
const only = new URLSearchParams(location.search).get('match');
const columns = element('div', 'columns');
const old = element('p', 'warn');
old.setAttribute('role', 'status');
/** By match. @type {Map<string, ReturnType<typeof poolCard>>} */
const cards = new Map();
/** @type {{ prediction_pool: string | null, chain_id: number }} */
let chain = { prediction_pool: null, chain_id: 0 };
/** Who plays, by match: pools know wallets only. @type {Map<string, [string, string]>} */
const names = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;
let isLooking = false;

start();

async function start() {
  place.replaceChildren(element('p', 'busy soft', 'Asking the arena'));
  try {
    chain = await api('/v1/chain');
    if (only) {
      const { p1, p2 } = await api(`/v1/matches/${encodeURIComponent(only)}`);
      names.set(only, [sideName(p1), sideName(p2)]);
    }
    show(await pools());
  } catch (error) {
    place.replaceChildren(/** @type {any} */ (error).status === 404 ? noneHere() : troubleState(error, start));
    return;
  }
  next = setTimeout(look, LOOK_EVERY_MS);
  document.addEventListener('visibilitychange', () => document.hidden || look());
}

/** One question for all that is shown. @returns {Promise<any[]>} the newest first */
async function pools() {
  if (only) return [await api(`/v1/matches/${encodeURIComponent(only)}/pool`)];
  const { pools: found } = await api(`/v1/pools?limit=${POOLS_MAX}`);
  await learn(found.filter((/** @type {any} */ { match_id: id }) => !names.has(id)));
  return found;
}

/** What people call who plays; of an old match, or where none is told, a wallet's ends. @param {any[]} unknown pools */
async function learn(unknown) {
  if (unknown.length === 0) return;
  const { matches } = await api(`/matches?limit=${MATCHES_MAX}`);
  for (const { id, p1, p2 } of matches) names.set(id, [sideName(p1), sideName(p2)]);
  for (const { match_id: id, p1_wallet: first, p2_wallet: second } of unknown) {
    if (!names.has(id)) names.set(id, [shortWallet(first), shortWallet(second)]);
  }
  while (names.size > NAMES_MAX) names.delete(names.keys().next().value ?? '');
}

/** Again and again; seldom while nobody looks, and no more where nothing can change. */
async function look() {
  clearTimeout(next);
  if (isLooking) return;
  isLooking = true;
  try {
    show(await pools());
    old.textContent = '';
  } catch (error) {
    old.textContent = `${troubleWords(error).title}: these figures are old.`;
  } finally {
    isLooking = false;
  }
  const isDone = only !== null && [...cards.values()].every((card) => card.isDone());
  if (!isDone) next = setTimeout(look, document.hidden ? HIDDEN_EVERY_MS : LOOK_EVERY_MS);
}

/** @param {any[]} found */
function show(found) {
  if (found.length === 0) {
    const text = chain.prediction_pool ? 'A pool opens when two meet who both play with a wallet, in a game that takes bets.' : 'This arena is connected to no chain, so nobody could hold a bet. Its operator can name one.';
    if (cards.size === 0 && !place.querySelector('.empty')) place.replaceChildren(old, emptyState('No pools', text, { label: 'Watch instead', href: '/' }));
    return;
  }
  for (const pool of found.toReversed()) {
    let card = cards.get(pool.match_id);
    if (!card) {
      card = poolCard(pool.match_id, names.get(pool.match_id) ?? [shortWallet(pool.p1_wallet), shortWallet(pool.p2_wallet)]);
      cards.set(pool.match_id, card);
      columns.prepend(card.root);
    }
    card.show(pool);
  }
  const gone = [...cards.keys()].filter((id) => !found.some((pool) => pool.match_id === id));
  for (const id of gone) {
    cards.get(id)?.root.remove();
    cards.delete(id);
  }
  if (!columns.isConnected) place.replaceChildren(old, columns);
}

function noneHere() {
  return emptyState('Nobody can bet on this match', 'Both sides have to play with a wallet, in a game that takes bets. The address may also be cut off.', { label: 'All pools', href: '/betting' });
}

/** @param {string} id a match's @param {[string, string]} names */
function poolCard(id, [first, second]) {
  const root = element('section', 'card');
  const title = element('h2', '', `${first} vs ${second}`);
  const facts = element('div', 'stack');
  const acts = element('div', 'stack');
  const error = element('p', 'bad');
  error.setAttribute('role', 'alert');
  const link = element('a', '', 'The match');
  link.href = `/history/${id}`;
  root.append(title, facts, acts, error, link);
  let [shown, offered] = ['', ''];
  let isBusy = false;
  let isDone = false;
  return { root, show, isDone: () => isDone };

  /** @param {any} pool */
  function show(pool) {
    const now = JSON.stringify(pool);
    if (now === shown) return;
    shown = now;
    isDone = OVER.includes(pool.betting) && pool.status !== 0;
    const split = element('div', 'split');
    split.setAttribute('role', 'img');
    split.setAttribute('aria-label', `${pool.pct_a} % on ${first}, ${pool.pct_b} % on ${second}`);
    const part = element('div', 'a');
    part.style.width = `${pool.pct_a}%`;
    split.append(part, element('div', 'b'));
    const figures = element('dl', 'figures');
    const pairs = [['In the pool', coinsSaid(pool.total)], [`${first} pays`, pays(pool.odds_a)], [`${second} pays`, pays(pool.odds_b)], ['Rake', `${pool.rake_bps / 100} %`]];
    figures.append(...pairs.map(([label, value]) => {
      const pair = element('div');
      pair.append(element('dt', '', label), element('dd', '', value));
      return pair;
    }));
    const state = element('span', 'tag', isBack(pool) ? WORDS.cancel : WORDS[pool.betting] ?? pool.betting);
    state.dataset.tone = pool.betting === 'open' ? 'live' : 'warn';
    const when = element('p', 'soft');
    when.append(state, ' opened ', timeElement(pool.opened_at, ago(pool.opened_at, Date.now())));
    facts.replaceChildren(when, split, figures);
    // A form that somebody fills in is left alone while it says the same.
    const offer = `${pool.betting} ${pool.pool_id} ${pool.status}`;
    if (offer === offered) return;
    offered = offer;
    acts.replaceChildren(...actsOf(pool));
  }

  /** @param {any} pool */
  function actsOf(pool) {
    if (pool.pool_id === null) return [element('p', 'soft', 'The pool is not on the chain yet.')];
    if (pool.betting === 'open') return [betForm(pool)];
    if (pool.betting === 'closed') return [element('p', 'soft', 'Bets are in. It is paid out when the result stands.')];
    if (pool.status === 0) return [element('p', 'soft', pool.betting === 'cancel' ? 'Every bet goes back; the contract is being told.' : 'The result stands; the contract is being told.')];
    return [button({ label: isBack(pool) ? 'Fetch your bet back' : 'Fetch what you won', act: () => attempt(() => fetchShare(pool)) }, 'is-quiet')];
  }

  /** @param {any} pool */
  function betForm(pool) {
    const form = element('form', 'stack');
    const amount = field('Coins', { id: `amount-${id}`, inputMode: 'decimal', required: true, maxLength: 46, hint: sizeWords(pool) });
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
    if (wei === null) throw new Trouble(422, 'amount', 'That is no amount', 'An amount is digits, with at most 18 behind the point, such as 0.25.');
    const { provider, from } = await chosen(chain.chain_id);
    const quote = await api(`/v1/pools/${pool.pool_id}/quote`, { body: { on: side, amount: wei.toString(), bettor: from.toLowerCase() } });
    error.className = 'soft';
    error.textContent = `This bet would bring ${coinsSaid(quote.payout)}. Confirm it in your wallet.`;
    const to = needed(chain.prediction_pool);
    await send(provider, from, { to, data: betData(String(pool.pool_id), side === 'p1'), value: wei }, () => { error.textContent = 'Sent. Waiting for the chain.'; });
    error.textContent = '';
    toast('Your bet is in.', 'good');
  }

  /** @param {any} pool */
  async function fetchShare(pool) {
    const { provider, from } = await chosen(chain.chain_id);
    const claim = await api(`/v1/pools/${pool.pool_id}/claims/${from.toLowerCase()}`);
    if (claim.due === '0') throw new Trouble(409, 'nothing', 'There is nothing to fetch', 'The account in your wallet did not win, or has fetched it already.');
    const data = isBack(pool) ? refundData(String(pool.pool_id)) : claimData(String(pool.pool_id));
    await send(provider, from, { to: needed(chain.prediction_pool), data, value: 0n });
    toast(`${coinsSaid(claim.due)} are yours.`, 'good');
    acts.replaceChildren(element('p', 'good', `You have fetched ${coinsSaid(claim.due)}.`));
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    if (isBusy) return;
    isBusy = true;
    // A wallet that is asked already is not asked again.
    const buttons = [...acts.querySelectorAll('button')];
    for (const it of buttons) it.disabled = true;
    error.className = 'bad';
    error.textContent = '';
    try {
      await act();
    } catch (trouble) {
      const { title, text } = troubleWords(trouble);
      error.className = 'bad';
      error.textContent = `${title}. ${text}`;
    } finally {
      isBusy = false;
      for (const it of buttons) it.disabled = false;
    }
    await look();
  }
}

/** Whether the contract gives every bet back: also where nobody bet on who won, whatever was asked of it. @param {any} pool */
const isBack = ({ status }) => status === CANCELLED;

/** What a coin becomes. @param {unknown} odds digits with a point */
function pays(odds) {
  return Number.isFinite(Number(odds)) ? `× ${Number(odds).toFixed(2)}` : '–';
}

/** Which bets are quoted; a bound that nobody meets is none. @param {any} pool */
function sizeWords({ bet_min: min, bet_max: max }) {
  const [least, most] = [BigInt(min) >= DUST ? coins(min, 6) : '', BigInt(max) < FORTUNE ? coins(max, 6) : ''];
  if (least && most) return `${least} to ${most}`;
  return least ? `${least} or more` : most ? `Up to ${most}` : 'As much as you like';
}

const WORDS = /** @type {Record<string, string>} */ ({ open: 'open', closed: 'closed', resolve: 'paid out', cancel: 'given back' });

/** @param {string | null} address */
function needed(address) {
  if (!address) throw new Trouble(404, 'no_contract', 'Nobody holds bets here', 'This arena has no contract for them.');
  return address;
}
