/**
 * Owns the registry of refusals: what a number means, and whether asking again can help.
 * Invariant: the same number stands in `Refused.code`, in a WebTransport close code and, 4000
 * higher, in a WebSocket close code.
 */

/** @typedef {{ name: string, retry: boolean, leastMs: number, advice: string }} Refusal */

/** @type {Readonly<Record<number, Refusal>>} */
const REFUSALS = {
  400: no('bad_message', 'This page and the relay do not understand each other. Reload the page.'),
  401: no('bad_token', 'The pass is missing, forged or has run out. Ask for a new link.'),
  403: no('forbidden', 'This pass does not cover this channel.'),
  404: later('no_channel', 2000, 'Nothing of that name is live. Check the address.'),
  408: later('timeout', 0, 'The relay heard nothing from here for too long.'),
  409: later('conflict', 500, 'Somebody else took this place.'),
  410: no('ended', 'The match is over and was not kept.'),
  413: no('too_large', 'The request was too large.'),
  422: no('invalid', 'That is not the name of a channel. Check the address.'),
  426: no('version', 'The relay speaks another version. Reload the page.'),
  429: later('rate_limited', 3000, 'Too many requests from here. It goes on by itself, slower.'),
  430: later('too_slow', 500, 'This connection was too slow for the stream.'),
  500: later('internal', 500, 'The relay has a fault.'),
  503: later('overloaded', 2000, 'The relay is full at present.'),
  512: later('draining', 250, 'The relay is going away; another takes over.'),
};

/**
 * @param {number} code
 * @returns {Refusal}
 */
export function refusal(code) {
  return REFUSALS[code] ?? {
    name: 'unknown', retry: code < 400 || code >= 500, leastMs: 1000,
    advice: 'The relay refused for a reason that this page does not know. Reload the page.',
  };
}

/**
 * The registry's number in a close code of either transport, or null if it is none.
 * @param {number} closeCode
 */
export function codeOfClose(closeCode) {
  const code = closeCode >= 4000 ? closeCode - 4000 : closeCode;
  return Object.hasOwn(REFUSALS, code) ? code : null;
}

/**
 * @param {string} name
 * @param {string} advice
 * @returns {Refusal}
 */
function no(name, advice) {
  return { name, retry: false, leastMs: 0, advice };
}

/**
 * @param {string} name
 * @param {number} leastMs
 * @param {string} advice
 * @returns {Refusal}
 */
function later(name, leastMs, advice) {
  return { name, retry: true, leastMs, advice };
}
