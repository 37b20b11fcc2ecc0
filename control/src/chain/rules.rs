//! What to do with a transaction, given what the chain says of it. Data in, a decision out.
//!
//! A transaction keeps its nonce until the chain has settled it: the same bytes are sent again, or
//! others of the same nonce, never the same effect under another nonce. That is why an effect
//! happens once, whatever is lost on the way.

use alloy::primitives::B256;

use super::fees::{Fees, Market};
use super::node::Block;
use crate::time::{At, Span};

/// The same bytes are given to a node again after so long.
const RESEND: Span = Span::seconds(5);
/// An offer that nobody took for so long is raised.
const STUCK: Span = Span::seconds(15);
/// A transaction that nodes refuse for so long, for no want of money, gives way to an empty one.
const GIVE_UP: Span = Span::seconds(30);
/// A nonce that was used by nobody knows whom, for so long, is lost.
const MISSING: Span = Span::seconds(5);
/// The same where nothing else keeps the effect from happening twice: longer than a node lags.
const MISSING_UNASKED: Span = Span::seconds(180);
/// Holes that are filled at once.
const HOLES_MAX: usize = 64;
/// So long has a nonce to be missing in a row before it is given away anew: a node may lag behind.
pub(crate) const GAP: Span = Span::seconds(10);

/// How a chain is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Blocks, its own included, after which a transaction counts.
    pub confirmations: u64,
    /// Blocks after which nobody looks any more whether it is still there.
    pub buried: u64,
    /// Wei for a unit of gas, at most.
    pub fee_max: u128,
}

/// Where a transaction was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mined {
    /// Which of the transactions of this nonce.
    pub hash: B256,
    /// The block's number.
    pub number: u64,
    /// The block.
    pub block: B256,
    /// Whether it did what it was to do.
    pub ok: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Signed and kept; perhaps sent.
    Pending,
    /// In a block.
    Mined(Mined),
    /// In a block that has its confirmations; still looked at.
    Confirmed(Mined),
}

/// Why a node did not take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It offers too little, or less than another of the same nonce.
    TooCheap,
    /// The key cannot pay for it.
    NoFunds,
    /// Something else, in the node's words.
    Other(String),
}

/// A transaction as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its place among those of its key.
    pub nonce: u64,
    /// How far it is.
    pub phase: Phase,
    /// What its newest bytes offer.
    pub fees: Fees,
    /// Whether its newest bytes only use the nonce up.
    pub fills: bool,
    /// When its newest bytes were signed.
    pub signed_at: At,
    /// When a node was last given them; none if never.
    pub sent_at: Option<At>,
    /// Why a node did not take them, and since when none has.
    pub refused: Option<(Refusal, At)>,
    /// At which block and when its nonce was first seen used without it.
    pub missing: Option<(u64, At)>,
    /// Whether the chain can be asked if its effect is there, before it is had under another nonce.
    pub can_be_asked: bool,
}

/// What the chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The newest block's number.
    pub head: u64,
    /// The first nonce of the key that is in no block.
    pub nonce: u64,
    /// What a unit of gas costs.
    pub market: Market,
    /// Which transaction of this nonce is in a block of this chain, if one is.
    pub mined: Option<Mined>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing.
    Wait,
    /// Give the same bytes to a node.
    Send,
    /// Sign it anew with higher fees.
    Raise(Fees),
    /// Use the nonce up, and let the effect go for now.
    Fill(Fees),
    /// It is in a block.
    Mined(Mined),
    /// It counts.
    Confirmed(Mined),
    /// It has counted for so long that nobody needs to look any more.
    Buried,
    /// It is in no block any more.
    Unmined,
    /// Its nonce was used by something unknown; for how long shows whether it stays so.
    Missing,
    /// Its nonce was used by something unknown, for good.
    Lost,
}

/// The decision.
#[must_use]
pub fn decide(tx: &Standing, seen: &Seen, limits: &Limits, now: At) -> Decision {
    match seen.mined {
        Some(mined) => found(tx, mined, seen.head, limits),
        None => match tx.phase {
            Phase::Mined(_) | Phase::Confirmed(_) => Decision::Unmined,
            Phase::Pending if seen.nonce > tx.nonce => unaccounted(tx, seen.head, limits, now),
            Phase::Pending => waiting(tx, seen, limits, now),
        },
    }
}

