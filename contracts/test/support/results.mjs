// Match results, and signatures over them made by ethers.

import { Signature, TypedDataEncoder, ZeroHash, sha256, toUtf8Bytes } from "ethers";

export const CHAIN_ID = 31337;

const types = {
  MatchResult: [
    { name: "matchId", type: "bytes32" },
    { name: "winner", type: "address" },
    { name: "loser", type: "address" },
    { name: "gameId", type: "string" },
    { name: "winnerScore", type: "uint8" },
    { name: "loserScore", type: "uint8" },
    { name: "replayHash", type: "bytes32" },
    { name: "timestamp", type: "uint256" },
  ],
};

/** The id on the chain of a match with this name. */
export const matchId = (name) => sha256(toUtf8Bytes(name));

export function result(name, winner, loser, timestamp, gameId = "melee") {
  return {
    matchId: matchId(name),
    winner: winner.address,
    loser: loser.address,
    gameId,
    winnerScore: 3,
    loserScore: 0,
    replayHash: ZeroHash,
    timestamp,
  };
}

export const domain = (contract, chainId = CHAIN_ID) => ({ name: "NoJohns", version: "1", chainId, verifyingContract: contract });

export const digest = (of, contract, chainId) => TypedDataEncoder.hash(domain(contract, chainId), types, of);

export const sign = (key, of, contract, chainId) => key.signTypedData(domain(contract, chainId), types, of);

export const compact = (signature) => Signature.from(signature).compactSerialized;

/** The other signature of the same key over the same digest, with s above the half. */
export function highS(signature) {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const { r, s, v } = Signature.from(signature);
  const other = (order - BigInt(s)).toString(16).padStart(64, "0");
  return `${r}${other}${v === 27 ? "1c" : "1b"}`;
}

/** Records what both signed. */
export async function record(world, proof, of, winner, loser) {
  const signatures = [await sign(winner, of, proof.address), await sign(loser, of, proof.address)];
  return world.send(winner, proof, "recordMatch", [of, ...signatures]);
}
