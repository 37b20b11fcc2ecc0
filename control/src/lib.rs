//! The control plane decides who meets whom, and what came of it. It never touches a frame.
//!
//! Each domain is a folder: its `rules` decide and do nothing else, its `service` loads, asks the
//! rules and saves in one transaction, its `http` extracts, calls and answers. `store` alone knows
//! the database, `clock` alone the time.
#![forbid(unsafe_code)]

pub mod clock;
pub mod events;
pub mod ids;
pub mod queue;
pub mod ratings;
pub mod store;
pub mod time;
