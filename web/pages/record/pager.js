/**
 * Owns a list that is read page by page: the first page, more of it, and what went wrong.
 * Invariant: what is shown is of the newest question only; an answer that comes late is dropped.
 */

import { button, emptyState, troubleState } from '../components.js';
import { element } from '../text.js';

/**
 * @template T
 * @param {HTMLElement} place
 * @param {object} options
 * @param {(next: string | null, signal: AbortSignal) => Promise<{ items: T[], next: string | null }>} options.fetch
 * @param {(items: T[]) => Node} options.show all that have come so far
 * @param {{ title: string, text: string }} options.none
 */
export function pager(place, { fetch, show, none }) {
  let asking = new AbortController();

  return { begin };

  function begin() {
    asking.abort();
    asking = new AbortController();
    place.setAttribute('aria-busy', 'true');
    if (place.childElementCount === 0) place.replaceChildren(element('p', 'busy soft', 'Asking the arena'));
    more([], null, asking.signal);
  }

  /** @param {T[]} before @param {string | null} from @param {AbortSignal} signal */
  async function more(before, from, signal) {
    try {
      const { items, next } = await fetch(from, signal);
      if (signal.aborted) return;
      const all = [...before, ...items];
      place.replaceChildren(all.length === 0 ? emptyState(none.title, none.text) : show(all));
      if (next !== null) {
        const ask = button({ label: 'Show more', act: () => { ask.setAttribute('disabled', ''); more(all, next, signal); } }, 'is-quiet');
        place.append(ask);
      }
    } catch (error) {
      if (signal.aborted) return;
      const trouble = troubleState(error, () => more(before, from, signal));
      place.replaceChildren(...(before.length > 0 ? [show(before)] : []), trouble);
    } finally {
      if (!signal.aborted) place.removeAttribute('aria-busy');
    }
  }
}
