// The registries of ERC-8004: identities with their wallets, and what is said of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Interface, ZeroAddress, ZeroHash, toUtf8Bytes } from "ethers";

import { CHAIN_ID } from "./support/results.mjs";
import { artifact, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, arena] = ["ann", "bob", "arena"].map(person);

const here = inWorld(async (world) => {
  await world.fund(ann, bob, arena);
  const identities = await world.deploy("IdentityRegistry");
  const reputation = await world.deploy("ReputationRegistry", [identities.address]);
  await world.send(ann, identities, "register(string)", ["data:ann"]);
  return { identities, reputation };
});

const AGENT = 0n;
const identify = (from, fn, args) => here.world.send(from, here.identities, fn, args);
const identity = (fn, args) => here.world.read(here.identities, fn, args);
const rate = (from, value, { tag1 = "elo", tag2 = "melee", decimals = 0, agent = AGENT } = {}) =>
  here.world.send(from, here.reputation, "giveFeedback", [agent, value, decimals, tag1, tag2, "", "data:,", ZeroHash]);
const reputation = (fn, args) => here.world.read(here.reputation, fn, args);

test("an agent is registered with a name and with what is known of it", async () => {
  const said = await identify(bob, "register(string,(string,bytes)[])", ["data:bob", [["game", toUtf8Bytes("melee")]]]);
  const [agentId, uri, by] = event(said, "Registered");
  assert.deepEqual([agentId, uri, by], [1n, "data:bob", bob.address]);
  assert.equal(await identity("tokenURI", [agentId]), "data:bob");
  assert.equal(await identity("getMetadata", [agentId, "game"]), "0x6d656c6565");
  assert.equal(await identity("getAgentWallet", [agentId]), bob.address);
  await identify(bob, "register()", []);
  assert.equal(await identity("balanceOf", [bob.address]), 2n);
});

test("only an agent's side changes it, and its wallet by consent alone", async () => {
  await reverts(identify(bob, "setAgentURI", [AGENT, "x"]), "NotAuthorized");
  await reverts(identify(bob, "setMetadata", [AGENT, "x", "0x"]), "NotAuthorized");
  await reverts(identify(bob, "unsetAgentWallet", [AGENT]), "NotAuthorized");
  await reverts(identify(ann, "setMetadata", [AGENT, "agentWallet", bob.address]), "ReservedKey");
  await reverts(identify(ann, "register(string,(string,bytes)[])", ["", [["agentWallet", "0x"]]]), "ReservedKey");
  await reverts(identify(ann, "setAgentURI", [9, "x"]), "ERC721NonexistentToken");
  await identify(ann, "setAgentURI", [AGENT, "new"]);
  await identify(ann, "setMetadata", [AGENT, "x", "0x01"]);

  const types = { AgentWalletSet: [["uint256", "agentId"], ["address", "newWallet"], ["address", "owner"], ["uint256", "deadline"]].map(([type, name]) => ({ type, name })) };
  const domain = { name: "ERC8004IdentityRegistry", version: "1", chainId: CHAIN_ID, verifyingContract: here.identities.address };
  const deadline = (await here.world.now()) + 200;
  const consent = await bob.signTypedData(domain, types, { agentId: AGENT, newWallet: bob.address, owner: ann.address, deadline });
  const set = (from, wallet, until, signature) => identify(from, "setAgentWallet", [AGENT, wallet, until, signature]);
  await reverts(set(bob, bob.address, deadline, consent), "NotAuthorized");
  await reverts(set(ann, ZeroAddress, deadline, consent), "ZeroWallet");
  await reverts(set(ann, bob.address, 1, consent), "DeadlinePassed");
  await reverts(set(ann, bob.address, deadline + 1000, consent), "DeadlineTooFar");
  await reverts(set(ann, arena.address, deadline, consent), "InvalidWalletSignature");
  await set(ann, bob.address, deadline, consent);
  assert.equal(await identity("getAgentWallet", [AGENT]), bob.address);
  await identify(ann, "unsetAgentWallet", [AGENT]);
  assert.equal(await identity("getAgentWallet", [AGENT]), ZeroAddress);
});

test("a wallet does not outlast its owner", async () => {
  await identify(ann, "transferFrom", [ann.address, bob.address, AGENT]);
  assert.equal(await identity("getAgentWallet", [AGENT]), ZeroAddress);
  assert.equal(await identity("isAuthorizedOrOwner", [bob.address, AGENT]), true);
});

