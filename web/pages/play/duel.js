/**
 * Owns the duel on the page: the line, where one stands in it, both bars, and the keys.
 * Invariant: what is shown of oneself follows the keys at once; what counts is what the arena says
 * of them, and where the two differ the arena's word is taken over.
 */

import { button } from '../components.js';
import { sideName } from '../record/who.js';
import { span } from '../record/when.js';
import { element } from '../text.js';
import { figure } from './lobby.js';
import { isPromised } from './promise.js';
import { opponentName, say } from './ready.js';
import { Typing, plainKeys } from './typing.js';

const SEND_EVERY_MS = 120;

/**
 * @param {import('./course.js').Match} match
 * @param {import('./course.js').Duel} duel
 * @param {{ you: string, send: (batch: { first: number, keys: import('./typing.js').Key[] }) => Promise<import('./course.js').Message>, refresh: () => Promise<void>, leave: () => void }} options
 */
export function duelStage(match, duel, { you, send, refresh, leave }) {
  // The arena's clock at the message, and ours when it came.
  const startedAt = Date.now() - (duel.heardAt - duel.startedAt);
  const typing = new Typing(duel.line, { position: duel.mine.current_position, next: duel.mine.next ?? duel.mine.current_position });
  let isSending = false;
  let isOver = false;

  const root = element('section', 'card duel');
  const title = element('h2', 'unseen', 'Type this line');
  const line = element('p', 'line mono');
  line.id = 'line';
  const [done, next, rest] = [element('span', 'done'), element('span', 'next'), element('span', 'rest')];
  line.append(done, next, rest);
  const input = element('input', 'keys mono');
  Object.assign(input, { type: 'text', autocomplete: 'off', spellcheck: false, autocapitalize: 'none', enterKeyHint: 'done', placeholder: 'Type here' });
  input.setAttribute('autocorrect', 'off');
  input.setAttribute('aria-label', 'Type the line here; wrong keys count against you, there is no need to take them back');
  input.setAttribute('aria-describedby', 'line');
  const said = element('p', 'said');
  said.setAttribute('role', 'status');
  const mine = bar(you || 'You', 'port-1');
  const theirs = bar(opponentName(match.opponent), 'port-2');
  const figures = element('dl', 'figures');
  const row = element('div', 'row');
  row.append(button({ label: 'Give up', act: leave }, 'is-quiet is-small'));
  const proof = element('details', 'soft');
  const kept = element('summary', '', 'How the line was settled');
  proof.append(kept, element('p', 'mono promise', `salt ${duel.salt}`), element('p', 'mono promise', match.commitment ?? ''));
  if (match.commitment && globalThis.crypto?.subtle) {
    isPromised(match.commitment, duel.salt, duel.line).then((is) => {
      kept.textContent = is ? 'The line is the one that was settled before' : 'The line is NOT the one that was settled before';
      kept.className = is ? 'good' : 'bad';
    });
  }
  root.append(title, line, input, said, mine.root, theirs.root, figures, row, proof);

  input.addEventListener('beforeinput', (event) => {
    if (event.inputType === 'insertFromPaste' || event.inputType === 'insertFromDrop') {
      event.preventDefault();
      say(said, 'Pasting does not count. Type.');
    }
  });
  input.addEventListener('input', () => {
    const typed = input.value;
    input.value = '';
    for (const char of plainKeys(typed)) press(char);
  });
  // Whoever clicks beside it, types on.
  root.addEventListener('keydown', (event) => {
    if (event.target !== input && event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) input.focus();
  });
  const sending = setInterval(flush, SEND_EVERY_MS);
  draw();

  /** @param {string} char */
  function press(char) {
    if (isOver) return;
    const came = typing.press(char, Date.now() - startedAt);
    if (came === 'nothing') return;
    line.classList.toggle('is-wrong', came === 'wrong');
    if (came === 'wrong') say(said, `Wrong key: the next one is ${shownKey(typing.line[typing.position])}.`);
    else if (said.textContent) say(said, '');
    draw();
    if (typing.isDone) flush();
  }

  async function flush() {
    const batch = isSending || isOver ? null : typing.batch();
    if (!batch) return;
    isSending = true;
    try {
      const { data } = await send(batch);
      typing.confirm(data?.next ?? batch.first + batch.keys.length);
    } catch (error) {
      const { code, advice } = /** @type {any} */ (error);
      // What was not answered, or asked too often, is sent again as it was.
      if (code !== 'unreachable' && code !== 'too_many_requests') {
        say(said, advice ?? 'Those keys were not counted.');
        typing.drop();
        await refresh().catch(() => {});
      }
    } finally {
      isSending = false;
    }
  }

  function draw() {
    const at = typing.position;
    done.textContent = typing.line.slice(0, at);
    next.textContent = typing.line[at] ?? '';
    rest.textContent = typing.line.slice(at + 1);
    const keys = at + typing.wrong;
    const seconds = Math.max(1, (Date.now() - startedAt) / 1000);
    mine.show(at / typing.line.length, keys === 0 ? 1 : at / keys, Math.round(at / 5 / (seconds / 60)));
    if (typing.isDone) say(said, 'All typed. Waiting for the result.');
  }

  return {
    root, focus: input,
    /** @param {import('./course.js').Course} course @param {number} now */
    show(course, now) {
      const at = course.duel;
      if (!at) return;
      theirs.show(at.theirs.progress, at.theirs.accuracy, at.theirs.wpm);
      figures.replaceChildren(...figure('Time left', span(startedAt + at.lengthS * 1000 - Date.now())));
      if (course.match?.away) figures.append(...figure(course.match.away.side === course.match.you ? 'You are away' : 'Opponent is away', `${span(course.match.away.until - now)} to come back`));
    },
    /** The arena's word, after keys were refused or the connection was lost. @param {import('./course.js').Duel} at */
    restore(at) {
      typing.resume({ position: at.mine.current_position, next: at.mine.next ?? at.mine.current_position });
      draw();
    },
    end() {
      isOver = true;
      clearInterval(sending);
    },
  };
}

/** @param {string | undefined} key */
function shownKey(key) {
  return key === ' ' ? 'a space' : key === undefined ? 'none' : `“${key}”`;
}

/** @param {string} name @param {string} tone */
function bar(name, tone) {
  const root = element('div', `progress ${tone}`);
  const label = element('span', 'who clip', sideName({ name }));
  const text = element('span', 'soft');
  const track = element('div', 'track');
  track.setAttribute('role', 'progressbar');
  track.setAttribute('aria-label', `How far ${label.textContent} is`);
  track.setAttribute('aria-valuemin', '0');
  track.setAttribute('aria-valuemax', '100');
  const fill = element('div', 'fill');
  track.append(fill);
  root.append(label, text, track);
  return {
    root,
    /** @param {number} progress @param {number} accuracy @param {number} wpm */
    show(progress, accuracy, wpm) {
      const percent = Math.round(Math.min(1, Math.max(0, progress)) * 100);
      fill.style.width = `${percent}%`;
      track.setAttribute('aria-valuenow', String(percent));
      say(text, `${percent} % · ${wpm} wpm · ${Math.round(accuracy * 100)} % right`);
    },
  };
}
