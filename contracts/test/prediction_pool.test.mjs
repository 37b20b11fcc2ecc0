// PredictionPool: when bets are taken, what a pool pays, to the wei, and who can end it how.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Interface, ZeroAddress } from "ethers";

import { matchId, record, result } from "./support/results.mjs";
import { ETHER, artifact, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, arena, eve, kim, lee] = ["ann", "bob", "arena", "eve", "kim", "lee"].map(person);
const WINDOW = 30;

const here = inWorld(async (world) => {
  await world.fund(ann, bob, arena, eve, kim, lee);
  const proof = await world.deploy("MatchProof");
  const pool = await world.deploy("PredictionPool", [proof.address, arena.address, 500]);
  return { proof, pool };
});

const send = (from, fn, args, value) => here.world.send(from, here.pool, fn, args, { value });
const read = (fn, args) => here.world.read(here.pool, fn, args);
const create = async (name, by = arena) => event(await send(by, "createPool", [matchId(name), ann.address, bob.address]), "PoolCreated")[0];
const bet = (from, poolId, onA, amount) => send(from, "bet", [poolId, onA], amount);
const balance = () => here.world.balance(here.pool);

/** The match ends after betting has closed, and is recorded. */
async function play(name, winner = ann, loser = bob, after = WINDOW + 60) {
  await here.world.wait(after);
  await record(here.world, here.proof, result(name, winner, loser, await here.world.now()), winner, loser);
}

test("who bet on the winner shares the pool less its fee, and rounding is the pool's", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 100n);
  await bet(kim, poolId, true, 201n);
  await bet(lee, poolId, false, 334n);
  await play("one");
  const resolved = event(await send(eve, "resolve", [poolId]), "PoolResolved");
  assert.deepEqual(resolved, [poolId, ann.address, 635n, 31n]);
  assert.equal(await read("getClaimable", [poolId, eve.address]), (604n * 100n) / 301n);
  assert.equal(event(await send(kim, "claim", [poolId]), "PayoutClaimed")[2], (604n * 201n) / 301n);
  const last = await send(eve, "claim", [poolId]);
  assert.equal(event(last, "PayoutClaimed")[2], 200n);
  assert.deepEqual(event(last, "RoundingKept"), [poolId, 1n]);
  assert.equal(await read("accumulatedFees"), 32n);
  assert.equal(await balance(), 32n);
  assert.equal(await read("totalHeld"), 0n);
  await reverts(send(eve, "claim", [poolId]), "AlreadyClaimed");
  await reverts(send(lee, "claim", [poolId]), "NoPayout");
  await send(arena, "withdrawFees", [person("treasury").address]);
  assert.equal(await here.world.balance(person("treasury")), 32n);
  await reverts(send(arena, "withdrawFees", [eve.address]), "Error", "No fees");
});

test("a pool pays the arcade's odds: 800 and 400, less 5 %, are 1.425 and 2.85", async () => {
  for (const [name, winner, loser, odds] of [["one", ann, bob, 1_425n], ["two", bob, ann, 2_850n]]) {
    const poolId = await create(name);
    await bet(eve, poolId, true, 800n * ETHER);
    await bet(kim, poolId, false, 400n * ETHER);
    await play(name, winner, loser);
    await send(lee, "resolve", [poolId]);
    const [who, stake] = winner === ann ? [eve, 800n] : [kim, 400n];
    assert.equal(await read("getClaimable", [poolId, who.address]), (stake * ETHER * odds) / 1000n);
  }
});

test("nobody who bet alone pays a fee", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 999n);
  await play("one");
  await send(eve, "resolve", [poolId]);
  assert.equal(event(await send(eve, "claim", [poolId]), "PayoutClaimed")[2], 999n);
  assert.equal(await balance(), 0n);
});

test("a pool without a bet on the winner is refunded", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, false, 999n);
  await play("one");
  event(await send(eve, "resolve", [poolId]), "PoolCancelled");
  assert.equal(await read("getClaimable", [poolId, eve.address]), 999n);
  await send(eve, "claimRefund", [poolId]);
  assert.equal(await balance(), 0n);
});

