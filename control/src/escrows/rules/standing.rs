//! What the escrow contract says of a match, as a fold over its events in the chain's order.
//!
//! Invariant: it is that of the events that the chain has, in whatever order they were heard and
//! whichever were taken back.

use serde::{Deserialize, Serialize};

use crate::matches::rules::{Side, Sides};
use crate::onchain::{Account, MatchKey, Place};
use crate::time::At;
use crate::uint::{EscrowId, Wei};

/// What two play for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Who plays; the first is the contract's player 1.
    pub players: Sides<Account>,
    /// The contract's number of the stake.
    pub tier: u8,
    /// What each side stakes.
    pub stake: Wei,
}

/// What the contract says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// There is an escrow for a match.
    Created {
        /// What it was created for.
        key: MatchKey,
        /// Its number.
        number: EscrowId,
        /// Who plays, for what.
        agreed: Agreed,
    },
    /// A player has paid.
    Joined {
        /// Who.
        player: Account,
    },
    /// Both have.
    Started,
    /// What came of it is known, and what is owed to whom.
    Resolved {
        /// Who won; nobody of a tie.
        winner: Account,
    },
    /// Every stake goes back.
    Cancelled,
    /// This is a player's by now.
    Paid {
        /// Whose.
        player: Account,
        /// How much.
        amount: Wei,
    },
}

impl Said {
    /// As it is kept.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Joined { .. } => "joined",
            Self::Started => "started",
            Self::Resolved { .. } => "resolved",
            Self::Cancelled => "cancelled",
            Self::Paid { .. } => "paid",
        }
    }
}

/// Something that was said, with its place and the time of its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Where.
    pub place: Place,
    /// When, as its block claims.
    pub at: At,
    /// What.
    pub said: Said,
}

/// An escrow that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its number.
    pub number: EscrowId,
    /// Since when.
    pub at: At,
}

/// How an escrow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// By what came of the match.
    Resolved {
        /// Who won; nobody of a tie.
        winner: Option<Side>,
    },
    /// Every stake goes back.
    Cancelled,
}

/// Where an escrow is, by what the contract says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// None before there is one.
    pub opened: Option<Opened>,
    /// In which block each has paid.
    pub joined: Sides<Option<i64>>,
    /// When both had.
    pub started_at: Option<At>,
    /// How it ended.
    pub ended: Option<End>,
    /// What is each side's by now.
    pub paid: Sides<Wei>,
}

impl Standing {
    /// The newest escrow of those that were created for a match and are what two agreed upon: one,
    /// unless the chain is between two branches.
    #[must_use]
    pub fn opened(agreed: &Agreed, created: &[Heard]) -> Option<Opened> {
        let ours = created.iter().filter_map(|heard| match &heard.said {
            Said::Created { number, agreed: told, .. } if told == agreed => {
                Some((heard.place, Opened { number: *number, at: heard.at }))
            }
            Said::Created { .. }
            | Said::Joined { .. }
            | Said::Started
            | Said::Resolved { .. }
            | Said::Cancelled
            | Said::Paid { .. } => None,
        });
        ours.max_by_key(|(place, _)| *place).map(|(_, opened)| opened)
    }

    /// Where that escrow is.
    #[must_use]
    pub fn of(agreed: &Agreed, opened: Option<Opened>, about: &[Heard]) -> Self {
        let mut standing = Self { opened, ..Self::default() };
        if opened.is_none() {
            return standing;
        }
        let mut about: Vec<_> = about.iter().collect();
        about.sort_by_key(|heard| heard.place);
        for heard in about {
            standing.hear(agreed, heard);
        }
        standing
    }

    fn hear(&mut self, agreed: &Agreed, heard: &Heard) {
        let side = |account: &Account| {
            Side::BOTH.into_iter().find(|side| agreed.players.of(*side) == account)
        };
        match &heard.said {
            // Found by what it was created for.
            Said::Created { .. } => {}
            Said::Joined { player } => {
                if let Some(side) = side(player) {
                    *self.joined.of_mut(side) = Some(heard.place.block);
                }
            }
            Said::Started => self.started_at = Some(heard.at),
            Said::Resolved { winner } => {
                self.ended = Some(End::Resolved { winner: side(winner) });
            }
            Said::Cancelled => self.ended = Some(End::Cancelled),
            Said::Paid { player, amount } => {
                if let Some(side) = side(player) {
                    let paid = self.paid.of_mut(side);
                    *paid = paid.plus(*amount);
                }
            }
        }
    }
}
