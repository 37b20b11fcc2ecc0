//! What the wager contract says of one wager, and whether that is what both agreed upon.
//!
//! Invariant: it is made anew of all events that the chain has, so that a block that is taken back
//! leaves nothing behind.

use serde::{Deserialize, Serialize};

use super::{Backing, Terms};
use crate::ids::MatchId;
use crate::matches::rules::{Side, Sides};
use crate::onchain::{Account, MatchKey};
use crate::time::At;
use crate::uint::Wei;

/// What the contract said about a wager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// Somebody locked a stake and waits for another.
    Proposed {
        /// Who.
        proposer: Account,
        /// Who may accept; nobody's account for anybody.
        opponent: Account,
        /// What each stakes.
        amount: Wei,
        /// Of which game: a record of another does not settle it. None where it was kept before
        /// this was.
        #[serde(default)]
        game: Option<String>,
    },
    /// It is for one match, and settled by no other.
    Bound {
        /// Which.
        match_key: MatchKey,
    },
    /// Somebody else locked as much.
    Accepted {
        /// Who.
        by: Account,
    },
    /// The winner was paid.
    Settled {
        /// By which match.
        match_key: MatchKey,
        /// Who was paid.
        winner: Account,
    },
    /// The proposer took it back.
    Cancelled,
    /// Both got their stakes back.
    Voided,
}

impl Said {
    /// Its kind, as it is kept.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Proposed { .. } => "proposed",
            Self::Bound { .. } => "bound",
            Self::Accepted { .. } => "accepted",
            Self::Settled { .. } => "settled",
            Self::Cancelled => "cancelled",
            Self::Voided => "voided",
        }
    }
}

/// What two agreed upon, to hold what the contract says against.
#[derive(Clone, Copy, Debug)]
pub struct Agreed<'a> {
    /// Who holds the stakes.
    pub backing: Backing,
    /// What is staked.
    pub terms: &'a Terms,
    /// Whose it is.
    pub wallets: &'a Sides<Option<Account>>,
    /// Which match decides it.
    pub match_id: MatchId,
    /// What its record calls the game.
    pub game: &'a str,
}

/// How a wager stands with whoever holds its stakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "chain", rename_all = "snake_case")]
pub enum Standing {
    /// Nobody holds any: both have given their word.
    Word,
    /// The contract has not been heard of it.
    Unseen,
    /// It holds the proposer's stake.
    Open {
        /// Whether the offer names this match. One that names none is paid by any match of the two.
        #[serde(default)]
        bound: bool,
    },
    /// It holds both stakes.
    Locked {
        /// From when on.
        since: At,
        /// As with an open one.
        #[serde(default)]
        bound: bool,
    },
    /// It paid by the record of this match.
    Paid {
        /// Whom.
        winner: Side,
        /// As with an open one.
        #[serde(default)]
        bound: bool,
    },
    /// The offer named no match, and the contract paid by the record of another one of the two.
    PaidElsewhere {
        /// Whom.
        winner: Side,
    },
    /// It gave back what it held.
    Returned,
    /// What it says is not what both agreed upon.
    Wrong {
        /// From when on it holds both stakes, if they are those of the two all the same.
        #[serde(default)]
        held_since: Option<At>,
    },
}

/// What the contract said, put together.
#[derive(Clone, Copy, Debug, Default)]
struct Heard<'a> {
    offer: Option<Offer<'a>>,
    match_key: Option<&'a MatchKey>,
    accepted: Option<(&'a Account, At)>,
    ended: Option<Ended<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Offer<'a> {
    proposer: &'a Account,
    opponent: &'a Account,
    amount: Wei,
    game: Option<&'a str>,
}

#[derive(Clone, Copy, Debug)]
enum Ended<'a> {
    Settled { match_key: &'a MatchKey, winner: &'a Account },
    Returned,
}

