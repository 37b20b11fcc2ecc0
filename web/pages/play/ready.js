/** Owns the ready check and the countdown: who it is, whether both are there, how long is left. */

import { button } from '../components.js';
import { sideName } from '../record/who.js';
import { span } from '../record/when.js';
import { element } from '../text.js';
import { queueTitle } from './lobby.js';

/** @param {import('./course.js').Opponent} opponent */
export const opponentName = (opponent) => sideName({ connect_code: opponent.connect_code, wallet: opponent.address ?? opponent.wallet });

/**
 * @param {import('./course.js').Match} match
 * @param {{ answer: (response: 'accept' | 'decline') => void }} acts
 */
export function readyCheck(match, { answer }) {
  const root = element('section', 'card ready');
  const title = element('h2', '', `${opponentName(match.opponent)} wants to play`);
  title.tabIndex = -1;
  const facts = [
    queueTitle(match.queue), match.tier ?? '', `rated ${match.opponent.rating ?? '?'}`,
    match.opponent.wins === null || match.opponent.wins === undefined ? '' : `${match.opponent.wins} duels won`,
    match.opponent.avg_wpm ? `${match.opponent.avg_wpm} words a minute` : '',
  ].filter(Boolean).join(' · ');
  const clock = element('p', 'clock');
  clock.setAttribute('role', 'timer');
  const said = element('p', 'soft');
  said.setAttribute('role', 'status');
  const row = element('div', 'row');
  const accept = button({ label: 'I am ready', act: () => answer('accept') });
  const decline = button({ label: 'Not now', act: () => answer('decline') }, 'is-quiet');
  row.append(accept, decline);
  root.append(title, element('p', 'soft', facts), clock, said, row);
  return {
    root, focus: accept,
    /** @param {import('./course.js').Course} course @param {number} now */
    show({ match: at }, now) {
      if (!at) return;
      const left = at.deadline === null ? 0 : Math.max(0, at.deadline - now);
      clock.textContent = at.deadline === null ? '' : String(Math.ceil(left / 1000));
      clock.setAttribute('aria-label', at.deadline === null ? 'No deadline' : `${span(left)} to answer`);
      const mine = at.accepted.includes(at.you);
      const theirs = at.accepted.some((side) => side !== at.you);
      accept.toggleAttribute('disabled', mine);
      say(said, mine ? 'You are ready. Waiting for your opponent.' : theirs ? 'Your opponent is ready.' : 'Both of you have to say so.');
    },
  };
}

/** @param {import('./course.js').Match} match */
export function countdown(match) {
  const root = element('section', 'card ready');
  const title = element('h2', '', `Against ${opponentName(match.opponent)}`);
  title.tabIndex = -1;
  const clock = element('p', 'clock is-loud');
  clock.setAttribute('role', 'timer');
  root.append(title, clock, element('p', 'soft', 'The line comes when the count is over. Hands on the keys.'));
  if (match.commitment) {
    const promise = element('details', 'soft');
    promise.append(element('summary', '', 'The line is settled already'), element('p', 'mono promise', match.commitment), element('p', '', 'This is its SHA-256 with a salt. Both are shown at the start, so anybody can check that it was not changed.'));
    root.append(promise);
  }
  return {
    root, focus: title,
    /** @param {import('./course.js').Course} course @param {number} now */
    show({ match: at }, now) {
      const left = Math.max(0, (at?.startsAt ?? now) - now);
      clock.textContent = String(Math.ceil(left / 1000));
      clock.setAttribute('aria-label', `${span(left)} to the start`);
    },
  };
}

/** @param {HTMLElement} place @param {string} text */
export function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
