/**
 * Owns the wager between the two who play: proposing it, answering it, staking it, and having back
 * what nobody took.
 * Invariant: the arena is told before a wallet is asked, so nobody pays for what does not count. What
 * a wallet was handed is remembered until its end is known, and is not handed to it twice.
 */

import { button, toast, troubleWords } from '../components.js';
import { api } from '../api.js';
import { chosen, dispatch, providers, receiptOf, WalletTrouble } from '../account/wallet.js';
import { acceptData, cancelData, matchKey, proposeData, wagerIn } from '../record/contracts.js';
import { readCoins } from '../record/money.js';
import { field } from '../record/form.js';
import { element } from '../text.js';
import { say } from './ready.js';
import { forgetSent, keepSent, sentOf } from './sent.js';
import { wagerWords } from './offer.js';

const LOOK_EVERY_MS = 2000;

/**
 * @param {HTMLElement} place
 * @param {import('./sent.js').Of} match
 * @param {import('./result.js').Who & { wallet: string | null, now: () => number, isGone: boolean }} who `isGone`: the match is not on any more, and the card goes with the stake
 */
export function wagerCard(place, match, { entryId, token, wallet, now, isGone }) {
  let isClosed = false;
  let isBusy = false;
  let mayPropose = false;
  /** Whether the visitor has asked to stake as soon as it is his turn. */
  let wantsIn = false;
  /** Whether the number that the contract gave was refused, which asking again does not mend. */
  let isNamedInVain = false;
  /** Why nobody can stake on this match, if nobody can. @type {string | null} */
  let lacks = null;
  /** Where it was when something was last tried. */
  let at = '';
  let shown = '';
  /** @type {import('./offer.js').Wager | null} */
  let wager = null;
  const error = element('p', 'error');
  error.setAttribute('role', 'alert');
  const said = element('div', 'stack');
  said.setAttribute('role', 'status');
  const acts = element('div', 'row');
  place.replaceChildren(element('h2', '', 'Wager'), said, acts, error);
  const DO = /** @type {Record<import('./offer.js').Act, () => Promise<void>>} */ ({
    accept, stake, withdraw, back: takeBack, decline: () => answer('decline'),
  });
  lacking().then((why) => { lacks = why; draw(); }, () => {});
  look();
  const looking = setInterval(look, LOOK_EVERY_MS);

  return {
    /** @param {boolean} may whether the game has not begun */
    allow(may) {
      if (may === mayPropose) return;
      mayPropose = may;
      draw();
    },
    close() {
      isClosed = true;
      clearInterval(looking);
      place.hidden = true;
    },
  };

  async function lacking() {
    if (!(await api('/v1/chain')).wager) return null;
    if (!wallet) return 'You play without a wallet, so nothing can be staked. Log in with one before the next game.';
    return match.opponent.address ?? match.opponent.wallet ? null : 'Your opponent plays without a wallet, so nothing can be staked.';
  }

  async function look() {
    wager = await known().catch(() => wager);
    await settle().catch(() => {});
    if (isClosed) return;
    draw();
    const { stakeNow } = wager ? wagerWords(wager, match.you, sentOf(match), now()) : { stakeNow: false };
    if (wantsIn && stakeNow && !isBusy && wager) await attempt(stake);
  }

  /** @returns {Promise<import('./offer.js').Wager | null>} */
  async function known() {
    if (!wager && (await api(`/matches/${match.id}/wager`)).wager_amount_wei === null) return null;
    return api(`/v1/matches/${match.id}/wager`);
  }

  /** What became of what was sent; and the arena is told what the contract calls the offer. */
  async function settle() {
    const sent = sentOf(match);
    if (!sent || isBusy) return;
    if (!sent.isIn) {
      const receipt = await receiptOf(await providers(), sent.hash);
      if (receipt?.isGood) keepSent({ ...sent, isIn: true, number: sent.number ?? wagerIn(receipt.logs) });
      else if (receipt && sent.what === 'back') keepSent({ ...sent, what: 'offer', isIn: true });
      else if (receipt) forgetSent(match);
      if (receipt && !receipt.isGood) error.textContent = 'The contract refused. The transaction failed, and nothing but its fee was taken: it came too late, or was made already.';
    }
    const is = sentOf(match);
    if (is?.what === 'offer' && is.number !== null && wager && wager.wager_id === null && !isNamedInVain) await name(is.number, is.amount);
    // From here on its end is known to everybody.
    if (!wager || !['paid', 'paid_elsewhere', 'returned'].includes(wager.standing.chain)) return;
    forgetSent(match);
    if (isGone) toast(wagerWords(wager, match.you, null, now()).lines[0], 'good');
  }

  /** @param {string} number @param {string} amount */
  async function name(number, amount) {
    try {
      wager = await propose(amount, number);
    } catch (trouble) {
      isNamedInVain = /** @type {any} */ (trouble).status === 400;
      if (isNamedInVain) throw trouble;
    }
  }

  function draw() {
    if (!wager) return drawNone();
    const { head, lines, acts: may } = wagerWords(wager, match.you, sentOf(match), now());
    const text = [head, ...lines];
    place.hidden = false;
    // What went wrong before it came so far may not be true any more.
    if (at !== head && !isBusy) {
      if (at !== '') error.textContent = '';
      at = head;
    }
    if (said.childElementCount !== text.length) said.replaceChildren(...text.map((_, i) => element('p', i === 0 ? '' : 'soft')));
    text.forEach((line, i) => say(/** @type {HTMLElement} */ (said.children[i]), line));
    const key = JSON.stringify([may, isBusy]);
    if (key === shown) return;
    shown = key;
    acts.replaceChildren(...may.map(([act, label], i) => {
      const it = button({ label, act: () => attempt(DO[act]) }, i === 0 ? '' : 'is-quiet');
      it.toggleAttribute('disabled', isBusy);
      return it;
    }));
  }

  function drawNone() {
    // Without a wager and without the right to one, the card is only in the way of the game's own stake.
    place.hidden = !mayPropose;
    const key = mayPropose ? `form ${lacks}` : 'none';
    if (key === shown) return;
    shown = key;
    acts.replaceChildren();
    error.textContent = '';
    const what = element('p', 'soft', 'Coins between you two, beside what the game itself is for.');
    said.replaceChildren(...(mayPropose ? [what, lacks ? element('p', 'soft', lacks) : proposal()] : []));
  }

  function proposal() {
    const form = element('form', 'stack');
    const amount = field('Coins each', { id: 'stake', inputMode: 'decimal', placeholder: '0.1', required: true, maxLength: 46, hint: 'Your opponent has 15 s to answer' });
    const go = element('button', 'button is-quiet', 'Propose');
    go.type = 'submit';
    form.append(amount.root, go);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const wei = readCoins(amount.input.value);
      amount.input.setAttribute('aria-invalid', String(wei === null));
      if (wei === null) {
        error.textContent = 'An amount is digits, with at most 18 behind the point, such as 0.25.';
        return;
      }
      go.disabled = true;
      await attempt(() => begin(wei.toString()));
      go.disabled = false;
    });
    return form;
  }

  /** The wallet is made ready first: it may have to ask, and an offer stands for 15 s only. @param {string} amount */
  async function begin(amount) {
    const { wager: contract, chain_id: chainId } = await api('/v1/chain');
    if (contract) {
      // What an offer names its match by is a hash, which no page may make over plain http.
      if (!isSecureContext) throw new WalletTrouble('No secure connection', 'Over plain http this browser makes no offers, so nobody was told of one. Open the arena by https.', 'insecure');
      await chosen(chainId, wallet);
    }
    wager = await propose(amount, null);
    draw();
    if (wager?.backing === 'contract') await stake();
  }

  async function accept() {
    await answer('accept');
    wager = await known();
    wantsIn = wager?.backing === 'contract';
  }

  /** Hands this side's stake to the wallet: the offer, or the stake against it. */
  async function stake() {
    wantsIn = false;
    if (!wager) return;
    const isMine = wager.proposer === match.you;
    const { wager: contract, chain_id: chainId } = await api('/v1/chain');
    const { provider, from } = await chosen(chainId, wallet);
    const data = isMine ? proposeData({ opponent: match.opponent.address ?? match.opponent.wallet ?? '', game: match.queue, matchKey: await matchKey(match.id) }) : acceptData(wager.wager_id ?? '');
    // While the wallet was asked, the time may have passed.
    wager = await known();
    if (!wager || !['proposed', 'accepted'].includes(wager.course.state)) throw new WalletTrouble('Too late', 'The time to stake was over before your wallet was ready. Nothing was sent.', 'too_late');
    const hash = await dispatch(provider, from, { to: contract, data, value: BigInt(wager.amount) });
    keepSent({ match: { id: match.id, queue: match.queue, you: match.you, opponent: match.opponent }, what: isMine ? 'offer' : 'answer', hash, isIn: false, number: isMine ? null : wager.wager_id, amount: wager.amount });
  }

  /** No more of it; what was put in comes back by the contract. */
  async function withdraw() {
    await answer('decline');
    wager = await known();
    if (wager?.standing.chain === 'open') await takeBack();
  }

  async function takeBack() {
    const sent = sentOf(match);
    const number = wager?.wager_id ?? sent?.number;
    if (!wager || !number) throw new WalletTrouble('Not yet', 'The chain has not said yet what it calls your offer. Try again in a moment.', 'no_number');
    const { wager: contract, chain_id: chainId } = await api('/v1/chain');
    const { provider, from } = await chosen(chainId, wallet);
    const hash = await dispatch(provider, from, { to: contract, data: cancelData(number), value: 0n });
    keepSent({ match: { id: match.id, queue: match.queue, you: match.you, opponent: match.opponent }, what: 'back', hash, isIn: false, number, amount: wager.amount });
  }

  /** @param {string} amount wei @param {string | null} number */
  async function propose(amount, number) {
    return api(`/v1/matches/${match.id}/wager`, { token: await token(), body: { amount, ...(number === null ? {} : { wager_id: number }), ...entry() } });
  }

  /** @param {'accept' | 'decline'} verb */
  async function answer(verb) {
    await api(`/v1/matches/${match.id}/wager/${verb}`, { token: await token(), body: entry() });
  }

  function entry() {
    const id = entryId();
    return id ? { queue_id: id } : {};
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    if (isBusy) return;
    isBusy = true;
    error.textContent = '';
    draw();
    try {
      await act();
    } catch (trouble) {
      const { title, text } = troubleWords(trouble);
      error.textContent = `${title}. ${text}`;
    } finally {
      isBusy = false;
    }
    await look();
  }
}
