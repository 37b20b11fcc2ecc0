//! What is in a pool, as a fold of what the contract said of it.
//!
//! Invariant: an event that is taken back leaves no trace, so a tally depends on the events that
//! the chain has, and on nothing that happened to it on the way. Sums are those of a ring for that:
//! events of two branches of the chain may be there at once, for a moment.

use serde::{Deserialize, Serialize};

use super::odds::Stakes;
use super::payout::{self, End};
use crate::matches::rules::Side;
use crate::onchain::{Account, MatchKey};
use crate::uint::Wei;

/// What the contract said about a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// It was made.
    Created {
        /// For which match.
        match_key: MatchKey,
        /// The one whom bets on A are on.
        a: Account,
        /// The other.
        b: Account,
        /// What the contract keeps of it, in hundredths of a percent, if it says so.
        #[serde(default)]
        rake_bps: Option<u16>,
    },
    /// Somebody bet.
    Bet {
        /// Who.
        bettor: Account,
        /// Whether on A.
        on_a: bool,
        /// How much.
        amount: Wei,
    },
    /// It was decided.
    Resolved {
        /// For whom.
        winner: Account,
    },
    /// Every bet goes back.
    Cancelled,
    /// Somebody fetched what was his.
    Claimed {
        /// Who.
        bettor: Account,
        /// How much.
        amount: Wei,
    },
}

/// A pool's stakes and its fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// On A.
    pub a: Wei,
    /// On B.
    pub b: Wei,
    /// How many bets.
    pub bets: i64,
    /// What was fetched.
    pub claimed: Wei,
    /// For which match, and who plays.
    pub opened: Option<Opened>,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// How a pool began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// For which match.
    pub match_key: MatchKey,
    /// The one whom bets on A are on.
    pub a: Account,
    /// The other.
    pub b: Account,
    /// What the contract keeps of it, in hundredths of a percent, if it says so.
    #[serde(default)]
    pub rake_bps: Option<u16>,
}

/// How a pool ended, as the contract has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ended", rename_all = "snake_case")]
pub enum Ended {
    /// Somebody won it.
    Resolved {
        /// Whose side.
        winner: Account,
    },
    /// Every bet goes back.
    Cancelled,
}

impl Said {
    /// Its kind, as it is kept.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Bet { .. } => "bet",
            Self::Resolved { .. } => "resolved",
            Self::Cancelled => "cancelled",
            Self::Claimed { .. } => "claimed",
        }
    }

    /// Who did it, where it is one of many.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Bet { bettor, .. } | Self::Claimed { bettor, .. } => Some(bettor),
            Self::Created { .. } | Self::Resolved { .. } | Self::Cancelled => None,
        }
    }
}

impl Tally {
    /// With one event more. Beginning and end are told by [`Self::fated`].
    pub fn add(&mut self, said: &Said) {
        match said {
            Said::Bet { on_a, amount, .. } => {
                let side = if *on_a { &mut self.a } else { &mut self.b };
                *side = side.and(*amount);
                self.bets += 1;
            }
            Said::Claimed { amount, .. } => self.claimed = self.claimed.and(*amount),
            Said::Created { .. } | Said::Resolved { .. } | Said::Cancelled => {}
        }
    }

    /// With one event less.
    pub fn remove(&mut self, said: &Said) {
        match said {
            Said::Bet { on_a, amount, .. } => {
                let side = if *on_a { &mut self.a } else { &mut self.b };
                *side = side.without(*amount);
                self.bets -= 1;
            }
            Said::Claimed { amount, .. } => self.claimed = self.claimed.without(*amount),
            Said::Created { .. } | Said::Resolved { .. } | Said::Cancelled => {}
        }
    }

