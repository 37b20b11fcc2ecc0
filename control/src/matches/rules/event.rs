//! What can happen to a match, what follows from it, and why something may not happen.

use serde::{Deserialize, Serialize};

use super::{Outcome, Side, Sides, Stake};
use crate::time::At;

/// What happens to a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "event", content = "of", rename_all = "snake_case")]
pub enum Event {
    /// A side is there and wants to play.
    Accept(Side),
    /// A side does not want to play.
    Decline(Side),
    /// The escrow can be paid into.
    EscrowOpen {
        /// Until when it takes stakes.
        until: At,
    },
    /// The escrow has so much of each by now; it may have been more before.
    Stakes(Sides<Stake>),
    /// A side's connection is lost.
    Drop(Side),
    /// A side has a connection again.
    Return(Side),
    /// A side leaves of its own will.
    Abandon(Side),
    /// The game's rules take a side out.
    Forfeit(Side),
    /// The game, or what both sides tell of it, has this outcome.
    Finish(Outcome),
    /// Both sides tell it differently.
    Dispute,
    /// An operator decides what the outcome is.
    Rule(Outcome),
    /// The result is recorded.
    Settle,
    /// An operator takes the match back.
    Void,
    /// Nothing but time: whatever is due happens.
    TimePassed,
}

/// What somebody else has to do now, each exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Both are there and stake: have an escrow opened, and tell both what it has of them.
    Stakes,
    /// All is there: commit to what they will play, and count down.
    CountDown {
        /// When the game starts.
        starts_at: At,
    },
    /// The game starts: reveal what was committed to, and take no more bets.
    Start,
    /// A side dropped out: tell the other.
    Missing {
        /// Who dropped out.
        side: Side,
        /// Until when it may come back.
        until: At,
    },
    /// A side is there again: send it all that it missed, and tell the other.
    Back {
        /// Who is there again.
        side: Side,
    },
    /// A side has nothing to do with this match any more.
    Free {
        /// Who.
        side: Side,
        /// What becomes of it.
        to: Freed,
    },
    /// A side left the other waiting: count it.
    Dodged {
        /// Who.
        side: Side,
    },
    /// There is a result: rate both, and ask for signatures.
    Decide {
        /// The result.
        outcome: Outcome,
    },
    /// There is none, because both sides tell it differently: call an operator.
    Dispute,
    /// There is no result and there will be none: return every stake and every bet.
    Refund,
    /// The result stands: pay what was won.
    Close,
}

/// What becomes of a side that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freed {
    /// Its entry is spent.
    Released,
    /// It waits again, at its old place: others spoilt its match.
    Requeued,
}

/// Why something may not happen. The match is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// There is no game yet that this could be about.
    #[error("the match has not started")]
    NotStarted,
    /// There is no result yet that this could be about.
    #[error("the match has no result yet")]
    Undecided,
    /// It was answered before, and otherwise.
    #[error("already accepted: leave the match instead")]
    AlreadyAccepted,
    /// Whoever dropped out came back too late.
    #[error("away for too long: the match goes on without this side")]
    GraceOver,
    /// Both sides told it differently; only an operator can change that.
    #[error("the result is disputed: an operator decides")]
    Disputed,
    /// There is a result, and it is another one.
    #[error("the match has a result, and results do not change")]
    ResultStands,
    /// Nothing can happen to this match any more.
    #[error("the match is over")]
    Over,
}
