//! Betting on a match: when bets are taken and of what size, and what is to become of them.
//!
//! - `odds`: what a side is worth.
//! - `payout`: who gets how much.
//! - `tally`: what is in a pool, as a fold of its events.

pub mod odds;
pub mod payout;
pub mod tally;

use serde::{Deserialize, Serialize};

use crate::time::{At, Span};
use crate::uint::Wei;

/// What a pool keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What the contract keeps of the whole pool, in hundredths of a percent: what is expected as
    /// long as the chain has no pool of the match, then what the contract says.
    pub rake_bps: u16,
    /// The smallest bet that a quote is given for. The contract takes any.
    pub bet_min: Wei,
    /// The largest, of one account in all.
    pub bet_max: Wei,
    /// Where a game starts elsewhere, unseen: how long bets are taken after two met.
    pub window: Span,
}

impl Terms {
    /// 5 % rake, 10 to 500 tokens.
    #[must_use]
    pub fn arcade() -> Self {
        Self {
            rake_bps: 500,
            bet_min: Wei::coins(10),
            bet_max: Wei::coins(500),
            window: Span::seconds(60),
        }
    }

    /// What the pools of the old API keep to: no rake, any bet.
    #[must_use]
    pub fn melee() -> Self {
        Self {
            rake_bps: 0,
            bet_min: Wei::small(1),
            bet_max: Wei::coins(1_000_000_000),
            window: Span::seconds(60),
        }
    }

    /// Whether a bet of this size may be made.
    ///
    /// # Errors
    /// It may not.
    pub fn allow(&self, amount: Wei) -> Result<(), Refused> {
        if amount < self.bet_min || amount > self.bet_max {
            return Err(Refused::Size { min: self.bet_min, max: self.bet_max });
        }
        Ok(())
    }
}

/// Where the betting on a match has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Betting {
    /// Bets are taken.
    Open,
    /// The game goes on: nobody may bet any more.
    Closed,
    /// The match has a result: the pool is paid out by it.
    Resolve,
    /// The match has none, a draw, or one that was made while bets were taken: every bet goes back.
    Cancel,
}

/// What happens to the betting on a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The game starts, or the time for bets is over.
    Start,
    /// There is a result, and bets were taken when it was made.
    TooSoon,
    /// The match's result stands, and somebody won.
    Won,
    /// The match is drawn, or has no result.
    Void,
}

/// Why somebody may not bet, or not claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too little, or too much.
    #[error("amount: expected {min} to {max} wei")]
    Size {
        /// The smallest.
        min: Wei,
        /// The largest.
        max: Wei,
    },
    /// The game has started.
    #[error("betting is closed: bets are taken until the game starts")]
    Closed,
    /// Nothing is decided.
    #[error("the pool is not resolved yet: nothing can be claimed before the match has a result")]
    Unresolved,
    /// Who asks bet nothing.
    #[error("this account has no bet in this pool")]
    NoBet,
}

/// What a result does to the betting on its match: whoever bet when it was made may have known it.
/// The contract counts whole seconds, and its word is the last one.
#[must_use]
pub fn decided(bets_until: At, at: At) -> Event {
    let second = |at: At| at.0.div_euclid(1_000);
    if second(at) <= second(bets_until) { Event::TooSoon } else { Event::Start }
}

impl Betting {
    /// What an event makes of it. What is decided stays as it is.
    #[must_use]
    pub fn after(self, event: Event) -> Self {
        match (self, event) {
            (Self::Open | Self::Closed, Event::Won) => Self::Resolve,
            (Self::Open | Self::Closed, Event::Void | Event::TooSoon) => Self::Cancel,
            (Self::Open, Event::Start) => Self::Closed,
            (Self::Closed | Self::Resolve | Self::Cancel, Event::Start)
            | (Self::Resolve | Self::Cancel, Event::Won | Event::Void | Event::TooSoon) => self,
        }
    }

    /// Its name in the database and the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Resolve => "resolve",
            Self::Cancel => "cancel",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bets_are_taken_until_the_start_and_decided_once() {
        let all = [Betting::Open, Betting::Closed, Betting::Resolve, Betting::Cancel];
        for (event, expected) in [
            (Event::Start, [Betting::Closed, Betting::Closed, Betting::Resolve, Betting::Cancel]),
            (Event::Won, [Betting::Resolve, Betting::Resolve, Betting::Resolve, Betting::Cancel]),
            (Event::Void, [Betting::Cancel, Betting::Cancel, Betting::Resolve, Betting::Cancel]),
            (Event::TooSoon, [Betting::Cancel, Betting::Cancel, Betting::Resolve, Betting::Cancel]),
        ] {
            assert_eq!(all.map(|betting| betting.after(event)), expected, "{event:?}");
        }
    }

    #[test]
    fn a_result_counts_for_bets_from_the_second_after_the_last_one_on() {
        for (at, expected) in [
            (59_000, Event::TooSoon),
            (60_000, Event::TooSoon),
            (60_999, Event::TooSoon),
            (61_000, Event::Start),
        ] {
            assert_eq!(decided(At(60_300), At(at)), expected, "{at}");
        }
    }

    #[test]
    fn a_bet_has_a_smallest_and_a_largest_size() {
        let terms = Terms::arcade();
        let one = Wei::small(1);
        for allowed in [Wei::coins(10), Wei::coins(10).plus(one), Wei::coins(500)] {
            assert_eq!(terms.allow(allowed), Ok(()));
        }
        let largest =
            "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        let refused = [
            Wei::ZERO,
            Wei::coins(10).minus(one),
            Wei::coins(500).plus(one),
            largest.parse().unwrap(),
        ];
        for size in refused {
            let why = terms.allow(size).unwrap_err().to_string();
            assert!(why.contains("10000000000000000000 to 500000000000000000000 wei"), "{why}");
        }
    }
}
