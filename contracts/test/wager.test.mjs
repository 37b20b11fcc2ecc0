// Wager: which match settles which wager, who is paid, and that no receiver holds anything up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Interface, ZeroAddress, ZeroHash } from "ethers";

import { matchId, record, result, sign } from "./support/results.mjs";
import { ETHER, artifact, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, eve] = ["ann", "bob", "eve"].map(person);
const STATUS = ["Open", "Accepted", "Settled", "Cancelled", "Voided"];
// Of test/sol/Puppet.sol.
const TAKING = ["Gladly", "Refusing", "BurningGas", "ReturningMuch", "Reentering"];
const HOUR = 3600;

const here = inWorld(async (world) => {
  await world.fund(ann, bob, eve);
  const proof = await world.deploy("MatchProof");
  return { proof, wager: await world.deploy("Wager", [proof.address]) };
});

const send = (from, fn, args, value) => here.world.send(from, here.wager, fn, args, { value });
const propose = async (from, opponent = ZeroAddress, value = ETHER, game = "melee") =>
  event(await send(from, "proposeWager", [opponent.address ?? opponent, game], value), "WagerProposed")[0];
const proposeOn = async (from, opponent, name, value = ETHER) =>
  event(await send(from, "proposeWagerOnMatch", [opponent.address, "melee", matchId(name)], value), "WagerBound")[0];
const accept = (from, wagerId, value = ETHER) => send(from, "acceptWager", [wagerId], value);
const settle = (wagerId, name, by = eve) => send(by, "settleWager", [wagerId, matchId(name)]);
const status = async (wagerId) => STATUS[(await here.world.read(here.wager, "getWager", [wagerId])).status];

/** A wager of both, accepted. */
async function accepted() {
  const wagerId = await propose(ann, bob);
  await accept(bob, wagerId);
  return wagerId;
}

/** A match that ends now, recorded. */
async function play(name, winner = ann, loser = bob, game = "melee") {
  const of = result(name, winner, loser, (await here.world.now()) + 1, game);
  await record(here.world, here.proof, of, winner, loser);
}

/** What these accounts have more, or less, after what is done. */
async function gains(accounts, work) {
  const before = await Promise.all(accounts.map((who) => here.world.balance(who)));
  await work();
  const afterwards = await Promise.all(accounts.map((who) => here.world.balance(who)));
  return afterwards.map((now, i) => now - before[i]);
}

test("the winner of the match after it gets both stakes", async () => {
  const wagerId = await accepted();
  await play("one", bob, ann);
  const [ofAnn, ofBob, ofContract] = await gains([ann, bob, here.wager], async () => {
    const said = await settle(wagerId, "one");
    assert.deepEqual(event(said, "WagerSettled"), [wagerId, matchId("one"), bob.address, 2n * ETHER]);
  });
  assert.deepEqual([ofAnn, ofBob, ofContract], [0n, 2n * ETHER, -2n * ETHER]);
  const stored = await here.world.read(here.wager, "getWager", [wagerId]);
  assert.equal(STATUS[stored.status], "Settled");
  assert.equal(stored.matchId, matchId("one"));
  assert.deepEqual([...(await here.world.read(here.wager, "getWagersByAgent", [bob.address]))], [wagerId]);
});

test("a wager is proposed with a stake, to another, in a game with a short name", async () => {
  await reverts(propose(ann, bob, 0n), "Error", "Must send MON");
  await reverts(propose(ann, ann), "CannotAcceptOwnWager");
  await reverts(propose(ann, bob, ETHER, "m".repeat(65)), "GameIdTooLong", 65);
  await propose(ann, bob, 1n, "m".repeat(64));
  await reverts(send(ann, "proposeWagerOnMatch", [bob.address, "melee", ZeroHash], ETHER), "ZeroMatch");
});

test("only who was asked accepts, with the same stake, in time, once", async () => {
  const wagerId = await propose(ann, bob);
  await reverts(accept(ann, wagerId), "CannotAcceptOwnWager");
  await reverts(accept(eve, wagerId), "NotOpenToYou");
  await reverts(accept(bob, wagerId, ETHER - 1n), "WrongAmount", ETHER, ETHER - 1n);
  await reverts(accept(bob, wagerId + 1n), "WagerNotFound");
  await accept(bob, wagerId);
  await reverts(accept(bob, wagerId), "WrongStatus", 0, 1);

  const open = await propose(ann);
  const { standsUntil } = await here.world.read(here.wager, "getOffer", [open]);
  await here.world.goTo(Number(standsUntil) - 1);
  await reverts(accept(eve, open), "OfferExpired");
});

