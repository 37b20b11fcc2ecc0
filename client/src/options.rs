//! What a watcher and a publisher are asked to do.

use std::fmt;
use std::time::Duration;

use arena_protocol::{ChannelName, Delivery};

use crate::transport::Transport;

/// How long to go on trying without a session, unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(300);
const QUEUE_LEN: usize = 1024;

/// What to watch, and how.
///
/// ```
/// use arena_client::{Delivery, FROM_THE_FIRST, WatchOptions};
///
/// let options = WatchOptions {
///     after: Some(FROM_THE_FIRST),
///     delivery: Delivery::Complete,
///     ..WatchOptions::new("match/1".parse()?)
/// };
/// # Ok::<_, arena_client::NameError>(())
/// ```
#[derive(Clone)]
pub struct WatchOptions {
    /// The channel.
    pub channel: ChannelName,
    /// The right to watch it, where the relay asks for one.
    pub token: Option<String>,
    /// Begin behind this batch; [`FROM_THE_FIRST`](crate::FROM_THE_FIRST) begins with the first that
    /// is held, `None` with the newest group.
    pub after: Option<u64>,
    /// What to get when this side is slower than the channel.
    pub delivery: Delivery,
    /// The way to the relay.
    pub transport: Transport,
    /// How long to go on trying when the session is lost; then the watcher gives up.
    pub patience: Duration,
}

/// What to publish, and how.
///
/// ```
/// use arena_client::PublishOptions;
///
/// let options = PublishOptions {
///     meta: br#"{"stage":"Battlefield"}"#.to_vec(),
///     ..PublishOptions::new("match/1".parse()?, "json")
/// };
/// # Ok::<_, arena_client::NameError>(())
/// ```
#[derive(Clone)]
pub struct PublishOptions {
    /// The channel.
    pub channel: ChannelName,
    /// The right to publish it, where the relay asks for one.
    pub token: Option<String>,
    /// Names the payload's format, such as `melee/1`, `json` or `opaque`.
    pub schema: String,
    /// JSON: what a late joiner must know.
    pub meta: Vec<u8>,
    /// Take the channel over where it stands, instead of beginning a new life.
    pub resume: bool,
    /// The way to the relay.
    pub transport: Transport,
    /// Batches that may wait to be accepted; then [`Publisher::send`](crate::Publisher::send) waits.
    pub queue_len: usize,
    /// How long to go on trying when the session is lost; then the publisher gives up.
    pub patience: Duration,
}

impl WatchOptions {
    /// The newest group and what follows, live, without a token, by whatever transport gets through.
    pub fn new(channel: ChannelName) -> Self {
        Self {
            channel,
            token: None,
            after: None,
            delivery: Delivery::Live,
            transport: Transport::Auto,
            patience: PATIENCE,
        }
    }
}

impl PublishOptions {
    /// A new life of the channel with empty meta, without a token, 1,024 batches of queue.
    pub fn new(channel: ChannelName, schema: &str) -> Self {
        Self {
            channel,
            token: None,
            schema: schema.to_owned(),
            meta: Vec::new(),
            resume: false,
            transport: Transport::Auto,
            queue_len: QUEUE_LEN,
            patience: PATIENCE,
        }
    }
}

// By hand, because a token is a secret.
impl fmt::Debug for WatchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchOptions")
            .field("channel", &self.channel)
            .field("after", &self.after)
            .field("delivery", &self.delivery)
            .field("transport", &self.transport)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PublishOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishOptions")
            .field("channel", &self.channel)
            .field("schema", &self.schema)
            .field("resume", &self.resume)
            .field("transport", &self.transport)
            .field("queue_len", &self.queue_len)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
