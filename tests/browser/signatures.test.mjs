import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Signature, TypedDataEncoder, Wallet, ZeroHash, sha256, toUtf8Bytes } from 'ethers';

import { Arena } from './support.mjs';

// The winner, the loser, and somebody who does not play.
const [winner, loser, stranger] = [1, 2, 3].map((key) => new Wallet(`0x${String(key).padStart(64, '0')}`));
const MATCH_PROOF = '0x1CC748475F1F666017771FB49131708446B9f3DF';

/** @type {Arena} */
let arena;

before(async () => {
  arena = await Arena.start();
});

after(async () => {
  await arena?.stop();
});

async function ask(path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(arena.url + path, init);
  return { status: answer.status, body: await answer.json() };
}

/** A match that the winner has won by 3 to 0. */
async function won() {
  const join = (code, wallet) => ask('/queue/join', { connect_code: code, wallet_address: wallet.address });
  const first = (await join('A#1', winner)).body;
  const second = (await join('B#2', loser)).body;
  const id = second.match_id;
  const report = (entry, own, other) =>
    ask(`/matches/${id}/result`, { queue_id: entry, outcome: 'COMPLETED', stocks_remaining: own, opponent_stocks: other });
  assert.equal((await report(first.queue_id, 3, 0)).status, 200);
  assert.equal((await report(second.queue_id, 0, 3)).status, 200);
  return id;
}

const submit = (id, wallet, signature) => ask(`/matches/${id}/signature`, { address: wallet.address, signature });

test('the typed data is what ethers makes of the match by itself', async () => {
  const id = await won();
  const seen = (await ask(`/matches/${id}`)).body;
  const data = (await ask(`/v1/matches/${id}/typed-data`)).body;
  const { EIP712Domain: _, ...types } = data.types;
  const mine = {
    matchId: sha256(toUtf8Bytes(id)), winner: seen.winner_wallet, loser: seen.loser_wallet, gameId: 'melee',
    winnerScore: 3, loserScore: 0, replayHash: ZeroHash, timestamp: seen.result_timestamp,
  };
  const domain = { name: 'NoJohns', version: '1', chainId: 143, verifyingContract: MATCH_PROOF };
  assert.equal(TypedDataEncoder.hash(data.domain, types, data.message), TypedDataEncoder.hash(domain, types, mine));
  assert.equal(
    TypedDataEncoder.from(types).encodeType('MatchResult'),
    'MatchResult(bytes32 matchId,address winner,address loser,string gameId,uint8 winnerScore,uint8 loserScore,bytes32 replayHash,uint256 timestamp)',
  );
});

test('both sides sign with ethers, in either form', async () => {
  const id = await won();
  const { types: { EIP712Domain: _, ...types }, domain, message } = (await ask(`/v1/matches/${id}/typed-data`)).body;
  const full = await winner.signTypedData(domain, types, message);
  const compact = Signature.from(await loser.signTypedData(domain, types, message)).compactSerialized;
  assert.deepEqual(await submit(id, winner, full), {
    status: 200, body: { match_id: id, signatures_received: 1, ready_for_submission: false },
  });
  assert.equal((await submit(id, loser, compact)).body.ready_for_submission, true);
  const kept = (await ask(`/matches/${id}/signatures`)).body.signatures;
  assert.deepEqual(kept.map((it) => it.address), [winner.address, loser.address]);
  assert.equal(`0x${kept[0].signature}`, full);
});

test('what ethers signs for something else is refused', async () => {
  const id = await won();
  const { types: { EIP712Domain: _, ...types }, domain, message } = (await ask(`/v1/matches/${id}/typed-data`)).body;
  const by = async (wallet, where = {}, what = {}) =>
    wallet.signTypedData({ ...domain, ...where }, types, { ...message, ...what });
  const refused = [
    [stranger, await by(stranger), 403, /plays no side/],
    [winner, await by(stranger), 422, /that of 0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69, not of/],
    [loser, await by(winner), 422, /the signature of the other side/],
    [winner, await by(winner, { chainId: 10143 }), 422, /for chain 10143, and it counts on chain 143/],
    [winner, await by(winner, { verifyingContract: stranger.address }), 422, /another match, result, chain or contract/],
    [winner, await by(winner, {}, { matchId: ZeroHash }), 422, /another match, result, chain or contract/],
    [winner, await by(winner, {}, { winner: loser.address, loser: winner.address }), 422, /winner and loser swapped/],
    [winner, await winner.signMessage('melee'), 422, /another match, result, chain or contract/],
  ];
  for (const [wallet, signature, status, detail] of refused) {
    const answer = await submit(id, wallet, signature);
    assert.equal(answer.status, status);
    assert.match(answer.body.detail, detail);
  }
  assert.equal((await ask(`/matches/${id}/signatures`)).body.signatures_received, 0);
});
