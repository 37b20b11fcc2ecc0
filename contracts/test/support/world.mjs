// A chain with contracts and people on it, as the tests speak of them: who calls what, what it
// reverts with, what time it is. ethers encodes and signs, so no hash is checked by its own maker.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach } from "node:test";
import { Interface, Wallet, getAddress, id, toBeHex } from "ethers";

import { startAnvil } from "./anvil.mjs";

const json = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

export const artifact = (name) => json(`../../artifacts/${name}.json`);

/** Hostile contracts and wallets, which `npm test` compiles first. */
const stage = (name) => json(`../sol/out/${name}.json`);

const STAGED = ["Puppet", "KeyWallet", "HostileToken"];

/** The key of a person; the same name is always the same key. */
export const person = (name) => new Wallet(id(`arena test person ${name}`));

export const ETHER = 10n ** 18n;

/** A contract at an address; `call` is encoded by the ABI of `name`. */
class Contract {
  constructor(address, abi) {
    this.address = getAddress(address);
    this.abi = new Interface(abi);
  }

  encode(fn, args) {
    return this.abi.encodeFunctionData(fn, args);
  }
}

export class Revert extends Error {
  constructor(name, args) {
    super(`reverted with ${name}(${args.join(", ")})`);
    this.revert = name;
    this.args = args;
  }
}

export class World {
  #rpc;
  #stop;
  #errors = new Interface(["error Error(string)", "error Panic(uint256)"]);

  static async start() {
    const world = new World();
    const anvil = await startAnvil();
    world.#rpc = anvil.rpc;
    world.#stop = anvil.stop;
    await world.rpc("anvil_autoImpersonateAccount", [true]);
    // Every block is a second after the last, so that time is the tests' alone.
    await world.rpc("anvil_setBlockTimestampInterval", [1]);
    return world;
  }

  rpc(method, params) {
    return this.#rpc(method, params);
  }

  stop() {
    return this.#stop();
  }

  /** Gives everybody enough to be a millionaire. */
  async fund(...people) {
    for (const who of people) await this.rpc("anvil_setBalance", [who.address, toBeHex(10n ** 24n)]);
  }

  async deploy(name, args = [], by = person("deployer")) {
    const made = STAGED.includes(name) ? stage(name) : artifact(name);
    const abi = new Interface(made.abi);
    await this.fund(by);
    const data = made.bytecode.object + abi.encodeDeploy(args).slice(2);
    const receipt = await this.#transact(abi, { from: by.address, data });
    return new Contract(receipt.contractAddress, made.abi);
  }

  /** The same code and interface elsewhere. */
  async place(contract, address) {
    const code = await this.rpc("eth_getCode", [contract.address, "latest"]);
    await this.rpc("anvil_setCode", [address, code]);
    return new Contract(address, contract.abi.fragments);
  }

  /** Sends a transaction; the answer has its gas and, by name, the events of the contract. */
  async send(from, contract, fn, args = [], { value = 0n, gas } = {}) {
    const data = contract.encode(fn, args);
    const tx = { from: from.address, to: contract.address, data, value: toBeHex(value) };
    if (gas) tx.gas = toBeHex(gas);
    const receipt = await this.#transact(contract.abi, tx);
    const events = receipt.logs
      .filter((log) => getAddress(log.address) === contract.address)
      .map((log) => contract.abi.parseLog(log))
      .map((log) => ({ name: log.name, args: [...log.args] }));
    return { events, gas: BigInt(receipt.gasUsed), logs: receipt.logs };
  }

  async read(contract, fn, args = []) {
    const data = contract.encode(fn, args);
    const answer = await this.#decoding(contract.abi, () => this.rpc("eth_call", [{ to: contract.address, data }, "latest"]));
    const values = contract.abi.decodeFunctionResult(fn, answer);
    return values.length === 1 ? values[0] : values;
  }

  /** Lets a contract act as a person. */
  run(by, puppet, contract, fn, args = [], value = 0n) {
    return this.send(by, puppet, "run", [contract.address, value, contract.encode(fn, args)], { value });
  }

  async balance(who) {
    return BigInt(await this.rpc("eth_getBalance", [who.address, "latest"]));
  }

  async now() {
    return Number((await this.rpc("eth_getBlockByNumber", ["latest", false])).timestamp);
  }

  /** The next block's time will be this; reading sees it too. */
  async goTo(time) {
    await this.rpc("evm_setNextBlockTimestamp", [time]);
    await this.rpc("evm_mine");
  }

  async wait(seconds) {
    await this.goTo((await this.now()) + seconds);
  }

  #transact(abi, tx) {
    return this.#decoding(abi, async () => {
      const receipt = await this.#mined(await this.rpc("eth_sendTransaction", [{ ...tx, gasPrice: "0x0" }]));
      if (receipt.status === "0x1") return receipt;
      const { output = "0x", error } = await this.rpc("debug_traceTransaction", [receipt.transactionHash, { tracer: "callTracer" }]);
      throw Object.assign(new Error(`reverted without a reason: ${error}`), { data: output });
    });
  }

  /** Anvil mines at once, but may answer a little earlier. */
  async #mined(hash) {
    for (let asked = 0; asked < 1000; asked++) {
      const receipt = await this.rpc("eth_getTransactionReceipt", [hash]);
      if (receipt) return receipt;
    }
    throw new Error(`${hash} is not mined`);
  }

  async #decoding(abi, ask) {
    try {
      return await ask();
    } catch (error) {
      if (typeof error.data !== "string" || error.data === "0x") throw error;
      const found = abi.parseError(error.data) ?? this.#errors.parseError(error.data) ?? (await this.#known(error.data));
      throw found ? new Revert(found.name, [...found.args]) : error;
    }
  }

  /** Errors of contracts that were called by the one that was called. */
  #known(data) {
    for (const name of ["MatchProof", "Wager", "PredictionPool", "DuelEscrow", "SpectatorBets", "BountyPool", "DevToken", "IdentityRegistry"]) {
      const found = new Interface(artifact(name).abi).parseError(data);
      if (found) return found;
    }
    return null;
  }
}

/** Fails unless the promise reverts with this error; arguments are compared where they are given. */
export async function reverts(promise, name, ...args) {
  const seen = await promise.then(
    () => "no revert",
    (error) => error,
  );
  assert.ok(seen instanceof Revert, `expected ${name}, got ${seen.stack ?? seen}`);
  assert.equal(seen.revert, name);
  if (args.length) assert.deepEqual(seen.args.map(String), args.map(String));
}

/** What a transaction said under this name, or the failure that it did not. */
export function event({ events }, name) {
  const found = events.filter((said) => said.name === name);
  assert.equal(found.length, 1, `${name} is said once, among ${events.map((said) => said.name)}`);
  return found[0].args;
}

/** A world for a file of tests; each test finds it as `prepare` left it. */
export function inWorld(prepare) {
  const here = {};
  let snapshot;
  before(async () => {
    here.world = await World.start();
    Object.assign(here, await prepare(here.world));
  });
  beforeEach(async () => {
    snapshot = await here.world.rpc("evm_snapshot");
  });
  afterEach(async () => {
    await here.world.rpc("evm_revert", [snapshot]);
  });
  after(() => here.world?.stop());
  return here;
}
