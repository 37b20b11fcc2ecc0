//! Takes over the file of the arena that this one takes the place of.
//!
//! - `rules`: what a row of theirs is here, or why it is nothing.
//! - `service`: page by page, what is not here yet is kept, in one transaction for each page.
//! - `tournaments`: the same of tournaments, after the matches that they are played with.
//! - `others`: what is taken beside matches, and what is only counted.
//! - `report`: what was taken and what was not, by reason.
//!
//! Invariants: their file is never written. What is here already stays as it is, so that doing it
//! again, also after it was interrupted, adds only what is missing. A result is taken as it was
//! decided, and rated; a signature only if it proves what it is said to.

mod others;
mod report;
mod rules;
mod service;
mod tournaments;

pub use self::report::{Left, Report, Tally};
pub use self::service::{Error, import, open};
pub use crate::store::foreign::{Source, SourceError};
