// Compiles src/ and writes artifacts/: what the Rust side binds against, so that nobody who builds
// it needs a Solidity compiler. With --check it writes nothing, and fails if a byte would differ;
// with --tests it compiles what the tests deploy besides.
//
// The settings are fixed and no metadata is put into the bytecode, so the same sources give the
// same bytes on every machine.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = dirname(fileURLToPath(import.meta.url));
const artifactsDir = join(here, "artifacts");

const settings = {
  // What all chains of the arena run; OpenZeppelin's libraries need it (MCOPY).
  evmVersion: "cancun",
  viaIR: true,
  optimizer: { enabled: true, runs: 200 },
  metadata: { appendCBOR: false, bytecodeHash: "none" },
};

const output = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];

/** Compiles the Solidity files of a folder: contract name → { abi, bytecode, deployedBytecode }. */
function compile(folder) {
  const names = readdirSync(join(here, folder)).filter((name) => name.endsWith(".sol"));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(names.map((name) => [`${folder}/${name}`, source(`${folder}/${name}`)])),
    settings: {
      ...settings,
      outputSelection: Object.fromEntries(names.map((name) => [`${folder}/${name}`, { "*": output }])),
    },
  };
  const compiled = JSON.parse(solc.compile(JSON.stringify(input), { import: resolve }));
  if (compiled.errors?.length) {
    throw new Error(compiled.errors.map((error) => error.formattedMessage).join("\n"));
  }
  const contracts = {};
  for (const name of names) {
    for (const [contract, made] of Object.entries(compiled.contracts[`${folder}/${name}`])) {
      if (made.evm.bytecode.object === "") continue;
      contracts[contract] = {
        abi: made.abi,
        bytecode: { object: `0x${made.evm.bytecode.object}` },
        deployedBytecode: { object: `0x${made.evm.deployedBytecode.object}` },
      };
    }
  }
  return contracts;
}

function source(path) {
  return { content: readFileSync(join(here, path), "utf8") };
}

function resolve(path) {
  const packaged = path.startsWith("@");
  return { contents: readFileSync(join(here, packaged ? "node_modules" : "", path), "utf8") };
}

/** Libraries with internal functions alone have code, but nothing that could be called. */
function isDeployed(contract) {
  return contract.abi.some((item) => item.type === "function");
}

/** One line for each item of the ABI, so that a change of it can be read in a difference. */
function serialize({ abi, bytecode, deployedBytecode }) {
  const items = abi.map((item) => `    ${JSON.stringify(item)}`).join(",\n");
  const code = (value) => JSON.stringify(value);
  return `{\n  "abi": [\n${items}\n  ],\n  "bytecode": ${code(bytecode)},\n  "deployedBytecode": ${code(deployedBytecode)}\n}\n`;
}

function main(how) {
  if (how === "--tests") return write("test/sol", join(here, "test/sol/out"));
  if (how === undefined) return write("src", artifactsDir);
  if (how !== "--check") throw new Error(`unknown: ${how}; known are --check and --tests`);
  const made = serialized("src");
  const committed = readdirSync(artifactsDir);
  const differing = [...new Set([...committed, ...made.keys()])].filter(
    (file) => !committed.includes(file) || readFileSync(join(artifactsDir, file), "utf8") !== made.get(file),
  );
  if (differing.length) {
    console.error(`artifacts/ is not what src/ gives: ${differing.join(", ")}. Run npm run compile.`);
    process.exit(1);
  }
}

function write(folder, target) {
  const made = serialized(folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const [file, text] of made) writeFileSync(join(target, file), text);
}

/** File name → text, of what can be deployed. */
function serialized(folder) {
  const contracts = Object.entries(compile(folder)).filter(([, contract]) => isDeployed(contract));
  return new Map(contracts.map(([name, contract]) => [`${name}.json`, serialize(contract)]));
}

main(process.argv[2]);
