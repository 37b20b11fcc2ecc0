// A real EVM in a child process, on a port of its own, that ends with the test.
//
// Anvil, because it is what the arena's development chain and the tests of its chain client run on:
// the contracts are tested on the node that they are used with. In-process EVMs for Node 20 are
// slower, and lack the node's own rules (gas estimates, unlocked accounts, block times).

import { spawn } from "node:child_process";

// Gas costs nothing, so that a balance moves by what the contracts pay alone.
const rules = "--hardfork cancun --timestamp 1700000000 --gas-limit 1000000000 --base-fee 0 --gas-price 0".split(" ");

/** @returns {Promise<{ rpc: (method: string, params?: unknown[]) => Promise<any>, stop: () => Promise<void> }>} */
export async function startAnvil() {
  const child = spawn(
    binary(),
    [...["--host", "127.0.0.1", "--port", "0"], ...rules],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((done) => child.once("exit", done));
  const end = () => child.kill();
  process.once("exit", end);
  const url = await listening(child);
  return {
    rpc: client(url),
    async stop() {
      process.off("exit", end);
      child.kill();
      await ended;
    },
  };
}

/** As `./test` names it, which installs it for everybody. */
function binary() {
  return process.env.ARENA_TEST_ANVIL ?? "anvil";
}

/** Reads on after the address was said: anvil stops when nobody takes what it writes. */
function listening(child) {
  return new Promise((found, failed) => {
    let said = "";
    child.once("exit", () => failed(new Error(`anvil did not start: ${said}`)));
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      if (said === null) return;
      said += chunk;
      const address = said.match(/Listening on (\S+)/)?.[1];
      if (!address) return;
      said = null;
      found(`http://${address}`);
    });
  });
}

function client(url) {
  let id = 0;
  return async (method, params = []) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }),
      signal: AbortSignal.timeout(20_000),
    });
    const { result, error } = await response.json();
    if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { data: error.data });
    return result;
  };
}
