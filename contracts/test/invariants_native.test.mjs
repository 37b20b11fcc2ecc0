// Wager and PredictionPool under random calls: solvent after each, empty at the end, and everybody
// has what a model of the rules says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ZeroAddress } from "ethers";

import { explore, likely, pick } from "./support/explore.mjs";
import { matchId, record, result } from "./support/results.mjs";
import { event, inWorld, person } from "./support/world.mjs";

const [ann, bob, kim, arena, eve] = ["ann", "bob", "kim", "arena", "eve"].map(person);
const people = [ann, bob, kim];
const MATCHES = ["m0", "m1", "m2", "m3"];

const here = inWorld(async (world) => {
  await world.fund(...people, arena, eve);
  const proof = await world.deploy("MatchProof");
  const puppet = await world.deploy("Puppet");
  // kim's account has code that takes money as she pleases.
  await world.rpc("anvil_setCode", [kim.address, `0xef0100${puppet.address.slice(2)}`]);
  const moody = { address: kim.address, abi: puppet.abi, encode: puppet.encode };
  const wager = await world.deploy("Wager", [proof.address]);
  const pool = await world.deploy("PredictionPool", [proof.address, arena.address, 333]);
  return { proof, moody, wager, pool };
});

const balances = () => Promise.all(people.map((who) => here.world.balance(who)));
// Of test/sol/Puppet.sol: gladly, refusing, returning much.
const mood = (_, { what }) => here.world.send(eve, here.moody, "take", [pick([0, 1, 1, 3], what)]);
const wait = (_, { what }) => here.world.wait(pick([5, 20, 600, 3600], what));
const pairKey = (a, b, name) => [name, ...[a.address, b.address].sort()].join();

/** Two of them play one of the matches, which ends now or ended a while ago. */
async function play(game, { who, what, amount }) {
  return playMatch(game, pick(people, who), pick(people, who + 1 + (what % 2)), pick(MATCHES, amount), amount);
}

async function playMatch(game, winner, loser, name, amount) {
  const endedAt = (await here.world.now()) - (amount % 3 === 0 ? 700 : 0);
  await record(here.world, here.proof, result(name, winner, loser, endedAt), winner, loser);
  game.played.set(pairKey(winner, loser, name), { winner, endedAt });
}

