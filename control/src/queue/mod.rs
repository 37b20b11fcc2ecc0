//! Who waits for an opponent, and who meets whom.
//!
//! Invariant: an entry is in one match at most, and nobody has two entries that wait.

pub(crate) mod board;
pub mod entry;
pub mod http;
pub mod listing;
mod round;
pub mod rules;
pub(crate) mod service;

pub use round::{keep_pairing, round};

use self::rules::Entry;
use crate::ids::MatchId;

/// An entry with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Who waits, since when, for whom.
    pub entry: Entry,
    /// The queue's name.
    pub queue: String,
    /// What became of it.
    pub status: Status,
    /// Its match, once it has one.
    pub match_id: Option<MatchId>,
    /// Its owner's number in the registry of agents.
    pub agent_id: Option<i64>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing yet.
    Waiting,
    /// It is in a match.
    Matched,
    /// Its owner left, or joined again.
    Cancelled,
    /// It waited for too long.
    Expired,
}

impl Status {
    const ALL: [Self; 4] = [Self::Waiting, Self::Matched, Self::Cancelled, Self::Expired];

    /// As clients and rows know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Matched => "matched",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// The queue of the old API.
pub const MELEE: &str = "melee";
