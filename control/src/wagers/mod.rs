//! Wagers between the two sides of a match: proposed, agreed upon, settled with it or void.
//!
//! - `rules`: a wager as a function, and what the contract says of it.
//! - `service`: it is loaded, stepped and stored with its deadline, its job and its log line.
//! - `contract`: what the contract says of it.
//! - `shown`: what is told of it.
//!
//! Stakes are held by a contract, where there is one, and by nobody where there is none; they never
//! pass through here. What the contract says comes by [`contract::observe`] and goes by
//! [`contract::forget_block`]; no request waits for a chain.
//!
//! Invariant: a match has one wager, and a wager of the contract belongs to one match.

pub mod contract;
pub mod http;
pub mod rules;
pub(crate) mod service;
pub mod shown;

use self::rules::{Backing, Standing, State, Terms};
use crate::ids::MatchId;
use crate::matches::rules::Sides;
use crate::onchain::Account;
use crate::time::At;

/// A wager as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wager {
    /// The match that decides it.
    pub match_id: MatchId,
    /// What is staked, and who said so first.
    pub terms: Terms,
    /// Who holds it.
    pub backing: Backing,
    /// Whose it is; empty where a side gave no account.
    pub wallets: Sides<Option<Account>>,
    /// Where it has got to.
    pub state: State,
    /// What whoever holds it says.
    pub standing: Standing,
    /// How often it has changed.
    pub version: i64,
    /// When it was proposed.
    pub proposed_at: At,
}

impl Wager {
    /// Whether clients of the old API are told of it: to them a proposal has a number.
    pub(crate) fn is_told_as_before(&self) -> bool {
        self.terms.id.is_some() || !matches!(self.state, State::Proposed { .. })
    }
}
