//! Stakes that are locked before a match begins: an escrow of the chain is opened when both are
//! there, has both stakes before the game starts, and is told what came of it.
//!
//! - `rules`: what is at stake, what the contract says of it, what is to be sent.
//! - `service`: an escrow follows its match, in the match's own transactions.
//! - `contract`: what the contract says is kept, and told to the match.
//! - `work`: the particulars of what is sent.
//! - `shown`: what a player has to pay, where, until when, and what became of it.
//!
//! The contract holds every stake and pays it out; nothing of it passes through here. What it says
//! comes by [`contract::observe`] and goes by [`contract::forget_block`]; no request waits for a
//! chain.
//!
//! Invariant: a game with a stake begins only when the escrow has both, with their confirmations,
//! and every stake that the escrow has of a match that is over has a job that sends it on, or a time
//! from which it has one.

pub mod contract;
pub mod http;
pub mod rules;
pub(crate) mod service;
pub mod shown;
pub mod work;

use self::rules::{Agreed, Fate, Standing, Terms};
use crate::ids::MatchId;
use crate::time::At;

/// The stakes of a match, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escrow {
    /// Which match.
    pub match_id: MatchId,
    /// Who holds them.
    pub terms: Terms,
    /// What is staked, and by whom.
    pub agreed: Agreed,
    /// What is to become of them.
    pub fate: Fate,
    /// What the contract says.
    pub standing: Standing,
    /// How often it has changed.
    pub version: i64,
    /// When the two met.
    pub made_at: At,
    /// When both stakes were locked.
    pub locked_at: Option<At>,
}