impl Standing {
    /// Whether nobody can get out of it any more.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        match self {
            Self::Word | Self::Locked { .. } | Self::Paid { .. } => true,
            Self::Unseen
            | Self::Open { .. }
            | Self::PaidElsewhere { .. }
            | Self::Returned
            | Self::Wrong { .. } => false,
        }
    }

    /// Whether no other match can have its stakes: the contract's offer names this one.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        match self {
            Self::Open { bound } | Self::Locked { bound, .. } | Self::Paid { bound, .. } => *bound,
            Self::Word
            | Self::Unseen
            | Self::PaidElsewhere { .. }
            | Self::Returned
            | Self::Wrong { .. } => false,
        }
    }

    /// Of what was said about a wager, in the chain's order, with the time of each.
    #[must_use]
    pub fn of(of: &Agreed<'_>, said: &[(At, Said)]) -> Self {
        match of.backing {
            Backing::Word => Self::Word,
            Backing::Contract => Heard::of(said).held_against(of),
        }
    }
}

impl<'a> Heard<'a> {
    fn of(said: &'a [(At, Said)]) -> Self {
        let mut heard = Self::default();
        for (at, said) in said {
            match said {
                Said::Proposed { proposer, opponent, amount, game } => {
                    let (amount, game) = (*amount, game.as_deref());
                    heard.offer = Some(Offer { proposer, opponent, amount, game });
                }
                Said::Bound { match_key } => heard.match_key = Some(match_key),
                Said::Accepted { by } => heard.accepted = Some((by, *at)),
                Said::Settled { match_key, winner } => {
                    heard.ended = Some(Ended::Settled { match_key, winner });
                }
                Said::Cancelled | Said::Voided => heard.ended = Some(Ended::Returned),
            }
        }
        heard
    }

    fn held_against(&self, of: &Agreed<'_>) -> Standing {
        let ours = MatchKey::of(of.match_id);
        let bound = self.match_key == Some(&ours);
        match (self.ended, self.accepted) {
            (Some(Ended::Settled { match_key, winner }), _) => match side_of(of, winner) {
                Some(winner) if *match_key == ours => Standing::Paid { winner, bound },
                Some(winner) => Standing::PaidElsewhere { winner },
                None => Standing::Wrong { held_since: None },
            },
            (Some(Ended::Returned), _) => Standing::Returned,
            (None, accepted) if !self.is_as_agreed(of, &ours) => {
                let theirs = accepted.filter(|(by, _)| self.is_of_both(of, by));
                Standing::Wrong { held_since: theirs.map(|(_, since)| since) }
            }
            (None, Some((_, since))) => Standing::Locked { since, bound },
            (None, None) if self.offer.is_some() => Standing::Open { bound },
            (None, None) => Standing::Unseen,
        }
    }

    /// As far as it was heard of.
    fn is_as_agreed(&self, of: &Agreed<'_>, ours: &MatchKey) -> bool {
        let is = |side: Side, account: &Account| side_of(of, account) == Some(side);
        let (proposer, other) = (of.terms.by, of.terms.by.other());
        let offered = self.offer.is_none_or(|offer| {
            is(proposer, offer.proposer)
                && (is(other, offer.opponent) || offer.opponent.is_nobody())
                && offer.amount == of.terms.amount
                && offer.game.is_none_or(|game| game == of.game)
        });
        // Whoever got in before the other side did: this wager is not theirs any more.
        let accepted = self.accepted.is_none_or(|(by, _)| is(other, by));
        offered && accepted && self.match_key.is_none_or(|key| key == ours)
    }

    /// Whether one side staked and the other accepted, whatever they staked on what.
    fn is_of_both(&self, of: &Agreed<'_>, acceptor: &Account) -> bool {
        let proposer = self.offer.and_then(|offer| side_of(of, offer.proposer));
        proposer.is_some_and(|side| side_of(of, acceptor) == Some(side.other()))
    }
}

fn side_of(of: &Agreed<'_>, account: &Account) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| of.wallets.of(*side).as_ref() == Some(account))
}

#[cfg(test)]
mod tests;
