/** Owns what is said of a stake in an escrow whose match is not on any more, until its end is known. */

import { api } from '../api.js';
import { button, toast } from '../components.js';
import { coins } from '../record/money.js';
import { element } from '../text.js';
import { shortHash } from './offer.js';
import { say } from './ready.js';
import { forgetSent } from './sent.js';

const LOOK_EVERY_MS = 4000;
const ENDS = ['paid', 'lost', 'returned'];

/** @param {string} stake as the arena calls it @param {string} hash @returns {string} */
export function leftWords(stake, hash) {
  switch (stake) {
    case 'owed': return `The escrow has no stake of yours. If transaction ${shortHash(hash)} still gets there, it goes back by itself.`;
    case 'paid': return 'The escrow has paid you what you won.';
    case 'lost': return 'Your opponent won, and was paid your stake.';
    case 'returned': return 'The escrow has given your stake back.';
    default: return 'The escrow holds your stake. It is paid to the winner, or comes back within minutes, by itself: there is nothing to do.';
  }
}

/** @param {HTMLElement} place @param {import('./sent.js').Sent} sent */
export function stakeLeft(place, { match, hash, amount }) {
  const said = element('p', 'soft', leftWords('locked', hash));
  said.setAttribute('role', 'status');
  place.replaceChildren(element('h2', '', `Your stake of ${coins(amount)}`), said, button({ label: 'Put this away', act: () => forgetSent(match, true) }, 'is-quiet is-small'));
  place.hidden = false;
  const looking = setInterval(look, LOOK_EVERY_MS);
  look();
  return {
    allow() {},
    close() {
      clearInterval(looking);
      place.hidden = true;
    },
  };

  async function look() {
    const stakes = await api(`/v1/matches/${match.id}/stakes`).catch(() => null);
    if (!stakes) return;
    const { stake } = stakes[match.you];
    say(said, leftWords(stake, hash));
    if (!ENDS.includes(stake)) return;
    clearInterval(looking);
    forgetSent(match, true);
    toast(leftWords(stake, hash), stake === 'lost' ? 'warn' : 'good');
  }
}
