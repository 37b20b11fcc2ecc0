//! What is at stake, when it counts as locked, and what is to be sent to the escrow.
//!
//! - `standing`: what the contract says, as a fold.
//!
//! Invariant: what is wanted follows from what came of the match and from what the contract says,
//! whichever was known first.

pub mod standing;

use serde::{Deserialize, Serialize};

use crate::matches::rules::{How, Outcome, Side, Sides, Stake, Timing};
use crate::onchain::Account;
use crate::queue::rules::config::{Mode, Queue};
use crate::queue::rules::joining::Tier;
use crate::time::{At, Span};
use crate::uint::Wei;

pub use standing::{Agreed, End, Said, Standing};

/// How long both have to pay, and before that the escrow to be there.
pub const STAKING: Span = Span::seconds(60);
/// The contract's own: how long it takes stakes.
pub const JOIN_WINDOW: Span = Span::seconds(300);
/// The contract's own: how long after the second stake a result counts.
pub const RESULT_WINDOW: Span = Span::seconds(180);
/// For a transaction to get into a block, and for its block to be heard of.
pub const MARGIN: Span = Span::seconds(30);
/// What the chain's time may be behind ours.
const SLACK: Span = Span::seconds(2);
/// What each side stakes in the contract's tiers, in whole tokens.
const TIERS: [u64; 4] = [50, 150, 300, 500];

/// Who holds the stakes of a queue's matches, and when they count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The chain's number.
    pub chain_id: u64,
    /// The escrow contract.
    pub contract: Account,
    /// Blocks, a stake's own included, after which it counts.
    pub confirmations: u64,
    /// What each side stakes; empty where the queue's tiers say.
    pub stake: Option<Wei>,
}

/// Why a queue cannot be played for stakes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is none of this name.
    #[error("there is no queue of this name")]
    NoSuchQueue,
    /// Its games are not between two.
    #[error("its games are not between two, which is what an escrow is for")]
    NotOfTwo,
    /// A result would come too late.
    #[error("a match of it may take {0} s, and the escrow waits 180 s for a result, sent in 30 s")]
    TooLong(u64),
    /// The contract knows other amounts.
    #[error(
        "the escrow takes 50, 150, 300 or 500 tokens (of 10^18 wei) from each side: no other stake"
    )]
    NoSuchStake,
    /// Both are there, or neither.
    #[error("say `tier` where a queue has tiers, and what is staked, in wei, where it has none")]
    TierOrStake,
}

/// Whether a queue can be played for stakes.
///
/// # Errors
/// Says why it cannot.
pub fn fits(queue: &Queue, terms: &Terms) -> Result<(), Unfit> {
    match queue.mode {
        Mode::Fifo | Mode::Rated(_) => {}
        Mode::Team(_) | Mode::Ffa(_) => return Err(Unfit::NotOfTwo),
    }
    let lasts = Span(queue.timing.countdown.0.saturating_add(queue.timing.length.0));
    if lasts.0.saturating_add(MARGIN.0) >= RESULT_WINDOW.0 {
        return Err(Unfit::TooLong(lasts.0 / 1_000));
    }
    let tiers = &queue.entrance.tiers;
    if tiers.is_empty() == terms.stake.is_none() {
        return Err(Unfit::TierOrStake);
    }
    let known = |tier| staked(terms, tiers, tier).is_some();
    let all_known = match terms.stake {
        Some(_) => known(None),
        None => tiers.iter().all(|tier| known(Some(&tier.name))),
    };
    if all_known { Ok(()) } else { Err(Unfit::NoSuchStake) }
}

/// What each side stakes, with the contract's number of it.
#[must_use]
pub fn staked(terms: &Terms, tiers: &[Tier], tier: Option<&str>) -> Option<(u8, Wei)> {
    let of_tier = || {
        let tier = tiers.iter().find(|it| Some(it.name.as_str()) == tier)?;
        tier.stake_wei()?.parse().ok()
    };
    let stake = terms.stake.or_else(of_tier)?;
    let number = TIERS.iter().position(|tokens| Wei::coins(*tokens) == stake)?;
    Some((u8::try_from(number).ok()?, stake))
}

/// What is to become of the stakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// It is not decided.
    Open,
    /// One side gets both.
    Won {
        /// Who.
        winner: Side,
        /// Whether the other gave up.
        forfeit: bool,
    },
    /// Each gets half.
    Drawn,
    /// Each gets back what it has paid.
    Void,
}