test("betting closes by itself, and earlier when the arena says so", async () => {
  const poolId = await create("one");
  const closesAt = Number(await read("bettingClosesAt", [poolId]));
  await here.world.goTo(closesAt - 2);
  await bet(eve, poolId, true, 1n);
  await reverts(bet(eve, poolId, true, 1n), "BettingClosed", closesAt);
  await reverts(send(arena, "closeBetting", [poolId]), "BettingClosed", closesAt);

  const early = await create("two");
  await reverts(send(eve, "closeBetting", [early]), "OnlyArena");
  const said = event(await send(arena, "closeBetting", [early]), "BettingCloses");
  assert.equal(await read("bettingClosesAt", [early]), said[1]);
  await reverts(bet(eve, early, true, 1n), "BettingClosed", said[1]);
});

test("the arena may say when betting closes, within the time a pool has", async () => {
  const until = (closesAt, by = arena) => send(by, "createPoolUntil", [matchId("one"), ann.address, bob.address, closesAt]);
  const now = await here.world.now();
  await reverts(until(now, arena), "BadClosingTime", now);
  await reverts(until(now + 7300), "BadClosingTime", now + 7300);
  await reverts(until(now + 60, eve), "OnlyArena");
  await until(now + 60);
  assert.equal(await read("bettingClosesAt", [0]), BigInt(now + 60));
});

test("bets on a match that ended before betting closed are refunded, whoever won", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 5n);
  await bet(kim, poolId, false, 7n);
  const closesAt = Number(await read("bettingClosesAt", [poolId]));
  await record(here.world, here.proof, result("one", ann, bob, closesAt), ann, bob);
  await reverts(bet(lee, poolId, true, 1n), "MatchDecided");
  event(await send(eve, "resolve", [poolId]), "PoolCancelled");
  for (const who of [eve, kim]) await send(who, "claimRefund", [poolId]);
  assert.equal(await balance(), 0n);
});

test("a match that ended in the second after betting closed is paid", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 5n);
  const closesAt = Number(await read("bettingClosesAt", [poolId]));
  await record(here.world, here.proof, result("one", ann, bob, closesAt + 1), ann, bob);
  event(await send(eve, "resolve", [poolId]), "PoolResolved");
});

test("a match that is dated in the future pays nobody", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 5n);
  await record(here.world, here.proof, result("one", ann, bob, 1_700_000_000_000), ann, bob);
  event(await send(eve, "resolve", [poolId]), "PoolCancelled");
});

test("only the arena opens pools, one for each match, of two who exist", async () => {
  await reverts(create("one", eve), "OnlyArena");
  const open = (a, b) => send(arena, "createPool", [matchId("one"), a, b]);
  await reverts(open(ann.address, ann.address), "Error", "Same player");
  await reverts(open(ann.address, ZeroAddress), "Error", "Zero address");
  assert.deepEqual([...(await read("findPool", [matchId("one")]))], [false, 0n]);
  const poolId = await create("one");
  assert.deepEqual([...(await read("findPool", [matchId("one")]))], [true, poolId]);
  await reverts(create("one"), "PoolExists", poolId);
  await reverts(here.world.deploy("PredictionPool", [here.proof.address, arena.address, 1001]), "Error", "Fee too high");
});

test("a recorded match can only be resolved: neither arena nor loser cancels a bet that was won", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 5n);
  await reverts(send(eve, "cancelPool", [poolId]), "OnlyArena");
  await play("one", ann, bob, 7300);
  await reverts(send(arena, "cancelPool", [poolId]), "MatchDecided");
  await reverts(send(lee, "cancelStalePool", [poolId]), "MatchDecided");
  await send(lee, "resolve", [poolId]);
  await reverts(send(lee, "resolve", [poolId]), "PoolNotOpen");
  await reverts(send(arena, "closeBetting", [poolId]), "PoolNotOpen");
  await reverts(bet(eve, poolId, true, 1n), "PoolNotOpen");
});

test("anyone cancels a pool whose match was not recorded in two hours", async () => {
  const poolId = await create("one");
  await bet(eve, poolId, true, 5n);
  await bet(eve, poolId, false, 6n);
  await reverts(send(kim, "cancelStalePool", [poolId]), "TimeoutNotReached");
  await reverts(send(eve, "claimRefund", [poolId]), "PoolNotClaimable");
  await reverts(send(eve, "claim", [poolId]), "PoolNotResolved");
  await here.world.wait(7200);
  await send(kim, "cancelStalePool", [poolId]);
  assert.deepEqual([...(await read("getUserBets", [poolId, eve.address]))], [5n, 6n]);
  assert.equal(event(await send(eve, "claimRefund", [poolId]), "PayoutClaimed")[2], 11n);
  await reverts(send(eve, "claimRefund", [poolId]), "AlreadyClaimed");
  await reverts(send(kim, "claimRefund", [poolId]), "NoBetToRefund");
  assert.equal(await balance(), 0n);
});