test("the arena posts ratings, and the last is the current one", async () => {
  const said = event(await rate(arena, 1516), "NewFeedback");
  assert.deepEqual([said[0], said[1], said[2], said[3], said[6]], [AGENT, arena.address, 1n, 1516n, "elo"]);
  await rate(bob, -5, { tag1: "manners" });
  await rate(arena, 1508);
  const all = await reputation("readAllFeedback", [AGENT, [], "elo", "melee", false]);
  assert.deepEqual([...all[2]], [1516n, 1508n]);
  assert.deepEqual([...all[1]], [1n, 2n]);
  const named = await reputation("readAllFeedback", [AGENT, [bob.address], "", "", false]);
  assert.deepEqual([...named[2]], [-5n]);
  assert.deepEqual([...(await reputation("getClients", [AGENT]))], [arena.address, bob.address]);
  assert.equal(await reputation("getLastIndex", [AGENT, arena.address]), 2n);
  assert.equal(await reputation("getIdentityRegistry", []), here.identities.address);
});

test("an agent's own side says nothing of it, and nobody says what does not fit", async () => {
  await reverts(rate(ann, 1), "SelfFeedback");
  await identify(ann, "approve", [bob.address, AGENT]);
  await reverts(rate(bob, 1), "SelfFeedback");
  await reverts(rate(arena, 1, { decimals: 19 }), "TooManyDecimals", 19);
  await reverts(rate(arena, 10n ** 38n + 1n), "ValueTooLarge");
  await reverts(rate(arena, 1, { agent: 9 }), "ERC721NonexistentToken");
});

test("feedback is taken back once, by who gave it, and no longer read", async () => {
  await rate(arena, 1516);
  const revoke = (from, index) => here.world.send(from, here.reputation, "revokeFeedback", [AGENT, index]);
  await reverts(revoke(bob, 1), "FeedbackNotFound", 1);
  await reverts(revoke(arena, 0), "FeedbackNotFound", 0);
  await revoke(arena, 1);
  await reverts(revoke(arena, 1), "AlreadyRevoked");
  assert.equal((await reputation("readAllFeedback", [AGENT, [], "", "", false]))[2].length, 0);
  assert.deepEqual([...(await reputation("readAllFeedback", [AGENT, [], "", "", true]))[6]], [true]);
  assert.equal((await reputation("readFeedback", [AGENT, arena.address, 1]))[4], true);
});

test("anyone answers feedback that is there, and answers are counted by who gave them", async () => {
  await rate(arena, 1516);
  const answer = (from, index, uri = "data:,thanks") => here.world.send(from, here.reputation, "appendResponse", [AGENT, arena.address, index, uri, ZeroHash]);
  await reverts(answer(ann, 2), "FeedbackNotFound", 2);
  await reverts(answer(ann, 1, ""), "EmptyURI");
  await answer(ann, 1);
  await answer(ann, 1);
  await answer(bob, 1);
  assert.equal(await reputation("getResponseCount", [AGENT, arena.address, 1, []]), 3n);
  assert.equal(await reputation("getResponseCount", [AGENT, arena.address, 1, [ann.address]]), 2n);
});

test("a summary is the mean of who was asked, in the finest decimals", async () => {
  await rate(arena, 10);
  await rate(bob, 255, { decimals: 1 });
  await reverts(reputation("getSummary", [AGENT, [], "", ""]), "ClientsRequired");
  assert.deepEqual([...(await reputation("getSummary", [AGENT, [arena.address, bob.address], "", ""]))], [2n, 177n, 1n]);
  assert.deepEqual([...(await reputation("getSummary", [AGENT, [arena.address], "other", ""]))], [0n, 0n, 0n]);
});

test("selectors and topics are those of the public registries", () => {
  const registry = new Interface(artifact("ReputationRegistry").abi);
  assert.equal(registry.getFunction("giveFeedback").selector, "0x3c036a7e");
  assert.equal(registry.getFunction("readAllFeedback").selector, "0xd9d84224");
  assert.equal(registry.getEvent("NewFeedback").topicHash, "0x6a4a61743519c9d648a14e6493f47dbe3ff1aa29e7785c96c8326a205e58febc");
  assert.equal(new Interface(artifact("IdentityRegistry").abi).getFunction("register(string)").selector, "0xf2c298be");
});
