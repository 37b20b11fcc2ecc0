//! The life of a match, from the moment two entries meet.

pub mod http;
pub mod rules;
pub(crate) mod service;

use crate::ids::{MatchId, TicketId};
use crate::queue::Ticket;
use crate::time::At;

/// A match as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its name.
    pub id: MatchId,
    /// Where its sides met.
    pub queue: String,
    /// Where it has got to.
    pub status: Status,
    /// When they met.
    pub created_at: At,
    /// When it came to an end.
    pub ended_at: Option<At>,
    /// Its sides; the first is who waited.
    pub players: Vec<Player>,
}

/// One side of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Where the other side finds it.
    pub connect_code: String,
    /// As it was given.
    pub wallet: Option<String>,
    /// Its number in the registry of agents.
    pub agent_id: Option<i64>,
    /// Its entry: whoever knows it may speak for this side.
    pub entry: TicketId,
}

/// Where a match has got to, in the words of the old API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It goes on.
    Playing,
    /// There is a result.
    Completed,
    /// There is none, and there will be none.
    Expired,
}

impl Player {
    /// The side of an entry.
    pub fn of(ticket: &Ticket) -> Self {
        let owner = &ticket.entry.owner;
        Self {
            connect_code: owner.connect_code.clone().unwrap_or_default(),
            wallet: owner.wallet.clone(),
            agent_id: ticket.agent_id,
            entry: ticket.entry.ticket,
        }
    }
}

impl Status {
    const ALL: [Self; 3] = [Self::Playing, Self::Completed, Self::Expired];

    /// As clients and rows know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Playing => "playing",
            Self::Completed => "completed",
            Self::Expired => "expired",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
