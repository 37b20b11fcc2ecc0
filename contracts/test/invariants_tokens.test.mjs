// DuelEscrow with SpectatorBets, and BountyPool, under random calls: each holds what it owes, nobody
// is paid twice, and when everybody has left by the ways open to anyone, nothing stays behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ZeroAddress, id } from "ethers";

import { explore, likely, pick } from "./support/explore.mjs";
import { attest, endow, oracle, owner, treasury } from "./support/tokens.mjs";
import { ETHER, event, inWorld, person } from "./support/world.mjs";

const [ann, bob, kim, lee, eve] = ["ann", "bob", "kim", "lee", "eve"].map(person);
const players = [ann, bob, kim, lee];
const ENOUGH = 100_000n * ETHER;

const here = inWorld(async (world) => {
  const token = await world.deploy("DevToken");
  const common = [owner.address, oracle.address, treasury.address];
  const escrow = await world.deploy("DuelEscrow", [token.address, ...common, 777]);
  const bets = await world.deploy("SpectatorBets", [escrow.address, ...common]);
  const bounty = await world.deploy("BountyPool", [token.address, ...common, 333]);
  await endow(world, token, players, [escrow, bets, bounty]);
  await world.fund(eve);
  return { token, escrow, bets, bounty };
});

const holds = (who) => here.world.read(here.token, "balanceOf", [who.address]);

async function solvent(contract) {
  const [held, owed] = [await here.world.read(contract, "totalHeld"), await here.world.read(contract, "totalOwed")];
  assert.equal(await holds(contract), held + owed);
}

async function withdrawAll(contract) {
  for (const who of [...players, treasury]) {
    if ((await here.world.read(contract, "owed", [who.address])) > 0n) await here.world.send(eve, contract, "withdrawFor", [who.address]);
  }
  assert.equal(await here.world.read(contract, "totalHeld"), 0n);
  assert.equal(await holds(contract), 0n);
}

/** Tokens that the players and the treasury have, less what the players began with. */
async function gained(expected) {
  const now = await Promise.all([...players, treasury].map(holds));
  [...players, treasury].forEach((who, i) => assert.equal(now[i] - (who === treasury ? 0n : ENOUGH), expected.get(who) ?? 0n));
}

const credits = () => {
  const expected = new Map();
  return { expected, credit: (who, amount) => expected.set(who, (expected.get(who) ?? 0n) + amount) };
};

