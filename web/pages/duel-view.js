/**
 * Owns how a CODE DUEL is shown (`duel/1+json`): the line, how far both are, who won.
 * Every batch is a whole scene, so what is shown depends on nothing before it.
 */

import { Malformed } from '../client/bincode.js';
import { BatchTape } from './batch-tape.js';
import { clip, element } from './text.js';

/** @typedef {{ progress: number, wpm: number, accuracy: number }} Far */
/** @typedef {{ phase: string, line: string, sides: (Far | null)[], end: string }} Scene */
/** @typedef {{ root: HTMLElement, name: HTMLElement, bar: HTMLElement, told: HTMLElement }} Lane */

const REFRESH_MS = 50;
const LINE_MAX = 600;
const NAME_MAX = 24;
const PHASES = { countdown: 'Get ready', playing: 'Typing', over: 'Over' };

/**
 * @param {import('./renderers.js').Place} place
 * @returns {import('./renderers.js').View}
 */
export function duelView({ root }) {
  const tape = new BatchTape();
  const phase = element('p', 'phase');
  const line = element('pre', 'line');
  line.tabIndex = 0;
  line.setAttribute('aria-label', 'What both type');
  const lanes = [lane(1), lane(2)];
  root.className = 'duel';
  root.replaceChildren(phase, line, ...lanes.map((it) => it.root));
  /** @type {string[]} */
  let names = ['Player 1', 'Player 2'];
  /** @type {import('../client/watch.js').Batch | null} */
  let shown = null;
  let words = '';
  const timer = setInterval(() => refresh(performance.now()), REFRESH_MS);

  /** @param {number} now */
  function refresh(now) {
    const batch = tape.look(now);
    if (!batch || batch === shown) return;
    shown = batch;
    const scene = read(batch.payload);
    phase.textContent = scene.end ? ended(scene.end, names) : Object.hasOwn(PHASES, scene.phase) ? PHASES[/** @type {keyof typeof PHASES} */ (scene.phase)] : clip(scene.phase, 20);
    root.classList.toggle('is-over', scene.phase === 'over');
    line.replaceChildren(...typed(scene));
    scene.sides.forEach((far, i) => show(lanes[i], names[i], far));
    words = [phase.textContent, ...scene.sides.map((far, i) => (far ? `${names[i]}: ${far.progress} percent, ${far.wpm} words a minute` : names[i]))].join('. ');
  }

  return {
    start: (meta) => {
      const { p1, p2 } = /** @type {any} */ (meta && typeof meta === 'object' ? meta : {});
      names = [p1, p2].map((player, i) => clip(player?.connect_code, NAME_MAX) || `Player ${i + 1}`);
      lanes.forEach((it, i) => show(it, names[i], null));
    },
    receive: (batch) => {
      read(batch.payload);
      tape.push(batch, performance.now());
    },
    get hasPicture() {
      return shown !== null;
    },
    deck: tape,
    figures: () => [],
    summary: () => words,
    counts: () => ({}),
    close: () => clearInterval(timer),
  };
}

/**
 * A scene from the network; throws {@link Malformed}.
 * @param {Uint8Array} payload
 * @returns {Scene}
 */
export function read(payload) {
  /** @type {any} */
  let json;
  try {
    json = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    throw new Malformed('a scene is JSON');
  }
  if (!json || typeof json !== 'object' || typeof json.phase !== 'string') throw new Malformed('a scene has a phase');
  return {
    phase: json.phase,
    line: typeof json.line === 'string' ? Array.from(json.line).slice(0, LINE_MAX).join('') : '',
    sides: [far(json.p1), far(json.p2)],
    end: json.end && typeof json.end === 'object' ? outcome(json.end) : '',
  };
}

/**
 * @param {any} side
 * @returns {Far | null}
 */
function far(side) {
  if (!side || typeof side !== 'object') return null;
  /** @param {unknown} n @param {number} max */
  const within = (n, max) => (typeof n === 'number' && Number.isFinite(n) ? Math.round(Math.max(0, Math.min(max, n))) : 0);
  return { progress: within(side.progress, 100), wpm: within(side.wpm, 999), accuracy: within(side.accuracy, 100) };
}

/** @param {any} end */
function outcome(end) {
  if (end.winner === 'p1' || end.winner === 'p2') return end.winner;
  return 'winner' in end ? 'draw' : clip(end.reason ?? 'nobody won', 60);
}

/**
 * @param {string} end
 * @param {string[]} names
 */
function ended(end, names) {
  if (end === 'p1' || end === 'p2') return `${names[end === 'p1' ? 0 : 1]} wins`;
  return end === 'draw' ? 'A draw' : `No result: ${end}`;
}

/**
 * The line, with marks where both are: by whole percents, as spectators are told.
 * @param {Scene} scene
 */
function typed({ line, sides }) {
  if (line === '') return [element('span', 'soft', 'The line is shown when the duel begins.')];
  const letters = Array.from(line);
  const at = sides.map((side) => Math.floor((letters.length * (side?.progress ?? 0)) / 100));
  const [low, high] = [Math.min(...at), Math.max(...at)];
  const leader = at[0] >= at[1] ? 'port-1' : 'port-2';
  return [
    element('span', 'is-typed', letters.slice(0, low).join('')),
    element('span', `is-ahead ${leader}`, letters.slice(low, high).join('')),
    element('span', '', letters.slice(high).join('')),
  ];
}

/** @param {number} port */
function lane(port) {
  const root = element('article', 'lane');
  const name = element('h2', `port-${port} clip`);
  const bar = element('div', 'track');
  const told = element('p', 'soft');
  bar.setAttribute('role', 'progressbar');
  bar.setAttribute('aria-valuemin', '0');
  bar.setAttribute('aria-valuemax', '100');
  bar.dataset.port = String(port);
  bar.append(element('span'));
  root.append(name, bar, told);
  return { root, name, bar, told };
}

/**
 * @param {Lane} it
 * @param {string} name
 * @param {Far | null} far
 */
function show({ name: label, bar, told }, name, far) {
  const progress = far?.progress ?? 0;
  label.textContent = name;
  bar.setAttribute('aria-label', `How far ${name} is`);
  bar.setAttribute('aria-valuenow', String(progress));
  /** @type {HTMLElement} */ (bar.firstElementChild).style.setProperty('width', `${progress}%`);
  told.textContent = far ? `${progress} % · ${far.wpm} words a minute · ${far.accuracy} % right` : 'not a key yet';
}
