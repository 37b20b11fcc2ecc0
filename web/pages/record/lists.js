/** Owns how matches stand in a table, wherever they are listed. */

import { table } from '../components.js';
import { clip, element } from '../text.js';
import { queueTitle } from '../play/lobby.js';
import { courseWord, winnerOf } from './story.js';
import { ago, timeElement } from './when.js';
import { ladderName, playerLink, sideName } from './who.js';

/** @param {any[]} matches */
export function matchTable(matches) {
  const now = Date.now();
  return table('Matches, the newest first', [
    { label: 'Match' }, { label: 'Game' }, { label: 'State' }, { label: 'When' }, { label: 'Story' },
  ], matches.map((it) => {
    const { word, tone } = courseWord(it.course);
    const tag = element('span', 'tag', word);
    if (tone) tag.dataset.tone = tone;
    const link = element('a', '', 'Look');
    link.href = `/history/${it.id}`;
    link.setAttribute('aria-label', `Look at the match of ${sideName(it.p1)} and ${sideName(it.p2)}`);
    return [versus(it), `${queueTitle(clip(it.queue, 40))}${it.tier ? `, ${clip(it.tier, 20)}` : ''}`, tag, timeElement(it.created_at, ago(it.created_at, now)), link];
  }));
}

/** @param {any} match */
export function versus({ p1, p2, course }) {
  const it = element('span', 'versus');
  const winner = winnerOf(course);
  const side = (/** @type {any} */ player, /** @type {'p1' | 'p2'} */ name) => {
    const link = playerLink(ladderName(player), sideName(player), name === 'p1' ? 'port-1' : 'port-2');
    if (winner !== name) return [link];
    const crown = element('span', 'crown', '★');
    crown.title = 'Winner';
    crown.setAttribute('aria-label', 'winner');
    crown.setAttribute('role', 'img');
    return [link, crown];
  };
  it.append(...side(p1, 'p1'), element('span', 'soft', winner === 'draw' ? 'drew with' : 'vs'), ...side(p2, 'p2'));
  return it;
}
