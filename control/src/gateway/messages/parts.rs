//! What messages are made of.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::duel::progress::Progress;
use crate::ids::{MatchId, TicketId};
use crate::tournaments::TournamentId;

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

/// A line of the log about a tournament.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TournamentTold {
    /// What the log calls it.
    pub kind: String,
    /// The rest, `tournament_id` among it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub body: Json,
}

/// A game of a tournament, as one of its sides sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnGame {
    /// The tournament.
    #[schema(value_type = String)]
    pub tournament_id: TournamentId,
    /// From 0.
    pub round: u16,
    /// From 0.
    pub slot: u16,
    /// `called` or `playing`.
    pub state: &'static str,
    /// The name of this side's entry.
    pub you: String,
    /// The name of the other side's entry.
    pub opponent: String,
    /// Unix milliseconds: until when to show up; null once it is played.
    pub until: Option<i64>,
    /// The match; null until both have shown up.
    #[schema(value_type = Option<String>)]
    pub match_id: Option<MatchId>,
    /// What this side speaks with in the match; null until both have shown up.
    #[schema(value_type = Option<String>)]
    pub queue_id: Option<TicketId>,
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
    /// Duels that it has won; absent where the game is no duel.
    pub wins: Option<i64>,
    /// Words a minute in its duels, on the average; absent before the first.
    pub avg_wpm: Option<i64>,
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

/// How a side did in a duel that is over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Stats {
    /// From 0 to 1.
    pub progress: f64,
    /// Words a minute.
    pub wpm: u64,
    /// From 0 to 1.
    pub accuracy: f64,
    /// Keys that were counted.
    pub keys: usize,
    /// Wrong ones of them.
    pub wrong: usize,
}

impl Far {
    pub(in crate::gateway) fn of(id: MatchId, progress: &Progress, next: Option<usize>) -> Self {
        Self {
            match_id: id,
            progress: share(progress.done_bp),
            wpm: progress.wpm,
            accuracy: share(progress.accuracy_bp),
            current_position: progress.position,
            next,
        }
    }
}

impl Stats {
    pub(in crate::gateway) fn of(progress: &Progress, keys: usize) -> Self {
        Self {
            progress: share(progress.done_bp),
            wpm: progress.wpm,
            accuracy: share(progress.accuracy_bp),
            keys,
            wrong: keys.saturating_sub(progress.position),
        }
    }
}

fn share(basis: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
    let share = basis as f64 / 10_000.0;
    share
}
