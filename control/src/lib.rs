//! The control plane decides who meets whom, and what came of it. It never touches a frame.
//!
//! Each domain is a folder: its `rules` decide and do nothing else, its `service` loads, asks the
//! rules and saves in one transaction, its `http` extracts, calls and answers. `store` alone knows
//! the database, `clock` alone the time.
#![forbid(unsafe_code)]

pub mod clock;
mod config;
mod context;
pub mod deadlines;
mod error;
pub mod events;
pub mod http;
pub mod ids;
pub mod jobs;
pub mod matches;
mod notices;
pub mod queue;
pub mod random;
pub mod ratings;
pub mod store;
pub mod time;

pub use config::Config;
pub use context::{Ctx, Parts};
pub use error::{Body as ProblemBody, Problem};
pub use notices::keep_noticing;