test("duels and the bets on them pay each stake once, and keep nothing", async () => {
  const duel = (from, fn, args) => here.world.send(from, here.escrow, fn, args);
  const bets = (from, fn, args) => here.world.send(from, here.bets, fn, args);
  const choose = (game, n, fits = () => true) => likely(game.duels, fits, n) ?? { id: 99 };
  const refund = async (game, d, who) => {
    await duel(eve, "claimRefundFor", [d.id, who.address]);
    assert.ok(d.joined.has(who) && !d.refunded.has(who) && !d.won, "a stake goes back once, and not after a result");
    d.refunded.add(who);
    game.credit(who, d.stake);
  };
  const claim = async (game, d, who) => {
    const amount = event(await bets(eve, "claimFor", [d.id, who.address]), "PayoutClaimed")[2];
    assert.ok(!d.claimed.has(who), "nobody is paid twice");
    d.claimed.add(who);
    game.credit(who, amount);
  };

  await explore({
    world: here.world,
    weights: { create: 4, join: 16, submit: 8, openPool: 5, bet: 12, resolve: 6, claim: 8, refund: 6, withdraw: 4 },
    begin: async () => ({ duels: [], ...credits() }),
    moves: {
      async create(game, { who, what }) {
        const [p1, p2, tier, nonce] = [pick(players, who), pick(players, who + 1), what % 4, id(`n${game.duels.length}`)];
        const signature = await attest(oracle, "DuelEscrow", here.escrow, "CreateMatch", { player1: p1.address, player2: p2.address, tier, nonce });
        const [matchId, , , , stake] = event(await duel(eve, "createMatch", [p1.address, p2.address, tier, signature, nonce]), "MatchCreated");
        game.duels.push({ id: matchId, p1, p2, stake, joined: new Set(), refunded: new Set(), claimed: new Set(), bettors: new Set() });
      },
      async join(game, { who, what }) {
        const d = choose(game, what, (one) => one.joined.size < 2);
        if (!d.p1) return false;
        const by = likely([d.p1, d.p2], (one) => !d.joined.has(one), who);
        await duel(by, "joinMatch", [d.id]);
        d.joined.add(by);
        game.credit(by, -d.stake);
      },
      async submit(game, { who, what, amount }) {
        const d = choose(game, what, (one) => one.joined.size === 2 && !one.won);
        if (!d.p1) return false;
        const outcome = 1 + (amount % 4);
        const winner = outcome % 2 ? (who % 2 ? d.p1 : d.p2) : null;
        const message = { matchId: d.id, winner: winner?.address ?? ZeroAddress, outcome, nonce: id(`r${d.id}`) };
        const signature = await attest(oracle, "DuelEscrow", here.escrow, "SubmitResult", message);
        await duel(eve, "submitResult", [d.id, message.winner, outcome, signature, message.nonce]);
        assert.ok(d.joined.size === 2 && !d.won && d.refunded.size === 0);
        if (outcome === 4) return;
        d.won = true;
        const net = 2n * d.stake - (2n * d.stake * 777n) / 10_000n;
        if (winner) game.credit(winner, net);
        else for (const p of [d.p1, d.p2]) game.credit(p, net / 2n);
        game.credit(treasury, 2n * d.stake - net);
      },
      async refund(game, { who, what }) {
        const d = choose(game, what, (one) => !one.won && one.joined.size > one.refunded.size);
        if (!d.p1) return false;
        await refund(game, d, likely([d.p1, d.p2], (one) => d.joined.has(one) && !d.refunded.has(one), who));
      },
      async openPool(game, { what }) {
        const d = choose(game, what, (one) => !one.pool && !one.won);
        await bets(oracle, "openPool", [d.id, (await here.world.now()) + 40]);
        d.pool = true;
      },
      closeBetting: (game, { what }) => bets(oracle, "closeBetting", [choose(game, what, (one) => one.pool && !one.ended).id]),
      async bet(game, { who, what, amount }) {
        const d = choose(game, what, (one) => one.pool && !one.ended && !one.won);
        const by = likely(players, (one) => one !== d.p1 && one !== d.p2, who);
        const on = amount % 2 ? d.p1 : d.p2;
        if (!on) return false;
        const stake = BigInt(amount % 300) * ETHER + 7n;
        await bets(by, "bet", [d.id, on.address, stake]);
        assert.ok(by !== d.p1 && by !== d.p2 && stake <= 500n * ETHER);
        d.bettors.add(by);
        game.credit(by, -stake);
      },
      resolve: async (game, { what }) => {
        const d = choose(game, what, (one) => one.pool && !one.ended);
        await bets(eve, "resolve", [d.id]);
        d.ended = true;
      },
      async claim(game, { who, what }) {
        const d = choose(game, what, (one) => one.ended && one.bettors.size > one.claimed.size);
        if (!d.p1) return false;
        await claim(game, d, likely(players, (one) => d.bettors.has(one) && !d.claimed.has(one), who));
      },
      withdraw: (_, { who, what }) => here.world.send(eve, what % 4 ? here.escrow : here.bets, "withdrawFor", [pick([...players, treasury], who).address]),
      wait: (_, { what }) => here.world.wait(pick([3, 10, 30, 100], what)),
    },
    async holds() {
      await solvent(here.escrow);
      await solvent(here.bets);
    },
    async leave(game) {
      await here.world.wait(10_000);
      for (const d of game.duels) {
        for (const who of d.joined) if (!d.won && !d.refunded.has(who)) await refund(game, d, who);
        if (d.pool && !d.ended) await bets(eve, "resolve", [d.id]);
        for (const who of d.bettors) {
          if ((await here.world.read(here.bets, "getClaimable", [d.id, who.address])) > 0n) await claim(game, d, who);
        }
      }
      const rake = (await here.world.read(here.bets, "owed", [treasury.address])) + (await paidTo(treasury));
      await withdrawAll(here.escrow);
      await withdrawAll(here.bets);
      game.expected.set(treasury, (game.expected.get(treasury) ?? 0n) + rake);
      await gained(game.expected);
    },
  });
});

