//! What is said on the gateway: `{type, id, ts, data}`. An answer has its request's id; what the
//! arena says by itself has an id of its own, and `number` where it is a line of the log.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::duel::typing::Key;
use crate::ids::{LobbyId, MatchId, PlayerId, TicketId};
use crate::queue::rules::Preferences;

/// A request.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct Request {
    /// The client's name for it. The same again gets the same answer, and nothing is done twice.
    #[schema(max_length = 64)]
    pub id: String,
    /// The client's time, in Unix milliseconds.
    #[serde(default)]
    pub ts: i64,
    /// What is asked for.
    #[serde(flatten)]
    pub ask: Ask,
}

/// What clients ask for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Ask {
    /// Says who this is, by a token, an API key or an entry; and takes over from its older socket.
    #[serde(rename = "auth")]
    Auth {
        /// An access token or an API key.
        #[serde(default)]
        token: Option<String>,
        /// An entry of a queue: what joining answered.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        queue_id: Option<TicketId>,
        /// The last number that was seen: what came after it of the match is told again.
        #[serde(default)]
        after: i64,
    },
    /// Enters a queue.
    #[serde(rename = "queue.enter")]
    QueueEnter {
        /// The queue's name.
        game_type: String,
        /// The stake, where there is any.
        #[serde(default)]
        stake_tier: Option<String>,
        /// Whom to meet.
        #[serde(default)]
        #[schema(value_type = Object)]
        preferences: Preferences,
        /// Where opponents find this side.
        #[serde(default)]
        connect_code: Option<String>,
        /// Who is paid.
        #[serde(default)]
        wallet_address: Option<String>,
    },
    /// Leaves the queue.
    #[serde(rename = "queue.leave")]
    QueueLeave {},
    /// Answers the ready check.
    #[serde(rename = "match.ready")]
    MatchReady {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// `accept` or `decline`.
        response: crate::matches::http::Answer,
    },
    /// Leaves a match: before it began it is cancelled, afterwards it is lost.
    #[serde(rename = "match.leave")]
    MatchLeave {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
    },
    /// Keys that were typed in a duel. Progress is what the arena makes of them.
    #[serde(rename = "game.keys")]
    GameKeys {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// The number of the first key; the first of the game is 0.
        first: usize,
        /// In the order in which they were typed, 64 at most.
        #[schema(value_type = Vec<Object>)]
        keys: Vec<Key>,
    },
    /// What older clients say of themselves. It is refused: only keys count.
    #[serde(rename = "game.progress")]
    GameProgress {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
    },
    /// Watches a match.
    #[serde(rename = "spectate.join")]
    SpectateJoin {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
    },
    /// Watches no more.
    #[serde(rename = "spectate.leave")]
    SpectateLeave {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
    },
    /// Asks for where everything is.
    #[serde(rename = "state.get")]
    StateGet {},
    /// Registers for a game of many.
    #[serde(rename = "lobby.register")]
    LobbyRegister {
        /// The queue's name.
        game_type: String,
    },
    /// Leaves a game of many, or takes a challenge back.
    #[serde(rename = "lobby.leave")]
    LobbyLeave {
        /// Which.
        #[schema(value_type = String)]
        lobby_id: LobbyId,
    },
    /// Forms a crew.
    #[serde(rename = "team.form")]
    TeamForm {
        /// The queue's name.
        game_type: String,
    },
    /// Comes to a crew.
    #[serde(rename = "team.join")]
    TeamJoin {
        /// Which.
        #[schema(value_type = String)]
        crew_id: LobbyId,
    },
    /// Leaves a crew.
    #[serde(rename = "team.leave")]
    TeamLeave {
        /// Which.
        #[schema(value_type = String)]
        crew_id: LobbyId,
    },
    /// Challenges a crew, or any.
    #[serde(rename = "team.challenge")]
    TeamChallenge {
        /// The challenger.
        #[schema(value_type = String)]
        crew_id: LobbyId,
        /// Whom; empty for any.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        opponent: Option<LobbyId>,
    },
    /// Answers a challenge.
    #[serde(rename = "team.answer")]
    TeamAnswer {
        /// The battle.
        #[schema(value_type = String)]
        lobby_id: LobbyId,
        /// The crew that was asked.
        #[schema(value_type = String)]
        crew_id: LobbyId,
        /// `accept` or `decline`.
        response: crate::matches::http::Answer,
    },
    /// Answers a ping.
    #[serde(rename = "pong")]
    Pong {},
}

