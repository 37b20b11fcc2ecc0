//! What is said on the gateway: `{type, id, ts, data}`. An answer has its request's id; what the
//! arena says by itself has an id of its own, and `number` where it is a line of the log.
//!
//! - `ask`: what clients ask for.
//! - `say`: what the arena says.
//! - `parts`: what messages are made of.

mod ask;
mod parts;
mod say;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::ask::Ask;
pub use self::parts::{Far, Opponent, OwnGame, Shown, Stats, Told, TournamentTold};
pub use self::say::Say;

/// A request.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct Request {
    /// The client's name for it. The same again on this socket gets the same answer, and nothing is
    /// done twice. One that is a UUID holds everywhere: on other sockets and other processes.
    #[schema(max_length = 64)]
    pub id: String,
    /// The client's time, in Unix milliseconds.
    #[serde(default)]
    pub ts: i64,
    /// What is asked for.
    #[serde(flatten)]
    pub ask: Ask,
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
