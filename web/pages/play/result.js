/**
 * Owns what comes after a game: reporting where it was played elsewhere, the result, and signing it.
 */

import { button, toast, troubleWords } from '../components.js';
import { api } from '../api.js';
import { signTyped, useChain, wallets, connect, WalletTrouble } from '../account/wallet.js';
import { coins } from '../record/money.js';
import { field } from '../record/form.js';
import { element } from '../text.js';
import { figure } from './lobby.js';
import { opponentName } from './ready.js';

/** @typedef {{ queueId: string | null, token: () => Promise<string | null> }} Who */

/** Looks for the other signature, and for the transaction. */
const LOOKS_MAX = 200;
const HOW = /** @type {Record<string, string>} */ ({ played: 'played to the end', timed_out: 'the time was over', forfeited: 'forfeited', ruled: 'an operator decided' });

/**
 * A game that is played elsewhere, to be reported by both.
 * @param {import('./course.js').Match} match @param {Who} who
 */
export function reportForm(match, { queueId, token }) {
  const root = element('form', 'card');
  const title = element('h2', '', `Play ${opponentName(match.opponent)}, then report`);
  title.tabIndex = -1;
  const mine = field('What you had left', { id: 'mine', inputMode: 'numeric', value: '0', maxLength: 3, hint: 'Stocks or points, 0 to 255' });
  const theirs = field('What your opponent had left', { id: 'theirs', inputMode: 'numeric', value: '0', maxLength: 3 });
  const error = element('p', 'bad');
  error.setAttribute('role', 'alert');
  const send = element('button', 'button', 'Report');
  send.type = 'submit';
  const columns = element('div', 'columns');
  columns.append(mine.root, theirs.root);
  root.append(title, element('p', 'soft', 'Both of you report. Where you tell the same, the result stands; where you do not, an operator decides.'), columns, send, error);
  root.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.textContent = '';
    const [left, right] = [Number(mine.input.value), Number(theirs.input.value)];
    send.disabled = true;
    try {
      const outcome = left > right ? 'won' : left < right ? 'lost' : 'draw';
      await api(`/matches/${match.id}/result`, { token: await token(), body: { outcome, stocks_remaining: left, opponent_stocks: right, ...(queueId ? { queue_id: queueId } : {}) } });
      toast('Reported. The result stands when your opponent tells the same.', 'good');
    } catch (trouble) {
      error.textContent = troubleWords(trouble).text;
    } finally {
      send.disabled = false;
    }
  });
  return { root, focus: title, show: () => {} };
}

/**
 * @param {import('./course.js').Match} match
 * @param {import('./course.js').Result | null} result what the gateway said; the rest is asked for
 * @param {{ wallet: string | null, again: () => void }} options
 */
export function resultCard(match, result, { wallet, again }) {
  const root = element('section', 'card result');
  const title = element('h2', '', heading(match, result));
  title.tabIndex = -1;
  const figures = element('dl', 'figures');
  const signing = element('div', 'stack');
  const row = element('div', 'row');
  const more = button({ label: 'The whole story', href: `/history/${match.id}` }, 'is-quiet');
  row.append(button({ label: 'Play again', act: again }), more);
  root.append(title, figures, signing, row);
  showFigures(figures, result);
  if (wallet) signing.append(signer(match.id, wallet));
  else signing.append(element('p', 'soft', 'Nobody signs this result for you: you played without a wallet.'));
  if (!result) complete();
  return { root, focus: title, show: () => {} };

  async function complete() {
    try {
      const { result: stands } = await api(`/v1/matches/${match.id}/result`);
      if (!stands) return;
      const moved = stands.ratings?.[match.you];
      const known = { winner: stands.winner, how: stands.how, ratingChange: moved ? moved.after - moved.before : null, mine: null, theirs: null, prize: null, txHash: null };
      title.textContent = heading(match, known);
      showFigures(figures, known);
    } catch (error) {
      figures.replaceChildren(element('p', 'warn', troubleWords(error).text));
    }
  }
}

/** @param {import('./course.js').Match} match @param {import('./course.js').Result | null} result */
function heading(match, result) {
  const name = opponentName(match.opponent);
  if (!result) return `The game against ${name} is over`;
  if (result.winner === null) return `A draw with ${name}`;
  return result.winner === match.you ? `You beat ${name}` : `${name} won`;
}

/** @param {HTMLElement} place @param {import('./course.js').Result | null} result */
function showFigures(place, result) {
  if (!result) return;
  const stats = (/** @type {any} */ it) => (it ? `${it.wpm} wpm, ${Math.round(it.accuracy * 100)} % right, ${Math.round(it.progress * 100)} % typed` : null);
  const change = result.ratingChange;
  place.replaceChildren(
    ...figure('How', HOW[result.how] ?? result.how),
    ...(change === null ? [] : figure('Your rating', change > 0 ? `+${change}` : String(change))),
    ...(stats(result.mine) ? figure('You', stats(result.mine) ?? '') : []),
    ...(stats(result.theirs) ? figure('Opponent', stats(result.theirs) ?? '') : []),
    ...(result.prize ? figure('Prize', coins(result.prize)) : []),
  );
}

/** @param {string} id @param {string} wallet */
function signer(id, wallet) {
  const root = element('div', 'stack');
  const said = element('p', '', 'Both sides sign the result; then it is recorded on the chain.');
  said.setAttribute('role', 'status');
  const sign = button({ label: 'Sign the result', act: run });
  root.append(said, sign);
  let tries = 0;
  look();
  return root;

  async function run() {
    sign.toggleAttribute('disabled', true);
    try {
      const typed = await api(`/v1/matches/${id}/typed-data`);
      const provider = await ownerOf(wallet);
      await useChain(provider, Number(typed.domain.chainId));
      const signature = await signTyped(provider, wallet, typed);
      await api(`/matches/${id}/signature`, { body: { address: wallet, signature } });
      await look();
    } catch (error) {
      const { title, text } = troubleWords(error);
      said.className = 'bad';
      said.textContent = `${title}. ${text}`;
      sign.toggleAttribute('disabled', false);
    }
  }

  async function look() {
    const { signatures, ready_for_submission: both } = await api(`/matches/${id}/signatures`).catch(() => ({ signatures: [] }));
    const mine = signatures.some((/** @type {any} */ it) => String(it.address).toLowerCase() === wallet.toLowerCase());
    if (!mine) return;
    sign.hidden = true;
    said.className = 'good';
    const { tx_hash: hash } = both ? await api(`/v1/matches/${id}/result`).catch(() => ({})) : { tx_hash: null };
    if (both) said.textContent = hash ? `Both have signed. The transaction ${hash} records it.` : 'Both have signed. The arena records it on the chain.';
    else said.textContent = 'You have signed. Waiting for your opponent.';
    tries += 1;
    if (!hash && tries < LOOKS_MAX) setTimeout(look, 3000);
  }
}

/** @param {string} wallet an address */
async function ownerOf(wallet) {
  for (const { provider } of await wallets()) {
    const address = await connect(provider);
    if (address.toLowerCase() === wallet.toLowerCase()) return provider;
  }
  throw new WalletTrouble('Another account', 'The wallet is on another account than the one that played. Choose that one there.', 'other_account');
}
