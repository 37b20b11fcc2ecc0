/**
 * Owns reading a watch page's address: `/watch/<channel>`, `?transport=websocket`, `?from=start`,
 * `?view=3d`, `#token=…` (behind the hash, because that part is never sent to a server).
 */

const MATCH = /^match\/([0-9a-f-]{36})(\/duel)?$/;

/** @param {Pick<Location, 'pathname' | 'search' | 'hash'>} location */
export function read({ pathname, search, hash }) {
  const query = new URLSearchParams(search);
  const wish = query.get('transport');
  /** @type {'auto' | 'webtransport' | 'websocket'} */
  const transport = wish === 'webtransport' || wish === 'websocket' ? wish : 'auto';
  const channel = decoded(pathname.replace(/^\/watch\//, ''));
  return {
    channel,
    /** The match that it is the channel of, or null. */
    match: MATCH.exec(channel)?.[1] ?? null,
    transport,
    isFromStart: query.get('from') === 'start',
    isSolid: query.get('view') === '3d',
    token: new URLSearchParams(hash.slice(1)).get('token') ?? undefined,
  };
}

/**
 * What to hand on to others: without the token, which is whose it is.
 * @param {Pick<Location, 'origin' | 'pathname'>} location
 */
export function shared({ origin, pathname }) {
  return origin + pathname;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
