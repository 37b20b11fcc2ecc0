/**
 * Owns asking the arena over HTTP: one way to ask, one way to be refused.
 * Invariant: every question ends within its time, and what is thrown is a `Trouble` with words for
 * the visitor: the `detail` of the refusal, or what can be done.
 */

/**
 * @typedef {object} Asking
 * @property {'GET' | 'POST' | 'PUT' | 'DELETE'} [method] GET if absent, POST if there is a body
 * @property {unknown} [body] sent as JSON
 * @property {string | null} [token] who asks
 * @property {string} [key] an Idempotency-Key, for what must not be done twice
 * @property {AbortSignal} [signal]
 */

const TIME_MS = 10_000;
const ADVICE_UNREACHABLE = 'The arena does not answer. Check your connection; it may also be starting anew. Try again in a moment.';

/** What a refusal is called; its detail says more. */
const TITLES = /** @type {Record<number, string>} */ ({
  401: 'You are not logged in', 403: 'That is not yours to do', 404: 'There is no such thing', 409: 'Not as things stand', 422: 'That does not fit',
  429: 'Too much at once', 503: 'The arena is busy',
});

/** Why a question had no good answer. */
export class Trouble extends Error {
  /**
   * @param {number} status 0 if there was no answer
   * @param {string} code of the refusal, such as `not_found`; `unreachable` if there was no answer
   * @param {string} title
   * @param {string} advice what is going on and what can be done
   * @param {number | null} retryAfterS
   */
  constructor(status, code, title, advice, retryAfterS = null) {
    super(advice);
    this.status = status;
    this.code = code;
    this.title = title;
    this.advice = advice;
    this.retryAfterS = retryAfterS;
  }
}

/**
 * The answer's JSON; throws {@link Trouble}.
 * @param {string} path
 * @param {Asking} [asking]
 * @returns {Promise<any>}
 */
export async function api(path, { method, body, token, key, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token) headers.authorization = `Bearer ${token}`;
  if (key) headers['idempotency-key'] = key;
  const limit = AbortSignal.timeout(TIME_MS);
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'), headers, cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Trouble(0, 'unreachable', 'The arena does not answer', ADVICE_UNREACHABLE);
  }
  const text = await answer.text().catch(() => '');
  const json = parsed(text);
  if (answer.ok && (json !== undefined || text === '')) return json;
  throw refused(answer, json);
}

/**
 * @param {Response} answer
 * @param {any} json
 */
function refused(answer, json) {
  const { code, detail } = json && typeof json === 'object' ? json : {};
  const wait = Number(answer.headers.get('retry-after'));
  return new Trouble(
    answer.status,
    typeof code === 'string' ? code : 'unknown',
    TITLES[answer.status] ?? (answer.status >= 500 ? 'The arena has a fault' : 'The arena said no'),
    typeof detail === 'string' ? detail : 'The answer makes no sense to this page. Reload it.',
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