test("whoever likes accepts an open offer", async () => {
  const wagerId = await propose(ann);
  await accept(eve, wagerId);
  assert.equal((await here.world.read(here.wager, "getWager", [wagerId])).opponent, eve.address);
});

test("a match that ended before a wager was accepted does not settle it", async () => {
  await play("early");
  const wagerId = await accepted();
  await reverts(settle(wagerId, "early"), "MatchOutsideWager");

  const { acceptedAt } = await here.world.read(here.wager, "getWager", [wagerId]);
  await record(here.world, here.proof, result("same second", ann, bob, acceptedAt), ann, bob);
  await reverts(settle(wagerId, "same second"), "MatchOutsideWager", acceptedAt, acceptedAt);
  await record(here.world, here.proof, result("second after", ann, bob, acceptedAt + 1n), ann, bob);
  await settle(wagerId, "second after");
});

test("a match that is dated in the future settles nothing", async () => {
  const wagerId = await accepted();
  const now = await here.world.now();
  await record(here.world, here.proof, result("in ms", ann, bob, now * 1000), ann, bob);
  await reverts(settle(wagerId, "in ms"), "MatchOutsideWager");
  await record(here.world, here.proof, result("clocks differ", ann, bob, now + 290), ann, bob);
  await settle(wagerId, "clocks differ");
});

test("a match settles one wager of its two, and no more", async () => {
  const first = await accepted();
  await play("one");
  await settle(first, "one");
  const second = await propose(ann, bob);
  await accept(bob, second);
  await reverts(settle(second, "one"), "MatchTaken", matchId("one"), first);
  await play("two");
  await settle(second, "two");
});

test("two have one unbound wager at a time in a game, so that a match cannot choose", async () => {
  const first = await accepted();
  const second = await propose(bob, ann, 100n * ETHER);
  await reverts(accept(ann, second, 100n * ETHER), "WagerRunning", first);
  const other = await propose(bob, ann, ETHER, "chess");
  await accept(ann, other);
  await play("one");
  await reverts(settle(other, "one"), "GameMismatch");
  await settle(first, "one");
  await accept(ann, second, 100n * ETHER);
});

test("a match that is not recorded, or that others played, settles nothing", async () => {
  const wagerId = await accepted();
  await reverts(settle(wagerId, "one"), "MatchNotRecorded");
  await play("one", eve, ann);
  await reverts(settle(wagerId, "one"), "ParticipantMismatch");
  await reverts(settle(99n, "one"), "WagerNotFound");
  await play("one");
  await settle(wagerId, "one");
  await reverts(settle(wagerId, "one"), "WrongStatus", 1, 2);
});

test("a bound wager is settled by its match alone, and its match settles no other", async () => {
  const bound = await proposeOn(ann, bob, "final");
  assert.equal((await here.world.read(here.wager, "getWager", [bound])).matchId, matchId("final"));
  await accept(bob, bound);
  const unbound = await accepted();
  const twin = await proposeOn(bob, ann, "final");
  await reverts(accept(ann, twin), "MatchTaken", matchId("final"), bound);

  await play("warm-up");
  await play("final", bob, ann);
  await reverts(settle(bound, "warm-up"), "BoundToOtherMatch", matchId("final"));
  await reverts(settle(unbound, "final"), "MatchTaken", matchId("final"), bound);
  await settle(unbound, "warm-up");
  await settle(bound, "final");
});

test("strangers cannot bind another pair's match", async () => {
  const theirs = await propose(eve, ZeroAddress);
  await accept(person("deployer"), theirs);
  const bound = event(await send(eve, "proposeWagerOnMatch", [person("deployer").address, "melee", matchId("final")], 1n), "WagerBound")[0];
  await accept(person("deployer"), bound, 1n);
  const wagerId = await proposeOn(ann, bob, "final");
  await accept(bob, wagerId);
  await play("final");
  await settle(wagerId, "final");
});