test("what is not there is refused by name", async () => {
  for (const [fn, args] of [["resolve", [7]], ["claim", [7]], ["claimRefund", [7]], ["bet", [7, true]], ["cancelStalePool", [7]]]) {
    await reverts(send(eve, fn, args), "PoolNotFound");
  }
  await reverts(send(arena, "cancelPool", [7]), "PoolNotFound");
  const poolId = await create("one");
  await reverts(bet(eve, poolId, true, 0n), "ZeroBet");
  await reverts(send(eve, "resolve", [poolId]), "MatchNotRecorded");
  await record(here.world, here.proof, result("one", eve, kim, 1), eve, kim);
  await reverts(send(eve, "resolve", [poolId]), "WinnerNotParticipant");
});

test("a bettor that takes no money stops nobody, and one that calls back in gets no more", async () => {
  const poolId = await create("one");
  const [refusing, again] = [await here.world.deploy("Puppet"), await here.world.deploy("Puppet")];
  for (const puppet of [refusing, again]) {
    await here.world.fund(puppet);
    await here.world.run(eve, puppet, here.pool, "bet", [poolId, true], 10n);
  }
  await bet(kim, poolId, false, 10n);
  await here.world.send(eve, refusing, "take", [1]);
  await here.world.send(eve, again, "plan", [here.pool.address, here.pool.encode("claim", [poolId])]);
  await play("one");
  await send(kim, "resolve", [poolId]);
  await reverts(here.world.run(eve, refusing, here.pool, "claim", [poolId]), "TransferFailed");
  const before = await here.world.balance(again);
  await here.world.run(eve, again, here.pool, "claim", [poolId]);
  assert.equal((await here.world.balance(again)) - before, 14n);
  assert.equal(await here.world.read(again, "reentrySucceeded"), false);
  assert.equal(await here.world.read(again, "reentryError"), here.pool.abi.getError("ReentrancyGuardReentrantCall").selector);
  await here.world.send(eve, refusing, "take", [0]);
  await here.world.run(eve, refusing, here.pool, "claim", [poolId]);
});

test("selectors, topics and errors are those of the deployed contract", () => {
  const abi = new Interface(artifact("PredictionPool").abi);
  const selectors = {
    "0xf0e1e51e": "createPool",
    "0x9a6d3aaa": "bet",
    "0x4f896d4f": "resolve",
    "0x379607f5": "claim",
    "0x827c7889": "cancelPool",
    "0x9add95e6": "cancelStalePool",
    "0x5b7baf64": "claimRefund",
    "0x164e68de": "withdrawFees",
    "0x068bcd8d": "getPool",
    "0xfa744dd3": "getUserBets",
    "0xb961cbe1": "getClaimable",
    "0xf525cb68": "poolCount",
  };
  for (const [selector, name] of Object.entries(selectors)) assert.equal(abi.getFunction(name).selector, selector);
  const topics = { "0x2ba8d136": "PoolCreated", "0x4af71b02": "BetPlaced", "0xc0cd513c": "PoolResolved", "0x3d229dd6": "PoolCancelled", "0xe97cee5a": "PayoutClaimed" };
  for (const [topic, name] of Object.entries(topics)) assert.equal(abi.getEvent(name).topicHash.slice(0, 10), topic);
  const errors = {
    "0xc603835b": "OnlyArena",
    "0x76ecffc0": "PoolNotFound",
    "0x14356134": "PoolNotOpen",
    "0x74534da0": "PoolNotResolved",
    "0xa8961bef": "PoolNotClaimable",
    "0x61b106af": "MatchNotRecorded",
    "0xb64c5315": "WinnerNotParticipant",
    "0xe2de2afa": "NoBetToRefund",
    "0x646cf558": "AlreadyClaimed",
    "0x439ece77": "NoPayout",
    "0x9b0056ac": "TimeoutNotReached",
    "0x90b8ec18": "TransferFailed",
    "0x6400ccd0": "ZeroBet",
  };
  for (const [selector, name] of Object.entries(errors)) assert.equal(abi.getError(name).selector, selector);
});
