//! What clients ask for.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::duel::typing::Key;
use crate::ids::{LobbyId, MatchId, TicketId};
use crate::matches::http::Answer;
use crate::matches::rules::Side;
use crate::queue::rules::Preferences;

/// What clients ask for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum Ask {
    /// Says who this is, by a token, an API key or an entry; and takes over from its older socket.
    /// Of a tournament's entry it only hears, and any number of sockets may.
    #[serde(rename = "auth")]
    Auth {
        /// An access token or an API key.
        #[serde(default)]
        token: Option<String>,
        /// An entry of a queue: what joining answered.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        queue_id: Option<TicketId>,
        /// An entry of a tournament: what entering answered.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        entry_key: Option<TicketId>,
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
    /// Asks why nobody has been found yet.
    #[serde(rename = "queue.explain")]
    QueueExplain {},
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
        response: Answer,
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
    /// Asks what a bet on a side of a match would bring.
    #[serde(rename = "spectate.bet")]
    SpectateBet {
        /// Which match.
        #[schema(value_type = String)]
        match_id: MatchId,
        /// `p1` or `p2`.
        #[schema(value_type = String)]
        on_player: Side,
        /// In wei, as digits.
        #[schema(max_length = 78)]
        amount: String,
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
    /// Says who won a battle or a game of many.
    #[serde(rename = "lobby.report")]
    LobbyReport {
        /// Which.
        #[schema(value_type = String)]
        lobby_id: LobbyId,
        /// The crew, or the player in a game of many; null for a draw, or if nobody has.
        #[schema(value_type = Option<String>)]
        winner: Option<LobbyId>,
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
        response: Answer,
    },
    /// Answers a ping.
    #[serde(rename = "pong")]
    Pong {},
}
