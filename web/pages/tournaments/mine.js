/**
 * Owns what the visitor can do in a tournament: log in, enter, show up, withdraw.
 * Invariant: it stands as it is while nothing has changed, so that what is being typed stays; what went
 * wrong stands beside what was tried.
 */

import { showSignIn } from '../account/sign-in.js';
import { api } from '../api.js';
import { ask, button, toast, troubleWords } from '../components.js';
import { keepMatch } from '../play/where.js';
import { field } from '../record/form.js';
import { clockTime } from '../record/when.js';
import { clip, element } from '../text.js';
import { currentGame, placeWord, sideTitle, watchPath } from './words.js';

/** @typedef {import('./words.js').Game} Game */
/** @typedef {{ tournament: any, bracket: any, standings: any[] }} Shown */

/**
 * @param {import('../account/session.js').Session} session
 * @param {HTMLElement} place
 * @param {() => void} refresh
 */
export function myPart(session, place, refresh) {
  let shown = '';
  const trouble = element('p', 'error');
  trouble.setAttribute('role', 'alert');
  const signIn = element('div', 'stack');
  showSignIn(session, signIn, false);

  return { show };

  /** Whether there is something to do, and whether a game waits for it. @param {Shown} it */
  function show({ tournament, bracket, standings }) {
    const mine = session.identity && tournament.entries.find((/** @type {any} */ { identity }) => identity === session.identity?.id);
    const game = mine && currentGame(bracket.rounds.flat(), mine.name);
    const standing = mine && standings.find(({ name }) => name === mine.name);
    const now = JSON.stringify([session.identity?.id, tournament.status, tournament.entry_count < tournament.entries_max, mine, game, standing?.place]);
    const isFirst = Boolean(mine) || tournament.status === 'registration';
    const isCalled = game?.state === 'called' && mine.withdrawn_at === null;
    if (now === shown) return { isFirst, isCalled };
    shown = now;
    trouble.textContent = '';
    place.hidden = tournament.status === 'complete' && !mine;
    place.replaceChildren(...(isFirst || session.identity
      ? [element('h2', '', 'Your part'), ...words(tournament, mine, game, standing), trouble, signIn]
      : [folded('Do you take part? Log in to show up for your games.', signIn)]));
    return { isFirst, isCalled };
  }

  /** @param {any} tournament @param {any} mine @param {Game | undefined} game @param {any} standing */
  function words(tournament, mine, game, standing) {
    const { status } = tournament;
    if (!mine) {
      if (status !== 'registration') return [element('p', 'soft', 'You do not take part in this one.')];
      if (!session.identity) return [element('p', 'soft', 'Log in to enter.')];
      if (tournament.entry_count >= tournament.entries_max) return [element('p', 'soft', 'All places are taken. Somebody may still withdraw.')];
      return [enterForm(tournament)];
    }
    const name = clip(mine.name, 40);
    if (mine.withdrawn_at !== null) return [element('p', '', `You entered as ${name}, and have withdrawn.`)];
    if (status === 'complete') return [element('p', '', `You were ${standing ? placeWord(standing.place) : 'there'} as ${name}.`)];
    const leave = button({ label: 'Withdraw', act: () => withdraw(tournament, leave) }, 'is-quiet is-small');
    if (status === 'registration') return [element('p', '', `You are in as ${name}. The bracket stands when an operator closes it.`), leave];
    return [...gameWords(tournament, mine, game), leave];
  }

  /** @param {any} tournament @param {any} mine @param {Game | undefined} game */
  function gameWords(tournament, mine, game) {
    if (!game) return [element('p', '', `You play as ${clip(mine.name, 40)}. Nothing to do now: this page says when you are called.`)];
    const [me, other] = game.a?.name === mine.name ? [game.a, game.b] : [game.b, game.a];
    const against = element('p', 'big', `Against ${sideTitle(other)}`);
    if (game.state === 'playing') {
      // The play page is told by nobody of a match that is played elsewhere.
      const play = button({ label: tournament.queue === 'code_duel' ? 'Play it' : 'Report the result', href: '/play', act: () => keepMatch(game.match_id) });
      const watch = button({ label: 'Watch live', href: watchPath(tournament.queue, game.match_id ?? '') }, 'is-quiet');
      const row = element('div', 'row');
      row.append(play, watch);
      return [against, element('p', '', 'Your game goes on.'), row];
    }
    const until = game.until === null ? '' : ` until ${clockTime(game.until)}`;
    if (me?.here) return [against, element('p', '', `You are there. ${sideTitle(other)} may take${until}.`)];
    const here = button({ label: 'I am here', act: () => attempt(here, () => post(tournament, 'show-up', {})) });
    return [against, element('p', 'warn', `You are called. Show up${until}, or you lose by walkover.`), here];
  }

  /** @param {any} tournament */
  function enterForm(tournament) {
    const form = element('form', 'stack');
    const name = field('Name in the bracket', { id: 'entry-name', value: session.identity?.name ?? '', maxLength: 100, required: true });
    const character = field('Plays with', { id: 'entry-character', maxLength: 60, placeholder: tournament.queue === 'melee' ? 'FOX' : 'may stay empty' });
    const code = tournament.queue === 'melee' ? field('Connect code', { id: 'entry-code', maxLength: 64, placeholder: 'FOX#123', hint: 'Where your opponents find you' }) : null;
    const go = element('button', 'button', 'Enter');
    go.type = 'submit';
    form.append(name.root, character.root, ...(code ? [code.root] : []), go);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = { name: name.input.value.trim(), character: character.input.value.trim(), connect_code: code?.input.value.trim() || undefined };
      attempt(go, () => post(tournament, 'entries', body));
    });
    return form;
  }

  /** @param {any} tournament @param {HTMLElement} by */
  async function withdraw(tournament, by) {
    const isOpen = tournament.status === 'registration';
    const text = isOpen ? 'Your place is free again. You may enter once more as long as it is open.' : 'Whatever you have left to play is lost, the game that goes on as well. There is no way back.';
    if (await ask({ title: 'Withdraw?', text, yes: 'Withdraw', isDanger: !isOpen })) await attempt(by, () => post(tournament, 'withdraw', {}));
  }

  /** @param {any} tournament @param {string} call @param {unknown} body */
  async function post({ id }, call, body) {
    await api(`/v1/tournaments/${id}/${call}`, { body, token: await session.token() });
    toast(call === 'entries' ? 'You are in.' : call === 'withdraw' ? 'You have withdrawn.' : 'The arena knows that you are here.', 'good');
  }

  /** @param {HTMLElement} by @param {() => Promise<void>} act */
  async function attempt(by, act) {
    trouble.textContent = '';
    by.setAttribute('disabled', '');
    try {
      await act();
    } catch (error) {
      const { title, text } = troubleWords(error);
      trouble.textContent = `${title}. ${text}`;
    } finally {
      by.removeAttribute('disabled');
    }
    refresh();
  }
}

/** @param {string} title @param {Node} content */
function folded(title, content) {
  const it = element('details');
  it.append(element('summary', '', title), content);
  return it;
}