test("wagers pay each stake once, to whom the rules say, and keep nothing", async () => {
  const send = (from, fn, args, value = 0n) => here.world.send(from, here.wager, fn, args, { value });
  const credit = (game, who, amount) => game.expected.set(who, (game.expected.get(who) ?? 0n) + amount);
  const [isOpen, isAccepted] = ["open", "accepted"].map((status) => (w) => w.status === status);
  const ended = (w) => (w.status = "over");
  const propose = async (game, { who, what, amount }, bound) => {
    const [by, to] = [pick(people, who), pick([...people, null], what)];
    const args = [to?.address ?? ZeroAddress, "melee"];
    const fn = bound ? "proposeWagerOnMatch" : "proposeWager";
    await send(by, fn, bound ? [...args, matchId(bound)] : args, BigInt(amount));
    game.wagers.push({ by, to, bound, amount: BigInt(amount), status: "open" });
    credit(game, by, -BigInt(amount));
  };
  const refund = (game, w, whom) => whom.forEach((who) => credit(game, who, w.amount));

  await explore({
    world: here.world,
    weights: { propose: 3, proposeOnMatch: 2, accept: 10, settle: 10, play: 6, cancel: 3, timeout: 4, withdraw: 4, wait: 2 },
    begin: async () => ({ wagers: [], played: new Map(), settled: new Set(), expected: new Map(), start: await balances() }),
    moves: {
      propose: (game, step) => propose(game, step, null),
      proposeOnMatch: (game, step) => propose(game, step, pick(MATCHES, step.amount)),
      async accept(game, { who, what }) {
        const w = likely(game.wagers, isOpen, what);
        if (!w) return false;
        const by = likely(people, (one) => one === w.to, who);
        await send(by, "acceptWager", [game.wagers.indexOf(w)], w.amount);
        const { acceptedAt } = await here.world.read(here.wager, "getWager", [game.wagers.indexOf(w)]);
        assert.equal(w.status, "open");
        Object.assign(w, { to: by, status: "accepted", acceptedAt: Number(acceptedAt) });
        credit(game, by, -w.amount);
      },
      async settle(game, { who, what }) {
        const w = likely(game.wagers, isAccepted, what);
        if (!w?.to) return false;
        const name = likely(MATCHES, (one) => game.played.get(pairKey(w.by, w.to, one))?.endedAt > w.acceptedAt, who);
        await send(eve, "settleWager", [game.wagers.indexOf(w), matchId(name)]);
        const key = pairKey(w.by, w.to, name);
        const match = game.played.get(key);
        assert.ok(w.status === "accepted" && match.endedAt > w.acceptedAt, "only a later match settles");
        assert.ok(!game.settled.has(key), "a match settles once");
        assert.ok(!w.bound || w.bound === name, "a bound wager has one match");
        game.settled.add(key);
        ended(w);
        credit(game, match.winner, 2n * w.amount);
      },
      async cancel(game, { who, what }) {
        const w = likely(game.wagers, isOpen, what);
        if (!w) return false;
        await send(likely(people, (one) => one === w.by, who), "cancelWager", [game.wagers.indexOf(w)]);
        assert.equal(w.status, "open");
        ended(w);
        refund(game, w, [w.by]);
      },
      async timeout(game, { what }) {
        const w = likely(game.wagers, isAccepted, what);
        if (!w) return false;
        await send(eve, "claimTimeout", [game.wagers.indexOf(w)]);
        assert.equal(w.status, "accepted");
        ended(w);
        refund(game, w, [w.by, w.to]);
      },
      withdraw: () => send(kim, "withdraw", [kim.address]),
      play,
      mood,
      wait,
    },
    async holds(game) {
      const staked = game.wagers.reduce((sum, w) => sum + w.amount * ({ open: 1n, accepted: 2n }[w.status] ?? 0n), 0n);
      const [held, owed] = [await here.world.read(here.wager, "totalStaked"), await here.world.read(here.wager, "totalOwed")];
      assert.equal(held, staked);
      assert.equal(await here.world.balance(here.wager), held + owed);
    },
    async leave(game) {
      await here.world.wait(3601);
      for (const [id, w] of game.wagers.entries()) {
        if (w.status === "open") refund(game, w, [w.by]);
        if (w.status === "accepted") refund(game, w, [w.by, w.to]);
        if (w.status !== "over") await send(eve, w.status === "open" ? "cancelWager" : "claimTimeout", [id]);
      }
      await here.world.send(eve, here.moody, "take", [0]);
      if ((await here.world.read(here.wager, "owed", [kim.address])) > 0n) await send(kim, "withdraw", [kim.address]);
      assert.equal(await here.world.balance(here.wager), 0n);
      const now = await balances();
      people.forEach((who, i) => assert.equal(now[i] - game.start[i], game.expected.get(who) ?? 0n));
    },
  });
});

