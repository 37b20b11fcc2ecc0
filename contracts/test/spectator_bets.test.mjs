// SpectatorBets: what is bet on a duel when, and what the escrow's word makes of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ZeroAddress, id } from "ethers";

import { attest, endow, oracle, owner, treasury } from "./support/tokens.mjs";
import { ETHER, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, eve, kim, lee] = ["ann", "bob", "eve", "kim", "lee"].map(person);
const [WIN, TIE] = [1, 2];

const here = inWorld(async (world) => {
  const token = await world.deploy("DevToken");
  const escrow = await world.deploy("DuelEscrow", [token.address, owner.address, oracle.address, treasury.address, 0]);
  const bets = await world.deploy("SpectatorBets", [escrow.address, owner.address, oracle.address, treasury.address]);
  await endow(world, token, [ann, bob, eve, kim, lee], [escrow, bets]);
  const nonce = id("create");
  const message = { player1: ann.address, player2: bob.address, tier: 0, nonce };
  const signature = await attest(oracle, "DuelEscrow", escrow, "CreateMatch", message);
  await world.send(eve, escrow, "createMatch", [ann.address, bob.address, 0, signature, nonce]);
  return { token, escrow, bets };
});

const MATCH = 1n;
const send = (from, fn, args) => here.world.send(from, here.bets, fn, args);
const read = (fn, args = []) => here.world.read(here.bets, fn, args);
const holds = (who) => here.world.read(here.token, "balanceOf", [who.address]);
const open = async (seconds = 30) => send(oracle, "openPool", [MATCH, (await here.world.now()) + seconds]);
const bet = (from, player, amount) => send(from, "bet", [MATCH, player.address, amount]);

async function play(winner = ann, outcome = WIN, after = 60) {
  for (const who of [ann, bob]) await here.world.send(who, here.escrow, "joinMatch", [MATCH]);
  await here.world.wait(after);
  const message = { matchId: MATCH, winner: winner.address, outcome, nonce: id("result") };
  const signature = await attest(oracle, "DuelEscrow", here.escrow, "SubmitResult", message);
  await here.world.send(eve, here.escrow, "submitResult", [MATCH, winner.address, outcome, signature, message.nonce]);
}

test("who bet on the winner shares the pool less 5 %, in the arcade's odds", async () => {
  await open();
  await bet(eve, ann, 500n * ETHER);
  await bet(kim, ann, 300n * ETHER);
  await bet(lee, bob, 400n * ETHER);
  await play(bob);
  const resolved = event(await send(eve, "resolve", [MATCH]), "PoolResolved");
  assert.deepEqual(resolved, [MATCH, bob.address, 1200n * ETHER, 60n * ETHER]);
  const before = await holds(lee);
  await send(eve, "claimFor", [MATCH, lee.address]);
  assert.equal((await holds(lee)) - before, 1140n * ETHER);
  await reverts(send(lee, "claim", [MATCH]), "NothingToClaim");
  await reverts(send(eve, "claim", [MATCH]), "NothingToClaim");
  await send(eve, "withdrawFor", [treasury.address]);
  assert.equal(await holds(here.bets), 0n);
});

test("what rounding leaves is the treasury's, when the last has claimed", async () => {
  await open();
  await bet(eve, ann, 10n * ETHER + 1n);
  await bet(kim, ann, 10n * ETHER + 2n);
  await bet(lee, bob, 10n * ETHER + 5n);
  await play(ann);
  await send(eve, "resolve", [MATCH]);
  const total = 30n * ETHER + 8n;
  const net = total - (total * 500n) / 10_000n;
  const stakes = [10n * ETHER + 1n, 10n * ETHER + 2n];
  const shares = stakes.map((stake) => (net * stake) / (20n * ETHER + 3n));
  const before = await Promise.all([eve, kim].map(holds));
  await send(kim, "claim", [MATCH]);
  const last = await send(eve, "claim", [MATCH]);
  assert.equal(event(last, "RoundingKept")[1], net - shares[0] - shares[1]);
  const gained = (await Promise.all([eve, kim].map(holds))).map((now, i) => now - before[i]);
  assert.deepEqual(gained, shares);
  await send(eve, "withdrawFor", [treasury.address]);
  assert.equal(await holds(treasury), total - shares[0] - shares[1]);
});

test("bets are 10 to 500 for each account, by spectators, on one of the two", async () => {
  await reverts(bet(eve, ann, 10n * ETHER), "PoolNotFound");
  await open();
  await reverts(bet(eve, ann, 10n * ETHER - 1n), "BetTooSmall", 10n * ETHER - 1n);
  await reverts(bet(eve, ann, 2n ** 256n - 1n), "BetTooLarge");
  await bet(eve, ann, 490n * ETHER);
  await reverts(bet(eve, bob, 11n * ETHER), "BetTooLarge");
  await bet(eve, bob, 10n * ETHER);
  assert.deepEqual([...(await read("getBets", [MATCH, eve.address]))], [490n * ETHER, 10n * ETHER]);
  await reverts(bet(ann, ann, 10n * ETHER), "PlayersMayNotBet");
  await reverts(bet(eve, kim, 10n * ETHER), "NotAPlayer", kim.address);
});

