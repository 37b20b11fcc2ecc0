//! The ways to a relay. They differ below this module only.

mod mux;
pub(crate) mod quic;
mod streams;
mod websocket;
pub(crate) mod webtransport;

use std::fmt;
use std::str::FromStr;

pub(crate) use mux::{Mux, Streams};
pub(crate) use streams::SendHalf;
pub(crate) use websocket::{Socket, SocketReceiver, SocketSender};

/// A way to a relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Raw QUIC, and WebSocket where UDP does not get through: whichever connects first, with
    /// 300 ms of a head start for QUIC.
    #[default]
    Auto,
    /// Raw QUIC.
    Quic,
    /// WebTransport, as browsers speak it.
    WebTransport,
    /// WebSocket, over TCP; not for `quic` servers, and one session for each connection.
    WebSocket,
}

/// A text names no transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transport is auto, quic, webtransport or ws")]
pub struct UnknownTransport;

impl FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(name: &str) -> Result<Self, UnknownTransport> {
        match name {
            "auto" => Ok(Self::Auto),
            "quic" => Ok(Self::Quic),
            "webtransport" => Ok(Self::WebTransport),
            "ws" => Ok(Self::WebSocket),
            _ => Err(UnknownTransport),
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Quic => "quic",
            Self::WebTransport => "webtransport",
            Self::WebSocket => "ws",
        })
    }
}
