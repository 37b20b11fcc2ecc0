import assert from 'node:assert/strict';
import test from 'node:test';

import { BOX, layout } from '../pages/tournaments/layout.js';
import { currentGame, gameText, gameWord, placeWord, roundTitle, scores, watchPath } from '../pages/tournaments/words.js';

/** @typedef {import('../pages/tournaments/words.js').Game} Game */

const SIDE = { seed: 1, name: 'ada', here: false, wins: 0, withdrawn: false };
/** @type {Game} */
const GAME = { round: 0, slot: 0, part: 'main', a: SIDE, b: { ...SIDE, seed: 2, name: 'bob' }, state: 'waiting', until: null, match_id: null, winner: null, how: null, score_a: null, score_b: null };

/** A round of pairs, each place held by somebody or nobody. @param {boolean[]} places @param {import('../pages/tournaments/words.js').Part} part */
function round(places, part) {
  return places.flatMap((first, i) => (i % 2 === 0 ? [{ ...GAME, part, slot: i / 2, state: /** @type {Game['state']} */ (first && places[i + 1] ? 'waiting' : 'bye') }] : []));
}
const winners = (/** @type {boolean[]} */ places) => places.flatMap((it, i) => (i % 2 === 0 ? [it || places[i + 1]] : []));
const fallen = (/** @type {boolean[]} */ places) => places.flatMap((it, i) => (i % 2 === 0 ? [it && places[i + 1]] : []));

/** As the arena draws it, before anything is played. @param {'single' | 'double'} format @param {number} entries */
function bracket(format, entries) {
  const size = 2 ** Math.ceil(Math.log2(entries));
  let above = Array.from({ length: size }, (_, i) => i % 2 === 0 || Math.floor(i / 2) < entries - size / 2);
  const rounds = [round(above, 'main')];
  /** @type {boolean[] | null} */
  let below = null;
  while (above.length > 2) {
    const before = above;
    above = winners(above);
    rounds.push(round(above, 'main'));
    if (format === 'single') continue;
    const among = below === null ? fallen(before) : winners(below);
    rounds.push(round(among, 'losers'));
    const stay = winners(among);
    const down = fallen(above).reverse();
    below = stay.flatMap((it, i) => [it, down[i]]);
    rounds.push(round(below, 'losers'));
  }
  if (format === 'double') rounds.push(round([true, true], 'final'));
  return { format, rounds };
}

test('in the picture of every size no two games overlap, and every line leads to the right, from game to game', () => {
  for (const format of /** @type {const} */ (['single', 'double'])) {
    for (let entries = 2; entries <= 64; entries += 1) {
      const of = bracket(format, entries);
      const { boxes, lines, width, height, titles } = layout(of);
      const said = `${format} ${entries}`;
      assert.equal(boxes.length, of.rounds.flat().filter(({ state }) => state !== 'bye').length, said);
      for (const [at, one] of boxes.entries()) {
        assert.ok(one.x >= 0 && one.y >= 0 && one.x + BOX.width <= width && one.y + BOX.height <= height, `${said}: inside`);
        for (const other of boxes.slice(at + 1)) {
          assert.ok(Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height, `${said}: apart`);
        }
      }
      const rights = new Set(boxes.map(({ x, y }) => `${x + BOX.width} ${y + BOX.height / 2}`));
      for (const line of lines) {
        const [, x1, y1] = /^M(\S+) ([^HQV]+)H/.exec(line) ?? [];
        const x2 = Number(/H([\d.]+)$/.exec(line)?.[1]);
        assert.ok(rights.has(`${x1} ${y1}`), `${said}: begins at a game`);
        assert.ok(x2 > Number(x1) && boxes.some(({ x }) => x === x2), `${said}: ends at a later one`);
      }
      const last = boxes.filter(({ x }) => x + BOX.width === width);
      assert.equal(last.length, 1, `${said}: one game is the last`);
      assert.ok(entries === 2 || lines.length >= entries - 2, `${said}: all come together`);
      assert.equal(new Set(titles.map(({ text }) => text)).size, titles.length, `${said}: rounds are told apart`);
    }
  }
});

test('who goes on without a game takes no room, and the best rounds have their names', () => {
  const { boxes, titles } = layout(bracket('single', 5));
  assert.equal(boxes.length, 4);
  assert.deepEqual(titles.map(({ text }) => text), ['Quarterfinals', 'Semifinals', 'Final']);
  assert.equal(roundTitle('single', 'main', 0, 6), 'Round of 64');
  const double = layout(bracket('double', 4)).titles.map(({ text }) => text);
  assert.deepEqual(double, ['Winners’ round 1', 'Winners’ final', 'Grand final', 'Losers’ round 1', 'Losers’ final']);
});

test('the decider stands behind the final, and nothing is drawn of nothing', () => {
  const of = bracket('double', 4);
  of.rounds.push(round([true, true], 'reset'));
  const { boxes, lines } = layout(of);
  const [final, reset] = ['final', 'reset'].map((part) => boxes.find(({ game }) => game.part === part));
  assert.ok(final && reset && reset.x > final.x && reset.y === final.y);
  assert.ok(lines.some((line) => line === `M${final.x + BOX.width} ${final.y + BOX.height / 2}H${reset.x}`));
  assert.deepEqual(layout({ format: 'single', rounds: [] }), { width: 0, height: 0, boxes: [], lines: [], titles: [] });
});

test('a game is told in a sentence, whatever came of it', () => {
  const decided = { ...GAME, state: /** @type {const} */ ('decided'), score_a: 1, score_b: 3, winner: 'bob', how: /** @type {const} */ ('played') };
  assert.equal(gameText(decided, 'Final'), 'Final: bob beat ada, 3 to 1.');
  const walkover = { ...decided, score_a: 0, score_b: 0, how: /** @type {const} */ ('walkover') };
  assert.equal(gameText(walkover, 'Final'), 'Final: bob beat ada, walkover.');
  assert.deepEqual(scores(walkover), ['', '']);
  assert.equal(gameText({ ...GAME, b: null, state: 'open' }, 'Final'), 'Final: ada against somebody.');
  assert.equal(gameText({ ...GAME, state: 'called' }, 'Final'), 'Final: ada against bob, called.');
  assert.equal(gameWord({ ...decided, winner: null }).word, 'draw');
  assert.equal(gameWord({ ...walkover, winner: null }).word, 'nobody came');
  assert.deepEqual(scores({ ...GAME, state: 'playing', a: { ...SIDE, wins: 1 } }), ['1', '0'], 'a series');
});

test('a name of markup or of letters that turn others round stays a name', () => {
  const text = gameText({ ...GAME, a: { ...SIDE, name: '\u202e<b>\n' + 'x'.repeat(200) } }, 'Final');
  assert.ok(text.length < 120 && !/[\u202e\n]/.test(text), text);
});

test('places and ways are said', () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 62].map(placeWord), ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '62nd']);
  assert.equal(watchPath('melee', 'x'), '/watch/match/x');
  assert.equal(watchPath('code_duel', 'x'), '/watch/match/x/duel');
  const games = [{ ...GAME, state: /** @type {const} */ ('decided') }, { ...GAME, slot: 1, state: /** @type {const} */ ('called') }];
  assert.equal(currentGame(games, 'bob')?.slot, 1);
  assert.equal(currentGame(games, 'eve'), undefined);
});
