//! What a battle of two crews is made of: its numbers, its states, what happens to it, and what
//! then has to be done. What leads from one to the next stands in [`super`].
//!
//! Invariant: a battle that is not over has a moment at which it goes on by itself.

use serde::{Deserialize, Serialize};

use crate::ids::{LobbyId, PlayerId};
use crate::matches::rules::{Outcome, Side};
use crate::time::{At, Span};

/// The numbers of a battle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// A crew with fewer does not fight.
    pub members_min: usize,
    /// No crew has more.
    pub members_max: usize,
    /// For a crew that was asked.
    pub answer: Span,
    /// To be found by another crew.
    pub search: Span,
    /// From when two crews have met to the start.
    pub start_timer: Span,
    /// How long they fight.
    pub length: Span,
}

/// Who fights together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Crew {
    /// Its name.
    pub id: LobbyId,
    /// Who is in it.
    pub members: Vec<PlayerId>,
}

/// A battle, from the challenge on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Battle {
    /// Who wants to fight.
    pub challenger: Crew,
    /// Whom it has met; empty while it has met nobody.
    pub defender: Option<Crew>,
    /// Where the battle is.
    pub state: State,
}

/// Where a battle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// A certain crew is asked.
    Challenged {
        /// Which.
        asked: LobbyId,
        /// Until when it has to answer.
        answer_by: At,
    },
    /// Any crew will do.
    Seeking {
        /// Until then.
        until: At,
    },
    /// Two crews have met.
    Declared {
        /// When it starts.
        starts_at: At,
    },
    /// They fight.
    Active {
        /// When there has to be a result.
        ends_by: At,
    },
    /// It was fought.
    Resolved {
        /// The first side is the challenger's.
        outcome: Outcome,
    },
    /// It was not.
    Cancelled {
        /// Why not.
        reason: Cancelled,
    },
}

/// Why a battle has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Cancelled {
    /// The challenger does not want to any more.
    Withdrawn,
    /// Nobody was found.
    NobodyFound,
    /// This crew fights in the battle of another that sought one.
    FoundElsewhere,
    /// At the start a crew had too few members.
    TooFew {
        /// Which; the challenger's, if both had.
        side: Side,
    },
    /// It was not decided in time.
    Undecided,
    /// An operator took it back.
    Voided,
}

/// What happens to a battle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The crew that was asked wants to fight.
    Accept(Crew),
    /// The crew of this name does not.
    Decline(LobbyId),
    /// The challenger does not want to any more.
    Withdraw,
    /// A crew that seeks a battle too was found for it; see [`super::opponents`].
    Meet(Crew),
    /// The crew that seeks was found for another battle.
    FoundElsewhere,
    /// Somebody comes to a side.
    Join(Side, PlayerId),
    /// Somebody leaves a side.
    Leave(Side, PlayerId),
    /// The battle has this outcome.
    Finish(Outcome),
    /// An operator takes it back.
    Void,
    /// Nothing but time.
    TimePassed,
}

/// What somebody else has to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Ask the crew of this name.
    Ask {
        /// Which.
        crew: LobbyId,
    },
    /// Look for any crew.
    Seek,
    /// Tell both when it starts.
    Declare {
        /// When.
        starts_at: At,
    },
    /// The battle starts.
    Start,
    /// There is a result.
    Decide {
        /// Which.
        outcome: Outcome,
    },
    /// This side's crew is free.
    Release {
        /// Which.
        side: Side,
    },
    /// This side's crew was left alone by the other: it may seek again, at its old place.
    Requeue {
        /// Which.
        side: Side,
    },
}

impl Battle {
    /// When the next thing happens by itself; empty when nothing ever will.
    #[must_use]
    pub fn due_at(&self) -> Option<At> {
        match self.state {
            State::Challenged { answer_by, .. } => Some(answer_by),
            State::Seeking { until } => Some(until),
            State::Declared { starts_at } => Some(starts_at),
            State::Active { ends_by } => Some(ends_by),
            State::Resolved { .. } | State::Cancelled { .. } => None,
        }
    }
}
