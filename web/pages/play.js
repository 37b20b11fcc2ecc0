/**
 * Owns the play page: it holds the socket, takes each message through `course.js`, and shows the
 * view of the phase that comes of it.
 * Invariant: one view at a time; a view stays while its phase does, so focus and keys are kept.
 */

import { gateway, GatewayError } from '../client/gateway.js';
import { Trouble, api } from './api.js';
import { Session } from './account/session.js';
import { showSignIn } from './account/sign-in.js';
import { ask, button, emptyState, toast, troubleState, troubleWords } from './components.js';
import { begin, step } from './play/course.js';
import { duelStage } from './play/duel.js';
import { queuePicker, waitingRoom } from './play/lobby.js';
import { countdown, readyCheck } from './play/ready.js';
import { reportForm, resultCard } from './play/result.js';
import { newestSent } from './play/sent.js';
import { stakeLeft } from './play/stake-left.js';
import { stakingRoom } from './play/staking.js';
import { wagerCard } from './play/stakes.js';
import { keepMatch, matchKept } from './play/where.js';
import { element, need } from './text.js';

/** @typedef {{ root: HTMLElement, focus?: HTMLElement, show: (course: import('./play/course.js').Course, now: number) => void, restore?: (duel: import('./play/course.js').Duel) => void, end?: () => void }} View */

const DRAW_EVERY_MS = 200;
const ASK_EVERY_MS = 5000;

const stage = need('stage');
const badge = need('badge');
const wagerPlace = need('wager');
const signIn = need('sign-in');
const session = new Session();

let course = begin();
/** @type {View | null} */
let view = null;
let viewed = '';
/** @type {{ allow: (may: boolean) => void, close: () => void } | null} */
let wager = null;
let wagered = '';
/** @type {import('../client/gateway.js').Gateway | null} */
let line = null;
/** @type {import('./play/lobby.js').Queue[] | null} */
let queues = null;
let queue = '';
let isOpen = true;
/** @type {import('../client/gateway.js').GatewayState | 'taken'} */
let lineState = 'connecting';
/** How far the arena's clock is ahead of ours. */
let ahead = 0;

start();

async function start() {
  stage.replaceChildren(element('p', 'busy soft', 'Asking the arena'));
  try {
    const [listed] = await Promise.all([api('/v1/queues'), session.resume().catch(sayEnded)]);
    queues = listed.queues;
    isOpen = listed.needs_account !== true;
  } catch (error) {
    stage.replaceChildren(troubleState(error, start));
    return;
  }
  showSignIn(session, signIn, isOpen);
  session.addEventListener('ended', () => toast('Your session has ended. Log in again to play on.', 'warn'));
  session.addEventListener('change', () => {
    course = begin();
    connect();
    draw(true);
  });
  connect();
  addEventListener('beforeunload', warn);
  setInterval(() => draw(false), DRAW_EVERY_MS);
  setInterval(lookAround, ASK_EVERY_MS);
  draw(true);
}

/** A line to the gateway, for who the visitor is now. */
function connect() {
  line?.close();
  const fresh = gateway(session.identity ? { token } : course.entry?.id ? { queueId: course.entry.id } : {});
  line = fresh;
  fresh.on('*', (message) => fresh === line && message.type !== 'error' && hear(message));
  fresh.on('state', ({ state, reason }) => fresh === line && connected(state === 'closed' && reason?.code === 'taken_over' ? 'taken' : state));
}

async function token() {
  const held = await session.token();
  if (held) return held;
  throw new Trouble(401, 'unauthorized', 'You are logged out', 'Log in again to play on.');
}

/** @param {unknown} error @returns {null} */
function sayEnded(error) {
  const { title, text } = troubleWords(error);
  toast(`${title}: ${text}`, 'warn');
  return null;
}

/** @param {import('./play/course.js').Message} message */
function hear(message) {
  ahead = message.ts - Date.now();
  const before = course;
  course = step(course, message);
  if (course.match) queue = course.match.queue;
  if (message.type === 'state.snapshot' && course.duel && before.duel) view?.restore?.(course.duel);
  if (message.type === 'state.snapshot' && course.phase === 'idle' && matchKept()) lookElsewhere();
  else if (session.identity && course.phase !== 'idle') keepMatch(course.match?.id ?? null);
  draw(false);
}

