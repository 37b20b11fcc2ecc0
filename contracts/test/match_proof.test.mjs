// MatchProof: what is recorded, what is refused, and that what is signed is what the deployed
// contract's clients sign.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Interface, Wallet, id } from "ethers";

import { compact, digest, highS, matchId, record, result, sign } from "./support/results.mjs";
import { artifact, event, inWorld, person, reverts } from "./support/world.mjs";

const [ann, bob, eve] = ["ann", "bob", "eve"].map(person);
const here = inWorld(async (world) => {
  await world.fund(ann, bob, eve);
  return { proof: await world.deploy("MatchProof") };
});

// Of test/sol/Puppet.sol.
const SIGNING = ["No", "Yes", "Reverting", "BurningGas", "ShortAnswer", "DirtyAnswer"];

const won = () => result("one", ann, bob, 1_700_000_000);
const signed = async (of, ...keys) => Promise.all(keys.map((key) => sign(key, of, here.proof.address)));
const recordBy = (who, of, signatures) => here.world.send(who, here.proof, "recordMatch", [of, ...signatures]);

test("a result that both signed is recorded, by anyone, with the signatures in either order", async () => {
  for (const [name, ...keys] of [["one", ann, bob], ["two", bob, ann]]) {
    const of = result(name, ann, bob, 1_700_000_000);
    const said = await recordBy(eve, of, await signed(of, ...keys));
    assert.deepEqual(event(said, "MatchRecorded").map(String), Object.values(of).map(String));
    assert.equal(await here.world.read(here.proof, "recorded", [of.matchId]), true);
    assert.deepEqual([...(await here.world.read(here.proof, "getMatch", [of.matchId]))].map(String), Object.values(of).map(String));
  }
  const ids = [matchId("one"), matchId("two")];
  assert.deepEqual([...(await here.world.read(here.proof, "getMatchesByAgent", [ann.address]))], ids);
  assert.deepEqual([...(await here.world.read(here.proof, "getMatchesByAgent", [bob.address]))], ids);
});

test("what was not recorded is all zero", async () => {
  const of = await here.world.read(here.proof, "getMatch", [matchId("none")]);
  assert.equal(BigInt(of.winner), 0n);
  assert.equal(await here.world.read(here.proof, "recordedBetween", [matchId("none"), ann.address, bob.address]), false);
});

test("the same two record a match once", async () => {
  await record(here.world, here.proof, won(), ann, bob);
  await reverts(record(here.world, here.proof, won(), ann, bob), "MatchAlreadyRecorded", matchId("one"));
  const turned = result("one", bob, ann, 1_700_000_001);
  await reverts(record(here.world, here.proof, turned, bob, ann), "MatchAlreadyRecorded", matchId("one"));
});

test("strangers who take a match id first do not take the match", async () => {
  const [mallory, trudy] = [person("mallory"), person("trudy")];
  await here.world.fund(mallory);
  await record(here.world, here.proof, result("one", mallory, trudy, 1), mallory, trudy);
  await record(here.world, here.proof, won(), ann, bob);
  const between = await here.world.read(here.proof, "getMatchBetween", [matchId("one"), bob.address, ann.address]);
  assert.equal(between.winner, ann.address);
  const first = await here.world.read(here.proof, "getMatch", [matchId("one")]);
  assert.equal(first.winner, mallory.address);
});

test("signatures that do not prove both sides are refused by name", async () => {
  const of = won();
  const [a, b, e] = await signed(of, ann, bob, eve);
  const other = await sign(bob, result("two", ann, bob, 1_700_000_000), here.proof.address);
  const elsewhere = await sign(bob, of, here.proof.address, 10143);
  const cases = [
    [[a, e], "SignerNotParticipant"],
    [[e, b], "SignerNotParticipant"],
    [[a, other], "SignerNotParticipant"],
    [[a, elsewhere], "SignerNotParticipant"],
    [[a, a], "SameAddress"],
    [[b, b], "SameAddress"],
    [[a, highS(b)], "ECDSAInvalidSignatureS"],
    [[a, "0x"], "ECDSAInvalidSignatureLength"],
    [[a, b.slice(0, -4)], "ECDSAInvalidSignatureLength"],
    [[a, `${b}00`], "ECDSAInvalidSignatureLength"],
    [[a, `${b.slice(0, -2)}1d`], "ECDSAInvalidSignature"],
    [[a, `${b.slice(0, -2)}00`], "ECDSAInvalidSignature"],
    [[a, `0x${"00".repeat(64)}1b`], "ECDSAInvalidSignature"],
    [[a, `0x${"ff".repeat(64)}1b`], "ECDSAInvalidSignatureS"],
  ];
  for (const [signatures, name] of cases) await reverts(recordBy(eve, of, signatures), name);
  await reverts(recordBy(eve, result("one", ann, ann, 1), [a, b]), "SameAddress");
  assert.equal(await here.world.read(here.proof, "recorded", [of.matchId]), false);
});

