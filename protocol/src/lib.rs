//! Arena's session protocol, version 1: what agents, viewers and relays say to each other.
//!
//! This crate owns the bytes: messages, their limits, refusals, tokens and the `melee/1` frame
//! codec. It opens no socket and reads no clock. The same bytes are pinned by the vectors in
//! `tests/vectors`, which the clients in other languages are tested against.
//!
//! # The wire
//!
//! A message is one byte, its index, and one `bincode` 2 value in the `standard()` configuration:
//! little-endian, integers of variable length, a field after the other in the order below. Only
//! the shortest form of an integer is accepted, and nothing may follow the last field. On a QUIC or
//! WebTransport stream a message is preceded by its length in four bytes, little-endian; in a
//! WebSocket message and in a datagram it stands alone.
//!
//! | from a client | index | fields |
//! |---|---|---|
//! | [`Hello`] | 0 | version u16 · channel String · token `Option<String>` · intent: 0 Publish { schema String, meta bytes, resume bool } or 1 Watch { after `Option<u64>`, delivery } |
//! | [`Batch`] | 1 | seq u64 · captured_us u64 · first_frame i64 · frames u16 · key bool · payload bytes |
//! | End | 2 | reason String |
//!
//! | from a relay | index | fields |
//! |---|---|---|
//! | [`Welcome`] | 0 | subscription u8 · epoch u64 · start `Option<Start>` · oldest_seq u64 · next_seq u64 · delay_ms u32 |
//! | [`Batch`] | 1 | the bytes that the publisher sent, unchanged |
//! | [`End`] | 2 | last_seq `Option<u64>` · reason String |
//! | [`Refused`] | 3 | code u16 · reason String |
//! | [`Accepted`] | 4 | held u64 · stored `Option<u64>` |
//! | [`Gap`] | 5 | from u64 · to u64 · why: 0 lagged, 1 expired, 2 restarted |
//! | [`GoAway`] | 6 | after_ms u32 · url `Option<String>` |
//! | [`Start`] | 7 | epoch u64 · schema String · meta bytes |
//!
//! `delivery` is 0 Live, 1 Complete, 2 Latest, 3 Datagram.
//!
//! # What the bytes mean
//!
//! - A batch's `seq` starts at 0 and rises by one. `key` opens a *group*: the key batch and those up
//!   to the next. `captured_us` is the publisher's clock, Unix microseconds.
//! - A batch has a payload, and its number is below 2^64 − 1: there is always a next one.
//! - `after: n` continues behind n; [`FROM_THE_FIRST`] (2^64 − 1, that is "behind −1") begins with the
//!   very first batch that is held.
//! - One subscription sees one epoch. When a channel's next life begins, viewers of the old one get
//!   `End` and subscribe again.
//! - A `Gap` names batches that will not come any more. It may name some that were already on their
//!   way when it was decided; what was received counts as received.
//! - The relay looks into neither `payload` nor `meta`. `meta` is JSON, `schema` names the payload's
//!   format: [`melee`] describes `melee/1`; `json` and `opaque` are anybody's.
//!
//! # Refusals
//!
//! One registry of numbers, [`Code`]: it is `Refused.code`, the application error code of a QUIC or
//! WebTransport stream and connection, 4000 + n as a WebSocket close code, and the status of an HTTP
//! problem.
#![forbid(unsafe_code)]

mod batch;
mod channel;
mod hello;
pub mod limits;
pub mod melee;
mod messages;
pub mod origin;
pub mod proxies;
mod refusal;
pub mod report;
#[cfg(feature = "eip712")]
pub mod result;
pub mod token;
mod wire;

pub use batch::{Batch, Header};
pub use channel::{ChannelName, NameError, OF_MATCHES};
pub use hello::{Delivery, FROM_THE_FIRST, Hello, Intent, VERSION};
pub use messages::{
    Accepted, End, FromClient, FromRelay, Gap, GoAway, Message, Refused, Start, Welcome, Why,
};
pub use refusal::{Code, Retry};
pub use wire::Malformed;

/// ALPN of a raw QUIC session.
pub const ALPN_QUIC: &[u8] = b"arena/1";
/// ALPN of a WebTransport session.
pub const ALPN_WEBTRANSPORT: &[u8] = b"h3";
/// Subprotocol of a WebSocket session.
pub const WEBSOCKET_PROTOCOL: &str = "arena.v1";
/// Path of a session, over WebTransport and WebSocket.
pub const SESSION_PATH: &str = "/v1/session";
