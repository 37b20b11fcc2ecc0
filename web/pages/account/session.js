/**
 * Owns who the visitor is. The access token lives in memory only; what gets a new one is a cookie
 * that no script can read.
 * Invariant: whoever asks for a token gets one that holds for a while, or is told that nobody is
 * logged in.
 */

import { Trouble, api } from '../api.js';
import { signInText } from './siwe.js';
import { chainOf, connect, signText } from './wallet.js';

/** @typedef {{ id: string, name: string, wallet: string | null, role: string }} Identity */
/** @typedef {{ identity: Identity, access_token: string, expires_in: number }} Tokens */

const EARLY_MS = 60_000;

/** Says `change` when somebody else is here, and `ended` when that was not the visitor's doing. */
export class Session extends EventTarget {
  /** @type {Identity | null} */
  identity = null;
  /** @type {string | null} */
  #token = null;
  #holdsUntil = 0;
  /** @type {Promise<void> | null} */
  #resuming = null;

  /** Whoever was logged in before is again; throws what the arena says against it. */
  resume() {
    this.#resuming ??= this.#resume().finally(() => { this.#resuming = null; });
    return this.#resuming;
  }

  async #resume() {
    try {
      this.#take(await api('/v1/auth/session', { method: 'POST' }));
    } catch (error) {
      if (error instanceof Trouble && [401, 403].includes(error.status)) {
        const was = this.identity;
        this.#take(undefined);
        if (was) this.dispatchEvent(new Event('ended'));
      }
      throw error;
    }
  }

  /** @returns {Promise<string | null>} null if nobody is logged in */
  async token() {
    if (this.#token && Date.now() >= this.#holdsUntil - EARLY_MS) await this.resume();
    return this.#token;
  }

  /** @param {string} name @param {string} password @param {'login' | 'register'} way */
  async byName(name, password, way) {
    this.#take(await api(`/v1/auth/${way}`, { body: { name, password, keep: 'cookie' } }));
  }

  /** @param {import('./wallet.js').Provider} provider */
  async byWallet(provider) {
    const address = await connect(provider);
    const { nonce, domain } = await api('/v1/auth/nonce', { method: 'POST' });
    const chainId = await chainOf(provider);
    const message = signInText({ domain, address, uri: location.origin, chainId, nonce, issuedAt: new Date() });
    const signature = await signText(provider, address, message);
    this.#take(await api('/v1/auth/wallet', { body: { message, signature, keep: 'cookie' } }));
  }

  async end() {
    await api('/v1/auth/session', { method: 'DELETE' });
    this.#take(undefined);
  }

  /** @param {Tokens | undefined} tokens */
  #take(tokens) {
    const before = this.identity?.id;
    this.identity = tokens?.identity ?? null;
    this.#token = tokens?.access_token ?? null;
    this.#holdsUntil = Date.now() + (tokens?.expires_in ?? 0) * 1000;
    if (before !== this.identity?.id) this.dispatchEvent(new Event('change'));
  }
}
