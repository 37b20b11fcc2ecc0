/**
 * Owns choosing a queue, and waiting in it: the place, how long it may take, and why nobody has
 * come yet.
 */

import { button, emptyState, troubleState } from '../components.js';
import { choice, field } from '../record/form.js';
import { span } from '../record/when.js';
import { clip, element } from '../text.js';

/** @typedef {{ name: string, mode: string, open: boolean, tiers: { name: string, stake: string }[], ready_check_ms: number | null, betting: boolean }} Queue */
/** @typedef {{ game_type: string, stake_tier?: string, connect_code?: string, wallet_address?: string }} Wish */

const ABOUT = /** @type {Record<string, [string, string]>} */ ({
  code_duel: ['Code Duel', 'You both type the same line of code. Whoever has all of it first, with at least 90 % of the keys right, wins. Played right here.'],
  melee: ['Melee', 'Meet somebody, play on your own console or emulator, and report the result here.'],
});

/** @param {string} name */
export const queueTitle = (name) => ABOUT[name]?.[0] ?? clip(name.replaceAll('_', ' ').replace(/\b[a-z]/g, (first) => first.toUpperCase()), 40);

/**
 * @param {Queue[]} queues
 * @param {{ needsCode: boolean, may: boolean, note: string, join: (wish: Wish) => Promise<void> }} options
 */
export function queuePicker(queues, { needsCode, may, note, join }) {
  const ofTwo = queues.filter(({ mode }) => mode === 'fifo' || mode === 'rated').sort((a, b) => Number(b.name === 'code_duel') - Number(a.name === 'code_duel'));
  const root = element('div', 'stack');
  if (note) root.append(sayNote(note));
  if (ofTwo.length === 0) {
    root.append(emptyState('No queues for two', 'This arena has no queue that a page could play in.'));
    return root;
  }
  const cards = element('div', 'columns');
  cards.append(...ofTwo.map((queue) => queueCard(queue, { needsCode, may, join })));
  root.append(cards);
  return root;
}

/** @param {Queue} queue @param {{ needsCode: boolean, may: boolean, join: (wish: Wish) => Promise<void> }} options */
function queueCard(queue, { needsCode, may, join }) {
  const [title, text] = ABOUT[queue.name] ?? [queueTitle(queue.name), 'Meet somebody and report the result here.'];
  const form = element('form', 'card queue');
  form.append(element('h2', '', title), element('p', 'soft', text));
  const tier = queue.tiers.length > 0
    ? choice('Tier', `tier-${queue.name}`, queue.tiers.map(({ name, stake }) => [name, `${name}, for ${stake}`]))
    : null;
  const asks = needsCode || queue.name === 'melee';
  const code = asks ? field(queue.name === 'melee' ? 'Connect code' : 'Your name', { id: `code-${queue.name}`, maxLength: 64, required: needsCode, placeholder: queue.name === 'melee' ? 'FOX#123' : 'what others see' }) : null;
  const go = element('button', 'button', 'Find an opponent');
  go.type = 'submit';
  go.disabled = !queue.open || !may;
  const trouble = element('div');
  form.append(...[tier?.root, code?.root, go].filter((it) => it !== undefined));
  if (!queue.open) form.append(element('p', 'warn', 'This queue lets nobody in at present. Come back later.'));
  else if (!may) form.append(element('p', 'soft', 'Log in first.'));
  form.append(trouble);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    trouble.replaceChildren();
    try {
      await join({
        game_type: queue.name,
        ...(tier ? { stake_tier: tier.select.value } : {}),
        ...(code?.input.value ? { connect_code: code.input.value } : {}),
      });
    } catch (error) {
      trouble.replaceChildren(troubleState(error, null));
    } finally {
      go.disabled = false;
    }
  });
  return form;
}

/**
 * @param {string} queue
 * @param {{ isGuest: boolean, leave: () => void, explain: () => void }} options
 */
export function waitingRoom(queue, { isGuest, leave, explain }) {
  const root = element('section', 'card waiting');
  const title = element('h2', 'busy', `Looking for an opponent in ${queueTitle(queue)}`);
  title.tabIndex = -1;
  const note = element('p', 'warn');
  const figures = element('dl', 'figures');
  const why = element('div', 'stack');
  why.setAttribute('aria-live', 'polite');
  const row = element('div', 'row');
  row.append(button({ label: 'Leave the queue', act: leave }, 'is-quiet'), button({ label: 'Why nobody yet?', act: explain }, 'is-quiet'));
  root.append(title, note, figures, row, why);
  if (isGuest) root.append(element('p', 'soft', 'You play without an account: stay on this page, or your place is lost.'));
  return {
    root, title,
    /** @param {import('./course.js').Course} course @param {number} now */
    show(course, now) {
      const { entry } = course;
      if (!entry) return;
      note.textContent = course.note;
      note.hidden = course.note === '';
      figures.replaceChildren(
        ...figure('Waiting for', span(now - entry.since)),
        ...figure('Your place', entry.position === null ? 'being counted' : String(entry.position)),
        ...figure('Usually takes', entry.estimateS === null || entry.estimateS === undefined ? 'not known yet' : `${span(entry.estimateS * 1000)} more`),
        ...(entry.inTier === null || entry.inTier === undefined ? [] : figure('Waiting for this tier', String(entry.inTier))),
        ...(entry.expiresAt === null ? [] : figure('Your place ends in', span(entry.expiresAt - now))),
      );
      const words = explained(course.why, now);
      if (why.dataset.said !== words.join('\n')) {
        why.dataset.said = words.join('\n');
        why.replaceChildren(...words.map((text) => element('p', '', text)));
      }
    },
  };
}

const RULED_OUT = /** @type {Record<string, string>} */ ({
  oneself: 'you yourself', tier: 'playing for another stake', held: 'only just here', my_preference: 'not rated as you asked for',
  their_preference: 'looking for another rating', my_narrow_search: 'further away than you want to reach',
  their_narrow_search: 'not to be reached from so far', distance: 'rated too far away for now',
});

/** @param {any} why what was explained @param {number} now @returns {string[]} */
export function explained(why, now) {
  if (!why) return [];
  const lines = [];
  if (why.considered === 0) lines.push('Nobody else waits in this queue. Tell a friend, or wait for the house partner, who comes where the demo runs.');
  else lines.push(`${why.considered} ${why.considered === 1 ? 'other waits' : 'others wait'}; ${why.may_meet} of them you may meet${why.may_meet > 0 ? ': the next round is yours' : ''}.`);
  for (const [reason, count] of Object.entries(why.ruled_out ?? {})) {
    if (typeof count === 'number' && count > 0) lines.push(`${count} of them: ${RULED_OUT[reason] ?? clip(reason, 40).replaceAll('_', ' ')}.`);
  }
  if (why.held_until > now) lines.push(`Nobody is met in the first moments, so that nobody can choose whom by when to come: ${span(why.held_until - now)} more.`);
  if (typeof why.reach === 'number') lines.push(`You meet ratings up to ${why.reach} away${why.reaches_further_at > now ? `, further in ${span(why.reaches_further_at - now)}` : ''}.`);
  return lines;
}

/** @param {string} note */
export function sayNote(note) {
  const it = element('p', 'note', note);
  it.setAttribute('role', 'status');
  return it;
}

/** @param {string} label @param {string} value */
export function figure(label, value) {
  const pair = element('div');
  pair.append(element('dt', '', label), element('dd', '', value));
  return [pair];
}
