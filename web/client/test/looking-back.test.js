import assert from 'node:assert/strict';
import test from 'node:test';

import { BatchTape } from '../../pages/batch-tape.js';
import { linedUp } from '../../pages/earlier.js';
import { History } from '../../pages/past.js';
import { Replay } from '../../pages/replay.js';
import { Timeline } from '../../pages/timeline.js';

const frames = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => ({ number: from + i, players: [] }));
const start = (game) => ({ type: 'Start', game, stage: 24, score: [0, 0], players: [] });

test('a place is found between its neighbours, and before the first the first is shown', () => {
  const history = new History();
  history.add(new Timeline().placed(frames(0, 9)));
  assert.equal(history.look(4.5).frame.number, 4);
  assert.equal(history.look(4.5).next.number, 5);
  assert.equal(history.look(4.5).blend, 0.5);
  assert.equal(history.look(-3).frame.number, 0);
  assert.deepEqual([history.look(99).frame.number, history.look(99).next], [9, null]);
});

test('a frame that comes again takes the place of the first', () => {
  const history = new History();
  const line = new Timeline();
  history.add(line.placed(frames(0, 9)));
  const again = { number: 5, players: ['again'] };
  history.add(line.placed([again]));
  assert.equal(history.look(5).frame, again);
  assert.equal(history.look(6).frame.number, 6);
});

test('what is held is bounded, and the oldest go', () => {
  const history = new History(100);
  const line = new Timeline();
  for (let at = 0; at < 1000; at += 10) history.add(line.placed(frames(at, at + 9)));
  assert.ok(history.first >= 880, `${history.first}`);
  assert.equal(history.look(999).frame.number, 999);
});

test('each game lies behind the last, whatever its numbers', () => {
  const line = new Timeline();
  line.placed(frames(-123, 500));
  const [first] = line.placed(frames(-123, -120));
  assert.equal(first.place, 624);
});

test('what was before is lined up with what came live', () => {
  const live = new Timeline().placed(frames(300, 302));
  const batches = [[start(1), { type: 'Frames', frames: frames(0, 149) }], [{ type: 'Frames', frames: frames(150, 302) }]];
  const { frames: before, marks } = linedUp(batches, { number: 300, place: live[0].place });
  assert.equal(before.find(({ frame }) => frame.number === 300).place, live[0].place);
  assert.equal(before[0].place, -300);
  assert.equal(marks[0].place, -300);

  const history = new History();
  history.add(live);
  history.prepend(before, marks);
  assert.equal(history.first, -300);
  assert.equal(history.look(-1).frame.number, 299);
  assert.deepEqual(history.until(-1).map(({ type }) => type), ['Start']);
});

test('what does not meet what came live is left out', () => {
  assert.deepEqual(linedUp([[{ type: 'Frames', frames: frames(0, 9) }]], { number: 300, place: 0 }), { frames: [], marks: [] });
});

test('whoever looks back stays behind, and whoever catches up is live', () => {
  const replay = new Replay();
  assert.equal(replay.advance(1000, 0, 600), null);
  replay.seek(300, 0, 600);
  assert.equal(replay.advance(1000, 0, 660), 360);
  replay.seek(-50, 0, 660);
  assert.equal(replay.position, 0);
  replay.seek(659, 0, 660);
  replay.advance(1000, 0, 700);
  assert.equal(replay.isLive, true);
});

test('a pause stands still, until it falls out of what is held', () => {
  const replay = new Replay();
  replay.pause(600);
  assert.equal(replay.advance(5000, 0, 900), 600);
  assert.equal(replay.advance(5000, 700, 1900), 700);
  replay.play();
  assert.equal(replay.advance(1000, 700, 1900), 760);
  replay.live();
  assert.equal(replay.advance(1000, 700, 1900), null);
});

test('batches that are whole are looked back at by when they came', () => {
  const tape = new BatchTape();
  const batch = (seq, capturedMs) => ({ seq, capturedUs: capturedMs * 1000, firstFrame: 0, frames: 1, key: true, payload: new Uint8Array(10) });
  tape.push(batch(5, 10_000), 1000);
  tape.push(batch(6, 11_000), 2000);
  tape.precede([batch(3, 8000), batch(4, 9000), batch(5, 10_000)]);
  assert.equal(tape.look(2000).seq, 6);
  tape.pause();
  tape.seek(tape.tape.startS);
  assert.equal(tape.look(2500).seq, 3);
  tape.seek(tape.tape.endS - 0.5);
  assert.equal(tape.look(2600).seq, 5);
  tape.goLive();
  assert.equal(tape.look(2700).seq, 6);
});