test("compact signatures count, and a high s in their place does not", async () => {
  const of = won();
  const [a, b] = await signed(of, ann, bob);
  const flipped = `0x${compact(b).slice(2, 66)}${"7f".padEnd(64, "f")}`;
  await reverts(recordBy(eve, of, [compact(a), flipped]), "ECDSAInvalidSignatureS");
  await recordBy(eve, of, [compact(a), compact(b)]);
});

test("a contract wallet signs by its key, as long as it is its key", async () => {
  const wallet = await here.world.deploy("KeyWallet", [bob.address]);
  const of = result("one", ann, wallet, 1_700_000_000);
  const [a, b, e] = await signed(of, ann, bob, eve);
  await reverts(recordBy(eve, of, [a, e]), "SignerNotParticipant", eve.address);
  await here.world.send(bob, wallet, "setKey", [eve.address]);
  await reverts(recordBy(eve, of, [a, b]), "SignerNotParticipant", bob.address);
  await here.world.send(bob, wallet, "setKey", [bob.address]);
  await recordBy(eve, of, [b, a]);
});

test("a contract that answers badly has not signed", async () => {
  const puppet = await here.world.deploy("Puppet");
  const of = result("one", ann, puppet, 1_700_000_000);
  const [a, e] = await signed(of, ann, eve);
  for (const how of ["No", "Reverting", "ShortAnswer", "DirtyAnswer"]) {
    await here.world.send(eve, puppet, "sign", [SIGNING.indexOf(how)]);
    await reverts(recordBy(eve, of, [a, e]), "SignerNotParticipant", eve.address);
  }
  await here.world.send(eve, puppet, "sign", [SIGNING.indexOf("BurningGas")]);
  await assert.rejects(here.world.send(eve, here.proof, "recordMatch", [of, a, e], { gas: 3_000_000n }), /out of gas/);
  await here.world.send(eve, puppet, "sign", [SIGNING.indexOf("Yes")]);
  await recordBy(eve, of, [a, e]);
});

test("a contract that says yes to all cannot sign for the other side", async () => {
  const puppet = await here.world.deploy("Puppet");
  await here.world.send(eve, puppet, "sign", [SIGNING.indexOf("Yes")]);
  const of = result("one", puppet, ann, 1_700_000_000);
  const [e] = await signed(of, eve);
  await reverts(recordBy(eve, of, [e, e]), "SameAddress");
  const [a] = await signed(of, ann);
  await recordBy(eve, of, [a, e]);
});

test("two contracts of which each says yes to all count once each", async () => {
  const [one, two] = [await here.world.deploy("Puppet"), await here.world.deploy("Puppet")];
  for (const puppet of [one, two]) await here.world.send(eve, puppet, "sign", [SIGNING.indexOf("Yes")]);
  await recordBy(eve, result("one", one, two, 1), ["0x", "0x"]);
});

test("an account that delegated its code still signs by its own key, and its code may sign for it", async () => {
  const puppet = await here.world.deploy("Puppet");
  await here.world.rpc("anvil_setCode", [bob.address, `0xef0100${puppet.address.slice(2)}`]);
  const [a, b, e] = await signed(won(), ann, bob, eve);
  await reverts(recordBy(eve, won(), [a, e]), "SignerNotParticipant", eve.address);
  await recordBy(eve, won(), [a, b]);

  const delegated = await here.world.place(puppet, bob.address);
  await here.world.send(eve, delegated, "sign", [SIGNING.indexOf("Yes")]);
  const again = result("two", ann, bob, 1_700_000_000);
  await recordBy(eve, again, await signed(again, ann, eve));
});

