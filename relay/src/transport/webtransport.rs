//! Browsers over HTTP/3: the settings, the CONNECT request, and what WebTransport adds to streams.
//!
//! A connection carries one session, so its number is 0: that of the stream of the request, which
//! is the first that the client opens.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arena_protocol::SESSION_PATH;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::StatusCode;
use quinn_proto::{Dir, StreamId, VarInt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use web_transport_proto::{
    Capsule, ConnectRequest, ConnectResponse, Frame, Http3CapsuleReader, Settings, error_to_http3,
};

use super::Gone;
use super::quic::Connection;
use super::quic::conn::Conn;
use super::streams::Dialect;
use crate::access::{origin, origin_allowed};
use crate::core::Core;
use crate::error::Refusal;

/// Time for a client to read that it is refused.
const ANSWER: Duration = Duration::from_secs(2);
/// Time for a client to heed that its session is over.
const PARTING: Duration = Duration::from_secs(1);
/// `H3_NO_ERROR`, `H3_FRAME_UNEXPECTED` of RFC 9114.
const NO_ERROR: VarInt = VarInt::from_u32(0x100);
const FRAME_UNEXPECTED: VarInt = VarInt::from_u32(0x105);

/// A session that was asked for and granted.
pub(crate) struct Session {
    conn: Arc<Conn>,
    /// The stream of the request, on which the end is said.
    connect: StreamId,
    /// Streams of the client, of which it is not read yet what they are.
    opening: FuturesUnordered<Pin<Box<dyn Future<Output = Option<StreamId>> + Send>>>,
    /// Resolves when the client has said that the session is over.
    over: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Answers the CONNECT request. `None`: it was refused, or was none.
pub(crate) async fn accept(core: &Core, conn: &Arc<Conn>) -> Option<Session> {
    tokio::try_join!(send_settings(conn), read_settings(conn)).ok()?;
    let connect = conn.accept(Dir::Bi).await?;
    let mut stream = Stream { conn: Arc::clone(conn), id: connect };
    let request = ConnectRequest::read(&mut stream).await.ok()?;
    match check(core, &request) {
        Ok(()) => {
            ConnectResponse::OK.write(&mut stream).await.ok()?;
            Some(Session {
                conn: Arc::clone(conn),
                connect,
                opening: FuturesUnordered::new(),
                over: Box::pin(over(stream)),
            })
        }
        Err(status) => {
            ConnectResponse::new(status).write(&mut stream).await.ok()?;
            conn.hold().finish(connect);
            let _late = tokio::time::timeout(ANSWER, conn.closed()).await;
            conn.hold().close(NO_ERROR, b"");
            None
        }
    }
}

fn check(core: &Core, request: &ConnectRequest) -> Result<(), StatusCode> {
    let origin = origin(&request.headers).map_err(|_strange| StatusCode::FORBIDDEN)?;
    if request.url.path() != SESSION_PATH {
        return Err(StatusCode::NOT_FOUND);
    }
    // A token would stand in logs and histories.
    if request.url.query().is_some() {
        return Err(StatusCode::BAD_REQUEST);
    }
    if !origin_allowed(origin, &core.own_origins(), &core.config.origins) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(())
}

/// Neither control stream is ever finished: HTTP/3 cannot miss them.
async fn send_settings(conn: &Arc<Conn>) -> Result<(), Gone> {
    let id = poll_fn(|cx| conn.hold().poll_open(Dir::Uni, cx)).await?;
    let mut settings = Settings::default();
    settings.enable_webtransport(1);
    let mut stream = Stream { conn: Arc::clone(conn), id };
    settings.write(&mut stream).await.map_err(|_| Gone)
}

async fn read_settings(conn: &Arc<Conn>) -> Result<(), Gone> {
    let id = conn.accept(Dir::Uni).await.ok_or(Gone)?;
    let mut stream = Stream { conn: Arc::clone(conn), id };
    let settings = Settings::read(&mut stream).await.map_err(|_| Gone)?;
    if settings.supports_webtransport() == 0 { Err(Gone) } else { Ok(()) }
}

/// Reads the stream of the request until the client ends the session, and closes the connection.
async fn over(stream: Stream) {
    let conn = Arc::clone(&stream.conn);
    let mut capsules = Http3CapsuleReader::new(stream);
    let (code, reason) = loop {
        match capsules.read().await {
            Ok(Some(Capsule::CloseWebTransportSession { code, reason })) => break (code, reason),
            Ok(Some(Capsule::Grease { .. } | Capsule::Unknown { .. })) => {}
            Ok(None) | Err(_) => break (0, String::new()),
        }
    };
    conn.hold().close(code_of(code), reason.as_bytes());
}

/// Reads what a stream of the client begins with. `None`: it is not one of the session.
async fn opened(mut stream: Stream) -> Option<StreamId> {
    let head = async {
        let kind = web_transport_proto::VarInt::read(&mut stream).await.ok()?;
        let session = web_transport_proto::VarInt::read(&mut stream).await.ok()?;
        (Frame(kind) == Frame::WEBTRANSPORT && session.into_inner() == 0).then_some(())
    };
    if head.await.is_some() {
        return Some(stream.id);
    }
    // Both halves, or the client could never open another one in its place.
    let mut held = stream.conn.hold();
    held.stop(stream.id, FRAME_UNEXPECTED);
    held.reset(stream.id, FRAME_UNEXPECTED);
    None
}

impl Connection for Session {
    const NAME: &str = "webtransport";

    fn conn(&self) -> &Arc<Conn> {
        &self.conn
    }

    async fn accept(&mut self) -> Option<StreamId> {
        loop {
            tokio::select! {
                biased;
                Some(opened) = self.opening.next() => {
                    if opened.is_some() {
                        return opened;
                    }
                }
                () = &mut self.over => return None,
                id = self.conn.accept(Dir::Bi) => {
                    let stream = Stream { conn: Arc::clone(&self.conn), id: id? };
                    self.opening.push(Box::pin(opened(stream)));
                }
            }
        }
    }

    /// 0x54 as a variable-length integer opens a stream of a session; then the session's number.
    fn dialect(&self, subscription: u8) -> Dialect {
        Dialect {
            stream_head: Bytes::copy_from_slice(&[0x40, 0x54, 0, subscription]),
            datagram_head: Bytes::copy_from_slice(&[0, subscription]),
            code: code_of,
        }
    }

    async fn close(self, refusal: &Refusal) {
        let code = u32::from(refusal.code.number());
        let mut capsule = Vec::new();
        let reason = refusal.reason.clone().into();
        Capsule::CloseWebTransportSession { code, reason }.encode(&mut capsule);
        let mut frame = Vec::new();
        Frame::DATA.encode(&mut frame);
        web_transport_proto::VarInt::from(u32::try_from(capsule.len()).unwrap_or(0))
            .encode(&mut frame);
        frame.append(&mut capsule);
        let Self { conn, connect, .. } = self;
        let said = async {
            let mut chunks = [Bytes::from(frame)];
            let mut rest = &mut chunks[..];
            while !rest.is_empty() {
                let whole = poll_fn(|cx| conn.hold().poll_write(connect, rest, cx)).await?;
                rest = &mut rest[whole..];
            }
            conn.hold().finish(connect);
            conn.closed().await;
            Ok::<_, Gone>(())
        };
        // A peer need not heed the capsule.
        let _late_or_gone = tokio::time::timeout(PARTING, said).await;
        conn.hold().close(code.into(), b"");
    }
}

fn code_of(code: u32) -> VarInt {
    VarInt::from_u64(error_to_http3(code)).unwrap_or(VarInt::MAX)
}

/// A stream as HTTP/3 reads and writes it; it does not end with this.
struct Stream {
    conn: Arc<Conn>,
    id: StreamId,
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(self.conn.poll_read(self.id, buf.initialize_unfilled(), cx));
        buf.advance(read.map_err(|Gone| gone())?.unwrap_or(0));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut chunk = [Bytes::copy_from_slice(buf)];
        let written = self.conn.hold().poll_write(self.id, &mut chunk, cx);
        let whole = ready!(written).map_err(|Gone| gone())?;
        // What was not taken is left in the chunk.
        let left = if whole == 1 { 0 } else { chunk[0].len() };
        Poll::Ready(Ok(buf.len() - left))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn gone() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}
