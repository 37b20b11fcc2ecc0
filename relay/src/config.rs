//! Every limit and every default of the relay, by name.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arena_protocol::limits::MESSAGE_LEN_MAX;
use arena_protocol::proxies::Proxies;

use crate::access::Access;

/// What a relay is told when it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where raw QUIC and WebTransport are served (UDP). Port 0 takes a free one.
    pub quic: SocketAddr,
    /// Where HTTP and WebSocket are served (TCP). Port 0 takes a free one.
    pub http: SocketAddr,
    /// Certificate and key; without them the relay makes its own and renews them.
    pub tls: Tls,
    /// Names that the relay is reached by, beside localhost and the addresses that it serves: for a
    /// certificate of its own, and for its pages.
    pub names: Vec<String>,
    /// Whether the TCP port speaks TLS too. Off, a proxy in front is expected to, or loopback.
    pub http_tls: bool,
    /// Who stands in front of the TCP port, and is believed whom it speaks for.
    pub proxies: Proxies,
    /// Who may publish and watch.
    pub access: Access,
    /// Pages, beside the relay's own, that may open sessions: `https://host[:port]`.
    pub origins: Vec<String>,
    /// Whether a channel may be watched before it is published. Otherwise it is refused with 404.
    pub waiting: bool,
    /// Where clients are sent when this relay drains; absent, they come back here.
    pub go_away_url: Option<String>,
    /// What everything is bounded by.
    pub limits: Limits,
}

/// Where the QUIC certificate comes from.
#[derive(Clone, Debug)]
pub enum Tls {
    /// ECDSA P-256, valid for this long (14 days at most, or browsers refuse its pin), renewed in
    /// time and by itself.
    SelfSigned {
        /// How long a certificate is valid.
        lifetime: Duration,
    },
    /// PEM files, read again when they change.
    Files {
        /// The chain, the server's own certificate first.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// What everything is bounded by. Every field names the answer to reaching it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a publisher's message; over it 413.
    pub message_len_max: usize,
    /// Batches a channel holds; the oldest go.
    pub ring_len: usize,
    /// Bytes a channel holds; the oldest go.
    pub ring_bytes_max: usize,
    /// Bytes that all channels hold together; over it, each holds a 32nd of `ring_bytes_max`.
    pub rings_bytes_max: usize,
    /// Channels at once, half of them merely waited for; over it 503.
    pub channels_max: usize,
    /// Sessions at once, all transports together; over it 503.
    pub sessions_max: usize,
    /// Sessions of one address; over it 429.
    pub sessions_per_address_max: usize,
    /// Messages a second of one publisher, sustained; a burst is twice that; over it 429.
    pub messages_per_s: u32,
    /// Bytes a second of one publisher, sustained; a burst is twice that; over it 429.
    pub bytes_per_s: u32,
    /// Time for a Hello; then 408.
    pub hello_timeout: Duration,
    /// Time for a connection to ask for anything at all; then 408.
    pub connection_timeout: Duration,
    /// Time without a sign of life; then 408.
    pub idle_timeout: Duration,
    /// How far a viewer may fall behind before it is skipped.
    pub lag_allowance: Duration,
    /// How long a viewer may take nothing at all, whatever its channel does; then 430.
    pub stall_max: Duration,
    /// Bytes that are held for a viewer's connection, the kernel's included; then it waits alone.
    pub viewer_bytes_max: usize,
    /// How long a channel lives on without its publisher.
    pub publisher_grace: Duration,
    /// How long an ended channel can still be watched.
    pub ended_kept: Duration,
    /// How long it is remembered that a channel ended; meanwhile 410.
    pub ended_remembered: Duration,
    /// How long draining waits for sessions to leave before it closes them.
    pub drain_timeout: Duration,
    /// How long a batch waits for those of other channels, where viewers watch several over one
    /// connection; zero: not at all. Nobody else waits.
    pub gather: Duration,
    /// Tasks that serve viewers, for each transport.
    pub shards: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            quic: SocketAddr::from(([127, 0, 0, 1], 4433)),
            http: SocketAddr::from(([127, 0, 0, 1], 8000)),
            tls: Tls::SelfSigned { lifetime: Duration::from_hours(13 * 24) },
            names: Vec::new(),
            http_tls: false,
            proxies: Proxies::default(),
            access: Access::Open,
            origins: Vec::new(),
            waiting: true,
            go_away_url: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_len_max: MESSAGE_LEN_MAX,
            ring_len: 1024,
            ring_bytes_max: 8 * 1024 * 1024,
            rings_bytes_max: 2 * 1024 * 1024 * 1024,
            channels_max: 4096,
            sessions_max: 50_000,
            sessions_per_address_max: 20_000,
            messages_per_s: 5_000,
            bytes_per_s: 32 * 1024 * 1024,
            hello_timeout: Duration::from_secs(5),
            connection_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            lag_allowance: Duration::from_secs(1),
            stall_max: Duration::from_secs(30),
            viewer_bytes_max: 256 * 1024,
            publisher_grace: Duration::from_secs(30),
            ended_kept: Duration::from_mins(1),
            ended_remembered: Duration::from_mins(10),
            drain_timeout: Duration::from_secs(5),
            gather: Duration::from_millis(1),
            shards: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// The configuration as the parts of a relay share it.
pub(crate) type Shared = Arc<Config>;