/// What the arena says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Message {
    /// The request's id, or one of its own.
    pub id: String,
    /// Unix milliseconds.
    pub ts: i64,
    /// Its place in the log, for `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What it says.
    #[serde(flatten)]
    pub say: Say,
}

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
        /// The version of this protocol.
        version: u32,
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
    },
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
        you: crate::matches::rules::Side,
        /// Whom this side plays.
        opponent: Opponent,
        /// The tier that is played for.
        tier: Option<String>,
        /// Unix milliseconds; empty where nobody is asked.
        accept_deadline: Option<i64>,
    },
    /// A side has accepted.
    #[serde(rename = "match.accepted")]
    MatchAccepted(Told),
    /// Both are there; the game starts at `starts_at`, with the line that `commitment` promises.
    #[serde(rename = "match.countdown")]
    MatchCountdown(Told),
    /// The game starts; `line` and `salt` keep the promise of a duel.
    #[serde(rename = "game.started")]
    GameStarted(Told),
    /// There is no match any more.
    #[serde(rename = "match.cancelled")]
    MatchCancelled(Told),
    /// A side is away; until when it may come back.
    #[serde(rename = "match.disconnected")]
    MatchDisconnected(Told),
    /// A side is there again.
    #[serde(rename = "match.reconnected")]
    MatchReconnected(Told),
    /// There is a result.
    #[serde(rename = "game.result")]
    GameResult(Told),
    /// Anything else that the log tells of a match.
    #[serde(rename = "match.update")]
    MatchUpdate(Told),
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
        #[schema(value_type = Object)]
        p1: crate::duel::progress::Seen,
        /// The second side.
        #[schema(value_type = Object)]
        p2: crate::duel::progress::Seen,
    },
    /// Where everything is.
    #[serde(rename = "state.snapshot")]
    StateSnapshot {
        /// The entry that waits or plays.
        #[schema(value_type = Option<String>)]
        queue_id: Option<TicketId>,
        /// Its status.
        status: Option<&'static str>,
        /// Its match, as `GET /v1/matches/{id}` shows it.
        #[schema(value_type = Object)]
        r#match: Json,
        /// The side that this one plays.
        #[schema(value_type = Option<String>)]
        you: Option<crate::matches::rules::Side>,
        /// The duel: what was promised, and from its start the line and how far both are.
        #[schema(value_type = Object)]
        duel: Json,
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

/// A lobby or a crew, as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its fields.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub fields: Json,
}

/// A line of the log about a match.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Told {
    /// The match.
    pub match_id: String,
    /// What the log calls it.
    pub kind: String,
    /// The rest.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub body: Json,
}

/// Whom somebody plays.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Opponent {
    /// Where to find it.
    pub connect_code: Option<String>,
    /// Its wallet.
    pub address: Option<String>,
    /// Its number in the registry of agents.
    pub agent_id: Option<i64>,
    /// Its rating when it queued.
    pub rating: i32,
}

/// How far a side is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Far {
    /// The match.
    #[schema(value_type = String)]
    pub match_id: MatchId,
    /// From 0 to 1.
    pub progress: f64,
    /// Words a minute.
    pub wpm: u64,
    /// From 0 to 1.
    pub accuracy: f64,
    /// Where it is in the line.
    pub current_position: usize,
    /// The number that the next key has; of one's own only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
}
