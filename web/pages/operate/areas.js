/** Owns what an operator looks after: relays, queues, disputes, jobs of the chain. */

import { api } from '../api.js';
import { button, table, toast, troubleWords } from '../components.js';
import { queueTitle } from '../play/lobby.js';
import { versus } from '../record/lists.js';
import { coins } from '../record/money.js';
import { ago, timeElement } from '../record/when.js';
import { shortWallet, sideName } from '../record/who.js';
import { clip, element } from '../text.js';
import { askWhy } from './why.js';

const JOBS_MAX = 50;

/** @param {string} token @param {() => void} refresh */
export function areas(token, refresh) {
  const root = element('div', 'stack');
  const [relays, queues, disputes, chain] = ['Streams and relays', 'Queues', 'Disputes', 'The chain'].map((title) => {
    const section = element('section', 'stack');
    const body = element('div', 'stack');
    section.append(element('h2', '', title), body);
    root.append(section);
    return body;
  });
  const get = (/** @type {string} */ path) => api(path, { token });
  /** What was shown of each: an answer that says the same leaves focus and place alone. @type {Map<HTMLElement, string>} */
  const shown = new Map();

  return { root, look };

  async function look() {
    const [health, channels, live, listed, matches, status, jobs] = await Promise.all([
      get('/health'), get('/v1/channels'), get('/v1/live'), get('/v1/admin/queues'), get('/matches?state=resolved&limit=100'),
      get('/v1/admin/chain'), get(`/v1/admin/chain/jobs?limit=${JOBS_MAX}`),
    ]);
    const here = relayFacts(channels.channels ?? []);
    put(relays, [health, here, live], () => showRelays(health, here, live.matches));
    put(queues, listed, () => showQueues(listed.queues));
    const disputed = matches.matches.filter((/** @type {any} */ it) => it.course?.verdict?.verdict === 'disputed');
    put(disputes, disputed, () => showDisputes(disputed));
    put(chain, [status, jobs], () => showChain(status, jobs.jobs));
  }

  /** @param {HTMLElement} place @param {unknown} of @param {() => Node[]} show */
  function put(place, of, show) {
    const now = JSON.stringify(of);
    if (shown.get(place) === now) return;
    shown.set(place, now);
    place.replaceChildren(...show());
  }

  /** @param {any} health @param {string} here @param {any[]} live */
  function showRelays(health, here, live) {
    const facts = element('p');
    const well = element('span', 'tag', health.control === 'ok' ? 'control is well' : `control: ${clip(String(health.control), 60)}`);
    well.dataset.tone = health.control === 'ok' ? 'good' : 'bad';
    const relay = element('span', 'tag', health.status === 'ok' ? 'relay is well' : `relay: ${clip(String(health.status), 60)}`);
    relay.dataset.tone = health.status === 'ok' ? 'good' : 'bad';
    facts.className = 'row';
    facts.append(well, relay, `${count(health.active_matches, 'match going on', 'matches going on')}, ${health.queue_size ?? 0} waiting. ${here}`);
    if (live.length === 0) return [facts, element('p', 'soft', 'No match is streamed now.')];
    const byRelay = Map.groupBy(live, ({ stream }) => clip(stream?.relay, 80) || 'unknown');
    const rows = Array.from(byRelay, ([name, of]) => [name, String(of.length), String(of.reduce((sum, { stream }) => sum + (stream?.viewers ?? 0), 0))]);
    const streams = live.map((it) => [versus(it), clip(it.stream?.channel, 80), String(it.stream?.viewers ?? 0), clip(it.stream?.relay, 60)]);
    return [
      facts,
      table('Relays with streams', [{ label: 'Relay' }, { label: 'Streams', isNumber: true }, { label: 'Viewers', isNumber: true }], rows),
      table('Streams', [{ label: 'Match' }, { label: 'Channel' }, { label: 'Viewers', isNumber: true }, { label: 'Relay' }], streams),
    ];
  }

  /** @param {any[]} all */
  function showQueues(all) {
    const rows = all.map((queue) => {
      const tag = element('span', 'tag', clip(queue.door, 20));
      tag.dataset.tone = queue.door === 'open' ? 'good' : queue.door === 'draining' ? 'warn' : 'bad';
      const doors = element('div', 'row');
      for (const [door, label] of [['open', 'Open'], ['draining', 'Drain'], ['closed', 'Close']]) {
        if (door !== queue.door) doors.append(button({ label, act: () => setDoor(queue.name, door, label) }, 'is-quiet is-small'));
      }
      return [queueTitle(clip(queue.name, 40)), clip(queue.mode, 10), tag, String(queue.waiting), String(queue.matches), doors];
    });
    return [table('Queues', [{ label: 'Queue' }, { label: 'Mode' }, { label: 'Door' }, { label: 'Waiting', isNumber: true }, { label: 'Matches', isNumber: true }, { label: 'Change' }], rows)];
  }

  /** @param {any[]} disputed */
  function showDisputes(disputed) {
    if (disputed.length === 0) return [element('p', 'soft', 'Nobody disagrees.')];
    const rows = disputed.map((it) => {
      const acts = element('div', 'row');
      const decide = (/** @type {string} */ winner, /** @type {string} */ label) => button({ label, act: () => resolve(it, winner, label) }, 'is-quiet is-small');
      acts.append(decide('p1', `${sideName(it.p1)} won`), decide('p2', `${sideName(it.p2)} won`), decide('draw', 'Draw'), button({ label: 'Void', act: () => voidIt(it) }, 'is-danger is-small'));
      const link = element('a', '', 'Story');
      link.href = `/history/${it.id}`;
      return [versus(it), link, timeElement(it.created_at, ago(it.created_at, Date.now())), acts];
    });
    return [table('Matches that both sides tell differently', [{ label: 'Match' }, { label: 'History' }, { label: 'When' }, { label: 'Decide' }], rows)];
  }

  /** @param {any} status @param {any[]} jobs */
  function showChain({ chain: it, jobs: counts }, jobs) {
    const head = element('dl', 'figures');
    const pairs = it
      ? [['Chain', `${clip(it.name, 30)} (${it.chain_id})`], ['Key', it.key ? shortWallet(it.key) : 'none: jobs wait'], ['Balance', coins(it.balance_wei ?? '')], ['Pending', String(it.pending)], ['Followed to block', String(it.followed ?? '–')]]
      : [['Chain', 'none is configured: jobs wait']];
    head.append(...pairs.map(([label, value]) => {
      const pair = element('div');
      pair.append(element('dt', '', label), element('dd', '', value));
      return pair;
    }));
    const troubles = [...(it?.trouble ?? []), ...(it?.nodes ?? []).flatMap((/** @type {any} */ node) => (node.trouble ? [`${node.host}: ${node.trouble}`] : []))];
    const said = troubles.map((/** @type {string} */ text) => element('p', 'bad', clip(text, 300)));
    const sums = element('p', 'soft', counts.map((/** @type {any} */ { kind, state, count }) => `${count} × ${clip(kind, 30)} ${clip(state, 10)}`).join(', ') || 'No jobs yet.');
    if (jobs.length === 0) return [head, ...said, sums];
    const rows = jobs.map((job) => {
      const tag = element('span', 'tag', clip(job.state, 10));
      tag.dataset.tone = job.state === 'done' ? 'good' : job.state === 'failed' ? 'bad' : 'warn';
      const act = job.state === 'done' ? '' : button({ label: 'Retry', act: () => retry(job) }, 'is-quiet is-small');
      return [clip(job.kind, 30), clip(job.business_id, 40), tag, String(job.attempts), clip(job.error ?? job.refusal ?? '', 160), job.hash ? shortWallet(clip(job.hash, 66)) : '', act];
    });
    return [head, ...said, sums, table('Jobs of the chain', [{ label: 'Kind' }, { label: 'Of' }, { label: 'State' }, { label: 'Tries', isNumber: true }, { label: 'Trouble' }, { label: 'Transaction' }, { label: 'Act' }], rows)];
  }

  /** @param {string} queue @param {string} door @param {string} label */
  async function setDoor(queue, door, label) {
    const why = await askWhy(`${label} ${queueTitle(queue)}?`, door === 'closed' ? 'Whoever waits there is put out.' : door === 'draining' ? 'Nobody comes in any more; who waits may still meet somebody.' : 'Anybody may come in.');
    if (why) act(() => api(`/v1/admin/queues/${encodeURIComponent(queue)}/door`, { token, body: { door, why } }));
  }

  /** @param {any} match @param {string} winner @param {string} label */
  async function resolve(match, winner, label) {
    const why = await askWhy(`${label}?`, 'The result never changes after it is made.');
    if (why) act(() => api(`/v1/admin/matches/${match.id}/resolve`, { token, body: { winner, why } }));
  }

  /** @param {any} match */
  async function voidIt(match) {
    const why = await askWhy('Take the match back?', 'Every stake is returned, and nobody is rated.');
    if (why) act(() => api(`/v1/admin/matches/${match.id}/void`, { token, body: { why } }));
  }

  /** @param {any} job */
  async function retry({ kind, business_id: id }) {
    const why = await askWhy('Try again now?', `${clip(kind, 30)} of ${clip(id, 60)}. An effect that is on the chain already is not made twice.`);
    if (why) act(() => api('/v1/admin/chain/retry', { token, body: { kind, business_id: id, why } }));
  }

  /** @param {() => Promise<unknown>} doing */
  async function act(doing) {
    try {
      await doing();
      toast('Done.', 'good');
    } catch (error) {
      const { title, text } = troubleWords(error);
      toast(`${title}. ${text}`, 'bad');
    }
    refresh();
  }
}

/** @param {any[]} channels */
function relayFacts(channels) {
  const live = channels.filter(({ publisher_since: since }) => since !== null && since !== undefined).length;
  const viewers = channels.reduce((sum, channel) => sum + (Number(channel.viewers) || 0), 0);
  return `This relay: ${count(live, 'live channel', 'live channels')}, ${count(viewers, 'viewer', 'viewers')}.`;
}

/** @param {unknown} number @param {string} one @param {string} many */
function count(number, one, many) {
  const it = Number(number) || 0;
  return `${it} ${it === 1 ? one : many}`;
}
