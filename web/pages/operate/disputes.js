/**
 * Owns the disputes that nobody has decided yet, however long ago they were played.
 */

import { button, table } from '../components.js';
import { versus } from '../record/lists.js';
import { ago, timeElement } from '../record/when.js';
import { sideName } from '../record/who.js';
import { element } from '../text.js';
import { askWhy } from './why.js';

const PAGE = 100;
const PAGES_MAX = 10;

/** How far back is shown, in pages. */
let pages = 1;

/** @type {import('./areas.js').Area} */
export const disputes = {
  title: 'Disputes',
  ask: async ({ get }) => {
    const all = [];
    let next = null;
    for (let page = 0; page < pages; page++) {
      const before = next === null ? '' : `&before=${next}`;
      const answer = await get(`/matches?verdict=disputed&limit=${PAGE}${before}`);
      all.push(...answer.matches);
      next = answer.next;
      if (next === null) break;
    }
    return { all, hasMore: next !== null };
  },
  show: ({ all, hasMore }, desk) => {
    if (all.length === 0) return [element('p', 'soft', 'Nobody disagrees.')];
    /** @type {HTMLElement[]} */
    const parts = [table('Matches that both sides tell differently', [{ label: 'Match' }, { label: 'History' }, { label: 'When' }, { label: 'Decide' }], all.map((/** @type {any} */ it) => row(it, desk)))];
    if (hasMore && pages < PAGES_MAX) parts.push(button({ label: 'Show older', act: () => { pages += 1; desk.refresh(); } }, 'is-quiet'));
    else if (hasMore) parts.push(element('p', 'soft', 'There are more: they come up as these are decided.'));
    return parts;
  },
};

/** @param {any} match @param {import('./areas.js').Desk} desk */
function row(match, desk) {
  const decide = (/** @type {string} */ winner, /** @type {string} */ label) => button({ label, act: async () => {
    const why = await askWhy(`${label}?`, 'The result never changes after it is made.');
    if (why) desk.act(`/v1/admin/matches/${match.id}/resolve`, { winner, why });
  } }, 'is-quiet is-small');
  const takeBack = button({ label: 'Void', act: async () => {
    const why = await askWhy('Take the match back?', 'Every stake is returned, and nobody is rated.');
    if (why) desk.act(`/v1/admin/matches/${match.id}/void`, { why });
  } }, 'is-danger is-small');
  const acts = element('div', 'row');
  acts.dataset.of = match.id;
  acts.append(decide('p1', `${sideName(match.p1)} won`), decide('p2', `${sideName(match.p2)} won`), decide('draw', 'Draw'), takeBack);
  const link = element('a', '', 'Story');
  link.href = `/history/${match.id}`;
  return [versus(match), link, timeElement(match.created_at, ago(match.created_at, Date.now())), acts];
}