    /// Its beginning and its end, by all that is not a bet or a claim, in the chain's order.
    pub fn fated<'a>(&mut self, said: impl Iterator<Item = &'a Said>) {
        (self.opened, self.ended) = (None, None);
        for said in said {
            match said {
                Said::Created { match_key, a, b, rake_bps } => {
                    let (match_key, a, b) = (match_key.clone(), a.clone(), b.clone());
                    self.opened = Some(Opened { match_key, a, b, rake_bps: *rake_bps });
                }
                Said::Resolved { winner } => {
                    self.ended = Some(Ended::Resolved { winner: winner.clone() });
                }
                Said::Cancelled => self.ended = Some(Ended::Cancelled),
                Said::Bet { .. } | Said::Claimed { .. } => {}
            }
        }
    }

    /// What is staked on each side.
    #[must_use]
    pub fn stakes(&self) -> Stakes {
        Stakes { a: self.a, b: self.b }
    }

    /// How it ended, for those who want to be paid.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        match (self.ended.as_ref()?, self.opened.as_ref()?) {
            (Ended::Cancelled, _) => Some(End::Void),
            (Ended::Resolved { winner }, opened) if *winner == opened.a => {
                Some(payout::end(&self.stakes(), Side::First))
            }
            (Ended::Resolved { .. }, _) => Some(payout::end(&self.stakes(), Side::Second)),
        }
    }

    /// As the contract numbers it: 0 open, 1 resolved, 2 cancelled.
    #[must_use]
    pub fn status(&self) -> i64 {
        match self.ended {
            None => 0,
            Some(Ended::Resolved { .. }) => 1,
            Some(Ended::Cancelled) => 2,
        }
    }

    /// Whether more was fetched than there was: never, whoever counts.
    #[must_use]
    pub fn overdrawn(&self) -> bool {
        self.claimed > self.stakes().total()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const ACCOUNTS: [&str; 3] = [
        "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
        "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf",
        "0x6813eb9362372eef6200f3b1dbc3f819671cba69",
    ];

    /// What a block says at one place, whenever it is told.
    fn said(block: u8, branch: u8, log: u8) -> Said {
        let account = |n: u8| ACCOUNTS[usize::from(n % 3)].parse().unwrap();
        let amount = Wei::small(u64::from(block) * 1_000 + u64::from(branch) * 100 + 1);
        match (block + branch + log) % 6 {
            0 => Said::Created {
                match_key: MatchKey(format!("0x{block}{branch}")),
                a: account(0),
                b: account(1),
                rake_bps: Some(500),
            },
            1 | 2 => Said::Bet { bettor: account(log), on_a: block.is_multiple_of(2), amount },
            3 => Said::Resolved { winner: account(branch) },
            4 => Said::Claimed { bettor: account(log), amount },
            _five => Said::Cancelled,
        }
    }

    /// As the database keeps it: what is there by block and place, and the tally beside it.
    #[derive(Default)]
    struct Kept {
        events: BTreeMap<(u8, u8, u8), Said>,
        tally: Tally,
    }

    impl Kept {
        fn observe(&mut self, block: u8, branch: u8, log: u8) {
            let said = said(block, branch, log);
            if self.events.insert((block, log, branch), said.clone()).is_none() {
                self.tally.add(&said);
                self.tally.fated(self.events.values());
            }
        }

        fn forget(&mut self, block: u8, branch: u8) {
            let gone = |key: &(u8, u8, u8)| key.0 == block && key.2 == branch;
            let keys: Vec<_> = self.events.keys().copied().filter(gone).collect();
            for key in keys {
                let said = self.events.remove(&key).unwrap();
                self.tally.remove(&said);
            }
            self.tally.fated(self.events.values());
        }

        fn afresh(&self) -> Tally {
            let mut tally = Tally::default();
            self.events.values().for_each(|said| tally.add(said));
            tally.fated(self.events.values());
            tally
        }
    }

    proptest! {
        #[test]
        fn whatever_was_observed_and_forgotten_the_tally_is_that_of_what_is_there(
            steps in proptest::collection::vec((0_u8..4, 0_u8..6, 0_u8..2, 0_u8..4), 0..200),
        ) {
            let mut kept = Kept::default();
            for (what, block, branch, log) in steps {
                if what == 0 { kept.forget(block, branch) } else { kept.observe(block, branch, log) }
                prop_assert_eq!(&kept.tally, &kept.afresh());
            }
            for block in 0..6 {
                kept.forget(block, 0);
                kept.forget(block, 1);
            }
            prop_assert_eq!(kept.tally, Tally::default());
        }
    }
}
