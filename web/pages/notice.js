/**
 * Owns what the page says about itself when there is nothing to watch, or when watching falters.
 * Invariant: every state but a running picture has words, and a refusal says what can be done.
 */

import { refusal } from '../client/refusals.js';
import { button } from './components.js';
import { clip, element, need } from './text.js';

/** @typedef {import('../client/watch.js').State} State */
/** @typedef {{ title: string, text: string, busy: boolean, badge: string, tone: string, action: import('./components.js').Action | null }} Words */
/**
 * @typedef {object} About what else is known
 * @property {string | null} match whose channel it is
 * @property {boolean} isMissing there is no such match
 * @property {boolean} isOver
 * @property {boolean} hasBegun
 * @property {string | null} [garbled] why nothing of what came could be read
 * @property {boolean} [hasHeard] batches have come before
 * @property {boolean} [isIncomplete] a part of this page did not come
 */

const REASON_MAX = 120;
/** The relay's word for a channel that is over and was not kept. */
const CHANNEL_ENDED = 410;
const AGAIN = { label: 'Try again', act: () => location.reload() };
const ELSEWHERE = { label: 'See what is live', href: '/' };

/**
 * @param {State} state
 * @param {number | null} code
 * @param {string} reason from the relay or a publisher: a stranger's text
 * @param {string} channel
 * @param {About} about
 * @returns {Words}
 */
export function wordsFor(state, code, reason, channel, about) {
  const told = clip(reason, REASON_MAX);
  const [name, because] = [clip(channel, 64), told ? ` (${told})` : ''];
  /** @param {string} title @param {string} text @param {string} badge @param {string} tone @returns {Words} */
  const busy = (title, text, badge, tone) => ({ title, text, busy: true, badge, tone, action: null });
  /** @param {string} title @param {string} text @param {string} badge @param {string} tone @param {Words['action']} action @returns {Words} */
  const still = (title, text, badge, tone, action) => ({ title, text, busy: false, badge, tone, action });
  if (about.isMissing) return still('There is no such match', 'The address names a match that this arena does not know. Check it, or see what is live.', 'No match', 'bad', ELSEWHERE);
  switch (state) {
    case 'connecting': return busy('Connecting', 'Finding the fastest way to the relay.', 'Connecting', 'wait');
    case 'waiting': return waiting(about, name, busy, still);
    case 'live':
      if (about.isIncomplete) return still('The picture did not come', 'The stream is there, but a part of this page is not. Check your connection, and load the page again.', 'Incomplete', 'bad', AGAIN);
      if (about.garbled) return busy('This stream cannot be read', `What its publisher sends is not what its format says (${clip(about.garbled, REASON_MAX)}). If that changes, it starts here by itself.`, 'Unreadable', 'bad');
      return busy('Almost there', 'The first frames are on their way.', 'Live', 'live');
    case 'reconnecting':
      if (code === null && !about.hasHeard) return busy('The relay does not answer', 'Check your connection; the arena may also be starting anew. It is tried again by itself.', 'No connection', 'warn');
      return busy('Reconnecting', code === null ? 'The connection was lost. It goes on where it stopped.' : `${refusal(code).advice} It goes on by itself${because}.`, 'Reconnecting', 'warn');
    case 'ended': return still('That was it', `The stream has ended${because}. If another begins on this channel, it starts here by itself.`, 'Ended', 'wait', about.match ? { label: 'How it went', href: `/history/${about.match}` } : ELSEWHERE);
    case 'refused':
      if (code === CHANNEL_ENDED && about.match) return over(about.match, still);
      return still('Not this time', `${refusal(code ?? 0).advice}${told ? ` The relay says: “${told}”.` : ''}`, 'Refused', 'bad', AGAIN);
    case 'closed': return still('Closed', 'This page has stopped watching.', 'Closed', 'wait', AGAIN);
  }
}

/**
 * Nobody publishes: why, where that is known.
 * @param {About} about
 * @param {string} name
 * @param {(title: string, text: string, badge: string, tone: string) => Words} busy
 * @param {(title: string, text: string, badge: string, tone: string, action: Words['action']) => Words} still
 */
function waiting({ match, isOver, hasBegun }, name, busy, still) {
  if (match && isOver) return over(match, still);
  if (match && !hasBegun) return busy('Not begun yet', 'Both sides have met and get ready. It starts here by itself.', 'Soon', 'wait');
  return busy('Waiting for the publisher', `Nobody is live on “${name}” yet. It starts here by itself as soon as somebody is.`, 'Waiting', 'wait');
}

/**
 * @param {string} match
 * @param {(title: string, text: string, badge: string, tone: string, action: Words['action']) => Words} still
 */
function over(match, still) {
  return still('This match is over', 'Its picture is not kept here any more. What came of it stands below.', 'Over', 'wait', { label: 'How it went', href: `/history/${match}` });
}

export class Notice {
  constructor() {
    /** @private */
    this.root = need('notice');
    /** @private */
    this.badge = need('badge');
    /** @private */
    this.said = '';
  }

  /**
   * @param {Words} words
   * @param {boolean} isCovered whether there is a picture that needs no words over it
   * @param {boolean} isAside whether there is a picture that the words must leave to be seen
   */
  show(words, isCovered, isAside) {
    this.badge.dataset.tone = words.tone;
    if (this.badge.textContent !== words.badge) this.badge.textContent = words.badge;
    this.root.hidden = isCovered;
    this.root.classList.toggle('is-aside', isAside);
    this.root.classList.toggle('is-still', !words.busy);
    const said = JSON.stringify([words.title, words.text, words.action?.label]);
    if (said === this.said) return;
    this.said = said;
    /** @type {HTMLElement[]} */
    const parts = [element('h2', words.busy ? 'busy' : '', words.title), element('p', '', words.text)];
    if (words.action) parts.push(button(words.action));
    this.root.replaceChildren(...parts);
  }
}
