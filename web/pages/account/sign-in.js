/**
 * Owns the card in which a visitor logs in or out.
 * Invariant: it always says who is logged in, and what went wrong stands beside what was tried.
 */

import { Trouble } from '../api.js';
import { button, troubleWords } from '../components.js';
import { clip, element } from '../text.js';
import { field } from '../record/form.js';
import { shortWallet } from '../record/who.js';
import { wallets } from './wallet.js';

/**
 * @param {import('./session.js').Session} session
 * @param {HTMLElement} place
 * @param {boolean} isOpen whether one may play without
 */
export function showSignIn(session, place, isOpen) {
  session.addEventListener('change', show);
  show();

  function show() {
    place.replaceChildren(...(session.identity ? here(session.identity) : away()));
  }

  /** @param {import('./session.js').Identity} who */
  function here(who) {
    const name = element('strong', 'clip', shortWallet(clip(who.name, 42)));
    const out = button({ label: 'Log out', act: () => attempt(out, () => session.end()) }, 'is-quiet is-small');
    const line = element('p', 'row');
    line.append('You are', name, out);
    return [line, error];
  }

  function away() {
    const form = element('form', 'stack');
    const name = field('Name', { id: 'login-name', autocomplete: 'username', maxLength: 32, required: true, hint: '3 to 32 letters, digits, dots, dashes' });
    const password = field('Password', { id: 'login-password', type: 'password', autocomplete: 'current-password', minLength: 8, maxLength: 256, required: true, hint: '8 characters at least' });
    const log = element('button', 'button', 'Log in');
    log.type = 'submit';
    const register = button({ label: 'Register', act: () => form.reportValidity() && attempt(register, () => by('register')) }, 'is-quiet');
    const by = async (/** @type {'login' | 'register'} */ way) => {
      const isFit = NAME.test(name.input.value);
      name.input.setAttribute('aria-invalid', String(!isFit));
      if (!isFit) throw new Trouble(422, 'name', 'That is no name here', 'A name has 3 to 32 letters, digits, dots, dashes or underscores, and does not begin with 0x.');
      await session.byName(name.input.value, password.input.value, way);
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      attempt(log, () => by('login'));
    });
    const choices = element('div', 'row');
    choices.append(log, register);
    form.append(name.root, password.root, choices);
    const lead = element('p', 'soft', isOpen ? 'Anybody may play here; with an account your games count for you.' : 'Log in to play. Your games count for your account.');
    return [element('h2', '', 'Who are you?'), lead, walletRow(), form, error];
  }

  function walletRow() {
    const row = element('div', 'row');
    wallets().then((found) => {
      const choices = found.map(({ name, provider }) => {
        const label = found.length > 1 ? `Log in with ${name}` : 'Log in with your wallet';
        const it = button({ label, act: () => attempt(it, () => session.byWallet(provider)) });
        return it;
      });
      row.append(...choices);
      if (choices.length === 0) row.append(element('p', 'soft', 'No wallet is in this browser; a name and a password will do.'));
    });
    return row;
  }
}

/** What the arena takes for a name; a wallet's address is nobody's name. */
const NAME = /^(?!0x)[A-Za-z0-9_.-]{3,32}$/i;

const error = element('p', 'error');
error.setAttribute('role', 'alert');

/** @param {HTMLButtonElement | HTMLAnchorElement} by @param {() => Promise<void>} act */
async function attempt(by, act) {
  error.textContent = '';
  if (by instanceof HTMLButtonElement) by.disabled = true;
  try {
    await act();
  } catch (trouble) {
    const { title, text } = troubleWords(trouble);
    error.textContent = `${title}. ${text}`;
  } finally {
    if (by instanceof HTMLButtonElement) by.disabled = false;
  }
}
