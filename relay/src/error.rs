//! Why sessions end, and how that is told: one value for every transport.

use std::borrow::Cow;

use arena_protocol::{Code, FromRelay, Malformed, Message, NameError, Refused};

/// A session is refused, or closed, with this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) reason: Cow<'static, str>,
    /// Instead of 4000 + code, where the WebSocket standard has a number of its own.
    pub(crate) websocket: Option<u16>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The peer left, in whatever way.
    Left,
    /// Everything was said and sent.
    Done,
    /// We ended it.
    Refused(Refusal),
}

impl Refusal {
    pub(crate) fn new(code: Code, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into(), websocket: None }
    }

    /// A violation of the WebSocket standard, with the close code it asks for.
    pub(crate) fn websocket(close: u16, reason: &'static str) -> Self {
        Self { code: Code::BadMessage, reason: reason.into(), websocket: Some(close) }
    }

    pub(crate) fn too_large(len: usize, len_max: usize) -> Self {
        Self::new(Code::TooLarge, format!("a message of {len} bytes, at most {len_max} are taken"))
    }

    pub(crate) fn draining() -> Self {
        Self::new(Code::Draining, "this relay is going away")
    }

    pub(crate) fn close_code(&self) -> u16 {
        self.websocket.unwrap_or_else(|| self.code.websocket())
    }

    pub(crate) fn message(&self) -> Message {
        FromRelay::Refused(Refused::new(self.code, &self.reason)).encode()
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.code(), malformed.to_string())
    }
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        Self::new(Code::Invalid, error.to_string())
    }
}

impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