test("the proposer takes an offer back, and anyone does once it has stood for an hour", async () => {
  const wagerId = await propose(ann, bob);
  await reverts(send(eve, "cancelWager", [wagerId]), "NotAuthorized");
  await send(ann, "cancelWager", [wagerId]);
  await reverts(send(ann, "cancelWager", [wagerId]), "WrongStatus", 0, 3);
  await reverts(send(ann, "cancelWager", [99n]), "WagerNotFound");

  const forgotten = await propose(ann, bob);
  await here.world.wait(HOUR);
  const [ofAnn] = await gains([ann], () => send(eve, "cancelWager", [forgotten]));
  assert.equal(ofAnn, ETHER);
  assert.equal(await status(forgotten), "Cancelled");
});

test("anyone sends both stakes back an hour after acceptance, and not before", async () => {
  const wagerId = await accepted();
  const { acceptedAt } = await here.world.read(here.wager, "getWager", [wagerId]);
  await here.world.goTo(Number(acceptedAt) + HOUR - 2);
  await reverts(send(eve, "claimTimeout", [wagerId]), "TimeoutNotReached");
  const given = await gains([ann, bob], () => send(eve, "claimTimeout", [wagerId]));
  assert.deepEqual(given, [ETHER, ETHER]);
  await reverts(send(eve, "claimTimeout", [wagerId]), "WrongStatus", 1, 4);
  await play("late");
  await reverts(settle(wagerId, "late"), "WrongStatus", 1, 4);
});

test("a void wager frees its pair, and its match", async () => {
  const [unbound, bound] = [await accepted(), await proposeOn(ann, bob, "final")];
  await accept(bob, bound);
  await here.world.wait(HOUR);
  await send(eve, "claimTimeout", [unbound]);
  await send(eve, "claimTimeout", [bound]);
  const [again, onFinal] = [await accepted(), await proposeOn(ann, bob, "final")];
  await accept(bob, onFinal);
  await play("final");
  await settle(onFinal, "final");
  await play("other");
  await settle(again, "other");
});

for (const how of ["Refusing", "BurningGas", "ReturningMuch"]) {
  test(`a winner that takes money ${how} holds nothing up, and withdraws it elsewhere`, async () => {
    const puppet = await here.world.deploy("Puppet");
    await here.world.fund(puppet);
    const wagerId = await propose(ann, puppet);
    await here.world.run(bob, puppet, here.wager, "acceptWager", [wagerId], ETHER);
    await here.world.send(bob, puppet, "take", [TAKING.indexOf(how)]);
    await here.world.send(bob, puppet, "sign", [1]);
    const of = result("one", puppet, ann, (await here.world.now()) + 1);
    await here.world.send(ann, here.proof, "recordMatch", [of, await sign(ann, of, here.proof.address), "0x"]);

    const said = await settle(wagerId, "one");
    assert.ok(said.gas < 400_000n, `settling cost ${said.gas}`);
    assert.deepEqual(event(said, "PaymentKept"), [puppet.address, 2n * ETHER]);
    assert.equal(await here.world.read(here.wager, "totalOwed"), 2n * ETHER);
    await reverts(send(eve, "withdraw", [eve.address]), "NothingOwed");
    const [ofBob] = await gains([eve], () => here.world.run(bob, puppet, here.wager, "withdraw", [eve.address]));
    assert.equal(ofBob, 2n * ETHER);
    await reverts(here.world.run(bob, puppet, here.wager, "withdraw", [eve.address]), "NothingOwed");
    assert.equal(await here.world.read(here.wager, "totalOwed"), 0n);
  });
}

test("a withdrawal that its receiver refuses is not made", async () => {
  const puppet = await here.world.deploy("Puppet");
  await here.world.fund(puppet);
  await here.world.run(bob, puppet, here.wager, "proposeWager", [ann.address, "melee"], ETHER);
  await here.world.send(bob, puppet, "take", [TAKING.indexOf("Refusing")]);
  await here.world.run(bob, puppet, here.wager, "cancelWager", [0]);
  await reverts(here.world.run(bob, puppet, here.wager, "withdraw", [puppet.address]), "TransferFailed");
  assert.equal(await here.world.read(here.wager, "owed", [puppet.address]), ETHER);
});

