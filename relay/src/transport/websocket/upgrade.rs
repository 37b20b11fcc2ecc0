//! From an HTTP request to a WebSocket: what is checked before the 101, and the socket behind it.

use std::sync::Arc;

use arena_protocol::WEBSOCKET_PROTOCOL;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tungstenite::handshake::derive_accept_key;

use super::{Dialect, Inlet, Io, Outlet};
use crate::access::{origin, origin_allowed};
use crate::error::Ending;
use crate::http::{Http, Remote, problem};
use crate::pool::Pool;
use crate::session::{self, Peer};

/// `GET /v1/session`.
pub(crate) async fn upgrade(State(http): State<Arc<Http>>, request: Request) -> Response {
    let key = match check(&http, &request) {
        Ok(key) => key,
        Err(refused) => return refused,
    };
    let session = {
        let http = Arc::clone(&http);
        async move |peer, inlet, outlet| {
            session::run(&http.core, &http.shards, peer, inlet, outlet).await
        }
    };
    let mut switched = switch(&http, request, key, Dialect::Arena, session);
    if switched.status() == StatusCode::SWITCHING_PROTOCOLS {
        let protocol = HeaderValue::from_static(WEBSOCKET_PROTOCOL);
        switched.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    switched
}

/// A WebSocket that speaks nothing of ours; pages of every origin may open it.
pub(crate) fn upgrade_foreign<F>(
    http: &Arc<Http>,
    request: Request,
    session: impl FnOnce(Peer, Inlet, Outlet) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = Ending> + Send + 'static,
{
    match handshake(&request) {
        Ok(key) => switch(http, request, key, Dialect::Foreign, session),
        Err(refused) => refused,
    }
}

/// Answers, and runs the session behind the answer for as long as the relay.
fn switch<F>(
    http: &Arc<Http>,
    mut request: Request,
    key: HeaderValue,
    dialect: Dialect,
    session: impl FnOnce(Peer, Inlet, Outlet) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = Ending> + Send + 'static,
{
    let remote = request.extensions().get::<ConnectInfo<Remote>>().copied();
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let (Some(ConnectInfo(Remote(remote))), Some(on_upgrade)) = (remote, on_upgrade) else {
        return problem(StatusCode::BAD_REQUEST, "bad_message", "an upgrade needs HTTP/1.1");
    };
    let core = Arc::clone(&http.core);
    http.spawn(async move {
        let Ok(upgraded) = on_upgrade.await else { return };
        let Some((inlet, outlet)) = socket(upgraded, &core.pool, dialect) else { return };
        let connection = core.next_connection();
        let peer = Peer { address: remote.ip(), connection, subscription: 0 };
        core.metrics.session("websocket");
        session(peer, inlet, outlet).await;
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, key),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

#[expect(clippy::result_large_err, reason = "an answer is made once for each upgrade")]
fn check(http: &Http, request: &Request) -> Result<HeaderValue, Response> {
    let key = handshake(request)?;
    let headers = request.headers();
    let bad = |detail| problem(StatusCode::BAD_REQUEST, "bad_message", detail);
    let origin = origin(headers).map_err(|_strange| forbidden())?;
    if !origin_allowed(origin, &http.core.own_origins(), &http.core.config.origins) {
        return Err(forbidden());
    }
    if request.uri().query().is_some() {
        return Err(bad("nothing stands behind the path: a token belongs into Hello"));
    }
    if !has(headers, &header::SEC_WEBSOCKET_PROTOCOL, WEBSOCKET_PROTOCOL) {
        return Err(bad("the subprotocol is arena.v1"));
    }
    Ok(key)
}

/// What every WebSocket is checked for; the key to answer with.
#[expect(clippy::result_large_err, reason = "an answer is made once for each upgrade")]
fn handshake(request: &Request) -> Result<HeaderValue, Response> {
    let headers = request.headers();
    let bad = |detail| problem(StatusCode::BAD_REQUEST, "bad_message", detail);
    if !has(headers, &header::CONNECTION, "upgrade") || !has(headers, &header::UPGRADE, "websocket")
    {
        return Err(bad("a WebSocket is opened here: Connection: upgrade, Upgrade: websocket"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut refused =
            problem(StatusCode::UPGRADE_REQUIRED, "version", "WebSocket version 13 is spoken");
        refused.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(refused);
    }
    if headers.contains_key(header::CONTENT_LENGTH)
        || headers.contains_key(header::TRANSFER_ENCODING)
    {
        return Err(bad("an upgrade has no body"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let key = key.ok_or_else(|| bad("a Sec-WebSocket-Key is missing"))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| bad("a strange key"))
}

fn forbidden() -> Response {
    problem(StatusCode::FORBIDDEN, "forbidden", "pages of this origin may not open sessions")
}

fn has(headers: &HeaderMap, name: &header::HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let mut tokens = values.flat_map(|value| value.split(','));
    tokens.any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

/// Both halves of the socket, what was read of it behind the request included. That shares the
/// buffer of the whole request, so it is copied and not kept.
fn socket(upgraded: Upgraded, pool: &Pool, dialect: Dialect) -> Option<(Inlet, Outlet)> {
    let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            let io = Io::Plain(parts.io.into_inner());
            return Some(super::pair(io, &parts.read_buf, pool, dialect));
        }
        Err(other) => other,
    };
    let parts = upgraded.downcast::<TokioIo<TlsStream<TcpStream>>>().ok()?;
    let io = Io::Tls(Box::new(parts.io.into_inner().into()));
    Some(super::pair(io, &parts.read_buf, pool, dialect))
}