/** @param {typeof lineState} state */
function connected(state) {
  lineState = state;
  const words = /** @type {const} */ ({
    connecting: ['Connecting', 'warn'], open: ['Connected', 'live'], reconnecting: ['Connection lost, trying again', 'warn'],
    closed: ['Not connected', 'bad'], taken: ['Playing elsewhere', 'bad'],
  })[state];
  badge.textContent = words[0];
  badge.dataset.tone = words[1];
  draw(false);
}

/** @param {boolean} isNew */
function draw(isNew) {
  const now = Date.now() + ahead;
  const key = lineState === 'taken' || lineState === 'closed' ? lineState : `${course.phase} ${course.match?.id ?? ''} ${course.match?.isDisputed ?? ''} ${course.phase === 'idle' ? course.note : ''}`;
  if (isNew || key !== viewed) {
    // Whoever has clicked beside everything has the focus on what the stage is in.
    const focused = document.activeElement;
    const hadFocus = viewed !== '' && (focused === null || stage.contains(focused) || focused.contains(stage));
    viewed = key;
    view?.end?.();
    view = viewOf();
    stage.replaceChildren(view.root);
    if (hadFocus && course.phase !== 'idle') view.focus?.focus();
  }
  view?.show(course, now);
  // Who plays is somebody already; whoever became another would leave the game.
  signIn.hidden = ['found', 'staking', 'countdown', 'playing'].includes(course.phase);
  stake();
}

/** @returns {View} */
function viewOf() {
  const { phase, match, duel } = course;
  if (lineState === 'taken') {
    return { root: emptyState('You play in another window', 'One window at a time plays for you. The other one goes on; or play here instead.', { label: 'Play here', act: connect }), show: () => {} };
  }
  if (lineState === 'closed') {
    return { root: emptyState('Not connected', 'The arena did not take what this page said of you. Log in again, or connect once more.', { label: 'Connect', act: connect }), show: () => {} };
  }
  if (phase === 'waiting') {
    const room = waitingRoom(queue || 'the queue', { isGuest: !session.identity, leave: () => attempt(leaveQueue), explain: () => attempt(explain) });
    return { ...room, focus: room.title };
  }
  if (match && phase === 'found') {
    return readyCheck(match, { answer: (response) => attempt(() => tell('match.ready', { match_id: match.id, response })) });
  }
  if (match && phase === 'staking') return stakingRoom(match);
  if (match && phase === 'countdown') return countdown(match);
  if (match && duel && phase === 'playing') {
    return duelStage(match, duel, {
      you: session.identity?.name ?? 'You', leave: leaveMatch,
      send: ({ first, keys }) => tell('game.keys', { match_id: match.id, first, keys }),
      refresh: async () => { await tell('state.get', {}); },
    });
  }
  if (match && phase === 'playing') {
    const form = reportForm(match, whoPlays());
    if (!match.isDisputed) form.root.append(button({ label: 'Give up', act: leaveMatch }, 'is-quiet is-small'));
    return form;
  }
  if (match && phase === 'over') {
    return resultCard(match, course.result, { wallet: session.identity?.wallet ?? null, again: playAgain });
  }
  return { root: queuePicker(queues ?? [], { needsCode: !session.identity, may: isOpen || session.identity !== null, note: course.note, join }), show: () => {} };
}

/** @param {import('./play/lobby.js').Wish} wish */
async function join(wish) {
  queue = wish.game_type;
  const { name, wallet } = session.identity ?? {};
  const code = wish.connect_code ?? (wallet ? undefined : name);
  await tell('queue.enter', { ...wish, ...(code ? { connect_code: code } : {}), ...(wallet ? { wallet_address: wallet } : {}) });
}

async function leaveQueue() {
  await tell('queue.leave', {});
  course = { ...begin(), seen: course.seen, note: 'You left the queue.' };
  draw(false);
}

async function explain() {
  await tell('queue.explain', {});
}

async function leaveMatch() {
  const id = course.match?.id;
  const isSure = await ask({ title: 'Give up?', text: 'Your opponent wins, and your rating falls.', yes: 'Give up', no: 'Play on', isDanger: true });
  if (isSure && id && course.match?.id === id) attempt(() => tell('match.leave', { match_id: id }));
}

