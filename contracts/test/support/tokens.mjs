// Tokens and an oracle, for the contracts that hold tokens.

import { MaxUint256 } from "ethers";

import { ETHER, person } from "./world.mjs";
import { CHAIN_ID } from "./results.mjs";

export const [owner, oracle, treasury] = ["owner", "oracle", "treasury"].map(person);

/** Gives each of them tokens, and lets the contracts take them. */
export async function endow(world, token, people, contracts) {
  await world.fund(...people, owner, oracle, treasury);
  for (const who of people) {
    await world.send(owner, token, "mint", [who.address, 100_000n * ETHER]);
    for (const contract of contracts) await world.send(who, token, "approve", [contract.address, MaxUint256]);
  }
}

const types = {
  CreateMatch: "address player1,address player2,uint8 tier,bytes32 nonce",
  SubmitResult: "uint256 matchId,address winner,uint8 outcome,bytes32 nonce",
  SettleRound: "bytes32 roundId,address[] players,uint256[] amounts",
};

/** Signs a message of one of the types above for a contract with this name of its domain. */
export function attest(key, name, contract, type, message, chainId = CHAIN_ID) {
  const fields = types[type].split(",").map((field) => {
    const [of, called] = field.split(" ");
    return { type: of, name: called };
  });
  const domain = { name, version: "1", chainId, verifyingContract: contract.address };
  return key.signTypedData(domain, { [type]: fields }, message);
}
