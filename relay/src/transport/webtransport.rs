//! Browsers over HTTP/3: the CONNECT request, and what WebTransport adds to QUIC streams.

use std::time::Duration;

use arena_protocol::SESSION_PATH;
use bytes::Bytes;
use web_transport_quinn::http::StatusCode;
use web_transport_quinn::{RecvStream, Request, Session, proto};

use super::Gone;
use super::streams::{Dialect, RecvHalf};
use crate::access::{origin, origin_allowed};
use crate::core::Core;

/// Time for a client to read that it is refused.
const ANSWER: Duration = Duration::from_secs(2);
/// `H3_NO_ERROR` of RFC 9114.
const NO_ERROR: u32 = 0x100;

/// Answers the CONNECT request. `None`: it was refused, or was none.
pub(crate) async fn accept(core: &Core, conn: quinn::Connection) -> Option<Session> {
    let request = Request::accept(conn).await.ok()?;
    match check(core, &request) {
        Ok(()) => request.ok().await.ok(),
        Err(status) => {
            let conn = request.conn().clone();
            // Kept until the client has read the answer: with it go streams that HTTP/3 cannot miss.
            let answered = request.respond(status).await.ok()?;
            let _late = tokio::time::timeout(ANSWER, conn.closed()).await;
            drop(answered);
            conn.close(NO_ERROR.into(), b"");
            None
        }
    }
}

fn check(core: &Core, request: &Request) -> Result<(), StatusCode> {
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

/// The bytes that stand before ours.
///
/// 0x54 as a variable-length integer opens a WebTransport stream; then the session's number, which
/// is 0: the CONNECT request is read from the first stream of a connection.
pub(crate) fn dialect(subscription: u8) -> Dialect {
    Dialect {
        stream_head: Bytes::copy_from_slice(&[0x40, 0x54, 0, subscription]),
        datagram_head: Bytes::copy_from_slice(&[0, subscription]),
        code,
    }
}

fn code(code: u32) -> quinn::VarInt {
    quinn::VarInt::from_u64(proto::error_to_http3(code)).unwrap_or(quinn::VarInt::MAX)
}

impl RecvHalf for RecvStream {
    async fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>, Gone> {
        Self::read(self, buf).await.map_err(|_| Gone)
    }

    fn stop(&mut self, code: u32) {
        let _closed = Self::stop(self, code);
    }
}
