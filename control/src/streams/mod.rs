//! The streams of matches: who may publish and watch one, and which relay holds it.
//!
//! - `rules`: until when a token holds, and what a relay's word changes.
//! - `service`: signs the tokens; keeps what relays tell.
//! - `opening`: what is said to who comes to watch later.
//!
//! Control never touches a frame, and no relay waits for control: tokens are signed here and checked
//! there, without asking. Invariant: only the sides of a match, or the arena itself where it referees
//! the game, get a token to publish its channel, and each life of a channel is told up once and down
//! once between two ups.

pub mod http;
mod opening;
pub mod rules;
pub(crate) mod service;

use arena_protocol::OF_MATCHES;
use arena_protocol::report::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::duel::{self, shown};
use crate::ids::MatchId;
use crate::matches::Match;
use crate::time::At;

pub use opening::{forget_opening, keep_opening, opening};
pub use service::{InvalidReport, ReportError, Ticket, arena_ticket, report, watch_ticket};

/// What is known of the stream of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Whose.
    pub match_id: MatchId,
    /// Its channel.
    pub channel: String,
    /// Who holds it.
    pub relay: String,
    /// Which life of its channel.
    pub epoch: i64,
    /// What its payloads are.
    pub schema: String,
    /// Where it is.
    pub state: State,
    /// The newest batch.
    pub last_seq: Option<i64>,
    /// Who watches.
    pub viewers: i64,
    /// When control first heard of this life.
    pub began_at: At,
    /// When it was over.
    pub ended_at: Option<At>,
}

/// The stream of a match, as everybody sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StreamSeen {
    /// Where to watch it.
    channel: String,
    /// `live`, `away` while its publisher is not connected, or `ended`.
    state: &'static str,
    /// The relay that holds it.
    relay: String,
    /// Which life of the channel; a later one has a higher number.
    epoch: i64,
    /// What its payloads are, such as `melee/1`.
    schema: String,
    /// The newest batch.
    last_seq: Option<i64>,
    /// Who watches; some seconds old.
    viewers: i64,
    /// Unix milliseconds.
    began_at: i64,
    /// Unix milliseconds.
    ended_at: Option<i64>,
}

/// The channel of a match; a duel, which the arena referees, is shown on one of its own.
#[must_use]
pub fn channel(of: &Match) -> String {
    if of.queue == duel::QUEUE {
        return shown::channel(of.id);
    }
    format!("{OF_MATCHES}{}", of.id)
}

/// The match of a channel, if it is one's.
#[must_use]
pub fn match_of(channel: &str) -> Option<MatchId> {
    let id = channel.strip_prefix(OF_MATCHES)?.parse().ok();
    id.or_else(|| shown::match_of(channel))
}

impl From<Stream> for StreamSeen {
    fn from(from: Stream) -> Self {
        Self {
            channel: from.channel,
            state: from.state.name(),
            relay: from.relay,
            epoch: from.epoch,
            schema: from.schema,
            last_seq: from.last_seq,
            viewers: from.viewers,
            began_at: from.began_at.0,
            ended_at: from.ended_at.map(|at| at.0),
        }
    }
}
