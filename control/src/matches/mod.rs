//! The life of a match: from two who met to a result that is settled, or to none.
//!
//! - `rules`: the life as a function.
//! - `service`: it is loaded, stepped and stored with its deadline and its events, in one transaction.
//! - `log`: what the log is told of a step.
//! - `play`: what players do in a game that is decided here.
//!
//! Invariant: what is stored is what the function said, and whoever decided upon an older state
//! decides again.

pub mod http;
pub(crate) mod listing;
mod log;
pub(crate) mod play;
pub mod rules;
pub(crate) mod service;

pub use self::service::exists;

use self::rules::{Side, Sides, State, Timing};
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::queue::Ticket;
use crate::queue::rules::Owner;
use crate::ratings::Terms;
use crate::ratings::rules::Rating;
use crate::time::{At, Span};

/// A match as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its name.
    pub id: MatchId,
    /// Where its sides met.
    pub queue: String,
    /// What they play for; empty where nothing is staked.
    pub tier: Option<String>,
    /// How long it may stay where it is; what its queue said when they met.
    pub timing: Timing,
    /// How its queue rated when they met.
    pub terms: Terms,
    /// Where it has got to.
    pub state: State,
    /// How often it has changed.
    pub version: i64,
    /// When they met.
    pub created_at: At,
    /// When both were free again.
    pub ended_at: Option<At>,
    /// Its sides; the first is who waited longer.
    pub players: Sides<Player>,
}

/// One side of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Its account, if it has one.
    pub identity: Option<PlayerId>,
    /// Where the other side finds it.
    pub connect_code: Option<String>,
    /// As it was given.
    pub wallet: Option<String>,
    /// Its number in the registry of agents.
    pub agent_id: Option<i64>,
    /// What it was when it queued.
    pub rating: Rating,
    /// Its entry: whoever knows it may speak for this side.
    pub entry: TicketId,
}

impl Match {
    /// The side that an entry is.
    #[must_use]
    pub fn side_of(&self, entry: TicketId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.players.of(*side).entry == entry)
    }

    /// Where it is by now, whoever has looked: what is due has happened to it.
    #[must_use]
    pub fn state_at(&self, now: At) -> State {
        match rules::step(&self.timing, &self.state, rules::Event::TimePassed, now) {
            Ok(rules::Next::Changed(step)) => step.state,
            Ok(rules::Next::Same) | Err(_) => self.state,
        }
    }

    /// Whether its start is known. Where nobody is asked and nothing is counted down, the game
    /// starts elsewhere, some time after two have met.
    #[must_use]
    pub fn start_is_seen(&self) -> bool {
        self.timing.ready_check.is_some() || self.timing.countdown > Span::ZERO
    }

    /// The side that somebody plays.
    #[must_use]
    pub fn side_of_identity(&self, identity: PlayerId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.players.of(*side).identity == Some(identity))
    }
}

impl Player {
    /// The side of an entry.
    #[must_use]
    pub fn of(ticket: &Ticket) -> Self {
        let owner = &ticket.entry.owner;
        Self {
            identity: owner.identity,
            connect_code: owner.connect_code.clone(),
            wallet: owner.wallet.clone(),
            agent_id: ticket.agent_id,
            rating: ticket.entry.rating,
            entry: ticket.entry.ticket,
        }
    }

    /// By what it is known.
    #[must_use]
    pub fn owner(&self) -> Owner {
        Owner {
            identity: self.identity,
            connect_code: self.connect_code.clone(),
            wallet: self.wallet.clone(),
        }
    }
}
