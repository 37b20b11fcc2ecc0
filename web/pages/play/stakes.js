/**
 * Owns the wager between the two who play: proposing it, answering it, and what became of it.
 * Invariant: what is staked is said in coins before anything is sent, and whether anybody holds it.
 */

import { button, troubleWords } from '../components.js';
import { api } from '../api.js';
import { connect, send, useChain, wallets, WalletTrouble } from '../account/wallet.js';
import { acceptData, matchKey, proposeData, wagerIn } from '../record/contracts.js';
import { coins, readCoins } from '../record/money.js';
import { field } from '../record/form.js';
import { element } from '../text.js';

const LOOK_EVERY_MS = 2000;
const STATES = /** @type {Record<string, string>} */ ({
  proposed: 'proposed', accepted: 'agreed upon', declined: 'declined', expired: 'not answered in time', settled: 'won', voided: 'given back',
});

/**
 * @param {HTMLElement} place
 * @param {import('./course.js').Match} match
 * @param {import('./result.js').Who} who
 */
export function wagerCard(place, match, { queueId, token }) {
  let isClosed = false;
  let shown = '';
  const error = element('p', 'bad');
  error.setAttribute('role', 'alert');
  const body = element('div', 'stack');
  place.replaceChildren(element('h2', '', 'Wager'), body, error);
  place.hidden = false;
  look();
  const looking = setInterval(look, LOOK_EVERY_MS);

  /** @param {boolean} mayPropose whether the game has not begun */
  let mayPropose = true;

  return {
    /** @param {boolean} may */
    allow(may) {
      if (may !== mayPropose) {
        mayPropose = may;
        shown = '';
        look();
      }
    },
    close() {
      isClosed = true;
      clearInterval(looking);
      place.hidden = true;
    },
  };

  async function look() {
    const wager = await api(`/matches/${match.id}/wager`).catch(() => null);
    const now = JSON.stringify(wager);
    if (isClosed || !wager || now === shown) return;
    shown = now;
    body.replaceChildren(...words(wager));
  }

  /** @param {any} wager */
  function words(wager) {
    const state = wager.wager_status;
    const amount = coins(wager.wager_amount_wei ?? '', 6);
    if (state === null || state === undefined) return mayPropose ? [proposal()] : [element('p', 'soft', 'Nothing is staked on this game.')];
    const isMine = wager.wager_proposer === match.you;
    const lines = [element('p', '', `${amount} coins each: ${STATES[state] ?? state}.`), element('p', 'soft', `${String(wager.detail ?? '').replace(/^./, (first) => first.toUpperCase())}.`)];
    if (state !== 'proposed') return lines;
    const row = element('div', 'row');
    if (isMine) row.append(button({ label: 'Take it back', act: () => attempt(() => answer('decline')) }, 'is-quiet'));
    else row.append(button({ label: `Stake ${amount}`, act: () => attempt(() => accept(wager)) }), button({ label: 'Decline', act: () => attempt(() => answer('decline')) }, 'is-quiet'));
    return [...lines, row];
  }

  function proposal() {
    const form = element('form', 'stack');
    const amount = field('Coins each', { id: 'stake', inputMode: 'decimal', placeholder: '0.1', required: true, maxLength: 46, hint: 'Your opponent has 15 s to answer' });
    const go = element('button', 'button is-quiet', 'Propose');
    go.type = 'submit';
    form.append(amount.root, go);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const wei = readCoins(amount.input.value);
      amount.input.setAttribute('aria-invalid', String(wei === null));
      if (wei === null) error.textContent = 'An amount is digits, with at most 18 behind the point, such as 0.25.';
      else attempt(() => propose(wei));
    });
    return form;
  }

  /** @param {bigint} wei */
  async function propose(wei) {
    const chain = await api('/v1/chain');
    let wager = BigInt(Date.now()).toString();
    if (chain.wager) {
      const opponent = match.opponent.address ?? match.opponent.wallet;
      if (!opponent) throw new WalletTrouble('No wallet to wager with', 'Your opponent plays without a wallet, so nothing can be staked.', 'no_wallet');
      const { provider, from } = await chosen(chain.chain_id);
      const data = proposeData({ opponent, game: match.queue, matchKey: await matchKey(match.id) });
      const { logs } = await send(provider, from, { to: chain.wager, data, value: wei });
      wager = wagerIn(logs) ?? wager;
    }
    await api(`/matches/${match.id}/wager/propose`, { token: await token(), body: { amount_wei: wei.toString(), wager_id: wager, ...entry() } });
  }

  /** @param {any} wager */
  async function accept(wager) {
    const chain = await api('/v1/chain');
    if (chain.wager) {
      const { wager_id: id } = await api(`/v1/matches/${match.id}/wager`);
      const { provider, from } = await chosen(chain.chain_id);
      await send(provider, from, { to: chain.wager, data: acceptData(id), value: BigInt(wager.wager_amount_wei) });
    }
    await answer('accept');
  }

  /** @param {'accept' | 'decline'} verb */
  async function answer(verb) {
    await api(`/matches/${match.id}/wager/${verb}`, { token: await token(), body: entry() });
  }

  function entry() {
    return queueId ? { queue_id: queueId } : {};
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    error.textContent = '';
    try {
      await act();
    } catch (trouble) {
      const { title, text } = troubleWords(trouble);
      error.textContent = `${title}. ${text}`;
    }
    await look();
  }
}

/** @param {number} chainId */
export async function chosen(chainId) {
  const [wallet] = await wallets();
  if (!wallet) throw new WalletTrouble('No wallet', 'No wallet is in this browser. Install one, and reload this page.', 'no_wallet');
  const from = await connect(wallet.provider);
  await useChain(wallet.provider, chainId);
  return { provider: wallet.provider, from };
}