fn found(tx: &Standing, mined: Mined, head: u64, limits: &Limits) -> Decision {
    let depth = head.saturating_sub(mined.number).saturating_add(1);
    let confirmed = head >= mined.number && depth >= limits.confirmations;
    match tx.phase {
        // It counted in a block that is gone; here it has to count anew.
        Phase::Confirmed(before) if before != mined => Decision::Mined(mined),
        Phase::Confirmed(_) if confirmed && depth > limits.buried => Decision::Buried,
        Phase::Confirmed(_) => Decision::Wait,
        Phase::Mined(_) | Phase::Pending if confirmed => Decision::Confirmed(mined),
        Phase::Mined(before) if before == mined => Decision::Wait,
        Phase::Mined(_) | Phase::Pending => Decision::Mined(mined),
    }
}

fn unaccounted(tx: &Standing, head: u64, limits: &Limits, now: At) -> Decision {
    match tx.missing {
        None => Decision::Missing,
        Some((block, at)) => {
            let for_good = head >= block.saturating_add(limits.confirmations);
            let patience = if tx.can_be_asked { MISSING } else { MISSING_UNASKED };
            if for_good && now.since(at) >= patience { Decision::Lost } else { Decision::Wait }
        }
    }
}

fn waiting(tx: &Standing, seen: &Seen, limits: &Limits, now: At) -> Decision {
    if tx.missing.is_some() {
        // It was used in a block that is gone.
        return Decision::Unmined;
    }
    let raised = || tx.fees.raised(seen.market, limits.fee_max);
    let age = now.since(tx.signed_at);
    let cheap = match &tx.refused {
        Some((Refusal::Other(_), since)) if !tx.fills && now.since(*since) >= GIVE_UP => {
            return Decision::Fill(raised().unwrap_or(tx.fees));
        }
        Some((Refusal::TooCheap, _)) => true,
        Some((Refusal::Other(_) | Refusal::NoFunds, _)) => false,
        // Those behind another wait for it, not for their fee.
        None => age >= STUCK && (tx.nonce == seen.nonce || tx.fees.max < seen.market.base),
    };
    if cheap && let Some(fees) = raised() {
        return Decision::Raise(fees);
    }
    if is_to_be_sent(tx, now) { Decision::Send } else { Decision::Wait }
}

/// Whether a node is to be given the same bytes again.
#[must_use]
pub fn is_to_be_sent(tx: &Standing, now: At) -> bool {
    tx.sent_at.is_none_or(|at| now.since(at) >= RESEND)
}

/// Whether what was found after a block is so still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// It is, and may go.
    Wait,
    /// It is, for good.
    Buried,
    /// The block went, and perhaps what was found with it.
    Gone,
}

/// The decision; `stands` is the block of that number now, if there is one and it was asked for.
#[must_use]
pub fn still_there(after: &Block, stands: Option<B256>, head: u64, limits: &Limits) -> Still {
    match stands {
        // A chain that is shorter grows, or its node lags.
        None => Still::Wait,
        Some(hash) if hash != after.hash => Still::Gone,
        Some(_) if head > after.number.saturating_add(limits.buried) => Still::Buried,
        Some(_) => Still::Wait,
    }
}

/// What to do about nonces that were given away and that nobody holds any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heal {
    /// From here on they are given away anew.
    FreeFrom(u64),
    /// These are used up by empty transactions, because there are others behind them.
    Fill(Vec<u64>),
}

/// What to do about nonces from the chain's next up to `next`, where `held` are those of
/// transactions that are looked after, in their order.
#[must_use]
pub fn heal(chain_nonce: u64, next: u64, held: &[u64]) -> Option<Heal> {
    let last = held.iter().copied().filter(|nonce| *nonce >= chain_nonce).max();
    let Some(last) = last else {
        return (chain_nonce < next).then_some(Heal::FreeFrom(chain_nonce));
    };
    let is_hole = |nonce: &u64| held.binary_search(nonce).is_err();
    let holes: Vec<_> = (chain_nonce..last).filter(is_hole).take(HOLES_MAX).collect();
    if !holes.is_empty() {
        return Some(Heal::Fill(holes));
    }
    (last + 1 < next).then_some(Heal::FreeFrom(last + 1))
}

#[cfg(test)]
mod tests;
