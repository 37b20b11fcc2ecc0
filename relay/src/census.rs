//! What goes on in a relay's channels, for whoever has to tell others of it.
//!
//! A look, not a subscription: nothing on the way of a batch knows that somebody looks.

use std::sync::Arc;

use arena_protocol::ChannelName;

use crate::core::Core;

/// Looks at a relay's channels while it runs, and after.
#[derive(Clone, Debug)]
pub struct Census(Arc<Core>);

/// A life of a channel, as it was when somebody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The channel.
    pub channel: ChannelName,
    /// Which life of it: a later one has a higher number.
    pub epoch: u64,
    /// What its payloads are.
    pub schema: String,
    /// Whether its publisher is connected.
    pub publishing: bool,
    /// Why it is over, once it is.
    pub ended: Option<String>,
    /// The newest batch, if there is one.
    pub last_seq: Option<u64>,
    /// Who watches the channel, or waits for its next life.
    pub viewers: usize,
}

impl Census {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Who watches a channel, or waits for its next life.
    pub fn viewers(&self, channel: &ChannelName) -> usize {
        self.0.channels.viewers(channel)
    }

    /// Channels below a prefix that have a life, or had one a short while ago; by name.
    pub fn take(&self, prefix: &str) -> Vec<Counted> {
        self.0.channels.census(prefix)
    }
}
