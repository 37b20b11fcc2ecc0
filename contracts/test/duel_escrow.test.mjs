// DuelEscrow: who stakes, who is paid what, who is refunded when, and what the oracle and the owner
// cannot do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ZeroAddress, hashMessage, getBytes, id, solidityPackedKeccak256 } from "ethers";

import { compact } from "./support/results.mjs";
import { attest, endow, oracle, owner, treasury } from "./support/tokens.mjs";
import { ETHER, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, eve] = ["ann", "bob", "eve"].map(person);
const STATE = ["None", "Created", "Waiting", "Active", "Resolved", "Cancelled"];
const [WIN, TIE, FORFEIT, TIMEOUT] = [1, 2, 3, 4];
const EXPIRY = 300;
const PLAYING = 180;

const here = inWorld(async (world) => {
  const token = await world.deploy("DevToken");
  const deploy = (tokens, rake) => world.deploy("DuelEscrow", [tokens.address, owner.address, oracle.address, treasury.address, rake]);
  const escrow = await deploy(token, 1000);
  await endow(world, token, [ann, bob, eve], [escrow]);
  return { token, escrow, deploy };
});

const send = (from, fn, args) => here.world.send(from, here.escrow, fn, args);
const read = (fn, args = []) => here.world.read(here.escrow, fn, args);
const state = async (matchId) => STATE[await read("stateOf", [matchId])];
const holds = (who) => here.world.read(here.token, "balanceOf", [who.address]);

async function create({ tier = 0, nonce = id("create"), by = oracle, p1 = ann, p2 = bob, chainId } = {}) {
  const message = { player1: p1.address, player2: p2.address, tier, nonce };
  const signature = await attest(by, "DuelEscrow", here.escrow, "CreateMatch", message, chainId);
  return event(await send(eve, "createMatch", [...[p1.address, p2.address, tier], signature, nonce]), "MatchCreated")[0];
}

async function started(options) {
  const matchId = await create(options);
  await send(ann, "joinMatch", [matchId]);
  await send(bob, "joinMatch", [matchId]);
  return matchId;
}

async function submit(matchId, winner, outcome, { nonce = id("result"), by = oracle, shape = (signature) => signature } = {}) {
  const message = { matchId, winner: winner.address ?? winner, outcome, nonce };
  const signature = shape(await attest(by, "DuelEscrow", here.escrow, "SubmitResult", message));
  return send(eve, "submitResult", [matchId, message.winner, outcome, signature, nonce]);
}

test("the winner is owed both stakes less the rake, and anyone may bring it", async () => {
  const matchId = await started();
  const said = event(await submit(matchId, bob, WIN), "MatchResolved");
  assert.deepEqual(said, [matchId, bob.address, 90n * ETHER, BigInt(WIN)]);
  const before = await holds(bob);
  await send(eve, "withdrawFor", [bob.address]);
  assert.equal((await holds(bob)) - before, 90n * ETHER);
  await send(treasury, "withdraw", []);
  assert.equal(await holds(treasury), 10n * ETHER);
  assert.equal(await holds(here.escrow), 0n);
  await reverts(send(bob, "withdraw", []), "NothingOwed");
  await reverts(submit(matchId, ann, WIN, { nonce: id("again") }), "InvalidMatchState", 4);
  await reverts(send(ann, "claimRefund", [matchId]), "NotRefundable");
});

test("a forfeit pays as a win does, a tie halves, a timeout refunds without a rake", async () => {
  const forfeited = await started({ nonce: id("f") });
  await submit(forfeited, ann, FORFEIT, { nonce: id("f1") });
  assert.equal(await read("owed", [ann.address]), 90n * ETHER);
  const tied = await started({ nonce: id("t") });
  await submit(tied, ZeroAddress, TIE, { nonce: id("t1") });
  assert.equal(await read("owed", [bob.address]), 45n * ETHER);
  const over = await started({ nonce: id("o") });
  await submit(over, ZeroAddress, TIMEOUT, { nonce: id("o1") });
  const before = await holds(bob);
  await send(eve, "claimRefundFor", [over, bob.address]);
  assert.equal((await holds(bob)) - before, 95n * ETHER);
});


test("the oracle signs who meets, in a tier that exists, once", async () => {
  await reverts(create({ by: eve }), "InvalidSignature");
  await reverts(create({ chainId: 1 }), "InvalidSignature");
  await reverts(create({ p2: ann }), "InvalidAddress");
  await reverts(create({ p2: { address: ZeroAddress } }), "InvalidAddress");
  await reverts(create({ tier: 4 }), "InvalidStakeTier");
  const matchId = await create();
  assert.equal(matchId, 1n);
  assert.equal(await read("matchOfNonce", [id("create")]), matchId);
  assert.equal(await read("isNonceUsed", [id("create")]), true);
  await reverts(create(), "NonceAlreadyUsed");
  const stakes = await Promise.all([0, 1, 2, 3].map((tier) => read("getStakeAmount", [tier])));
  assert.deepEqual(stakes, [50n, 150n, 300n, 500n].map((n) => n * ETHER));
});

