// BountyPool: who joins a round, how it is divided, and who is refunded when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MaxUint256, ZeroAddress, id } from "ethers";

import { attest, endow, oracle, owner, treasury } from "./support/tokens.mjs";
import { ETHER, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, eve, kim] = ["ann", "bob", "eve", "kim"].map(person);
const STATE = ["None", "Registration", "Active", "Settled", "Refunding"];
const round = id("round one");

const here = inWorld(async (world) => {
  const token = await world.deploy("DevToken");
  const pool = await world.deploy("BountyPool", [token.address, owner.address, oracle.address, treasury.address, 500]);
  await endow(world, token, [ann, bob, eve, kim], [pool]);
  return { token, pool };
});

const send = (from, fn, args) => here.world.send(from, here.pool, fn, args);
const read = (fn, args = []) => here.world.read(here.pool, fn, args);
const state = async () => STATE[await read("stateOf", [round])];
const holds = (who) => here.world.read(here.token, "balanceOf", [who.address]);
const open = async (min = 2, max = 3, entry = 100n * ETHER) => {
  const now = await here.world.now();
  return send(oracle, "openRound", [round, entry, min, max, now + 60, now + 600]);
};

async function running(players = [ann, bob, eve], max = 3, entry = 100n * ETHER) {
  await open(2, max, entry);
  for (const who of players) await send(who, "join", [round]);
  await here.world.wait(60);
}

const ascending = (pairs) => [...pairs].sort(([a], [b]) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));

async function settle(pairs, { by = oracle, sorted = true, roundId = round } = {}) {
  const ordered = sorted ? ascending(pairs) : pairs;
  const message = { roundId: round, players: ordered.map(([who]) => who.address), amounts: ordered.map(([, amount]) => amount) };
  const signature = await attest(by, "BountyPool", here.pool, "SettleRound", message);
  return send(kim, "settle", [roundId, message.players, message.amounts, signature]);
}

test("a round is divided as its oracle signed, and the rake is the rest", async () => {
  await running();
  const said = await settle([[ann, 200n * ETHER], [bob, 85n * ETHER]]);
  assert.deepEqual(event(said, "RoundSettled"), [round, 300n * ETHER, 15n * ETHER]);
  for (const who of [ann, bob, treasury]) await send(kim, "withdrawFor", [who.address]);
  assert.equal(await holds(treasury), 15n * ETHER);
  assert.equal(await holds(here.pool), 0n);
  await reverts(settle([[ann, 285n * ETHER]]), "WrongState", 3);
  await reverts(send(ann, "claimRefund", [round]), "WrongState", 3);
});

test("payouts and rake are the pool to the wei, also where the rake is rounded", async () => {
  await running([ann, bob, eve], 3, 33n);
  await reverts(settle([[ann, 94n]]), "SumMismatch", 95, 94);
  const said = await settle([[ann, 1n], [bob, 94n]]);
  assert.deepEqual(event(said, "RoundSettled"), [round, 99n, 4n]);
});

test("what the oracle signs gives everything, to players, each once", async () => {
  await running();
  const all = 285n * ETHER;
  await reverts(settle([[ann, all - 1n]]), "SumMismatch", all, all - 1n);
  await reverts(settle([[ann, all + 1n]]), "SumMismatch", all, all + 1n);
  await reverts(settle([[ann, all], [bob, MaxUint256]]), "SumMismatch");
  await reverts(settle([[kim, all]]), "NotAPlayer", kim.address);
  await reverts(settle([[ann, all / 2n], [ann, all - all / 2n]]), "PlayersNotAscending");
  const [first, second] = ascending([[ann, 0n], [bob, all]]);
  await reverts(settle([second, first], { sorted: false }), "PlayersNotAscending");
  await reverts(settle([[ann, all]], { by: eve }), "InvalidSignature");
  await reverts(send(kim, "settle", [round, [ann.address], [], "0x"]), "LengthMismatch");
  await reverts(settle([[ann, all]], { roundId: id("another") }), "RoundNotFound");
  await settle([[ann, all]]);
});

