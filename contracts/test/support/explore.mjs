// Random sequences of calls by several people, against a model of what must come of them.
//
// A game says what can be done and what must hold. After every step the contract has what it owes;
// at the end everybody leaves by the ways that are open to anyone, nothing stays behind, and each
// has what the model says.

import assert from "node:assert/strict";
import fc from "fast-check";

import { Revert } from "./world.mjs";

const seed = Number(process.env.SEED ?? 20_240_229);
const runs = Number(process.env.RUNS ?? 8);

const number = fc.noBias(fc.integer({ min: 1, max: 1000 }));
const step = fc.record({ move: number, who: number, what: number, amount: number });

/**
 * @param {{ world: object, moves: Record<string, Function>, weights?: Record<string, number>,
 *   begin: () => Promise<object>, holds: (game: object) => Promise<void>, leave: (game: object) => Promise<void> }} rules
 */
export async function explore({ world, moves, weights = {}, begin, holds, leave }) {
  const names = Object.keys(moves).flatMap((name) => Array(weights[name] ?? 1).fill(name));
  const done = Object.fromEntries(Object.keys(moves).map((name) => [name, 0]));
  console.log(`SEED=${seed} RUNS=${runs}`);
  const property = fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), async (steps) => {
    const snapshot = await world.rpc("evm_snapshot");
    const game = await begin();
    for (const { move, ...rest } of steps) {
      const name = names[move % names.length];
      if (await happened(moves[name], game, rest)) done[name]++;
      await holds(game);
    }
    await leave(game);
    await world.rpc("evm_revert", [snapshot]);
  });
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  if (failed) throw errorInstance;
  for (const [name, times] of Object.entries(done)) assert.ok(times > 0, `${name} never succeeded: ${JSON.stringify(done)}`);
}

/** Whether a move was made. A refusal has a name of ours; arithmetic that fails is a fault. */
async function happened(move, game, choice) {
  try {
    return (await move(game, choice)) !== false;
  } catch (error) {
    if (!(error instanceof Revert) || error.revert === "Panic") throw error;
    return false;
  }
}

export const pick = (list, n) => list[n % list.length];

/** Mostly one with which a move may succeed, now and then any: refusals are to be seen too. */
export function likely(list, fits, n) {
  const fitting = list.filter(fits);
  return fitting.length > 0 && n % 5 > 0 ? pick(fitting, n) : pick(list, n);
}