test("only the two who were invited join, once each, in time", async () => {
  const matchId = await create();
  await reverts(send(eve, "joinMatch", [matchId]), "NotInvited");
  await reverts(send(ann, "joinMatch", [99]), "MatchNotFound");
  await send(ann, "joinMatch", [matchId]);
  assert.equal(await state(matchId), "Waiting");
  await reverts(send(ann, "joinMatch", [matchId]), "AlreadyJoined");
  await reverts(submit(matchId, ann, WIN), "InvalidMatchState", 2);
  await here.world.wait(EXPIRY);
  assert.equal(await state(matchId), "Cancelled");
  await reverts(send(bob, "joinMatch", [matchId]), "MatchExpired");
  await reverts(send(bob, "claimRefund", [matchId]), "NotRefundable");
  await reverts(send(eve, "claimRefund", [matchId]), "NotInvited");
  const before = await holds(ann);
  await send(ann, "claimRefund", [matchId]);
  assert.equal((await holds(ann)) - before, 50n * ETHER);
  await reverts(send(ann, "claimRefund", [matchId]), "NotRefundable");
  await reverts(send(bob, "joinMatch", [matchId]), "InvalidMatchState", 5);
});

test("a result counts until a match's time is over, and refunds from then on", async () => {
  const matchId = await started();
  const until = Number((await read("getMatch", [matchId])).startedAt) + PLAYING;
  await here.world.goTo(until - 3);
  await reverts(send(ann, "claimRefund", [matchId]), "NotRefundable");
  const snapshot = await here.world.rpc("evm_snapshot");
  await submit(matchId, ann, WIN);
  await here.world.rpc("evm_revert", [snapshot]);
  await here.world.goTo(until - 1);
  await reverts(submit(matchId, ann, WIN), "MatchTimedOut");
  for (const who of [ann, bob]) await send(eve, "claimRefundFor", [matchId, who.address]);
  assert.equal(await holds(here.escrow), 0n);
});

test("the oracle names one of the two, or nobody, as the outcome has it", async () => {
  const matchId = await started();
  await reverts(submit(matchId, eve, WIN), "InvalidWinner");
  await reverts(submit(matchId, ZeroAddress, FORFEIT), "InvalidWinner");
  await reverts(submit(matchId, ann, TIE), "InvalidWinner");
  await reverts(submit(matchId, ann, TIMEOUT), "InvalidWinner");
  await reverts(submit(matchId, ann, 0), "InvalidOutcome");
  await reverts(submit(matchId, ann, 5), "InvalidOutcome");
  await reverts(submit(matchId, ann, WIN, { by: eve }), "InvalidSignature");
  await reverts(submit(matchId, ann, WIN, { nonce: id("create") }), "NonceAlreadyUsed");
  await reverts(submit(99n, ann, WIN), "MatchNotFound");
  await submit(matchId, ann, WIN, { shape: compact });
});

test("an oracle that is a contract signs by ERC-1271", async () => {
  const wallet = await here.world.deploy("KeyWallet", [eve.address]);
  await send(owner, "setOracle", [wallet.address]);
  await reverts(create(), "InvalidSignature");
  await create({ by: eve });
});

test("a new oracle has no say in a match under way", async () => {
  const matchId = await started();
  await send(owner, "setOracle", [eve.address]);
  await reverts(submit(matchId, ann, WIN, { by: eve }), "InvalidSignature");
  await submit(matchId, ann, WIN);
});

test("the owner stops what is new, and cannot stop or take what is under way", async () => {
  for (const [fn, args] of [["setOracle", [eve.address]], ["pause", []], ["unpause", []], ["emergencyCancel", [1, ""]]]) {
    await reverts(send(eve, fn, args), "OwnableUnauthorizedAccount", eve.address);
  }
  await reverts(send(owner, "setOracle", [ZeroAddress]), "InvalidAddress");
  const [decided, dropped, open] = [await started(), await started({ nonce: id("d") }), await create({ nonce: id("n") })];
  await send(owner, "pause", []);
  assert.equal(await read("isPaused"), true);
  await reverts(create({ nonce: id("p") }), "EnforcedPause");
  await reverts(send(ann, "joinMatch", [open]), "EnforcedPause");
  await submit(decided, ann, WIN);
  await reverts(send(owner, "emergencyCancel", [decided, ""]), "InvalidMatchState", 4);
  await send(owner, "emergencyCancel", [dropped, "power cut"]);
  await reverts(send(owner, "emergencyCancel", [dropped, ""]), "InvalidMatchState", 5);
  for (const who of [ann, bob]) await send(who, "claimRefund", [dropped]);
  await send(treasury, "withdraw", []);
  assert.equal(await holds(here.escrow), 0n);
  assert.equal(await holds(owner), 0n);
});

