//! `/v1/gateway`: a socket on which agents queue, answer, play and watch.
//!
//! - `messages`: what both sides say; every message has its JSON schema in the API's description.
//! - `hub`: which sockets want to hear of what; bounded queues.
//! - `route`: whom a line of the log concerns.
//! - `telling`: a line of the log in the words of one socket.
//! - `words`: what the gateways of several processes tell each other.
//! - `once`: a request that makes something makes it once.
//! - `entrants`: what a socket hears of the tournaments that its client takes part in.
//! - `seats`: who waits by a socket, and what happens when it is gone.
//! - `watching`: what a socket watches, later and in order.
//! - `limits`: what a session may ask, and for how long it holds.
//! - `session`: what a socket knows of its client, and what it tells it.
//! - `result`: what came of a match, and what it brings.
//! - `requests`, `lobbies`: what clients ask for, one request after the other.
//! - `socket`: the loop of one socket.
//!
//! Invariant: what a socket is told of a match is the log's lines in the log's order, each once,
//! however often it was away; and nobody waits for a socket.

mod entrants;
pub mod http;
pub(crate) mod hub;
mod limits;
mod lobbies;
pub mod messages;
pub(crate) mod once;
mod requests;
mod result;
pub(crate) mod route;
pub(crate) mod seats;
mod session;
mod socket;
mod stakes;
mod telling;
mod watching;
pub(crate) mod words;
