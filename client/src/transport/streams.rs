//! The streams of raw QUIC and of WebTransport, as one type.

use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use quinn::ConnectionError;
use web_transport_quinn::{SessionError, WebTransportError};

use crate::error::Lost;
use crate::framing::Deframer;

const CHUNK_LEN_MAX: usize = 64 * 1024;

/// A connection whose streams are ours.
#[derive(Clone)]
pub(crate) enum Link {
    Quic(quinn::Connection),
    WebTransport(Box<web_transport_quinn::Session>),
}

/// The writing half of a stream.
#[derive(Debug)]
pub(crate) enum SendHalf {
    Quic(quinn::SendStream),
    WebTransport(web_transport_quinn::SendStream),
}

/// The reading half of a stream.
#[derive(Debug)]
pub(crate) enum RecvHalf {
    Quic(quinn::RecvStream),
    WebTransport(web_transport_quinn::RecvStream),
}

/// A stream as messages.
#[derive(Debug)]
pub(crate) struct Frames {
    stream: RecvHalf,
    deframer: Deframer,
}

impl Link {
    pub(crate) async fn open(&self) -> Result<(SendHalf, RecvHalf), Lost> {
        match self {
            Self::Quic(conn) => {
                let (send, recv) = conn.open_bi().await.map_err(|error| by_quic(&error))?;
                Ok((SendHalf::Quic(send), RecvHalf::Quic(recv)))
            }
            Self::WebTransport(session) => {
                let (send, recv) = session.open_bi().await.map_err(|error| by_session(&error))?;
                Ok((SendHalf::WebTransport(send), RecvHalf::WebTransport(recv)))
            }
        }
    }

    /// The next stream that the relay opens. Safe to drop and call again.
    pub(crate) async fn accept(&self) -> Result<RecvHalf, Lost> {
        match self {
            Self::Quic(conn) => {
                conn.accept_uni().await.map(RecvHalf::Quic).map_err(|error| by_quic(&error))
            }
            Self::WebTransport(session) => {
                let accepted = session.accept_uni().await;
                accepted.map(RecvHalf::WebTransport).map_err(|error| by_session(&error))
            }
        }
    }

    /// The next datagram. Safe to drop and call again.
    pub(crate) async fn datagram(&self) -> Result<Bytes, Lost> {
        match self {
            Self::Quic(conn) => conn.read_datagram().await.map_err(|error| by_quic(&error)),
            Self::WebTransport(session) => {
                session.read_datagram().await.map_err(|error| by_session(&error))
            }
        }
    }

    pub(crate) fn quinn(&self) -> &quinn::Connection {
        match self {
            Self::Quic(conn) => conn,
            Self::WebTransport(session) => session,
        }
    }

    pub(crate) fn close(&self) {
        match self {
            Self::Quic(conn) => conn.close(0_u32.into(), b""),
            Self::WebTransport(session) => session.close(0, b""),
        }
    }
}

impl SendHalf {
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), Lost> {
        match self {
            Self::Quic(stream) => stream.write_chunk(bytes).await.map_err(|error| match error {
                quinn::WriteError::Stopped(code) => Lost::closed(code.into_inner(), b""),
                quinn::WriteError::ConnectionLost(error) => by_quic(&error),
                quinn::WriteError::ClosedStream | quinn::WriteError::ZeroRttRejected => {
                    Lost::transport(error)
                }
            }),
            Self::WebTransport(stream) => {
                use web_transport_quinn::WriteError;
                stream.write_chunk(bytes).await.map_err(|error| match error {
                    WriteError::Stopped(code) => Lost::closed(code.into(), b""),
                    WriteError::SessionError(error) => by_session(&error),
                    WriteError::InvalidStopped(_) | WriteError::ClosedStream => {
                        Lost::transport(error)
                    }
                })
            }
        }
    }

    /// Says that nothing more is written.
    pub(crate) fn finish(&mut self) {
        // It only fails where the relay has closed the stream already.
        let _closed = match self {
            Self::Quic(stream) => stream.finish().is_err(),
            Self::WebTransport(stream) => stream.finish().is_err(),
        };
    }
}

impl RecvHalf {
    /// The first byte, which says whom the stream is for.
    pub(crate) async fn first_byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self {
            Self::Quic(stream) => stream.read_exact(&mut byte).await.ok()?,
            Self::WebTransport(stream) => stream.read_exact(&mut byte).await.ok()?,
        }
        Some(byte[0])
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Lost>> {
        // A dropped read leaves its waker with the stream.
        match self {
            Self::Quic(stream) => {
                let chunk = ready!(pin!(stream.read_chunk(CHUNK_LEN_MAX, true)).poll(cx));
                Poll::Ready(match chunk {
                    Ok(chunk) => Ok(chunk.map(|chunk| chunk.bytes)),
                    Err(quinn::ReadError::Reset(code)) => Err(Lost::closed(code.into_inner(), b"")),
                    Err(quinn::ReadError::ConnectionLost(error)) => Err(by_quic(&error)),
                    Err(
                        error @ (quinn::ReadError::ClosedStream
                        | quinn::ReadError::IllegalOrderedRead
                        | quinn::ReadError::ZeroRttRejected),
                    ) => Err(Lost::transport(error)),
                })
            }
            Self::WebTransport(stream) => {
                use web_transport_quinn::ReadError;
                let chunk = ready!(pin!(stream.read_chunk(CHUNK_LEN_MAX, true)).poll(cx));
                Poll::Ready(match chunk {
                    Ok(chunk) => Ok(chunk.map(|chunk| chunk.bytes)),
                    Err(ReadError::Reset(code)) => Err(Lost::closed(code.into(), b"")),
                    Err(ReadError::SessionError(error)) => Err(by_session(&error)),
                    Err(
                        error @ (ReadError::InvalidReset(_)
                        | ReadError::ClosedStream
                        | ReadError::IllegalOrderedRead),
                    ) => Err(Lost::transport(error)),
                })
            }
        }
    }
}

impl Frames {
    pub(crate) fn new(stream: RecvHalf) -> Self {
        Self { stream, deframer: Deframer::default() }
    }

    /// The next message; `None` at the stream's end.
    pub(crate) fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, Lost>> {
        loop {
            let message = self.deframer.next();
            if let Some(message) = message.map_err(|_| Lost::transport("a message is too long"))? {
                return Poll::Ready(Ok(Some(message)));
            }
            match ready!(self.stream.poll_chunk(cx))? {
                Some(chunk) => self.deframer.push(chunk),
                None if self.deframer.is_between_messages() => return Poll::Ready(Ok(None)),
                None => return Poll::Ready(Err(arena_protocol::Malformed::Half.into())),
            }
        }
    }
}

/// What a connection's end says.
pub(super) fn by_quic(error: &ConnectionError) -> Lost {
    if let ConnectionError::ApplicationClosed(close) = error {
        return Lost::closed(close.error_code.into_inner(), &close.reason);
    }
    Lost::transport(error)
}

/// What a WebTransport session's end says.
pub(super) fn by_session(error: &SessionError) -> Lost {
    match error {
        SessionError::ConnectionError(error) => by_quic(error),
        SessionError::WebTransportError(WebTransportError::Closed(code, reason)) => {
            Lost::closed((*code).into(), reason.as_bytes())
        }
        SessionError::WebTransportError(error) => Lost::transport(error),
        SessionError::SendDatagramError(error) => Lost::transport(error),
    }
}
