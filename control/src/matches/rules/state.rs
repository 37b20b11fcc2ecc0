//! Where a match can be, and by when it leaves.
//!
//! Invariant: whoever is not at the end has a deadline, and the state alone says which.

use serde::{Deserialize, Serialize};

use super::{Outcome, Side, Sides};
use crate::time::At;

/// Where a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Two have met and are asked whether they are there.
    Matched {
        /// Who has said so.
        accepted: Sides<bool>,
        /// Until when both have to.
        answer_by: At,
    },
    /// Both are there, and stake what they play for.
    Staking {
        /// What the escrow has of each.
        stakes: Sides<Stake>,
        /// Whether there has been an escrow to pay into.
        opened: bool,
        /// Until when it has to have both; before it is open, until when it has to be.
        lock_by: At,
    },
    /// Both are there; the countdown runs.
    Ready {
        /// When it is over.
        starts_at: At,
    },
    /// They play.
    Active {
        /// Who of them is connected, as far as anybody knows.
        presence: Sides<Presence>,
        /// When there has to be a result.
        ends_by: At,
    },
    /// The game is over; both are free.
    Resolved {
        /// What came of it, or that they do not agree.
        verdict: Verdict,
        /// When this ends by itself.
        until: At,
    },
    /// There is a result and nothing more will happen to it.
    Settled {
        /// The result.
        outcome: Outcome,
    },
    /// There is no result and there will be none.
    Cancelled {
        /// Why not.
        reason: Cancelled,
    },
    /// The time was over and nobody had decided anything.
    Expired,
}

/// What the escrow has of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stake {
    /// Nothing.
    #[default]
    Owed,
    /// Its stake, in a block that others may still take the place of.
    Seen,
    /// Its stake, with the confirmations after which that counts.
    Locked,
}

/// Whether a side is there while it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "presence", rename_all = "snake_case")]
pub enum Presence {
    /// It is, or nobody noticed otherwise.
    Here,
    /// It dropped, and may come back.
    Away {
        /// Until when it may.
        until: At,
    },
    /// It may not come back any more.
    Gone,
}

/// What is known about a game that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// What came of it. It does not change any more.
    Decided(Outcome),
    /// Both sides tell it differently.
    Disputed,
}

/// Why a match has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Cancelled {
    /// Somebody did not want to play.
    Declined {
        /// Who.
        by: Side,
    },
    /// Somebody did not answer in time.
    Unanswered {
        /// Who has answered, for all that.
        accepted: Sides<bool>,
    },
    /// Somebody did not stake in time.
    Unstaked {
        /// Who has, for all that.
        paid: Sides<bool>,
    },
    /// There was no escrow in time that anybody could have paid into.
    NoEscrow,
    /// The chain took a stake back before the game began.
    Unlocked,
    /// Somebody dropped before the game began.
    Disconnected {
        /// Who.
        by: Side,
    },
    /// Somebody left before the game began.
    Left {
        /// Who.
        by: Side,
    },
    /// Both dropped out of the game and neither came back.
    Deserted,
    /// Nobody decided between two that told it differently.
    Unresolved,
    /// An operator took it back.
    Voided,
}

/// When something happens to a match by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Deadline {
    /// When.
    pub due_at: At,
    /// What.
    pub kind: Kind,
}

/// What happens to a match by itself. What is due together happens in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "side", rename_all = "snake_case")]
pub enum Kind {
    /// The ready check is over.
    ReadyCheck,
    /// Not both stakes are locked.
    Stakes,
    /// The game starts.
    Start,
    /// This side may not come back any more.
    Grace(Side),
    /// There should have been a result.
    Length,
    /// Nobody has decided the dispute.
    Dispute,
    /// The result stands, whoever has signed it.
    Settlement,
}

impl State {
    /// The names of all states.
    pub const NAMES: [&'static str; 8] =
        ["matched", "staking", "ready", "active", "resolved", "settled", "cancelled", "expired"];

    /// What will happen if nothing else does, the earliest first.
    #[must_use]
    pub fn deadlines(&self) -> Vec<Deadline> {
        let one = |kind, due_at| vec![Deadline { due_at, kind }];
        match self {
            Self::Matched { answer_by, .. } => one(Kind::ReadyCheck, *answer_by),
            Self::Staking { lock_by, .. } => one(Kind::Stakes, *lock_by),
            Self::Ready { starts_at } => one(Kind::Start, *starts_at),
            Self::Active { presence, ends_by } => {
                let mut all = one(Kind::Length, *ends_by);
                for side in Side::BOTH {
                    if let Presence::Away { until } = presence.of(side) {
                        all.push(Deadline { due_at: *until, kind: Kind::Grace(side) });
                    }
                }
                all.sort_unstable();
                all
            }
            Self::Resolved { verdict: Verdict::Decided(_), until } => one(Kind::Settlement, *until),
            Self::Resolved { verdict: Verdict::Disputed, until } => one(Kind::Dispute, *until),
            Self::Settled { .. } | Self::Cancelled { .. } | Self::Expired => Vec::new(),
        }
    }

    /// Whether nothing can happen to it any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self {
            Self::Settled { .. } | Self::Cancelled { .. } | Self::Expired => true,
            Self::Matched { .. }
            | Self::Staking { .. }
            | Self::Ready { .. }
            | Self::Active { .. }
            | Self::Resolved { .. } => false,
        }
    }

    /// Whether both are still in it: until the game is over, or will not be.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        match self {
            Self::Matched { .. }
            | Self::Staking { .. }
            | Self::Ready { .. }
            | Self::Active { .. } => true,
            Self::Resolved { .. }
            | Self::Settled { .. }
            | Self::Cancelled { .. }
            | Self::Expired => false,
        }
    }

    /// What came of it, once that is decided.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Resolved { verdict: Verdict::Decided(outcome), .. }
            | Self::Settled { outcome } => Some(*outcome),
            Self::Resolved { verdict: Verdict::Disputed, .. }
            | Self::Matched { .. }
            | Self::Staking { .. }
            | Self::Ready { .. }
            | Self::Active { .. }
            | Self::Cancelled { .. }
            | Self::Expired => None,
        }
    }

    /// Its name in the log, the metrics and the documents.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Matched { .. } => "matched",
            Self::Staking { .. } => "staking",
            Self::Ready { .. } => "ready",
            Self::Active { .. } => "active",
            Self::Resolved { .. } => "resolved",
            Self::Settled { .. } => "settled",
            Self::Cancelled { .. } => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// What clients of the old API call it. They sign what is `completed`, so a match is that
    /// when it has an outcome, and `playing` before.
    #[must_use]
    pub fn old_name(&self) -> &'static str {
        match self {
            Self::Matched { .. }
            | Self::Staking { .. }
            | Self::Ready { .. }
            | Self::Active { .. }
            | Self::Resolved { verdict: Verdict::Disputed, .. } => "playing",
            Self::Resolved { verdict: Verdict::Decided(_), .. } | Self::Settled { .. } => {
                "completed"
            }
            Self::Cancelled { .. } | Self::Expired => "expired",
        }
    }
}