test("a match is a session in the words of the arcade", async () => {
  assert.equal(await read("getSessionState", [1]), 0n);
  const matchId = await create();
  assert.equal(await read("getSessionState", [matchId]), 1n);
  await send(ann, "joinMatch", [matchId]);
  assert.equal(await read("getSessionPrizePool", [matchId]), 50n * ETHER);
  assert.deepEqual(await Promise.all([ann, bob].map((who) => read("isPlayerInSession", [matchId, who.address]))), [true, false]);
  await send(bob, "joinMatch", [matchId]);
  assert.equal(await read("getSessionState", [matchId]), 3n);
  await submit(matchId, ann, WIN);
  assert.equal(await read("getSessionState", [matchId]), 5n);
  assert.equal(await read("currentSessionId"), matchId);
  assert.equal(await read("gameId"), id("CODE_DUEL"));
});

test("both digests are what ethers computes, and the legacy one is not taken", async () => {
  const nonce = id("legacy");
  const packed = solidityPackedKeccak256(
    ["string", "address", "address", "uint8", "bytes32", "uint256", "address"],
    ["CREATE_MATCH", ann.address, bob.address, 0, nonce, 31337, here.escrow.address],
  );
  assert.equal(await read("legacyCreateDigest", [ann.address, bob.address, 0, nonce]), hashMessage(getBytes(packed)));
  const ofResult = solidityPackedKeccak256(
    ["string", "uint256", "address", "uint8", "bytes32", "uint256", "address"],
    ["SUBMIT_RESULT", 1, ann.address, 1, nonce, 31337, here.escrow.address],
  );
  assert.equal(await read("legacyResultDigest", [1, ann.address, 1, nonce]), hashMessage(getBytes(ofResult)));
  const signature = await oracle.signMessage(getBytes(packed));
  await reverts(send(eve, "createMatch", [ann.address, bob.address, 0, signature, nonce]), "InvalidSignature");
});

test("a token that keeps some of a transfer, or refuses it, is refused", async () => {
  const token = await here.world.deploy("HostileToken");
  here.escrow = await here.deploy(token, 1000);
  await endow(here.world, token, [ann, bob], [here.escrow]);
  const matchId = await create();
  await here.world.send(eve, token, "keep", [1]);
  await reverts(send(ann, "joinMatch", [matchId]), "InexactTransfer");
  await here.world.send(eve, token, "keep", [0]);
  await here.world.send(eve, token, "refuse", [true]);
  await reverts(send(ann, "joinMatch", [matchId]), "SafeERC20FailedOperation");
  await here.world.send(eve, token, "refuse", [false]);
  await send(ann, "joinMatch", [matchId]);
});

test("a token that calls a player meanwhile lets it do nothing", async () => {
  const token = await here.world.deploy("HostileToken");
  here.escrow = await here.deploy(token, 1000);
  await endow(here.world, token, [ann, bob], [here.escrow]);
  const puppet = await here.world.deploy("Puppet");
  const matchId = await started();
  await submit(matchId, ann, WIN);
  for (const [fn, args] of [["withdrawFor", [treasury.address]], ["joinMatch", [matchId]]]) {
    await here.world.send(eve, puppet, "plan", [here.escrow.address, here.escrow.encode(fn, args)]);
    await here.world.send(eve, token, "callDuringTransfers", [puppet.address]);
    const snapshot = await here.world.rpc("evm_snapshot");
    await send(ann, "withdraw", []);
    assert.equal(await here.world.read(puppet, "reentrySucceeded"), false);
    assert.equal(await here.world.read(puppet, "reentryError"), here.escrow.abi.getError("ReentrancyGuardReentrantCall").selector);
    await here.world.rpc("evm_revert", [snapshot]);
  }
});

test("an escrow has a treasury, an oracle, and a rake of at most a tenth", async () => {
  const deploy = (oracleAt, treasuryAt, rake) => here.world.deploy("DuelEscrow", [here.token.address, owner.address, oracleAt, treasuryAt, rake]);
  await reverts(deploy(ZeroAddress, treasury.address, 0), "InvalidAddress");
  await reverts(deploy(oracle.address, ZeroAddress, 0), "InvalidAddress");
  await reverts(deploy(oracle.address, treasury.address, 1001), "RakeTooHigh");
});
