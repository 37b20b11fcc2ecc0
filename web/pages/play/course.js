/**
 * Owns where a player is, from the queue to the result, by what the gateway says.
 * Invariant: a function of what was and of one message; it does no I/O and reads no clock. What is
 * told of another match, or twice, changes nothing.
 */

/** @typedef {'p1' | 'p2'} SideName */
/** @typedef {{ progress: number, wpm: number, accuracy: number, current_position: number, next?: number }} Far */
/** @typedef {{ id: string | null, position: number | null, estimateS: number | null, inTier: number | null, since: number, expiresAt: number | null }} Entry */
/** @typedef {{ connect_code?: string | null, address?: string | null, wallet?: string | null, rating?: number, wins?: number | null, avg_wpm?: number | null }} Opponent */
/** @typedef {{ id: string, queue: string, tier: string | null, stake: string | null, you: SideName, opponent: Opponent, deadline: number | null, accepted: SideName[], startsAt: number | null, commitment: string | null, stakes: Stakes | null, reported: SideName[], isDisputed: boolean, away: { side: SideName, until: number } | null }} Match */
/** @typedef {{ chain_id: number, contract: string, amount: string, join: { to: string, data: string } | null, lock_by: number | null, p1: { stake: string, account: string }, p2: { stake: string, account: string } }} Stakes as the arena shows them */
/** @typedef {{ line: string, salt: string, startedAt: number, heardAt: number, lengthS: number, mine: Far, theirs: Far }} Duel */
/** @typedef {{ winner: SideName | null, how: string, ratingChange: number | null, mine: any, theirs: any, prize: string | null, txHash: string | null }} Result */

/** @typedef {{ type: string, ts: number, number?: number | null, data: any }} Message */

/**
 * @typedef {object} Course
 * @property {'idle' | 'waiting' | 'found' | 'staking' | 'countdown' | 'playing' | 'over'} phase
 * @property {Entry | null} entry
 * @property {any} why what was explained last
 * @property {Match | null} match
 * @property {Duel | null} duel
 * @property {Result | null} result
 * @property {string} note a sentence about what just happened
 * @property {{ id: string, you: SideName } | null} left the match that was before the place in the queue
 * @property {number} seen the last line of the log
 */

/** @type {Far} */
const NOWHERE = { progress: 0, wpm: 0, accuracy: 1, current_position: 0 };

/** @returns {Course} */
export const begin = () => ({ phase: 'idle', entry: null, why: null, match: null, duel: null, result: null, note: '', left: null, seen: 0 });

/**
 * @param {Course} was
 * @param {Message} message
 * @returns {Course}
 */
export function step(was, { type, ts, number, data }) {
  const isLine = typeof number === 'number';
  if (isLine && number <= was.seen) return was;
  const it = isLine ? { ...was, seen: number } : was;
  const isOurs = data?.match_id === undefined || data.match_id === it.match?.id;
  // That one is back in the queue may be told before why.
  if (type === 'match.cancelled' && data.match_id === it.left?.id) return { ...it, left: null, note: cancelled(data.kind, data.reason, it.left?.you) };
  if (!isOurs && type !== 'match.found') return it;
  switch (type) {
    case 'queue.update': return queued(it, data, ts);
    case 'queue.explained': return { ...it, why: data };
    case 'queue.expiring': return it.entry ? { ...it, entry: { ...it.entry, expiresAt: data.expires_at } } : it;
    case 'match.found': return found(it, data);
    case 'match.accepted': return withMatch(it, () => ({ accepted: sidesOf(data.accepted) }));
    case 'match.stakes': return staked(it, data);
    case 'match.countdown': return { ...withMatch(it, () => ({ startsAt: data.starts_at, commitment: data.commitment })), phase: 'countdown' };
    case 'game.started': return started(it, data, ts);
    case 'game.progress': return it.duel ? { ...it, duel: { ...it.duel, mine: data } } : it;
    case 'game.opponent_progress': return it.duel ? { ...it, duel: { ...it.duel, theirs: data } } : it;
    case 'match.disconnected': return withMatch(it, () => ({ away: { side: data.side, until: data.until } }));
    case 'match.reconnected': return withMatch(it, () => ({ away: null }));
    case 'match.cancelled': return { ...begin(), seen: it.seen, entry: it.entry, note: cancelled(data.kind, data.reason, it.match?.you) };
    case 'match.update': return withMatch(it, (match) => told(match, data));
    case 'game.result': return over(it, data);
    case 'state.snapshot': return snapshot(it, data, ts);
    default: return it;
  }
}

