//! The streaming of the older HTTP interface, on both sides of the relay.
//!
//! - `once`: which of what several publishers of a match say is told on.
//! - `stage`: a match that is published as JSON, made into batches of a channel.
//! - `opening`: who plays, kept over restarts for who comes later.
//! - `screen`: a channel that is watched as JSON, made into text once for everybody; `watches`: that it
//!   is no viewer itself.
//! - `streams`: which matches are published and watched.
//! - `http`: the paths.
//!
//! Invariant: between a stage and a screen is a channel like any other, so an agent that publishes
//! over QUIC is watched as JSON, and JSON by whoever watches channels.

mod http;
mod once;
mod opening;
mod screen;
mod stage;
mod streams;
mod watches;

pub(crate) use http::routes;
pub(crate) use streams::Streams;

use arena_client::ChannelName;
use arena_control::ids::MatchId;

/// The channel of a match.
fn channel(id: MatchId) -> ChannelName {
    format!("match/{id}").parse().expect("an id has letters, digits and dashes")
}
