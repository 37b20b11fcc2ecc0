/**
 * Owns matches for the browser tests: made over the API, and published as an agent would, by the
 * library that the pages are built upon.
 */

import { WebSocket } from 'ws';

import { encodeMelee } from '../../web/client/melee-encode.js';
import { publish } from '../../web/client/publish.js';

/** A question to the arena, and its answer. */
export async function ask(arena, path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(arena.url + path, init);
  return { status: answer.status, body: await answer.json() };
}

/** Two who have met. */
export async function met(arena, [p1, p2] = ['FOX#1', 'KITE#2'], wallets = []) {
  const join = (code, wallet) => ask(arena, '/queue/join', { connect_code: code, wallet_address: wallet });
  const first = (await join(p1, wallets[0])).body;
  const second = (await join(p2, wallets[1])).body;
  return { id: second.match_id, first: first.queue_id, second: second.queue_id };
}

/** Both report that the first has won. */
export async function report(arena, { id, first, second }) {
  const say = (entry, own, other) => ask(arena, `/matches/${id}/result`, { queue_id: entry, outcome: 'COMPLETED', stocks_remaining: own, opponent_stocks: other });
  await say(first, 2, 0);
  return say(second, 0, 2);
}

/** A publisher of a channel; that of a match by the right of its first side. */
export async function publisher(arena, channel, { schema = 'melee/1', meta = {}, match } = {}) {
  const token = match && (await ask(arena, `/v1/matches/${match.id}/stream`, { queue_id: match.first })).body.publish.token;
  return publish({ server: arena.url, channel, schema, meta, token, WebSocket });
}

const fighters = [{ port: 1, character: 1, code: 'FOX#1', name: null }, { port: 2, character: 22, code: 'KITE#2', name: null }];
export const META = { stageId: 24, players: [{ port: 1, characterId: 1, connectCode: 'FOX#1' }, { port: 2, characterId: 22, connectCode: 'KITE#2' }] };

/** A batch of `melee/1`: three frames from this number, in which the damage is the number in tenths. */
export function batch(number) {
  const start = { type: 'Start', game: 1, stage: 24, score: [0, 0], players: fighters };
  const frames = Array.from({ length: 3 }, (_, i) => ({
    number: number + i,
    players: fighters.map(({ port }) => ({
      port, x: (port === 1 ? -30 : 30) + Math.sin((number + i) / 20) * 20, y: 0, actionState: 14, actionFrame: 1,
      facing: port === 1 ? 1 : -1, percent: Math.min(999, (number + i) / 10), stocks: port === 1 ? 3 : 2, shield: null, invincible: false, hitstun: false,
    })),
  }));
  const key = number % 60 === 0;
  const records = key ? [start, { type: 'Frames', frames }] : [{ type: 'Frames', frames }];
  return { payload: encodeMelee(records), key, firstFrame: number, frames: 3 };
}

/** Plays on at the real rate until it is stopped. */
export function playing(it, from) {
  let number = from;
  const timer = setInterval(() => {
    it.push(batch(number)).catch(() => clearInterval(timer));
    number += 3;
  }, 50);
  return { stop: () => clearInterval(timer), get number() { return number; } };
}
