//! Who signed what: the result of a match, by both sides, for the chain.
//!
//! - `rules`: what is signed, and whose signature counts.
//! - `contract`: accounts that are contracts, and say themselves what is a signature of theirs.
//! - `service`: a signature is checked as it arrives and kept; the second asks for the record.
//!
//! Invariant: what is kept proves that its side agrees. Only `rules` makes a [`BothSigned`], and
//! only that goes to the chain.

pub mod contract;
pub mod http;
pub(crate) mod rules;
pub(crate) mod service;

pub use rules::{BothSigned, Proof};
pub use service::{both_signed, recorded};