function playAgain() {
  keepMatch(null);
  course = { ...begin(), seen: course.seen };
  draw(false);
}

/** The wager of the match that is on; or of one that is gone, while something of ours is in it. */
function stake() {
  const { match, phase } = course;
  const isOn = match !== null && ['found', 'staking', 'countdown', 'playing', 'over'].includes(phase);
  const left = isOn ? null : newestSent();
  const of = isOn ? match : left?.match ?? null;
  const key = `${isOn} ${of?.id} ${left?.what === 'stake'} ${session.identity?.id}`;
  if (key !== wagered) {
    wager?.close();
    wagered = key;
    const who = isOn ? whoPlays() : { ...whoPlays(), entryId: () => null };
    if (left?.what === 'stake') wager = stakeLeft(wagerPlace, left);
    else wager = of ? wagerCard(wagerPlace, of, { ...who, wallet: session.identity?.wallet ?? null, now: () => Date.now() + ahead, isGone: !isOn }) : null;
  }
  wager?.allow(isOn && (phase === 'found' || phase === 'countdown' || (phase === 'playing' && !course.duel)));
}

function whoPlays() {
  // Asked for when it is needed: who is met at once hears of the match before the entry.
  return { entryId: () => course.entry?.id ?? null, token: () => session.token() };
}

/** Whoever drops out before the start has dodged; who is nobody but by this page loses any place. */
function holdsPlace() {
  return ['found', 'staking', 'countdown'].includes(course.phase) || (!session.identity && ['waiting', 'playing'].includes(course.phase));
}

/** @param {BeforeUnloadEvent} event */
function warn(event) {
  if (holdsPlace()) event.preventDefault();
}

/** Whether the game is one that is played elsewhere, and reported here. */
function isElsewhere() {
  return course.phase === 'playing' && course.match !== null && course.duel === null;
}

/** What became of a match that the arena tells us nothing of, as if it had. */
async function lookElsewhere() {
  const id = course.match?.id ?? matchKept();
  const { identity } = session;
  if (!id || !identity) return;
  const match = await api(`/v1/matches/${encodeURIComponent(id)}`).catch(() => null);
  if (!match || session.identity !== identity || !(course.phase === 'idle' || isElsewhere())) return;
  const you = /** @type {const} */ (['p1', 'p2']).find((side) => match[side]?.identity === identity.id);
  if (!you) {
    keepMatch(null);
    return;
  }
  course = step(course, { type: 'state.snapshot', ts: Date.now() + ahead, data: { queue_id: course.entry?.id ?? null, status: 'matched', match, you, duel: null } });
  keepMatch(course.match?.id ?? null);
  draw(false);
}

/** What nobody tells by himself: the place in the queue, and the end of a game elsewhere. */
async function lookAround() {
  if (isElsewhere()) {
    await lookElsewhere();
    return;
  }
  const id = course.entry?.id;
  if (course.phase !== 'waiting' || !id) return;
  const seen = await api(`/v1/entries/${id}`).catch(() => null);
  const { outlook } = seen ?? {};
  if (!outlook || course.phase !== 'waiting' || !course.entry || course.entry.id !== id) return;
  const { median_ms: median } = outlook.estimated_wait ?? {};
  const estimateS = typeof median === 'number' ? Math.ceil(median / 1000) : course.entry.estimateS;
  course = { ...course, entry: { ...course.entry, position: outlook.position, estimateS } };
  draw(false);
}

/** @param {() => Promise<unknown> | undefined} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    const { title, text } = troubleWords(error);
    toast(`${title}. ${text}`, 'bad');
  }
}

/**
 * Asks the gateway now; where there is no line at present, the visitor hears so at once.
 * @template {keyof import('../client/gateway-messages.js').Asks} K
 * @param {K} type
 * @param {import('../client/gateway-messages.js').Asks[K]} data
 */
async function tell(type, data) {
  const away = () => new Trouble(0, 'unreachable', 'The arena does not answer', 'The connection is being made anew. Try again in a moment.');
  if (!line || lineState !== 'open') throw away();
  try {
    return await line.ask(type, data);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === 'closed' || error.code === 'no_answer') throw away();
    throw new Trouble(409, error.code, 'The arena said no', error.message);
  }
}
