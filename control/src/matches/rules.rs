//! The life of a match as a function: a state, an event and the time give the next state and what
//! follows from it, or a reason why not. `docs/matches.md` is drawn from it.
//!
//! - `state`: where a match can be, and by when it leaves.
//! - `event`: what can happen to it, what follows, and why something may not happen.
//! - `step`: the function.
//! - `diagram`: its picture and its table, made by asking it.
//!
//! Invariant: what comes of a match does not depend on when somebody looked. What was due before
//! an event happens before it, at the time at which it was due.

pub mod diagram;
pub mod event;
#[cfg(test)]
mod explore;
pub mod state;
pub mod step;

use serde::{Deserialize, Serialize};

use crate::time::Span;

pub use event::{Effect, Event, Freed, Refused};
pub use state::{Cancelled, Deadline, Kind, Presence, Stake, State, Verdict};
pub use step::{Next, Step, open, step};

/// One of the two that play. The first is who waited longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Who waited longer.
    #[serde(rename = "p1")]
    First,
    /// Who came.
    #[serde(rename = "p2")]
    Second,
}

impl Side {
    /// Both, the first first.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// Whom this one plays.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// Something that each side has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sides<T> {
    /// The first side's.
    #[serde(rename = "p1")]
    pub first: T,
    /// The second side's.
    #[serde(rename = "p2")]
    pub second: T,
}

impl<T> Sides<T> {
    /// What this side has.
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::First => &self.first,
            Side::Second => &self.second,
        }
    }

    /// What this side has, to change it.
    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::First => &mut self.first,
            Side::Second => &mut self.second,
        }
    }
}

/// How long a match may stay where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// To say that one is there; empty where nobody is asked.
    pub ready_check: Option<Span>,
    /// To lock the stakes once there is an escrow, and for the escrow to be there; empty where
    /// nothing is staked.
    #[serde(default)]
    pub staking: Option<Span>,
    /// From the last answer, or the last stake, to the start; none where the game is started
    /// elsewhere.
    pub countdown: Span,
    /// For somebody who dropped out of a game to come back.
    pub grace: Span,
    /// From the start until there has to be a result.
    pub length: Span,
    /// For an operator to decide what both sides tell differently.
    pub dispute: Span,
    /// For a result to be signed and recorded. It stands afterwards, too.
    pub settlement: Span,
}

/// What came of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// One side won.
    Won {
        /// Who did.
        winner: Side,
        /// How it came to that.
        how: How,
    },
    /// Neither did.
    Drawn {
        /// How it came to that.
        how: How,
    },
}

/// How a match came to its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It was played to its end.
    Played,
    /// Its time was over, and somebody was ahead, or nobody.
    TimedOut,
    /// The other side left, stayed away or did nothing.
    Forfeited,
    /// An operator decided it.
    Ruled,
}
