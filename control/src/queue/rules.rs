//! What waits in a queue. The rules about it stand in the files below; none of them reads a
//! clock, rolls dice or knows a database.
//!
//! - `config`: the queues there are, and their numbers.
//! - `joining`: who may enter, what that cancels, and how long an entry lives.
//! - `window`: how far apart two ratings may lie after how long a wait.
//! - `hindrance`: what keeps two entries from each other. Everything else follows it.
//! - `pairing`: who meets whom, for all that wait; `nearest` is what makes it fast.
//! - `explain`: why somebody is not matched yet.
//! - `estimate`: how long it may take.
//! - `dodging`: what it costs to leave others waiting.

pub mod config;
pub mod dodging;
pub mod estimate;
pub mod explain;
pub mod hindrance;
pub mod joining;
mod nearest;
pub mod pairing;
pub mod window;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{PlayerId, TicketId};
use crate::ratings::rules::Rating;
use crate::time::{At, Span};

/// Somebody who waits for an opponent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name, and the capability of who holds it.
    pub ticket: TicketId,
    /// Whose it is.
    pub owner: Owner,
    /// The stake that it plays for; empty where the queue knows no tiers.
    pub tier: Option<String>,
    /// Its owner's when it came in.
    pub rating: Rating,
    /// Whom it wants to meet.
    pub preferences: Preferences,
    /// Higher goes first, whoever waits how long. 0 unless an operator says otherwise.
    pub priority: u8,
    /// When the wait began. A ready check that others spoilt does not change it.
    pub since: At,
    /// Until then it meets nobody, so that nobody can choose whom to meet by when to join.
    pub held_until: At,
    /// Where its time in the queue is counted from: it came in, or gave a sign of life.
    pub fresh_at: At,
}

/// By what somebody is known. Whoever shares one of the three is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Empty for who joins without an identity.
    pub identity: Option<PlayerId>,
    /// Compared as it is written.
    pub connect_code: Option<String>,
    /// Compared without regard to case: that is only its checksum.
    pub wallet: Option<String>,
}

/// Whom somebody wants to meet. What is said here always holds, however long the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Whether waiting longer may bring somebody further away.
    pub expand_search: bool,
    /// No opponent below this.
    #[schema(value_type = Option<i32>)]
    pub min_rating: Option<Rating>,
    /// No opponent above this.
    #[schema(value_type = Option<i32>)]
    pub max_rating: Option<Rating>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { expand_search: true, min_rating: None, max_rating: None }
    }
}

impl Preferences {
    /// Whether an opponent of this rating is wanted.
    #[must_use]
    pub fn admit(&self, opponent: Rating) -> bool {
        self.min_rating.is_none_or(|min| opponent >= min)
            && self.max_rating.is_none_or(|max| opponent <= max)
    }
}

impl Owner {
    /// Whether both are known by the same identity, connect code or wallet.
    #[must_use]
    pub fn is_also(&self, other: &Self) -> bool {
        let code = || self.connect_code.is_some() && self.connect_code == other.connect_code;
        let identity = self.identity.is_some() && self.identity == other.identity;
        let wallet = || match (&self.wallet, &other.wallet) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (None, _) | (_, None) => false,
        };
        identity || code() || wallet()
    }
}

impl Entry {
    /// How long it has waited by now, counted from when the wait began.
    #[must_use]
    pub fn waited(&self, now: At) -> Span {
        now.since(self.since)
    }

    /// Whether it meets nobody yet. A hold that begins in a time to come is none: the clock went
    /// back, and it would last for as long as that.
    #[must_use]
    pub fn is_held(&self, now: At) -> bool {
        self.fresh_at <= now && now < self.held_until
    }

    /// Its place among all: a higher priority first, then the longer wait. The ticket makes it
    /// one order.
    #[must_use]
    pub fn place(&self) -> (Reverse<u8>, At, TicketId) {
        (Reverse(self.priority), self.since, self.ticket)
    }

    /// The same entry, back from a ready check that others spoilt: its wait goes on as if it had
    /// never left, its time in the queue begins anew.
    #[must_use]
    pub fn returned(self, now: At) -> Self {
        Self { held_until: now, fresh_at: now, ..self }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Who has waited since 0, is rated 1200 and known by the number of the ticket.
    pub(crate) fn entry(ticket: u128) -> Entry {
        Entry {
            ticket: TicketId(ticket),
            owner: Owner { identity: Some(PlayerId(ticket)), ..Owner::default() },
            tier: None,
            rating: Rating(1200),
            preferences: Preferences::default(),
            priority: 0,
            since: At(0),
            held_until: At(0),
            fresh_at: At(0),
        }
    }

    #[test]
    fn whoever_shares_a_name_is_the_same() {
        let owner = |identity: u128, code: &str, wallet: &str| Owner {
            identity: (identity != 0).then_some(PlayerId(identity)),
            connect_code: (code != "-").then(|| code.into()),
            wallet: (wallet != "-").then(|| wallet.into()),
        };
        for (one, other, same) in [
            (owner(1, "A#1", "0xa"), owner(1, "B#2", "0xb"), true),
            (owner(1, "A#1", "0xa"), owner(2, "A#1", "0xb"), true),
            (owner(1, "A#1", "0xAb"), owner(2, "B#2", "0xaB"), true),
            (owner(1, "A#1", "0xa"), owner(2, "B#2", "0xb"), false),
            (owner(0, "A#1", "-"), owner(0, "a#1", "-"), false),
            (owner(0, "", "-"), owner(0, "", "-"), true),
            (owner(0, "-", "-"), owner(0, "-", "-"), false),
        ] {
            assert_eq!(one.is_also(&other), same, "{one:?} {other:?}");
            assert_eq!(other.is_also(&one), same, "{other:?} {one:?}");
        }
    }

    #[test]
    fn who_comes_back_has_its_old_place() {
        let entry = Entry { since: At(1_000), held_until: At(3_000), ..entry(1) };
        let back = entry.clone().returned(At(250_000));
        assert_eq!(back.place(), entry.place());
        assert_eq!(back.waited(At(250_000)), Span(249_000));
        assert_eq!((back.fresh_at, back.held_until), (At(250_000), At(250_000)));
    }
}