test("one side that refuses its refund does not keep the other's back", async () => {
  const puppet = await here.world.deploy("Puppet");
  await here.world.fund(puppet);
  const wagerId = await propose(ann, puppet);
  await here.world.run(bob, puppet, here.wager, "acceptWager", [wagerId], ETHER);
  await here.world.send(bob, puppet, "take", [TAKING.indexOf("Refusing")]);
  await here.world.wait(HOUR);
  const [ofAnn] = await gains([ann], () => send(eve, "claimTimeout", [wagerId]));
  assert.equal(ofAnn, ETHER);
  assert.equal(await here.world.read(here.wager, "owed", [puppet.address]), ETHER);
});

test("who is paid cannot call back in", async () => {
  const calls = (wagerId) => [
    ["settleWager", [wagerId, matchId("one")]],
    ["claimTimeout", [wagerId]],
    ["cancelWager", [wagerId]],
    ["withdraw", [eve.address]],
    ["acceptWager", [wagerId]],
    ["proposeWager", [ZeroAddress, "melee"]],
  ];
  for (let i = 0; i < calls(0n).length; i++) {
    const puppet = await here.world.deploy("Puppet");
    await here.world.fund(puppet);
    await here.world.run(bob, puppet, here.wager, "proposeWager", [ann.address, "melee"], ETHER);
    const wagerId = (await here.world.read(here.wager, "wagerCount")) - 1n;
    const [fn, args] = calls(wagerId)[i];
    await here.world.send(bob, puppet, "plan", [here.wager.address, here.wager.encode(fn, args)]);
    await here.world.run(bob, puppet, here.wager, "cancelWager", [wagerId]);
    assert.equal(await here.world.read(puppet, "reentries"), 1n, fn);
    assert.equal(await here.world.read(puppet, "reentrySucceeded"), false, fn);
    const expected = here.wager.abi.getError("ReentrancyGuardReentrantCall").selector;
    assert.equal(await here.world.read(puppet, "reentryError"), expected, fn);
  }
});

test("a gas limit at which a payment would fail is refused, not used", async () => {
  const wagerId = await propose(ann, bob);
  const cancel = (gas) => here.world.send(ann, here.wager, "cancelWager", [wagerId], { gas });
  await reverts(cancel(120_000n), "NotEnoughGas");
  assert.equal(await status(wagerId), "Open");
  await cancel(200_000n);
});

test("selectors, topics and errors are those of the deployed contract", () => {
  const abi = new Interface(artifact("Wager").abi);
  const selectors = {
    "0xbda2419d": "proposeWager",
    "0x9c37d7ea": "acceptWager",
    "0x07a5b514": "settleWager",
    "0x4f067dc7": "cancelWager",
    "0x86e773f1": "claimTimeout",
    "0x7a2756f2": "getWager",
    "0x2ae023b3": "getWagersByAgent",
    "0xf56f48f2": "TIMEOUT",
    "0x632b073a": "matchProof",
  };
  for (const [selector, name] of Object.entries(selectors)) assert.equal(abi.getFunction(name).selector, selector);
  const topics = { "0x1f4b3c29": "WagerProposed", "0x33ab2798": "WagerAccepted", "0x17a11cc7": "WagerSettled", "0x64a718eb": "WagerCancelled", "0x63a0db17": "WagerVoided" };
  for (const [topic, name] of Object.entries(topics)) assert.equal(abi.getEvent(name).topicHash.slice(0, 10), topic);
  const errors = {
    "0x0d3b7d04": "WagerNotFound",
    "0xe064752b": "WrongStatus",
    "0xea8e4eb5": "NotAuthorized",
    "0x312b0033": "WrongAmount",
    "0x5a20439f": "CannotAcceptOwnWager",
    "0x18b62ced": "NotOpenToYou",
    "0x61b106af": "MatchNotRecorded",
    "0xb79e751a": "ParticipantMismatch",
    "0x9b0056ac": "TimeoutNotReached",
    "0x90b8ec18": "TransferFailed",
  };
  for (const [selector, name] of Object.entries(errors)) assert.equal(abi.getError(name).selector, selector);
});
