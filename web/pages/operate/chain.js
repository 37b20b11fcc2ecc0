/**
 * Owns how it goes with the chain: what is wrong, and the jobs that failed, wait or are done.
 * Invariant: whatever failed is asked for as such, so newer jobs never hide it.
 */

import { button, hash, table } from '../components.js';
import { coins } from '../record/money.js';
import { shortWallet } from '../record/who.js';
import { clip, element } from '../text.js';
import { askWhy } from './why.js';

/** How many of each state are listed, the most urgent first. */
const LISTED = /** @type {const} */ ([['failed', 100], ['ready', 50], ['done', 20]]);
const TONES = /** @type {Record<string, string>} */ ({ done: 'good', failed: 'bad' });

/** @type {import('./areas.js').Area} */
export const chain = {
  title: 'The chain',
  ask: async ({ get }) => {
    const [status, ...lists] = await Promise.all([
      get('/v1/admin/chain'), ...LISTED.map(([state, limit]) => get(`/v1/admin/chain/jobs?state=${state}&limit=${limit}`)),
    ]);
    return { it: status.chain, counts: status.jobs, jobs: lists.flatMap(({ jobs }) => jobs) };
  },
  show: ({ it, counts, jobs }, desk) => {
    const parts = [figures(it), ...troubles(it).map((text) => element('p', 'bad', clip(text, 300)))];
    const sums = counts.map((/** @type {any} */ { kind, state, count }) => `${count} × ${clip(kind, 30)} ${clip(state, 10)}`);
    parts.push(element('p', 'soft', sums.join(', ') || 'No jobs yet.'));
    if (jobs.length === 0) return parts;
    return [...parts, table('Jobs of the chain, what failed first', [
      { label: 'Kind' }, { label: 'Of' }, { label: 'State' }, { label: 'Tries', isNumber: true }, { label: 'Trouble' }, { label: 'Transaction' }, { label: 'Act' },
    ], jobs.map((/** @type {any} */ job) => row(job, desk)))];
  },
};

/** @param {any} it */
function figures(it) {
  const pairs = it
    ? [['Chain', `${clip(it.name, 30)} (${it.chain_id})`], ['Key', it.key ? shortWallet(it.key) : 'none: jobs wait'], ['Balance', coins(it.balance_wei ?? '')], ['Pending', String(it.pending)], ['Followed to block', String(it.followed ?? '–')]]
    : [['Chain', 'none is configured: jobs wait']];
  const list = element('dl', 'figures');
  list.append(...pairs.map(([label, value]) => {
    const pair = element('div');
    pair.append(element('dt', '', label), element('dd', '', value));
    return pair;
  }));
  return list;
}

/** @param {any} it @returns {string[]} */
function troubles(it) {
  const ofNodes = (it?.nodes ?? []).flatMap((/** @type {any} */ node) => (node.trouble ? [`${node.host}: ${node.trouble}`] : []));
  return [...(it?.trouble ?? []), ...ofNodes];
}

/** @param {any} job @param {import('./areas.js').Desk} desk */
function row(job, desk) {
  const tag = element('span', 'tag', clip(job.state, 10));
  tag.dataset.tone = TONES[job.state] ?? 'warn';
  const retry = async () => {
    const why = await askWhy('Try again now?', `${clip(job.kind, 30)} of ${clip(job.business_id, 60)}. An effect that is on the chain already is not made twice.`);
    if (why) desk.act('/v1/admin/chain/retry', { kind: job.kind, business_id: job.business_id, why });
  };
  const act = job.state === 'done' ? '' : button({ label: 'Retry', act: retry }, 'is-quiet is-small');
  if (act) act.dataset.of = `${job.kind} ${job.business_id}`;
  const trouble = clip([job.error, job.refusal].filter(Boolean).join('; '), 200);
  return [clip(job.kind, 30), hash(job.business_id), tag, String(job.attempts), trouble, job.hash ? hash(job.hash) : '', act];
}