/** @param {Course} it @param {any} data @param {number} ts @returns {Course} */
function queued(it, data, ts) {
  switch (data.status) {
    case 'waiting': {
      const before = it.phase === 'waiting' ? it.entry : null;
      const entry = {
        id: data.queue_id ?? it.entry?.id ?? null, position: data.position ?? before?.position ?? null,
        estimateS: data.estimated_wait_secs, inTier: data.players_in_tier ?? before?.inTier ?? null,
        since: before?.since ?? it.entry?.since ?? ts, expiresAt: null,
      };
      const left = it.match ? { id: it.match.id, you: it.match.you } : it.left;
      return { ...begin(), seen: it.seen, note: it.note, why: it.why, left, phase: 'waiting', entry };
    }
    case 'expired': return { ...begin(), seen: it.seen, note: 'Nobody came in time, and your place in the queue is over. Join again.' };
    case 'cancelled': return { ...begin(), seen: it.seen, note: it.phase === 'waiting' ? 'You left the queue.' : it.note };
    // Who is met at once is told of the match first, and of the entry that it speaks for then.
    default: return data.queue_id ? { ...it, entry: { position: null, estimateS: null, inTier: null, since: ts, expiresAt: null, ...it.entry, id: data.queue_id } } : it;
  }
}

/** @param {Course} it @param {any} data @returns {Course} */
function found(it, data) {
  if (it.match?.id === data.match_id) return it;
  return {
    // Where nobody is asked whether he is there, the game is on.
    ...begin(), seen: it.seen, entry: it.entry, phase: data.accept_deadline ? 'found' : 'playing',
    match: {
      id: data.match_id, queue: data.queue, tier: data.tier ?? null, stake: data.wager ?? null, you: data.you, opponent: data.opponent,
      deadline: data.accept_deadline ?? null, accepted: [], startsAt: null, commitment: null, stakes: null, reported: [], isDisputed: false, away: null,
    },
  };
}

/** @param {Course} it @param {(match: Match) => Partial<Match>} change @returns {Course} */
function withMatch(it, change) {
  return it.match ? { ...it, match: { ...it.match, ...change(it.match) } } : it;
}

/** @param {Match} match @param {any} line @returns {Partial<Match>} */
function told({ reported }, { kind, side }) {
  switch (kind) {
    case 'match.reported': return { reported: [...new Set([...reported, side])] };
    case 'match.disputed': return { isDisputed: true };
    default: return {};
  }
}

/** @param {Course} it @param {Stakes} stakes @returns {Course} */
function staked(it, stakes) {
  const known = withMatch(it, () => ({ stakes }));
  return it.match && stakes.lock_by && it.phase === 'found' ? { ...known, phase: 'staking' } : known;
}

/** @param {Course} it @param {any} data @param {number} ts @returns {Course} */
function started(it, { line, salt, duration_secs: lengthS }, ts) {
  const duel = typeof line === 'string' ? { line, salt, startedAt: ts, heardAt: ts, lengthS: lengthS ?? 60, mine: NOWHERE, theirs: NOWHERE } : null;
  return { ...it, phase: 'playing', note: '', duel };
}

/** @param {Course} it @param {any} data @returns {Course} */
function over(it, data) {
  const result = {
    winner: data.winner ?? null, how: data.how, ratingChange: data.rating_change ?? null, mine: data.your_stats ?? null,
    theirs: data.opponent_stats ?? null, prize: data.prize ?? null, txHash: data.tx_hash ?? null,
  };
  return { ...it, phase: 'over', note: '', result };
}

