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
    Open,
    /// It holds both stakes.
    Locked {
        /// From when on.
        since: At,
    },
    /// It paid the winner.
    Paid {
        /// Whom.
        winner: Side,
    },
    /// It gave back what it held.
    Returned,
    /// What it says is not what both agreed upon.
    Wrong,
}

impl Standing {
    /// Whether nobody can get out of it any more.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        match self {
            Self::Word | Self::Locked { .. } | Self::Paid { .. } => true,
            Self::Unseen | Self::Open | Self::Returned | Self::Wrong => false,
        }
    }

    /// Of what was said about a wager, in the chain's order, with the time of each.
    #[must_use]
    pub fn of(of: &Agreed<'_>, said: &[(At, Said)]) -> Self {
        match of.backing {
            Backing::Word => Self::Word,
            Backing::Contract => {
                said.iter().fold(Self::Unseen, |standing, (at, said)| standing.after(of, *at, said))
            }
        }
    }

    fn after(self, of: &Agreed<'_>, at: At, said: &Said) -> Self {
        let Agreed { terms, wallets, match_id, game: played, .. } = of;
        let is = |side: Side, account: &Account| wallets.of(side).as_ref() == Some(account);
        let (proposer, other) = (terms.by, terms.by.other());
        match said {
            Said::Proposed { proposer: who, opponent, amount, game } => {
                let meant = is(other, opponent) || opponent.is_nobody();
                let meant = meant && game.as_ref().is_none_or(|game| game == played);
                let same = is(proposer, who) && meant && *amount == terms.amount;
                if same { Self::Open } else { Self::Wrong }
            }
            Said::Bound { match_key } if *match_key == MatchKey::of(*match_id) => self,
            Said::Bound { .. } => Self::Wrong,
            // Whoever got in before the other side did: this wager is not theirs any more.
            Said::Accepted { by } if !is(other, by) => Self::Wrong,
            Said::Accepted { .. } => match self {
                Self::Wrong => Self::Wrong,
                Self::Word
                | Self::Unseen
                | Self::Open
                | Self::Locked { .. }
                | Self::Paid { .. }
                | Self::Returned => Self::Locked { since: at },
            },
            Said::Settled { winner, .. } => {
                let side = Side::BOTH.into_iter().find(|side| is(*side, winner));
                side.map_or(Self::Wrong, |winner| Self::Paid { winner })
            }
            Said::Cancelled | Said::Voided => Self::Returned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uint::WagerId;

    const A: &str = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
    const B: &str = "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf";
    const MATCH: MatchId = MatchId::random(1);
    const C: &str = "0x6813eb9362372eef6200f3b1dbc3f819671cba69";

    fn account(text: &str) -> Account {
        text.parse().unwrap()
    }

    fn proposed(proposer: &str, opponent: &str, amount: u64) -> Said {
        let (proposer, opponent) = (account(proposer), account(opponent));
        Said::Proposed { proposer, opponent, amount: Wei::small(amount), game: None }
    }

    fn of_game(name: &str) -> Said {
        let (proposer, opponent) = (account(A), account(B));
        let game = Some(name.to_owned());
        Said::Proposed { proposer, opponent, amount: Wei::small(5), game }
    }

    fn standing(said: &[Said]) -> Standing {
        let terms = &Terms { by: Side::First, amount: Wei::small(5), id: Some(WagerId::default()) };
        let wallets = &Sides { first: Some(account(A)), second: Some(account(B)) };
        let said: Vec<_> = said.iter().map(|said| (At(7), said.clone())).collect();
        let (backing, match_id) = (Backing::Contract, MATCH);
        Standing::of(&Agreed { backing, terms, wallets, match_id, game: "melee" }, &said)
    }

    #[test]
    fn the_contract_is_believed_and_nobody_else() {
        let nobody = format!("0x{}", "0".repeat(40));
        let accepted = |by| Said::Accepted { by: account(by) };
        let paid =
            |winner| Said::Settled { match_key: MatchKey("0x00".into()), winner: account(winner) };
        let bound = |id| Said::Bound { match_key: MatchKey::of(id) };
        let here = bound(MATCH);
        let elsewhere = bound(MatchId::random(2));
        for (name, said, expected) in [
            ("for this match", vec![proposed(A, B, 5), here], Standing::Open),
            ("for another match", vec![proposed(A, B, 5), elsewhere], Standing::Wrong),
            ("not heard of", vec![], Standing::Unseen),
            ("proposed", vec![proposed(A, B, 5)], Standing::Open),
            ("open to anybody", vec![proposed(A, &nobody, 5)], Standing::Open),
            ("of this game", vec![of_game("melee")], Standing::Open),
            ("of another game", vec![of_game("ultimate"), accepted(B)], Standing::Wrong),
            ("another amount", vec![proposed(A, B, 6)], Standing::Wrong),
            ("somebody else's", vec![proposed(C, B, 5)], Standing::Wrong),
            ("against somebody else", vec![proposed(A, C, 5)], Standing::Wrong),
            ("locked", vec![proposed(A, B, 5), accepted(B)], Standing::Locked { since: At(7) }),
            ("taken by another", vec![proposed(A, &nobody, 5), accepted(C)], Standing::Wrong),
            ("wrong and taken", vec![proposed(A, B, 6), accepted(B)], Standing::Wrong),
            (
                "paid",
                vec![proposed(A, B, 5), accepted(B), paid(B)],
                Standing::Paid { winner: Side::Second },
            ),
            ("paid to a stranger", vec![proposed(A, B, 5), accepted(B), paid(C)], Standing::Wrong),
            ("cancelled", vec![proposed(A, B, 5), Said::Cancelled], Standing::Returned),
            ("voided", vec![proposed(A, B, 5), accepted(B), Said::Voided], Standing::Returned),
        ] {
            assert_eq!(standing(&said), expected, "{name}");
        }
    }
}
