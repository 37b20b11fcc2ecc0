//! Every message by its index, in both directions.

use bincode::{Decode, Encode};
use bytes::{BufMut as _, Bytes, BytesMut};

use crate::{Batch, Code, Hello, Malformed, wire};

/// A message from a client.
#[derive(Clone, Debug)]
pub enum FromClient {
    /// The first message of a session.
    Hello(Hello),
    /// What a publisher sends.
    Batch(Batch),
    /// The publisher is done; the text says why.
    End(String),
}

/// A message from a relay.
#[derive(Clone, Debug)]
pub enum FromRelay {
    /// The session may begin.
    Welcome(Welcome),
    /// A batch, as its publisher sent it.
    Batch(Batch),
    /// The channel's life is over.
    End(End),
    /// The session is over, or never was.
    Refused(Refused),
    /// To a publisher: what the relay has.
    Accepted(Accepted),
    /// To a viewer: what will not come.
    Gap(Gap),
    /// Connect again, elsewhere or later.
    GoAway(GoAway),
    /// The channel's life begins, for a viewer who waited for it.
    Start(Start),
}

/// The answer to a Hello.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// This session's number in its connection.
    pub subscription: u8,
    /// The life of the channel; 0 while it has none.
    pub epoch: u64,
    /// What the channel carries; absent while nobody has published it.
    pub start: Option<Start>,
    /// The oldest batch that is held.
    pub oldest_seq: u64,
    /// The number that the next batch will have.
    pub next_seq: u64,
    /// How long batches are held back for this viewer, or for the viewers of this publisher.
    pub delay_ms: u32,
}

/// What a life of a channel carries.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Start {
    /// The life of the channel; rises with each.
    pub epoch: u64,
    /// Names the payload's format.
    pub schema: String,
    /// JSON: what a late joiner must know.
    pub meta: Vec<u8>,
}

/// A channel's life is over.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct End {
    /// The last batch, if there was one.
    pub last_seq: Option<u64>,
    /// Why, in words.
    pub reason: String,
}

/// The session is over, or never was.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Refused {
    /// See [`Code`].
    pub code: u16,
    /// Why, in words.
    pub reason: String,
}

/// What the relay has of a publisher's batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Accepted {
    /// Everything up to and with this one is in the ring.
    pub held: u64,
    /// Everything up to and with this one is on disk, synced.
    pub stored: Option<u64>,
}

/// Batches that will not come, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Gap {
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
    /// What became of them.
    pub why: Why,
}

/// What became of the batches in a [`Gap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Why {
    /// The viewer was too slow for them.
    Lagged,
    /// The channel's history holds them no more.
    Expired,
    /// They belong to another life of the channel, or of the relay.
    Restarted,
}

/// Connect again and resume; the relay goes on serving meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GoAway {
    /// When to do so.
    pub after_ms: u32,
    /// Where; here if absent.
    pub url: Option<String>,
}

/// The bytes of one message of ours, with its length before it.
#[derive(Clone, Debug)]
pub struct Message(Bytes);

impl Message {
    /// As it is written to a stream: the length, four bytes, and the message.
    pub fn framed(&self) -> &Bytes {
        &self.0
    }

    /// As it stands in a WebSocket message or a datagram.
    pub fn bare(&self) -> Bytes {
        self.0.slice(4..)
    }

    fn of(index: u8, body: &impl Encode) -> Self {
        let mut bytes = vec![0, 0, 0, 0, index];
        wire::encode_into(body, &mut bytes);
        let len = u32::try_from(bytes.len() - 4).expect("our messages are far below 4 GiB");
        bytes[..4].copy_from_slice(&len.to_le_bytes());
        Self(bytes.into())
    }
}

impl From<&Batch> for Message {
    fn from(batch: &Batch) -> Self {
        let message = batch.message();
        let mut bytes = BytesMut::with_capacity(4 + message.len());
        bytes.put_u32_le(u32::try_from(message.len()).expect("batches are below 4 GiB"));
        bytes.extend_from_slice(message);
        Self(bytes.freeze())
    }
}

impl FromClient {
    /// Reads one message.
    pub fn decode(message: Bytes) -> Result<Self, Malformed> {
        let (&index, body) = message.split_first().ok_or(Malformed::Empty)?;
        match index {
            0 => Hello::decode(body).map(Self::Hello),
            crate::batch::INDEX => Batch::parse(message).map(Self::Batch),
            2 => wire::decode(body).map(Self::End),
            other => Err(Malformed::Index(other)),
        }
    }

    /// Writes one message.
    pub fn encode(&self) -> Message {
        match self {
            Self::Hello(hello) => Message::of(0, hello),
            Self::Batch(batch) => batch.into(),
            Self::End(reason) => Message::of(2, reason),
        }
    }
}

impl FromRelay {
    /// Reads one message.
    pub fn decode(message: Bytes) -> Result<Self, Malformed> {
        let (&index, body) = message.split_first().ok_or(Malformed::Empty)?;
        match index {
            0 => wire::decode(body).map(Self::Welcome),
            crate::batch::INDEX => Batch::parse(message).map(Self::Batch),
            2 => wire::decode(body).map(Self::End),
            3 => wire::decode(body).map(Self::Refused),
            4 => wire::decode(body).map(Self::Accepted),
            5 => wire::decode(body).map(Self::Gap),
            6 => wire::decode(body).map(Self::GoAway),
            7 => wire::decode(body).map(Self::Start),
            other => Err(Malformed::Index(other)),
        }
    }

    /// Writes one message.
    pub fn encode(&self) -> Message {
        match self {
            Self::Welcome(welcome) => Message::of(0, welcome),
            Self::Batch(batch) => batch.into(),
            Self::End(end) => Message::of(2, end),
            Self::Refused(refused) => Message::of(3, refused),
            Self::Accepted(accepted) => Message::of(4, accepted),
            Self::Gap(gap) => Message::of(5, gap),
            Self::GoAway(go_away) => Message::of(6, go_away),
            Self::Start(start) => Message::of(7, start),
        }
    }
}

impl Refused {
    /// A refusal with its reason, cut to what a peer is told.
    pub fn new(code: Code, reason: &str) -> Self {
        let mut end = reason.len().min(crate::limits::REASON_LEN_MAX);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Self { code: code.number(), reason: reason[..end].to_owned() }
    }

    /// The code, if the registry has it.
    pub fn code(&self) -> Option<Code> {
        Code::from_number(self.code)
    }
}
