//! What the arena says.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::parts::{Far, Opponent, OwnGame, Shown, Stats, Told, TournamentTold};
use crate::duel::progress::Seen;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::rules::Side;
use crate::queue::rules::explain::Explanation;

/// What the arena says.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Say {
    /// It is known who this is.
    #[serde(rename = "auth.success")]
    AuthSuccess {
        /// Its account, if it has one.
        #[schema(value_type = Option<String>)]
        player_id: Option<PlayerId>,
        /// Of the entry that it speaks for, if there is one.
        rating: Option<i32>,
        /// Unix milliseconds; empty where what was shown does not end.
        session_expires: Option<i64>,
        /// The version of this protocol.
        version: u32,
    },
    /// The session ends soon: `auth` again, with a fresh token, on this socket.
    #[serde(rename = "auth.expiring")]
    AuthExpiring {
        /// Unix milliseconds.
        session_expires: i64,
    },
    /// Where an entry is.
    #[serde(rename = "queue.update")]
    QueueUpdate {
        /// The entry, and the capability for everything that its side does.
        #[schema(value_type = Option<String>)]
        queue_id: Option<TicketId>,
        /// `waiting`, `matched`, `cancelled` or `expired`.
        status: &'static str,
        /// From 1, while it waits.
        position: Option<i64>,
        /// How much longer half of those waited who had waited as long; null while too few have.
        estimated_wait_secs: Option<u64>,
        /// Who waits for the same stake, this one included, as it was a second ago; null where
        /// nothing is staked.
        players_in_tier: Option<usize>,
    },
    /// Why nobody has been found yet: who was considered, and what ruled them out.
    #[serde(rename = "queue.explained")]
    QueueExplained(Explanation),
    /// The entry will not live for ever.
    #[serde(rename = "queue.expiring")]
    QueueExpiring {
        /// Unix milliseconds.
        expires_at: i64,
    },
    /// Somebody was found.
    #[serde(rename = "match.found")]
    MatchFound {
        /// The match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// The queue.
        queue: String,
        /// `p1` or `p2`.
        #[schema(value_type = String)]
        you: Side,
        /// Whom this side plays.
        opponent: Opponent,
        /// The tier that is played for.
        tier: Option<String>,
        /// What each side stakes, in wei.
        wager: Option<String>,
        /// Unix milliseconds; empty where nobody is asked.
        accept_deadline: Option<i64>,
    },
    /// A side is there.
    #[serde(rename = "match.accepted")]
    MatchAccepted(Told),
    /// What has to be staked, where and until when, and what there is of it: as
    /// `GET /v1/matches/{id}/stakes` shows it.
    #[serde(rename = "match.stakes")]
    MatchStakes(Told),
    /// Both are there.
    #[serde(rename = "match.countdown")]
    MatchCountdown {
        /// The match.
        match_id: String,
        /// From when this was decided to the start.
        seconds_remaining: u64,
        /// Unix milliseconds.
        starts_at: i64,
        /// The promise of a duel's line; the line itself comes at the start.
        commitment: Option<String>,
    },
    /// It goes on until it is decided.
    #[serde(rename = "game.started")]
    GameStarted {
        /// The match.
        match_id: String,
        /// Of a duel: how long it takes at most.
        duration_secs: Option<u64>,
        /// Of a duel: what both type.
        line: Option<String>,
        /// Of a duel: what the promise was made with, in hex.
        salt: Option<String>,
    },
    /// There is no result and there will be none.
    #[serde(rename = "match.cancelled")]
    MatchCancelled(Told),
    /// A side is away; until when it may come back.
    #[serde(rename = "match.disconnected")]
    MatchDisconnected {
        /// The match.
        match_id: String,
        /// `p1` or `p2`.
        side: String,
        /// Unix milliseconds.
        until: i64,
    },
    /// A side is there again.
    #[serde(rename = "match.reconnected")]
    MatchReconnected {
        /// The match.
        match_id: String,
        /// `p1` or `p2`.
        side: String,
    },
    /// There is a result.
    #[serde(rename = "game.result")]
    GameResult {
        /// The match.
        match_id: String,
        /// `p1` or `p2`; null for a draw.
        winner: Option<String>,
        /// `played`, `timed_out`, `forfeited` or `ruled`.
        how: String,
        /// The side that this one played; null for spectators.
        #[schema(value_type = Option<String>)]
        you: Option<Side>,
        /// Of a duel, for who played it.
        your_stats: Option<Stats>,
        /// Of a duel, for who played it.
        opponent_stats: Option<Stats>,
        /// What the winner gets, in the smallest unit, as far as it is known when this is told; null
        /// while nobody holds it. Of an escrow both stakes, before the contract's rake.
        prize: Option<String>,
        /// What the result does to this side's rating; null where it does nothing.
        rating_change: Option<i32>,
        /// The transaction that recorded it; null until there is one, which a `match.update` with
        /// the kind `chain.done` tells.
        tx_hash: Option<String>,
    },
    /// Anything else that the log tells of a match.
    #[serde(rename = "match.update")]
    MatchUpdate(Told),
    /// What the log tells of the wager on a match: `wager.proposed`, `wager.accepted`, `wager.chain`…
    #[serde(rename = "wager.update")]
    WagerUpdate(Told),
    /// What the log tells of the betting on a match: `pool.opened`, `pool.closed`, `pool.resolved`…
    #[serde(rename = "pool.update")]
    PoolUpdate(Told),
    /// How far this side is, by the keys that were counted.
    #[serde(rename = "game.progress")]
    GameProgress(Far),
    /// How far the other side is.
    #[serde(rename = "game.opponent_progress")]
    OpponentProgress(Far),
    /// How far both are, as spectators see it.
    #[serde(rename = "spectate.update")]
    SpectateUpdate {
        /// The match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// The first side.
        p1: Seen,
        /// The second side.
        p2: Seen,
        /// Who watches over this instance of the arena.
        spectator_count: usize,
        /// What a coin on `p1` and on `p2` becomes, after the rake, such as `1.4250`; null where
        /// there is no pool.
        #[schema(value_type = Option<Object>)]
        bet_odds: Option<Json>,
    },
    /// What a bet would bring if it were the last. Nothing is taken: it is made on the chain, by
    /// `bet(pool_id, bet_on_a)` with the amount as its value.
    #[serde(rename = "spectate.bet_quote")]
    BetQuote {
        /// The match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// What the contract calls its pool.
        pool_id: String,
        /// `p1` or `p2`.
        #[schema(value_type = String)]
        on_player: Side,
        /// The same in the contract's words.
        bet_on_a: bool,
        /// In wei.
        amount: String,
        /// What it would bring if that side won, in wei.
        payout: String,
        /// What a coin on that side would become.
        odds: String,
        /// Where the contract is; null where this process does not know it.
        contract: Option<String>,
    },
    /// A bet was taken, by the contract; all who play or watch are told.
    #[serde(rename = "spectate.bet_receipt")]
    BetReceipt {
        /// The match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// `p1` or `p2`.
        #[schema(value_type = String)]
        on_player: Side,
        /// Whose it is: an account on the chain.
        bettor: String,
        /// In wei.
        amount: String,
        /// The pool that it went into.
        pool_id: String,
    },
    /// A game of a tournament is called: show up by `POST /v1/tournaments/{id}/show-up`.
    #[serde(rename = "tournament.match_called")]
    TournamentMatchCalled(OwnGame),
    /// Both have shown up, or an operator began it. `auth` with the `queue_id` plays it on this socket.
    #[serde(rename = "tournament.match_begun")]
    TournamentMatchBegun(OwnGame),
    /// What else the log tells of a tournament that this one takes part in: `tournament.closed`,
    /// `tournament.decided` of its own games, `tournament.won`…
    #[serde(rename = "tournament.update")]
    TournamentUpdate(TournamentTold),
    /// Where everything is.
    #[serde(rename = "state.snapshot")]
    StateSnapshot {
        /// The entry that waits or plays.
        #[schema(value_type = Option<String>)]
        queue_id: Option<TicketId>,
        /// Its status.
        status: Option<&'static str>,
        /// Its match, as `GET /v1/matches/{id}` shows it.
        #[schema(value_type = Option<Object>)]
        r#match: Json,
        /// The side that this one plays.
        #[schema(value_type = Option<String>)]
        you: Option<Side>,
        /// The duel: what was promised, and from its start the line and how far both are.
        #[schema(value_type = Option<Object>)]
        duel: Json,
        /// The games of tournaments that it is called to, or plays.
        games: Vec<OwnGame>,
        /// The last line of the log that the snapshot knows of: for `after`.
        number: Option<i64>,
    },
    /// A lobby has changed.
    #[serde(rename = "lobby.update")]
    LobbyUpdate(Shown),
    /// A crew, as it is now.
    #[serde(rename = "team.update")]
    TeamUpdate(Shown),
    /// It is done, and there is nothing more to say about it.
    #[serde(rename = "ok")]
    Ok {},
    /// To be answered with `pong` within 5 s.
    #[serde(rename = "ping")]
    Ping {},
    /// It was refused, and why.
    #[serde(rename = "error")]
    Error {
        /// A stable word.
        code: String,
        /// What to do.
        message: String,
    },
}