/** What the bets have paid somebody so far. */
async function paidTo(who) {
  const topics = [here.bets.abi.getEvent("Withdrawn").topicHash, `0x${who.address.slice(2).toLowerCase().padStart(64, "0")}`];
  const logs = await here.world.rpc("eth_getLogs", [{ address: here.bets.address, topics, fromBlock: "0x0" }]);
  return logs.reduce((sum, log) => sum + BigInt(log.data), 0n);
}

test("rounds are divided to the wei or refunded, and keep nothing", async () => {
  const send = (from, fn, args) => here.world.send(from, here.bounty, fn, args);
  const choose = (game, n) => pick(game.rounds, n) ?? { id: id("none") };
  const refund = async (game, r, who) => {
    await send(eve, "claimRefundFor", [r.id, who.address]);
    assert.ok(r.joined.includes(who) && !r.refunded.has(who) && !r.settled);
    r.refunded.add(who);
    game.credit(who, r.entry);
  };

  await explore({
    world: here.world,
    weights: { open: 4, join: 16, settle: 8, refund: 10, wait: 4 },
    begin: async () => ({ rounds: [], ...credits() }),
    moves: {
      async open(game, { what }) {
        const [now, roundId, entry] = [await here.world.now(), id(`round ${game.rounds.length}`), BigInt(what)];
        await send(oracle, "openRound", [roundId, entry, 2, 3, now + 40, now + 150]);
        game.rounds.push({ id: roundId, entry, joined: [], refunded: new Set() });
      },
      async join(game, { who, what }) {
        const r = choose(game, what);
        await send(pick(players, who), "join", [r.id]);
        assert.ok(!r.joined.includes(pick(players, who)) && r.joined.length < 3);
        r.joined.push(pick(players, who));
        game.credit(pick(players, who), -r.entry);
      },
      async settle(game, { what, amount }) {
        const r = choose(game, what);
        if (!r.joined) return false;
        const pool = r.entry * BigInt(r.joined.length);
        const net = pool - (pool * 333n) / 10_000n;
        const [first, ...others] = [...r.joined].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
        const pays = others.map((who) => [who, net / BigInt(amount)]);
        const all = [[first, net - pays.reduce((sum, [, pay]) => sum + pay, 0n)], ...pays];
        if (!first || all[0][1] < 0n) return false;
        const message = { roundId: r.id, players: all.map(([who]) => who.address), amounts: all.map(([, pay]) => pay) };
        const signature = await attest(oracle, "BountyPool", here.bounty, "SettleRound", message);
        await send(eve, "settle", [r.id, message.players, message.amounts, signature]);
        assert.ok(!r.settled && r.refunded.size === 0 && r.joined.length >= 2);
        r.settled = true;
        for (const [who, pay] of all) game.credit(who, pay);
        game.credit(treasury, pool - net);
      },
      cancel: (game, { what, who }) => send(who % 2 ? owner : oracle, "cancelRound", [choose(game, what).id]),
      refund: (game, { who, what }) => (choose(game, what).joined ? refund(game, choose(game, what), pick(players, who)) : false),
      withdraw: (_, { who }) => send(eve, "withdrawFor", [pick([...players, treasury], who).address]),
      wait: (_, { what }) => here.world.wait(pick([5, 20, 60], what)),
    },
    holds: () => solvent(here.bounty),
    async leave(game) {
      await here.world.wait(10_000);
      for (const r of game.rounds) {
        for (const who of r.joined) if (!r.settled && !r.refunded.has(who)) await refund(game, r, who);
      }
      await withdrawAll(here.bounty);
      await gained(game.expected);
    },
  });
});
