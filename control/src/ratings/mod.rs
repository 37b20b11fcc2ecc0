//! How strong somebody is, by what came of their games.
//!
//! - `rules`: Elo, and the order of those who have it.
//! - `skill`: ratings with uncertainty, for teams and games of many as well.
//! - `game`: what a game makes of those who played it.
//! - `ledger`: all ratings once more, from the games alone.
//! - `posting`: what the registry of agents is told.
//! - `name`: whose rating it is.
//! - `players`: who somebody is in all queues, and how two did against each other.
//!
//! Invariant: a game is rated once, by what its players had when it started, and every rating
//! follows from the games that were rated.

mod game;
pub mod http;
mod ledger;
mod name;
pub mod players;
mod posting;
pub mod rules;
pub(crate) mod service;
mod skill;

pub use game::{Before, Change, Game, Standing, System, Team, Terms, play};
pub use ledger::{Difference, Recomputed};
pub use name::Name;
pub use posting::Posting;
pub(crate) use service::{posting_id, posting_of};
pub use service::{recompute, to_post};
pub use skill::Skill;