test("pools pay what the rules say, to the wei, and keep nothing", async () => {
  const send = (from, fn, args, value = 0n) => here.world.send(from, here.pool, fn, args, { value });
  const id = (game, pool) => game.pools.indexOf(pool);
  const stakeOf = (pool, who, sides) => pool.bets.filter((b) => b.who === who && sides.includes(b.onA)).reduce((sum, b) => sum + b.amount, 0n);
  const total = (pool, sides) => people.reduce((sum, who) => sum + stakeOf(pool, who, sides), 0n);
  /** The rules of a pool, said again. */
  const share = (pool, who) => {
    if (pool.outcome === "refund") return stakeOf(pool, who, [true, false]);
    const won = pool.outcome === "A";
    const [all, winning, losing] = [total(pool, [true, false]), total(pool, [won]), total(pool, [!won])];
    const fee = losing === 0n ? 0n : (all * 333n) / 10_000n;
    return ((all - fee) * stakeOf(pool, who, [won])) / winning;
  };
  const collect = async (game, pool, who) => {
    const said = await send(who, pool.outcome === "refund" ? "claimRefund" : "claim", [id(game, pool)]);
    assert.equal(event(said, "PayoutClaimed")[2], share(pool, who));
    assert.ok(!pool.paid.has(who), "nobody is paid twice");
    pool.paid.add(who);
  };
  const resolve = async (game, pool) => {
    const said = await send(eve, "resolve", [id(game, pool)]);
    const match = game.played.get(pairKey(pool.a, pool.b, pool.name));
    const won = match.winner === pool.a;
    const paid = total(pool, [won]) > 0n && match.endedAt > pool.closesAt;
    assert.equal(said.events[0].name, paid ? "PoolResolved" : "PoolCancelled");
    pool.outcome = paid ? (won ? "A" : "B") : "refund";
  };
  const isPlayed = (game) => (pool) => game.played.has(pairKey(pool.a, pool.b, pool.name));
  const isOpen = (pool) => !pool.outcome;
  const choose = (game, what, fits = () => true) => likely(game.pools, fits, what) ?? { bets: [], paid: new Set() };

  await explore({
    world: here.world,
    weights: { bet: 14, play: 4, resolve: 8, claim: 12, create: 4, cancel: 2, fees: 2 },
    begin: async () => ({ pools: [], played: new Map(), start: await balances() }),
    moves: {
      async create(game, { who, what }) {
        const [a, b, name] = [pick(people, who), pick(people, who + 1), pick(MATCHES, what)];
        await send(arena, "createPool", [matchId(name), a.address, b.address]);
        const closesAt = Number(await here.world.read(here.pool, "bettingClosesAt", [game.pools.length]));
        game.pools.push({ a, b, name, closesAt, bets: [], paid: new Set(), outcome: null });
      },
      async bet(game, { who, what, amount }) {
        const now = await here.world.now();
        const pool = choose(game, what, (one) => isOpen(one) && one.closesAt > now + 1);
        await send(pick(people, who), "bet", [id(game, pool) < 0 ? 99 : id(game, pool), amount % 2 === 0], BigInt(amount));
        assert.ok((await here.world.now()) < pool.closesAt && !pool.outcome);
        pool.bets.push({ who: pick(people, who), onA: amount % 2 === 0, amount: BigInt(amount) });
      },
      async close(game, { what }) {
        const now = await here.world.now();
        const pool = choose(game, what, (one) => isOpen(one) && one.closesAt > now + 1);
        if (!pool.a) return false;
        const said = await send(arena, "closeBetting", [id(game, pool)]);
        pool.closesAt = Number(event(said, "BettingCloses")[1]);
      },
      async resolve(game, { what }) {
        const pool = choose(game, what, (one) => isOpen(one) && isPlayed(game)(one));
        if (!pool.a) return false;
        await resolve(game, pool);
      },
      async claim(game, { who, what }) {
        const pool = choose(game, what, (one) => !isOpen(one) && one.bets.length > one.paid.size);
        if (!pool.a) return false;
        await collect(game, pool, likely(people, (one) => pool.outcome && !pool.paid.has(one) && share(pool, one) > 0n, who));
      },
      async cancel(game, { what, amount }) {
        const pool = choose(game, what, (one) => isOpen(one) && !isPlayed(game)(one));
        if (!pool.a) return false;
        await send(arena, amount % 2 ? "cancelPool" : "cancelStalePool", [id(game, pool)]);
        assert.ok(!game.played.has(pairKey(pool.a, pool.b, pool.name)), "what is decided is not cancelled");
        pool.outcome = "refund";
      },
      fees: () => send(arena, "withdrawFees", [eve.address]),
      async play(game, { who, what, amount }) {
        const pool = choose(game, what, (one) => isOpen(one) && one.bets.length > 1);
        if (!pool.a) return false;
        const [winner, loser] = who % 2 ? [pool.a, pool.b] : [pool.b, pool.a];
        await playMatch(game, winner, loser, pool.name, amount);
      },
      mood,
      wait: (game, step) => wait(game, { what: step.what % 2 }),
    },
    async holds() {
      const [held, fees] = [await here.world.read(here.pool, "totalHeld"), await here.world.read(here.pool, "accumulatedFees")];
      assert.equal(await here.world.balance(here.pool), held + fees);
    },
    async leave(game) {
      await here.world.wait(7201);
      await here.world.send(eve, here.moody, "take", [0]);
      for (const pool of game.pools) {
        if (pool.outcome) continue;
        if (game.played.has(pairKey(pool.a, pool.b, pool.name))) await resolve(game, pool);
        else {
          await send(eve, "cancelStalePool", [id(game, pool)]);
          pool.outcome = "refund";
        }
      }
      for (const pool of game.pools) {
        for (const who of people) if (!pool.paid.has(who) && share(pool, who) > 0n) await collect(game, pool, who);
      }
      assert.equal(await here.world.read(here.pool, "totalHeld"), 0n);
      if ((await here.world.read(here.pool, "accumulatedFees")) > 0n) await send(arena, "withdrawFees", [eve.address]);
      assert.equal(await here.world.balance(here.pool), 0n);
    },
  });
});
