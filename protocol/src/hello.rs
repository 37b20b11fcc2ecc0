//! The first message of a session: who wants what of which channel.

use bincode::{Decode, Encode};

use crate::{Malformed, wire};

/// The version of the protocol that is spoken here.
pub const VERSION: u16 = 1;

/// `Watch::after` of a viewer that wants everything that is held: "behind −1".
pub const FROM_THE_FIRST: u64 = u64::MAX;

/// What a client says first.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// [`VERSION`]; another one is refused before anything else is read.
    pub version: u16,
    /// The channel's name, not checked yet: see [`ChannelName`](crate::ChannelName).
    pub channel: String,
    /// The right to do it, where the relay asks for one.
    pub token: Option<String>,
    /// What it is about.
    pub intent: Intent,
}

/// What a session is for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Intent {
    /// To send batches.
    Publish {
        /// Names the payload's format, such as `melee/1`, `json` or `opaque`.
        schema: String,
        /// JSON: what a late joiner must know.
        meta: Vec<u8>,
        /// Take the channel over where it stands instead of beginning a new life.
        resume: bool,
    },
    /// To receive batches.
    Watch {
        /// Continue behind this batch; `None` starts at the newest group.
        after: Option<u64>,
        /// What to do when the viewer is slower than the channel.
        delivery: Delivery,
    },
}

/// What a viewer gets when it is slower than the channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Delivery {
    /// Never waits for a slow viewer: skips to the newest group and says what is missing.
    #[default]
    Live,
    /// Skips nothing while the channel's history holds it.
    Complete,
    /// Only the newest batch, whenever there is room.
    Latest,
    /// A datagram for each batch that fits into one.
    Datagram,
}

impl Hello {
    /// Reads the fields behind the message index.
    pub(crate) fn decode(body: &[u8]) -> Result<Self, Malformed> {
        // Another version may have other fields, so nothing else is looked at before.
        match wire::peek::<u16>(body)? {
            VERSION => wire::decode(body),
            other => Err(Malformed::Version(other)),
        }
    }
}
