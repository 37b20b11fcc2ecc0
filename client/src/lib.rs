//! Arena's Rust SDK: publish a channel, or watch one, over raw QUIC, WebTransport or WebSocket; and
//! meet opponents, report and sign results ([`control`]).
//!
//! Owns the client's side of a session: connecting, reconnecting, resuming, order, and the account
//! of what did not come. What is said is [`arena_protocol`]'s business; what a payload means is
//! yours.
//!
//! Watch:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use arena_client::{Event, Server, WatchOptions, Watcher};
//!
//! let server: Server = "http://127.0.0.1:8000".parse()?;
//! let mut watcher = Watcher::connect(&server, WatchOptions::new("demo".parse()?)).await?;
//! while let Some(event) = watcher.next().await? {
//!     if let Event::Batch(batch) = event {
//!         println!("batch {} of {} bytes", batch.header().seq, batch.payload().len());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Publish:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use arena_client::{Draft, PublishOptions, Publisher, Server, unix_us};
//!
//! let server: Server = "http://127.0.0.1:8000".parse()?;
//! let options = PublishOptions::new("demo".parse()?, "opaque");
//! let mut publisher = Publisher::connect(&server, options).await?;
//! let draft =
//!     Draft { captured_us: unix_us(), first_frame: 0, frames: 1, key: true, payload: b"hello" };
//! publisher.send(draft).await?;
//! publisher.finish("that was all").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where to read
//!
//! | to learn | read |
//! |---|---|
//! | how a URL becomes a connection | `server.rs`, `connection.rs`, `transport/` |
//! | which certificates are believed | `trust.rs` |
//! | one session, as it is on the wire | `session.rs` |
//! | how batches are put in order | `reorder.rs`, and `follow.rs` above it |
//! | how a lost session is resumed | `watcher.rs`, `publisher/task.rs` |
//! | what a publisher keeps, and for how long | `outbox.rs` |
//! | how an agent meets, reports, stakes and signs | `control.rs`, over `http.rs` |
//! | a simulated match, for demonstrations | `play/` |
#![forbid(unsafe_code)]

mod backoff;
mod connection;
pub mod control;
mod endpoint;
mod error;
mod follow;
mod framing;
pub mod http;
mod options;
mod outbox;
pub mod play;
mod publisher;
mod race;
mod reorder;
mod server;
mod session;
mod tcp;
mod transport;
mod trust;
mod validity;
mod watcher;

pub use arena_protocol::{
    Batch, ChannelName, Code, Delivery, End, FROM_THE_FIRST, FromClient, FromRelay, Gap, Header,
    Message, NameError, Refused, Start, Welcome, Why,
};
pub use connection::Connection;
pub use endpoint::Endpoint;
pub use error::{ConnectError, Lost, PublishError, WatchError};
pub use follow::Event;
pub use options::{PublishOptions, WatchOptions};
pub use outbox::{Draft, Progress};
pub use publisher::Publisher;
pub use server::{Direct, Server, ServerError};
pub use session::{Receiver, Sender, Session};
pub use transport::{Transport, UnknownTransport};
pub use trust::Trust;
pub use watcher::Watcher;

/// Now, in Unix microseconds: when a batch was captured.
pub fn unix_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
