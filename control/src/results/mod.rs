//! What both sides tell of a match, and what is made of it.
//!
//! - `rules`: who may report what, and what two reports come to.
//! - `service`: reports are filed, and decide the match; the result is kept, rated and posted.
//!
//! Invariant: a match has one result at most, and it never changes. Everything that counts on it is
//! written in the transaction that decides it.

pub mod http;
pub mod rules;
pub(crate) mod service;

use self::rules::{Canonical, Report};
use crate::matches::rules::Sides;
use crate::time::At;

/// A result as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) result: Canonical,
    pub(crate) at: At,
}

/// What is known of a match's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) reports: Sides<Option<Report>>,
    pub(crate) decided: Option<Decided>,
}