test("players join once, while there is room and time", async () => {
  await reverts(send(ann, "join", [round]), "RoundNotFound");
  await open(2, 2);
  await send(ann, "join", [round]);
  await reverts(send(ann, "join", [round]), "AlreadyJoined");
  await send(bob, "join", [round]);
  await reverts(send(eve, "join", [round]), "RoundFull");
  await reverts(settle([[ann, 190n * ETHER]]), "WrongState", 1);
  await here.world.wait(60);
  assert.equal(await state(), "Active");
  await reverts(send(eve, "join", [round]), "WrongState", 2);
});

test("a round that too few joined is refunded, by anyone", async () => {
  await running([ann]);
  assert.equal(await state(), "Refunding");
  const before = await holds(ann);
  await send(kim, "claimRefundFor", [round, ann.address]);
  assert.equal((await holds(ann)) - before, 100n * ETHER);
  await reverts(send(ann, "claimRefund", [round]), "AlreadyRefunded");
  await reverts(send(kim, "claimRefund", [round]), "NotAPlayer", kim.address);
});

test("a round that is not settled in time is refunded, and not settled any more", async () => {
  await running();
  await reverts(send(ann, "claimRefund", [round]), "WrongState", 2);
  await here.world.wait(600);
  await reverts(settle([[ann, 285n * ETHER]]), "WrongState", 4);
  for (const who of [ann, bob, eve]) await send(who, "claimRefund", [round]);
  assert.equal(await holds(here.pool), 0n);
});

test("a round is cancelled by its oracle or the owner, and refunded", async () => {
  await running();
  await reverts(send(ann, "cancelRound", [round]), "Unauthorized");
  await send(owner, "setOracle", [kim.address]);
  await reverts(settle([[kim, 285n * ETHER]], { by: kim }), "InvalidSignature");
  await send(oracle, "cancelRound", [round]);
  await reverts(send(owner, "cancelRound", [round]), "WrongState", 4);
  for (const who of [ann, bob, eve]) await send(who, "claimRefund", [round]);
  assert.equal(await holds(here.pool), 0n);
});

test("only the oracle opens rounds, once each, of bounded size and length", async () => {
  const now = await here.world.now();
  const good = { roundId: round, entry: 1n, min: 2, max: 64, closes: now + 60, ends: now + 600 };
  const openAs = (by, change) => send(by, "openRound", Object.values({ ...good, ...change }));
  await reverts(openAs(ann, {}), "Unauthorized");
  const bad = [{ entry: 0n }, { min: 1 }, { min: 9, max: 8 }, { max: 65 }, { closes: now }, { closes: now + 4000, ends: now + 4001 }, { ends: now + 60 }, { ends: now + 90_000 }];
  for (const change of bad) await reverts(openAs(oracle, change), "InvalidRound");
  await openAs(oracle, {});
  await reverts(openAs(oracle, {}), "RoundExists");
  assert.equal((await read("getRound", [round])).playersMax, 64n);
});

test("the owner pauses what is new only", async () => {
  await running();
  await send(owner, "pause", []);
  await reverts(open(), "EnforcedPause");
  await settle([[ann, 285n * ETHER]]);
  await send(ann, "withdraw", []);
});

test("a pool has a treasury, an oracle, and a rake of at most a tenth", async () => {
  const deploy = (oracleAt, treasuryAt, rake) => here.world.deploy("BountyPool", [here.token.address, owner.address, oracleAt, treasuryAt, rake]);
  await reverts(deploy(ZeroAddress, treasury.address, 0), "InvalidAddress");
  await reverts(deploy(oracle.address, ZeroAddress, 0), "InvalidAddress");
  await reverts(deploy(oracle.address, treasury.address, 1001), "RakeTooHigh");
});
