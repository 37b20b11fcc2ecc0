import assert from 'node:assert/strict';
import test from 'node:test';

import { readMeta } from '../../pages/meta.js';
import { clip } from '../../pages/text.js';

test('text of strangers is short, on one line, and turns nobody around', () => {
  assert.equal(clip('a\u202eb\u0000c\nd', 20), 'a b c d');
  assert.equal(clip('x'.repeat(10_000), 10), `${'x'.repeat(9)}…`);
  assert.equal(clip(`e${'\u0301'.repeat(50)}`, 20), 'e\u0301\u0301');
  assert.equal(clip('👩🏽‍🚀🚀', 20).includes('🚀'), true);
  assert.equal(clip({ toString: () => 'x' }, 20), '');
});

test('meta may be anything', () => {
  for (const meta of [null, 7, 'x', [], {}, { players: 7 }, { players: [null, 7, []] }, { stageId: '25' }]) {
    const read = readMeta(meta);
    assert.equal(read.stage, null);
    assert.ok(Array.isArray(read.contenders));
  }
});

test('meta of a match is read', () => {
  const players = [{ port: 1, characterId: 1, connectCode: 'FOX#1', displayName: 'Fox' }, { port: 2, characterId: 9, connectCode: 'P#2', displayName: null }];
  assert.deepEqual(readMeta({ stageId: 25, players }), {
    stage: 25,
    contenders: [{ port: 1, character: 1, name: 'Fox', code: 'FOX#1' }, { port: 2, character: 9, name: 'P#2', code: 'P#2' }],
  });
});
