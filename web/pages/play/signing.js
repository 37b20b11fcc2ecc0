/**
 * Owns signing a result by the wallet that played, and saying how far its record is.
 * Invariant: whatever goes wrong is said with what to do, and can be tried again until the arena has
 * the signature.
 */

import { api } from '../api.js';
import { chosen, signTyped } from '../account/wallet.js';
import { button, troubleWords } from '../components.js';
import { element } from '../text.js';
import { shortHash } from './offer.js';
import { say } from './ready.js';

const LOOK_EVERY_MS = 3000;
/** Then whoever still looks reloads the page. */
const LOOKS_MAX = 400;

/** @typedef {{ mine: boolean, theirs: boolean, hash: string | null, isRecorded: boolean, hasChain: boolean }} Signed */

/** @param {Signed} at */
export function signedWords({ mine, theirs, hash, isRecorded, hasChain }) {
  if (mine && theirs) {
    if (!hasChain) return 'Both have signed. This arena records on no chain; it keeps the signatures.';
    if (isRecorded) return `Both have signed, and the chain has it${hash ? `: transaction ${shortHash(hash)}` : ''}.`;
    return 'Both have signed. The arena records it on the chain.';
  }
  if (mine) return 'You have signed. Waiting for your opponent.';
  if (theirs) return 'Your opponent has signed. Sign too, and it counts.';
  return 'Both sides sign the result; then it is recorded on the chain.';
}

/** @param {string} id a match's @param {string} wallet an address */
export function signing(id, wallet) {
  const root = element('div', 'stack');
  const said = element('p', '', signedWords({ mine: false, theirs: false, hash: null, isRecorded: false, hasChain: true }));
  said.setAttribute('role', 'status');
  const error = element('p', 'error');
  error.setAttribute('role', 'alert');
  const sign = button({ label: 'Sign the result', act: run });
  root.append(said, sign, error);
  let isBusy = false;
  let isOver = false;
  let looks = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next;
  look();
  return {
    root,
    end() {
      isOver = true;
      clearTimeout(next);
    },
  };

  async function run() {
    if (isBusy) return;
    isBusy = true;
    error.textContent = '';
    sign.toggleAttribute('disabled', true);
    try {
      const typed = await api(`/v1/matches/${id}/typed-data`);
      const { provider } = await chosen(Number(typed.domain.chainId), wallet);
      const signature = await signTyped(provider, wallet, typed);
      await api(`/matches/${id}/signature`, { body: { address: wallet, signature } });
    } catch (trouble) {
      const { title, text } = troubleWords(trouble);
      error.textContent = `${title}. ${text}`;
    } finally {
      isBusy = false;
      sign.toggleAttribute('disabled', false);
    }
    await look();
  }

  async function look() {
    clearTimeout(next);
    const at = await asked().catch(() => null);
    if (isOver) return;
    if (at) {
      sign.hidden = at.mine;
      said.className = at.mine ? 'good' : '';
      say(said, signedWords(at));
      if (at.mine && at.theirs && (at.isRecorded || !at.hasChain)) return;
    }
    looks += 1;
    if (looks < LOOKS_MAX) next = setTimeout(look, LOOK_EVERY_MS);
    else say(said, 'This page has stopped looking. Reload it to see how far the record is.');
  }

  /** @returns {Promise<Signed>} */
  async function asked() {
    const { signatures } = await api(`/matches/${id}/signatures`);
    const isMine = (/** @type {any} */ it) => String(it.address).toLowerCase() === wallet.toLowerCase();
    const [mine, theirs] = [signatures.some(isMine), signatures.some((/** @type {any} */ it) => !isMine(it))];
    if (!mine || !theirs) return { mine, theirs, hash: null, isRecorded: false, hasChain: true };
    const [{ tx_hash: hash }, { course }, { name }] = await Promise.all([api(`/v1/matches/${id}/result`), api(`/v1/matches/${id}`), api('/v1/chain')]);
    return { mine, theirs, hash: hash ?? null, isRecorded: course?.state === 'settled', hasChain: name !== null };
  }
}
