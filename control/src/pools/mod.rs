//! Pools on matches: what spectators stake on one side or the other, and what comes back to them.
//!
//! - `rules`: odds, payouts and limits in whole numbers, and a pool's tally as a fold.
//! - `service`: a match's betting is opened, closed and decided.
//! - `contract`: what the contract says is added up, and taken off again.
//! - `work`: what is to be sent to it.
//! - `desk`: what spectators ask.
//!
//! The contract holds every stake and pays it out; nothing of it passes through here. What the
//! contract says comes by [`contract::observe`] and goes by [`contract::forget_block`]; no request
//! waits for a chain.
//!
//! Invariant: a tally is that of the events that the chain has, in whatever order they came and
//! whichever were taken back.

pub mod answers;
pub mod contract;
pub(crate) mod desk;
pub mod http;
pub mod rules;
pub(crate) mod service;
pub mod work;

use self::rules::tally::Tally;
use self::rules::{Betting, Terms};
use crate::ids::MatchId;
use crate::matches::rules::Sides;
use crate::onchain::Account;
use crate::time::At;
use crate::uint::PoolId;

/// The betting on a match, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Which match.
    pub match_id: MatchId,
    /// What the pool is to keep to.
    pub terms: Terms,
    /// Who plays; the first is the contract's player A.
    pub wallets: Sides<Account>,
    /// Whether bets are taken, and what is to become of them.
    pub betting: Betting,
    /// Its pool, once the chain has one.
    pub pool: Option<PoolId>,
    /// How often it has changed.
    pub version: i64,
    /// When it was opened.
    pub opened_at: At,
    /// When the last bets were taken.
    pub closed_at: Option<At>,
}

/// A pool of the contract, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its number.
    pub id: PoolId,
    /// What is in it.
    pub tally: Tally,
}
