//! Between a control message's bytes and its values. Batches, which are many and are not copied,
//! have their own way in `batch.rs`.
//!
//! Invariant: [`decode`] accepts a value's canonical bytes and nothing else, and allocates no more
//! than the limit below, whatever length the bytes claim.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::error::DecodeError;
use bincode::{Decode, Encode};

use crate::limits::CONTROL_LEN_MAX;

const CONFIG: Configuration<LittleEndian, Varint, Limit<CONTROL_LEN_MAX>> =
    bincode::config::standard().with_limit::<CONTROL_LEN_MAX>();

/// Why bytes are no message of this protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No byte at all.
    #[error("empty message")]
    Empty,
    /// The bytes end before the value does, or a length claims more than there is.
    #[error("message ends early")]
    Half,
    /// The value ends before the bytes do.
    #[error("bytes behind the end of the message")]
    Trailing,
    /// A message index that this side does not understand.
    #[error("unknown message {0}")]
    Index(u8),
    /// An enum or boolean value that does not exist.
    #[error("a value that does not exist")]
    Value,
    /// A number in more bytes than it needs, or out of its range.
    #[error("a number not in its shortest form or out of range")]
    Number,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Text,
    /// A length beyond what a message may hold.
    #[error("a length beyond the limit")]
    Length,
    /// A batch without a payload.
    #[error("batch without a payload")]
    NoPayload,
    /// A Hello in another version of the protocol.
    #[error("version {0} is not spoken here; 1 is")]
    Version(u16),
}

impl Malformed {
    /// The refusal that answers these bytes.
    pub fn code(&self) -> crate::Code {
        match self {
            Self::Version(_) => crate::Code::Version,
            Self::Empty
            | Self::Half
            | Self::Trailing
            | Self::Index(_)
            | Self::Value
            | Self::Number
            | Self::Text
            | Self::Length
            | Self::NoPayload => crate::Code::BadMessage,
        }
    }
}

impl From<DecodeError> for Malformed {
    fn from(error: DecodeError) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is bincode's and grows")]
        match error {
            DecodeError::UnexpectedEnd { .. } => Self::Half,
            DecodeError::UnexpectedVariant { .. } | DecodeError::InvalidBooleanValue(_) => {
                Self::Value
            }
            DecodeError::LimitExceeded => Self::Length,
            DecodeError::Utf8 { .. } => Self::Text,
            _ => Self::Number,
        }
    }
}

/// Appends the value's canonical bytes.
pub(crate) fn encode_into(value: &impl Encode, out: &mut Vec<u8>) {
    bincode::encode_into_std_write(value, out, CONFIG)
        .expect("our own messages are within the limit, and writing to a Vec cannot fail");
}

/// Reads one value that fills `bytes`.
pub(crate) fn decode<T: Decode<()> + Encode>(bytes: &[u8]) -> Result<T, Malformed> {
    let (value, len) = bincode::decode_from_slice::<T, _>(bytes, CONFIG)?;
    if len < bytes.len() {
        return Err(Malformed::Trailing);
    }
    // bincode reads integers that are longer than they need to be. Control messages are rare
    // enough to be written again and compared.
    let mut canonical = Vec::with_capacity(bytes.len());
    encode_into(&value, &mut canonical);
    if canonical != bytes { Err(Malformed::Number) } else { Ok(value) }
}

/// Reads the value at the start of `bytes` and ignores what follows.
pub(crate) fn peek<T: Decode<()>>(bytes: &[u8]) -> Result<T, Malformed> {
    Ok(bincode::decode_from_slice::<T, _>(bytes, CONFIG)?.0)
}