impl Fate {
    /// By what came of the match.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Won { winner, how } => Self::Won { winner, forfeit: how == How::Forfeited },
            Outcome::Drawn { .. } => Self::Drawn,
        }
    }

    /// The contract's number of it; none before it is decided.
    #[must_use]
    pub fn outcome(self) -> Option<u8> {
        match self {
            Self::Open => None,
            Self::Won { forfeit: false, .. } => Some(1),
            Self::Drawn => Some(2),
            Self::Won { forfeit: true, .. } => Some(3),
            Self::Void => Some(4),
        }
    }

    /// Who gets both stakes.
    #[must_use]
    pub fn winner(self) -> Option<Side> {
        match self {
            Self::Won { winner, .. } => Some(winner),
            Self::Open | Self::Drawn | Self::Void => None,
        }
    }
}

/// What is to be sent to the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// What came of the match.
    pub result: bool,
    /// What it has for a side, from when on that can be had.
    pub pay: Sides<Option<At>>,
}

/// What is to be sent by now, or later.
#[must_use]
pub fn wants(fate: Fate, standing: &Standing) -> Wants {
    let under_way = standing.started_at.is_some() && standing.ended.is_none();
    let pay = |side| due_to(side, standing);
    Wants {
        result: under_way && fate != Fate::Open,
        pay: Sides { first: pay(Side::First), second: pay(Side::Second) },
    }
}

fn due_to(side: Side, standing: &Standing) -> Option<At> {
    let opened = standing.opened?;
    let paid = *standing.paid.of(side) > Wei::ZERO;
    let has_its_stake = standing.joined.of(side).is_some() && !paid;
    match standing.ended {
        // What is owed since then is fetched once.
        Some(End::Resolved { .. }) => paid.then_some(At(0)),
        Some(End::Cancelled) => has_its_stake.then_some(At(0)),
        None => {
            let from = standing.started_at.map_or(opened.at + JOIN_WINDOW, |at| at + RESULT_WINDOW);
            has_its_stake.then_some(from + SLACK)
        }
    }
}

/// Until when an escrow can be paid into, so that it is heard of in time.
#[must_use]
pub fn open_until(standing: &Standing) -> Option<At> {
    standing.opened.map(|opened| opened.at + JOIN_WINDOW - MARGIN)
}

/// What the escrow has of each for now, seen from the newest block.
///
/// Of a match that has not been counted down, neither is locked if a result would come too late:
/// `timing` says how long that takes from `now` on.
#[must_use]
pub fn has(
    standing: &Standing,
    terms: &Terms,
    head: i64,
    waits: Option<(&Timing, At)>,
) -> Sides<Stake> {
    let newest = standing.joined.first.max(standing.joined.second).unwrap_or(head).max(head);
    let confirmations = i64::try_from(terms.confirmations).unwrap_or(i64::MAX);
    let too_late = match (waits, standing.started_at) {
        (Some((timing, now)), Some(started_at)) => {
            now + timing.countdown + timing.length + MARGIN > started_at + RESULT_WINDOW
        }
        (Some(_), None) | (None, _) => false,
    };
    let of = |side| match *standing.joined.of(side) {
        None => Stake::Owed,
        Some(_) if standing.ended.is_some() || too_late => Stake::Seen,
        Some(block) if newest.saturating_sub(block).saturating_add(1) < confirmations => {
            Stake::Seen
        }
        Some(_) => Stake::Locked,
    };
    Sides { first: of(Side::First), second: of(Side::Second) }
}

/// What the winner gets: what the contract says that it gave, and both stakes before it says anything.
#[must_use]
pub fn prize(fate: Fate, standing: &Standing, stake: Wei) -> Option<Wei> {
    let winner = fate.winner()?;
    match standing.ended {
        Some(End::Cancelled) => None,
        Some(End::Resolved { .. }) => {
            Some(*standing.paid.of(winner)).filter(|paid| *paid > Wei::ZERO)
        }
        None => standing.started_at.map(|_| stake.plus(stake)),
    }
}

/// What must never be, in words.
#[must_use]
pub fn fault(fate: Fate, standing: &Standing, stake: Wei) -> Option<&'static str> {
    let had = Side::BOTH.into_iter().filter(|side| standing.joined.of(*side).is_some());
    let had = had.fold(Wei::ZERO, |sum, _| sum.plus(stake));
    if standing.paid.first.plus(standing.paid.second) > had {
        return Some("more was paid than there was");
    }
    match (standing.ended, fate) {
        (Some(End::Resolved { winner }), Fate::Won { .. } | Fate::Drawn)
            if winner != fate.winner() =>
        {
            Some("another was paid than the match says")
        }
        (Some(End::Resolved { .. }), Fate::Void) => Some("a match without a result was paid"),
        (Some(End::Resolved { .. } | End::Cancelled) | None, _) => None,
    }
}

#[cfg(test)]
mod tests;
