/**
 * Owns what the page says about itself when there is nothing to watch, or when watching falters.
 * Invariant: every state but a running picture has words, and a refusal says what can be done.
 */

import { refusal } from '../client/refusals.js';
import { button } from './components.js';
import { clip, element, need } from './text.js';

/** @typedef {import('../client/watch.js').State} State */
/** @typedef {{ title: string, text: string, busy: boolean, badge: string, tone: string, retry: boolean }} Words */

const REASON_MAX = 120;

/**
 * @param {State} state
 * @param {number | null} code
 * @param {string} reason from the relay or a publisher: a stranger's text
 * @param {string} channel
 * @returns {Words}
 */
export function wordsFor(state, code, reason, channel) {
  const told = clip(reason, REASON_MAX);
  const [name, because] = [clip(channel, 64), told ? ` (${told})` : ''];
  /** @param {string} title @param {string} text @param {string} badge @param {string} tone */
  const busy = (title, text, badge, tone) => ({ title, text, busy: true, badge, tone, retry: false });
  switch (state) {
    case 'connecting': return busy('Connecting', 'Finding the fastest way to the relay.', 'Connecting', 'wait');
    case 'waiting': return busy('Waiting for the publisher', `Nobody is live on “${name}” yet. It starts here by itself as soon as somebody is.`, 'Waiting', 'wait');
    case 'live': return busy('Almost there', 'The first frames are on their way.', 'Live', 'live');
    case 'reconnecting': return busy('Reconnecting', code === null ? 'The connection was lost. It goes on where it stopped.' : `${refusal(code).advice} It goes on by itself${because}.`, 'Reconnecting', 'warn');
    case 'ended': return { title: 'That was it', text: `The stream has ended${because}. If another begins on this channel, it starts here by itself.`, busy: false, badge: 'Ended', tone: 'wait', retry: false };
    case 'refused': return { title: 'Not this time', text: `${refusal(code ?? 0).advice}${told ? ` The relay says: “${told}”.` : ''}`, busy: false, badge: `Refused ${code ?? ''}`.trim(), tone: 'bad', retry: true };
    case 'closed': return { title: 'Closed', text: 'This page has stopped watching.', busy: false, badge: 'Closed', tone: 'wait', retry: true };
  }
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
   */
  show(words, isCovered) {
    this.badge.dataset.tone = words.tone;
    if (this.badge.textContent !== words.badge) this.badge.textContent = words.badge;
    this.root.hidden = isCovered;
    const said = JSON.stringify(words);
    if (said === this.said) return;
    this.said = said;
    /** @type {HTMLElement[]} */
    const parts = [element('h2', words.busy ? 'busy' : '', words.title), element('p', '', words.text)];
    if (words.retry) {
      parts.push(button({ label: 'Try again', act: () => location.reload() }));
    }
    this.root.replaceChildren(...parts);
  }
}
