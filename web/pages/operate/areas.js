/**
 * Owns the areas of the operator's page: each asks for what it shows, and says its own trouble.
 * Invariant: what goes wrong in one leaves the others alone; what was shown stays, and is said to be old.
 */

import { api } from '../api.js';
import { toast, troubleWords } from '../components.js';
import { renew } from '../renew.js';
import { element } from '../text.js';
import { chain } from './chain.js';
import { disputes } from './disputes.js';
import { queues } from './queues.js';
import { relays } from './relays.js';
import { tournaments } from './tournaments.js';
import { troubleLine } from './trouble.js';

/**
 * @typedef {object} Desk what an area works with
 * @property {(path: string) => Promise<any>} get asks as the operator
 * @property {(path: string, body: unknown) => Promise<any>} send changes something
 * @property {(path: string, body: unknown) => Promise<void>} act changes something, says how that went, and looks again
 * @property {() => void} refresh looks again
 */
/**
 * @typedef {object} Area
 * @property {string} title
 * @property {(desk: Desk) => Promise<unknown>} ask everything that is shown
 * @property {(seen: any, desk: Desk) => Node[]} show
 */

/** @type {Area[]} */
const AREAS = [relays, queues, disputes, tournaments, chain];

/** @param {string} token @param {() => void} refresh */
export function areas(token, refresh) {
  /** @type {Desk} */
  const desk = { get: (path) => api(path, { token }), send: (path, body) => api(path, { token, body }), act, refresh };
  const root = element('div', 'stack');
  const places = AREAS.map((area) => place(area, desk));
  root.append(...places.map((it) => it.root));

  return { root, look };

  /** Looks at all of them; throws the first trouble, one about the token before others. */
  async function look() {
    const outcomes = await Promise.allSettled(places.map((it) => it.look()));
    const troubles = outcomes.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
    const worst = troubles.find((it) => [401, 403].includes(it?.status)) ?? troubles[0];
    if (worst) throw worst;
  }

  /** @param {string} path @param {unknown} body */
  async function act(path, body) {
    try {
      await desk.send(path, body);
      toast('Done.', 'good');
    } catch (error) {
      const { title, text } = troubleWords(error);
      toast(`${title}. ${text}`, 'bad');
    }
    refresh();
  }
}

/** @param {Area} area @param {Desk} desk */
function place({ title, ask, show }, desk) {
  const root = element('section', 'stack');
  const trouble = troubleLine();
  const body = element('div', 'stack');
  root.append(element('h2', '', title), trouble.root, body);
  let shown = '';

  return { root, look };

  async function look() {
    try {
      const seen = await ask(desk);
      const now = JSON.stringify(seen);
      // An answer that says the same leaves focus and place alone.
      if (now !== shown) renew(body, show(seen, desk));
      shown = now;
      trouble.hide();
    } catch (error) {
      trouble.say(error, shown !== '');
      throw error;
    }
  }
}