/** @param {Course} it @param {any} data @param {number} ts @returns {Course} */
function snapshot(it, { queue_id: id, status, match, you, duel, number }, ts) {
  const seen = Math.max(it.seen, number ?? 0);
  if (status === 'waiting') {
    const waiting = queued(it, { status, queue_id: id, estimated_wait_secs: it.entry?.estimateS ?? null }, ts);
    return { ...waiting, seen };
  }
  const course = match?.course;
  // Where the start is not seen, whoever met is free at once: what becomes of the match is asked.
  const isElsewhere = it.phase === 'playing' && it.match !== null && it.duel === null;
  if (!course || !you) return it.phase === 'over' || isElsewhere ? { ...it, seen } : { ...begin(), seen, note: it.note };
  const other = match[you === 'p1' ? 'p2' : 'p1'];
  const isDisputed = course.state === 'resolved' && course.verdict?.verdict === 'disputed';
  const held = {
    id: match.id, queue: match.queue, tier: match.tier ?? null, stake: it.match?.stake ?? null, you,
    opponent: it.match?.id === match.id ? it.match?.opponent ?? other : { ...other, address: other.wallet },
    deadline: course.answer_by ?? null, accepted: sidesOf(course.accepted), startsAt: course.starts_at ?? null,
    commitment: duel?.commitment ?? null, stakes: it.match?.id === match.id ? it.match?.stakes ?? null : null,
    reported: it.match?.id === match.id ? it.match?.reported ?? [] : [], isDisputed, away: awayOf(course.presence),
  };
  const entry = { id: id ?? null, position: null, estimateS: null, inTier: null, since: ts, expiresAt: null };
  const base = { ...begin(), seen, match: held, entry };
  // Nobody has won it yet: what can be done is to wait for the operator.
  if (isDisputed) return { ...base, phase: 'playing' };
  switch (course.state) {
    case 'matched': return { ...base, phase: 'found' };
    case 'staking': return { ...base, phase: 'staking' };
    case 'ready': return { ...base, phase: 'countdown' };
    case 'active': return { ...base, phase: 'playing', duel: duelOf(duel, you, ts) };
    case 'resolved': case 'settled': return it.result && it.match?.id === match.id ? { ...it, seen } : { ...base, phase: 'over' };
    default: return { ...begin(), seen, note: it.note || cancelled(`match.${course.state}`, course.reason, you) };
  }
}

/** @param {any} duel @param {SideName} you @param {number} ts @returns {Duel | null} */
function duelOf(duel, you, ts) {
  if (typeof duel?.line !== 'string') return null;
  const other = you === 'p1' ? 'p2' : 'p1';
  return { line: duel.line, salt: duel.salt, startedAt: duel.started_at, heardAt: ts, lengthS: 60, mine: duel[you] ?? NOWHERE, theirs: duel[other] ?? NOWHERE };
}

/** @param {any} sides @returns {SideName[]} */
function sidesOf(sides) {
  return /** @type {SideName[]} */ (['p1', 'p2']).filter((side) => sides?.[side]);
}

/** @param {any} presence */
function awayOf(presence) {
  const side = /** @type {SideName[]} */ (['p1', 'p2']).find((name) => presence?.[name]?.presence === 'away');
  return side ? { side, until: presence[side].until } : null;
}

/** @param {string} kind @param {any} why the reason, and whose it is @param {SideName | undefined} you */
function cancelled(kind, why, you) {
  const { reason, by, accepted, paid } = why ?? {};
  if (kind === 'match.expired') return 'Nobody reported a result in time. The match has none, and no rating moved.';
  const who = by === you ? 'You' : 'Your opponent';
  switch (reason) {
    case 'declined': return `${who} did not want to play. Nothing counts.`;
    case 'unanswered': return you && accepted?.[you] ? 'Your opponent was not there in time. Nothing counts.' : 'You were not there in time. Nothing counts.';
    case 'disconnected': return `${who} dropped out before the game began. Nothing counts.`;
    case 'left': return `${who} left before the game began. Nothing counts.`;
    case 'unstaked': return you && paid?.[you] ? 'Your opponent did not stake in time. Your stake comes back to you.' : 'You did not stake in time. Nothing counts.';
    case 'no_escrow': return 'The chain opened no escrow in time. Nothing counts, and nobody is to blame.';
    case 'unlocked': return 'The chain took a stake back before the game began. Nothing counts.';
    case 'deserted': return 'Both of you dropped out. Nothing counts.';
    case 'unresolved': return 'You two told it differently, and nobody decided. Nothing counts.';
    case 'voided': return 'An operator took the match back. Nothing counts, and stakes are returned.';
    default: return 'The match was called off. Nothing counts.';
  }
}