test("betting closes by itself, and earlier when the oracle says so", async () => {
  await open();
  const { closesAt } = await read("getPool", [MATCH]);
  await here.world.goTo(Number(closesAt) - 2);
  const snapshot = await here.world.rpc("evm_snapshot");
  await reverts(send(eve, "closeBetting", [MATCH]), "Unauthorized");
  await here.world.rpc("evm_revert", [snapshot]);
  const again = await here.world.rpc("evm_snapshot");
  const said = event(await send(oracle, "closeBetting", [MATCH]), "BettingCloses");
  await reverts(bet(eve, ann, 10n * ETHER), "BettingClosed", said[1]);
  await here.world.rpc("evm_revert", [again]);
  await bet(eve, ann, 10n * ETHER);
  await reverts(bet(eve, ann, 10n * ETHER), "BettingClosed", closesAt);
  await reverts(send(oracle, "closeBetting", [MATCH]), "BettingClosed", closesAt);
});

test("a tie, a match that was not played, and one that ended early refund every bet", async () => {
  const endings = [
    () => play({ address: ZeroAddress }, TIE),
    () => here.world.wait(301),
    () => play(ann, WIN, 5),
  ];
  for (const end of endings) {
    const snapshot = await here.world.rpc("evm_snapshot");
    await open(60);
    await bet(eve, ann, 20n * ETHER);
    await bet(kim, bob, 30n * ETHER);
    await end();
    event(await send(lee, "resolve", [MATCH]), "PoolRefunding");
    assert.equal(await read("getClaimable", [MATCH, kim.address]), 30n * ETHER);
    for (const who of [eve, kim]) await send(lee, "claimFor", [MATCH, who.address]);
    await reverts(send(eve, "claim", [MATCH]), "NothingToClaim");
    assert.equal(await holds(here.bets), 0n);
    await here.world.rpc("evm_revert", [snapshot]);
  }
});

test("a pool without a bet on the winner is refunded, one without a loser pays no rake", async () => {
  await open();
  await bet(eve, ann, 20n * ETHER);
  const snapshot = await here.world.rpc("evm_snapshot");
  await play(bob);
  event(await send(lee, "resolve", [MATCH]), "PoolRefunding");
  await here.world.rpc("evm_revert", [snapshot]);
  await play(ann);
  await send(lee, "resolve", [MATCH]);
  assert.equal(await read("getClaimable", [MATCH, eve.address]), 20n * ETHER);
});

test("a pool is opened once, by the oracle, on a match that is not over, for a while", async () => {
  await reverts(send(eve, "openPool", [MATCH, 1]), "Unauthorized");
  const now = await here.world.now();
  await reverts(send(oracle, "openPool", [MATCH, now]), "BadClosingTime");
  await reverts(send(oracle, "openPool", [MATCH, now + 700]), "BadClosingTime");
  await reverts(send(oracle, "openPool", [9n, now + 60]), "MatchNotFound");
  await open();
  await reverts(open(), "PoolExists");
  await reverts(send(eve, "resolve", [MATCH]), "MatchNotOver");
  await reverts(send(eve, "claim", [MATCH]), "PoolNotEnded");
  await here.world.wait(301);
  await send(eve, "resolve", [MATCH]);
  await reverts(send(eve, "resolve", [MATCH]), "PoolNotOpen");
  await reverts(bet(eve, ann, 10n * ETHER), "PoolNotOpen");
});

test("nobody bets on a match that is over, and nobody opens betting on it", async () => {
  await open(400);
  await here.world.wait(301);
  await reverts(bet(eve, ann, 10n * ETHER), "MatchOver");
  const nonce = id("second");
  const message = { player1: ann.address, player2: bob.address, tier: 0, nonce };
  const signature = await attest(oracle, "DuelEscrow", here.escrow, "CreateMatch", message);
  await here.world.send(eve, here.escrow, "createMatch", [ann.address, bob.address, 0, signature, nonce]);
  await here.world.wait(301);
  await reverts(send(oracle, "openPool", [2n, (await here.world.now()) + 60]), "MatchOver");
});

test("the owner pauses bets, never what is owed", async () => {
  await open();
  await bet(eve, ann, 20n * ETHER);
  await send(owner, "pause", []);
  await reverts(bet(eve, ann, 20n * ETHER), "EnforcedPause");
  await reverts(send(oracle, "openPool", [2n, 0]), "EnforcedPause");
  await play(ann);
  await send(eve, "resolve", [MATCH]);
  await send(eve, "claim", [MATCH]);
  assert.equal(await holds(here.bets), 0n);
  await reverts(here.world.deploy("SpectatorBets", [here.escrow.address, owner.address, oracle.address, ZeroAddress]), "InvalidAddress");
});
