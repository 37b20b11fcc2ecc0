//! What an operator does: shuts out users and lets them in, opens and closes queues, and decides what
//! matches come to when nobody else does.
//!
//! - `orders`: what every process has to know without asking the database.
//! - `audit`: the line of the log that every act leaves, with who and why, in the act's transaction.
//! - `users`, `queues`, `matches`: the acts; `older`: those of the older interface.
//!
//! Invariant: nothing is done without its line, and no line stands for what was not done.

mod audit;
pub mod http;
pub(crate) mod matches;
pub(crate) mod older;
pub(crate) mod orders;
pub mod queues;
pub(crate) mod users;

pub(crate) use self::audit::{Act, To};
pub(crate) use self::orders::Orders;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identities::Identity;
use crate::time::At;

/// Whether a queue lets anybody in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// It does.
    #[default]
    Open,
    /// It does not; who waits may still meet somebody.
    Draining,
    /// It does not, and who waited was put out.
    Closed,
}

impl Door {
    const ALL: [Self; 3] = [Self::Open, Self::Draining, Self::Closed];

    /// As it stands in rows and requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Draining => "draining",
            Self::Closed => "closed",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.name() == name)
    }
}

/// Somebody, as an operator sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    #[serde(flatten)]
    pub(crate) identity: Identity,
    /// Since when they are shut out, in Unix milliseconds.
    #[schema(value_type = Option<i64>)]
    pub(crate) disabled_at: Option<At>,
}

/// Why an act is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such user: give an id, or the name")]
    NoSuchUser,
    #[error("there is no such key of this user")]
    NoSuchKey,
    #[error("there is no queue of this name")]
    NoSuchQueue,
    #[error("why: expected 3 to 500 characters, for the log")]
    NoReason,
    #[error("{0}")]
    Invalid(&'static str),
    #[error("an outcome that was {0} does not have this score")]
    Score(&'static str),
    #[error(
        "in this queue sides are asked whether they are there, and nobody plays twice at a time: \
         have them join again, or send them back from the match itself (requeue)"
    )]
    NotRepeated,
    #[error("both sides would have the same wallet, which no result can be signed with")]
    SameWallet,
    #[error("this name is taken")]
    NameTaken,
    #[error("the match is over: nobody can be sent back to the queue from it")]
    NobodyToRequeue,
    #[error(transparent)]
    Match(#[from] crate::matches::service::Error),
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}
