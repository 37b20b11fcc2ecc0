//! Where a wager is, and what that is called.

use serde::{Deserialize, Serialize};

use super::Standing;
use crate::matches::rules::Side;
use crate::time::At;

/// Where a wager is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// One side proposed it.
    Proposed {
        /// Until when the other may answer.
        answer_by: At,
    },
    /// Both agreed.
    Accepted {
        /// Until when a contract has to hold both stakes.
        secure_by: At,
    },
    /// The match is decided; the result may still be recorded.
    Decided {
        /// Who won.
        winner: Side,
    },
    /// The result stands: the winner is due both stakes.
    Won {
        /// Who won.
        winner: Side,
    },
    /// Somebody did not want it.
    Declined {
        /// Who; the proposer, if it took it back.
        by: Side,
    },
    /// Nobody answered in time.
    Lapsed,
    /// Both are due their own stakes.
    Void {
        /// Why.
        why: Why,
    },
}

/// Why nobody wins a wager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The match has no result.
    NoResult,
    /// The match was drawn.
    Drawn,
    /// The contract did not hold both stakes in time.
    Unsecured,
    /// The contract says something else than both agreed upon.
    Contradicted,
    /// The contract gave the stakes back.
    TakenBack,
    /// The contract's offer named no match, and another one of the two was paid by.
    PaidElsewhere,
}

impl State {
    /// Its name in the log and in our words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed { .. } => "proposed",
            Self::Accepted { .. } => "accepted",
            Self::Decided { .. } => "decided",
            Self::Won { .. } => "won",
            Self::Declined { .. } => "declined",
            Self::Lapsed => "lapsed",
            Self::Void { .. } => "void",
        }
    }

    /// Whether it stands: both agreed, and nobody is due his own stake.
    #[must_use]
    pub fn stands(&self) -> bool {
        match self {
            Self::Accepted { .. } | Self::Decided { .. } | Self::Won { .. } => true,
            Self::Proposed { .. } | Self::Declined { .. } | Self::Lapsed | Self::Void { .. } => {
                false
            }
        }
    }

    /// What clients of the old API call it. What is won is `settled` once it is paid, where there
    /// is somebody to pay it.
    #[must_use]
    pub fn old_name(&self, standing: &Standing) -> &'static str {
        match (self, standing) {
            (Self::Proposed { .. }, _) => "proposed",
            (Self::Won { .. }, Standing::Word | Standing::Paid { .. }) => "settled",
            (Self::Won { .. }, Standing::PaidElsewhere { .. } | Standing::Returned) => "voided",
            (
                Self::Won { .. },
                Standing::Unseen
                | Standing::Open { .. }
                | Standing::Locked { .. }
                | Standing::Wrong { .. },
            )
            | (Self::Accepted { .. } | Self::Decided { .. }, _) => "accepted",
            (Self::Declined { .. }, _) => "declined",
            (Self::Lapsed, _) => "expired",
            (Self::Void { .. }, _) => "voided",
        }
    }
}
