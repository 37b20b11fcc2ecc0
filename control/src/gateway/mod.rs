//! `/v1/gateway`: a socket on which agents queue, answer, play and watch.
//!
//! - `messages`: what both sides say; every message has its JSON schema in the API's description.
//! - `hub`: which sockets want to hear of what; bounded queues.
//! - `route`: whom a line of the log concerns.
//! - `telling`: a line of the log in the words of one socket.
//! - `session`: what a socket knows of its client, and what it tells it.
//! - `requests`, `lobbies`: what clients ask for, one request after the other.
//! - `socket`: the loop of one socket.
//!
//! Invariant: what a socket is told of a match is the log's lines in the log's order, each once,
//! however often it was away; and nobody waits for a socket.

pub mod http;
pub(crate) mod hub;
mod lobbies;
pub mod messages;
mod requests;
pub(crate) mod route;
mod session;
mod socket;
mod telling;
