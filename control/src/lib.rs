//! The control plane decides who meets whom, and what came of it. It never touches a frame.
//!
//! Each domain is a folder: its `rules` decide and do nothing else, its `service` loads, asks the
//! rules and saves in one transaction, its `http` extracts, calls and answers. `store` alone knows
//! the database, `clock` alone the time.
#![forbid(unsafe_code)]

pub mod admin;
pub mod agents;
pub mod chain;
pub mod clock;
mod config;
mod context;
pub mod deadlines;
pub mod duel;
mod error;
pub mod escrows;
pub mod events;
pub mod faucet;
pub mod gateway;
pub mod http;
pub mod identities;
pub mod ids;
pub mod import;
pub mod invariants;
pub mod jobs;
pub mod lobby;
pub mod matches;
mod metrics;
mod notices;
pub mod onchain;
pub mod partner;
pub mod pools;
pub mod queue;
pub mod random;
pub mod ratings;
pub mod results;
pub mod signatures;
pub mod store;
pub mod streams;
pub mod time;
pub mod tournaments;
pub mod uint;
pub mod wagers;

pub use arena_protocol::result::{Address, Domain as Signing, wallet};
pub use config::Config;
pub use context::{Ctx, Parts};
pub use error::{Body as ProblemBody, Problem};
pub use notices::keep_noticing;

/// Looks for new signing keys, for as long as it is polled.
pub async fn keep_keys_fresh(ctx: Ctx) {
    /// Less than the time between a key's publication and its use.
    const EVERY: std::time::Duration = std::time::Duration::from_secs(20);
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = ctx.keyring.refresh(&ctx.store, ctx.clock.now()).await {
            tracing::warn!(%error, "the signing keys were not read again, the old ones are kept");
        }
    }
}
