//! Arena's live path: batches in, the same batches out.
//!
//! Owns channels, sessions and their transports. Knows no database, no chain, nobody's payload and
//! no rule of any game; it needs nobody else while it runs.
//!
//! The way of a batch, each hop forward:
//!
//! 1. `transport/*` reads a message into a buffer of `pool`.
//! 2. `session` settled once that this peer may publish; `ingest` takes its messages.
//! 3. `arena_protocol::Batch` checks the bytes, in place.
//! 4. `life` checks the order, and pushes into the `ring`.
//! 5. `wake` wakes each shard that has viewers of it, once.
//! 6. `shard` goes through its `lanes`, and asks each `viewer` to go on.
//! 7. `cursor` says what is due: a handle of the same bytes, or that some will not come.
//! 8. `transport/*` writes until the peer's window is full.

mod access;
mod census;
mod channels;
mod clock;
mod config;
mod core;
mod cursor;
mod entry;
mod error;
mod feed;
mod http;
mod ingest;
mod lanes;
mod life;
mod limits;
mod metrics;
mod pool;
mod relay;
mod ring;
#[cfg(test)]
mod ring_model;
mod session;
mod shard;
mod socket;
mod sync;
mod tls;
mod transport;
mod viewer;
mod wake;
mod watchdog;

pub use access::{Access, Keys};
pub use census::{Census, Counted};
pub use config::{Config, Limits, Tls};
pub use feed::{Feed, Feeds, text_frame};
pub use http::{method_not_allowed, not_found};
pub use relay::{BindError, Connector, Died, Relay};
pub use tls::TlsError;
pub use transport::memory;
