/**
 * Owns where the games of an elimination stand in its picture, and which lines lead from one to the
 * next. Pure: games in, places in pixels out.
 * Invariant: no two games overlap, a line leads to the right only, and who goes on without a game is
 * not drawn.
 */

import { roundTitle } from './words.js';

/** @typedef {import('./words.js').Game} Game */
/** @typedef {import('./words.js').Part} Part */
/** @typedef {{ game: Game, x: number, y: number, title: string }} Box the upper left corner */
/** @typedef {{ text: string, x: number, y: number }} Title */
/** @typedef {{ width: number, height: number, boxes: Box[], lines: string[], titles: Title[] }} Picture */
/** @typedef {{ game: Game, feeders: Spot[], column: number, middle: number }} Spot a game in its part, drawn or not */

export const BOX = { width: 216, height: 84 };
const GAP_X = 48;
const GAP_Y = 16;
const TITLE = 34;
const BETWEEN = 28;
const CORNER = 7;

/** @param {{ format: 'single' | 'double', rounds: Game[][] }} bracket @returns {Picture} */
export function layout({ format, rounds }) {
  const of = (/** @type {Part} */ part) => rounds.filter((round) => round[0]?.part === part);
  const main = tree(of('main'), (i) => (format === 'single' || i === 0 ? i : 2 * i - 1));
  const losers = tree(of('losers'), (i) => i + 1);
  const last = 1 + Math.max(-1, ...[...main, ...losers].flat().map(({ column }) => column));
  const ends = [...of('final'), ...of('reset')].map(([game], i) => ({ game, column: last + i, middle: 0, feeders: /** @type {Spot[]} */ ([]) }));
  const [final, reset] = ends;
  if (final) final.feeders = [main, losers].flatMap((part) => part.at(-1) ?? []);
  if (final) final.middle = main.at(-1)?.[0]?.middle ?? 0;
  if (reset) Object.assign(reset, { feeders: [final], middle: final.middle });
  return drawn(format, [[...main, ...ends.map((it) => [it])], losers]);
}

/**
 * A part: a game stands between the two that it comes from, or beside the one.
 * @param {Game[][]} rounds
 * @param {(round: number) => number} columnOf
 */
function tree(rounds, columnOf) {
  /** @type {Spot[][]} */
  const spots = [];
  rounds.forEach((round, i) => {
    const before = spots[i - 1];
    spots.push(round.map((game, slot) => {
      const feeders = !before ? [] : before.length === round.length ? [before[slot]] : before.slice(2 * slot, 2 * slot + 2);
      const middle = before ? feeders.reduce((sum, it) => sum + it.middle, 0) / feeders.length : (slot + 0.5) * (BOX.height + GAP_Y);
      return { game, feeders, column: columnOf(i), middle };
    }));
  });
  return spots;
}

/**
 * The parts, one below the other; columns in which nothing is drawn are left out.
 * @param {'single' | 'double'} format
 * @param {Spot[][][]} parts
 * @returns {Picture}
 */
function drawn(format, parts) {
  const columns = [...new Set(parts.flat(2).filter(isDrawn).map(({ column }) => column))].sort((a, b) => a - b);
  const x = (/** @type {Spot} */ { column }) => columns.indexOf(column) * (BOX.width + GAP_X);
  /** @type {Picture} */
  const picture = { width: Math.max(0, columns.length * (BOX.width + GAP_X) - GAP_X), height: 0, boxes: [], lines: [], titles: [] };
  /** @type {Map<Spot, number>} the middles as they are drawn */
  const middles = new Map();
  for (const part of parts) {
    const shown = part.flat().filter(isDrawn);
    if (shown.length === 0) continue;
    const top = picture.height === 0 ? 0 : picture.height + BETWEEN;
    const up = Math.min(...shown.map(({ middle }) => middle)) - BOX.height / 2 - TITLE - top;
    for (const round of part.map((spots) => spots.filter(isDrawn)).filter(({ length }) => length > 0)) {
      const same = part.map((spots) => spots.filter(isDrawn)).filter((spots) => spots[0]?.game.part === round[0].game.part);
      const title = roundTitle(format, round[0].game.part, same.findIndex(([first]) => first === round[0]), same.length);
      picture.titles.push({ text: title, x: x(round[0]), y: top });
      for (const spot of round) {
        middles.set(spot, spot.middle - up);
        picture.boxes.push({ game: spot.game, x: x(spot), y: spot.middle - up - BOX.height / 2, title });
      }
    }
    picture.height = Math.max(...shown.map(({ middle }) => middle)) - up + BOX.height / 2;
  }
  for (const [spot, y] of middles) {
    for (const from of spot.feeders.flatMap(sources)) {
      picture.lines.push(line(x(from) + BOX.width, middles.get(from) ?? y, x(spot), y));
    }
  }
  return picture;
}

/** Who goes on without a game comes from where he played last. @param {Spot} spot @returns {Spot[]} */
function sources(spot) {
  return isDrawn(spot) ? [spot] : spot.feeders.flatMap(sources);
}

/** @param {Spot} spot */
function isDrawn({ game }) {
  return game.state !== 'bye';
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(x1, y1, x2, y2) {
  if (y1 === y2) return `M${x1} ${y1}H${x2}`;
  const bend = x2 - GAP_X / 2;
  const corner = Math.min(CORNER, Math.abs(y2 - y1) / 2) * Math.sign(y2 - y1);
  return `M${x1} ${y1}H${bend - CORNER}Q${bend} ${y1} ${bend} ${y1 + corner}V${y2 - corner}Q${bend} ${y2} ${bend + CORNER} ${y2}H${x2}`;
}