// Made with another implementation's signer; the keys are 1 and 2.
const [one, two] = [1, 2].map((n) => new Wallet(`0x${String(n).padStart(64, "0")}`));
const DEPLOYED = "0x1CC748475F1F666017771FB49131708446B9f3DF";
const vectors = [
  {
    chainId: 143,
    digest: "0xe416b41a78c7933539bbbe2721747b71f11b2491f0b548a96c0a0200996f36dd",
    signatures: [
      "0xca0e8ef60f6180bb45b75d0228e8afdd0fa73f281b6c740e55874d0fcf62fde764df1dcf5809fc769fd08946aecf73d5e8aef58eedd6972fffae864515c1e6d21b",
      "0x728f31a9d2b9e4c0b8e1201230d2c2123baf8854a6f58060b94f868499231ffc76a09fbed8dd651905d74c846a2b5288381ae9fdd450cffe05370e1ac8c3ebcd1b",
    ],
  },
  {
    chainId: 10143,
    digest: "0xf5354e85ba1df4f1ffd589937c964c540aa6f6c4e18724019f4f7df399bbc12e",
    signatures: [
      "0xdb80493f0f281826ec1334a9823724a4ed1e4944ea19a938cb49ad43d0855d3c63bc90c08401bcccfb0ff031ad59d858c25bc554995a9b74f7b9aa50b99213f31c",
      "0x5054dc7461e114df862a750630cc5e2604a6f3d25205b5e3057d6044fcc893e770df0b55ebbecb34b71d0929d5d8f1e90f487a666eb2a2e299f68296ff4083791b",
    ],
  },
];

for (const vector of vectors) {
  test(`on chain ${vector.chainId}, what others hash and sign is what this contract takes`, async () => {
    const of = result("00000000-0000-4000-8000-000000000001", one, two, 1_700_000_000);
    assert.equal(of.matchId, "0x11e594f481958c10e3015d0bf0447a22f068a8a647f475df15ce2c7ab4b8f3f1");
    const { world } = here;
    const proof = await world.place(here.proof, DEPLOYED);
    await world.rpc("anvil_setChainId", [vector.chainId]);
    try {
      assert.equal(await world.read(proof, "getDigest", [of]), vector.digest);
      assert.equal(digest(of, DEPLOYED, vector.chainId), vector.digest);
      await world.send(eve, proof, "recordMatch", [of, ...vector.signatures]);
    } finally {
      await world.rpc("anvil_setChainId", [31337]);
    }
  });
}

test("selectors, topics and the domain are those of the deployed contract", async () => {
  const abi = new Interface(artifact("MatchProof").abi);
  const selectors = {
    "0x01e91b28": "recordMatch",
    "0xfcc6077d": "getMatch",
    "0xbb9e2caa": "getMatchesByAgent",
    "0xf8c34633": "getDigest",
    "0xd6399790": "recorded",
    "0x84b0196e": "eip712Domain",
  };
  for (const [selector, name] of Object.entries(selectors)) assert.equal(abi.getFunction(name).selector, selector);
  assert.equal(abi.getEvent("MatchRecorded").topicHash, "0x85577f91f88e7f39d7e011ec5acc580d01b464a746a050601a5ac73042f43566");
  const errors = { "0x59ed705a": "MatchAlreadyRecorded", "0x367558c3": "SameAddress", "0x377342db": "SignerNotParticipant", "0x8baa579f": "InvalidSignature" };
  for (const [selector, name] of Object.entries(errors)) assert.equal(abi.getError(name).selector, selector);
  const [, name, version, chainId] = await here.world.read(here.proof, "eip712Domain");
  assert.deepEqual([name, version, chainId], ["NoJohns", "1", 31337n]);
  assert.equal(
    id("MatchResult(bytes32 matchId,address winner,address loser,string gameId,uint8 winnerScore,uint8 loserScore,bytes32 replayHash,uint256 timestamp)"),
    "0x6707f45daff12f694475e8d4b0ffaf9b5f14556e101d4e6e44b0313635185d8a",
  );
});
