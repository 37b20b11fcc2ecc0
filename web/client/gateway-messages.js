/**
 * Owns the types of what is said on the gateway. Made of docs/gateway.md by
 * `test/gateway-messages.js`: not to be changed by hand.
 */

/** @typedef {'accept' | 'decline'} Answer */
/** @typedef {{ typed: string, at_ms: number }} Key one key of a duel, and when it was typed, since the start */
/** @typedef {{ tournament_id: string, round: number, slot: number, state: 'called' | 'playing', you: string, opponent: string, until: number | null, match_id: string | null, queue_id: string | null }} OwnGame a game of a tournament, as one of its sides sees it */
/** @typedef {{ rating: number, waited_ms: number, hindrance: string | null }} Other another entry, as far as others may know it */
/** @typedef {{ connect_code: string | null, address: string | null, agent_id: number | null, rating: number, wins: number | null, avg_wpm: number | null }} Opponent */
/** @typedef {{ progress: number, wpm: number, accuracy: number, keys: number, wrong: number }} Stats */
/** @typedef {{ progress: number, wpm: number, accuracy: number }} SeenProgress as spectators see it: whole percents, words a minute in fives */

/**
 * What a client asks, by type.
 * @typedef {{
     'auth': { after?: number | null, entry_key?: string | null, queue_id?: string | null, token?: string | null },
     'queue.enter': { connect_code?: string | null, game_type: string, preferences?: Record<string, any> | null, stake_tier?: string | null, wallet_address?: string | null },
     'queue.explain': { [field: string]: any },
     'queue.leave': { [field: string]: any },
     'match.ready': { match_id: string, response: Answer },
     'match.leave': { match_id: string },
     'game.keys': { first: number, keys: Key[], match_id: string },
     'game.progress': { match_id: string },
     'spectate.join': { match_id: string },
     'spectate.leave': { match_id: string },
     'spectate.bet': { amount: string, match_id: string, on_player: string },
     'state.get': { [field: string]: any },
     'lobby.register': { game_type: string },
     'lobby.leave': { lobby_id: string },
     'lobby.report': { lobby_id: string, winner?: string | null },
     'team.form': { game_type: string },
     'team.join': { crew_id: string },
     'team.leave': { crew_id: string },
     'team.challenge': { crew_id: string, opponent?: string | null },
     'team.answer': { crew_id: string, lobby_id: string, response: Answer },
     'pong': { [field: string]: any },
 * }} Asks
 */

/**
 * What the arena says, by type.
 * @typedef {{
     'auth.success': { player_id?: string | null, rating?: number | null, session_expires?: number | null, version: number },
     'auth.expiring': { session_expires: number },
     'queue.update': { estimated_wait_secs?: number | null, players_in_tier?: number | null, position?: number | null, queue_id?: string | null, status: string },
     'queue.explained': { considered: number, held_until?: number | null, may_meet: number, nearest: Other[], reach?: number | null, reaches_further_at?: number | null, ruled_out: Record<string, any>, waited_ms: number },
     'queue.expiring': { expires_at: number },
     'match.found': { accept_deadline?: number | null, match_id: string, opponent: Opponent, queue: string, tier?: string | null, wager?: string | null, you: string },
     'match.accepted': { [field: string]: any },
     'match.stakes': { [field: string]: any },
     'match.countdown': { commitment?: string | null, match_id: string, seconds_remaining: number, starts_at: number },
     'game.started': { duration_secs?: number | null, line?: string | null, match_id: string, salt?: string | null },
     'match.cancelled': { [field: string]: any },
     'match.disconnected': { match_id: string, side: string, until: number },
     'match.reconnected': { match_id: string, side: string },
     'game.result': { how: string, match_id: string, opponent_stats?: Stats | null, prize?: string | null, rating_change?: number | null, tx_hash?: string | null, winner?: string | null, you?: string | null, your_stats?: Stats | null },
     'match.update': { [field: string]: any },
     'wager.update': { [field: string]: any },
     'pool.update': { [field: string]: any },
     'game.progress': { accuracy: number, current_position: number, match_id: string, next?: number | null, progress: number, wpm: number },
     'game.opponent_progress': { accuracy: number, current_position: number, match_id: string, next?: number | null, progress: number, wpm: number },
     'spectate.update': { bet_odds?: Record<string, any> | null, match_id: string, p1: SeenProgress, p2: SeenProgress, spectator_count: number },
     'spectate.bet_quote': { amount: string, bet_on_a: boolean, contract?: string | null, match_id: string, odds: string, on_player: string, payout: string, pool_id: string },
     'spectate.bet_receipt': { amount: string, bettor: string, match_id: string, on_player: string, pool_id: string },
     'tournament.match_called': { match_id?: string | null, opponent: string, queue_id?: string | null, round: number, slot: number, state: string, tournament_id: string, until?: number | null, you: string },
     'tournament.match_begun': { match_id?: string | null, opponent: string, queue_id?: string | null, round: number, slot: number, state: string, tournament_id: string, until?: number | null, you: string },
     'tournament.update': { [field: string]: any },
     'state.snapshot': { duel?: Record<string, any> | null, games: OwnGame[], match?: Record<string, any> | null, number?: number | null, queue_id?: string | null, status?: string | null, you?: string | null },
     'lobby.update': { [field: string]: any },
     'team.update': { [field: string]: any },
     'ok': { [field: string]: any },
     'ping': { [field: string]: any },
     'error': { code: string, message: string },
 * }} Says
 */

export {};
