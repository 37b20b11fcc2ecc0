//! What goes to the chain and what comes from it. Takes jobs; nobody calls it.
//!
//! A domain writes a job row in its own transaction; the [`sender`] reads the particulars again when
//! it is about to act, asks the chain whether the effect is there, and otherwise sends it, once,
//! until the chain has settled it. The [`follower`] tells domains what the contracts say, block by
//! block, and takes back what a reorganisation took back. Without a chain, jobs wait, and an
//! operator sees them.

pub mod client;
pub mod contracts;
pub mod deploy;
pub mod dev;
mod domains;
pub mod effects;
#[cfg(test)]
pub(crate) mod fake;
pub mod fees;
pub mod follower;
pub mod http;
pub mod intents;
pub mod key;
mod lease;
pub(crate) mod ledger;
pub(crate) mod link;
mod looking;
pub mod networks;
pub mod node;
mod refusals;
pub mod rpc;
pub mod rules;
pub mod sender;
pub mod spender;
mod telling;
mod vouching;

pub use domains::Domains;
pub use link::{Settings, Unusable, keep_following, keep_sending, open};
pub use looking::keep_looking;
pub use telling::Telling;
