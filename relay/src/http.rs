//! The TCP port: health, metrics, the certificate's pin, the list of channels, and WebSockets.
//!
//! Owns the server loop as well, with the time-outs that the framework leaves out. The binary adds
//! its own routes to these.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arena_protocol::proxies::FORWARDED_FOR;
use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::core::{Core, closing};
use crate::shard::Shards;
use crate::transport::websocket;

/// Time for a request's head, and for a TLS handshake.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Time for a connection that asks for pages; sessions have their own limits.
const CONNECTION_TIME: Duration = Duration::from_secs(120);
/// Bytes of a request's head.
const HEAD_LEN_MAX: usize = 16 * 1024;
/// How long a port that ran out of file descriptors waits before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What handlers share.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) core: Arc<Core>,
    pub(crate) shards: Shards<websocket::Outlet>,
    /// WebSocket sessions outlive their requests.
    pub(crate) sessions: Mutex<JoinSet<()>>,
}

/// Who asks, behind whatever proxies are trusted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote(pub(crate) SocketAddr);

/// The relay's routes.
pub(crate) fn routes(http: Arc<Http>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/v1/certificate", get(certificate))
        .route("/v1/channels", get(channels))
        .route("/v1/session", get(websocket::upgrade))
        .with_state(http)
}

/// An error as `application/problem+json`, RFC 9457.
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = json!({
        "type": format!("urn:arena:problem:{code}"),
        "title": title,
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
    (status, kind, body.to_string()).into_response()
}

/// The answer to a path that does not exist.
pub async fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", "nothing is served at this path")
}

/// The answer to a method that a path does not have.
pub async fn method_not_allowed() -> Response {
    let detail = "this path does not take this method";
    problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

async fn health() -> Response {
    answer(&HeaderMap::new(), None, &json!({ "status": "ok" }))
}

async fn ready(State(http): State<Arc<Http>>) -> Response {
    if http.core.draining() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "draining", "this relay is going away");
    }
    if !http.core.config.access.is_able() {
        let detail = "tokens cannot be checked at present";
        return problem(StatusCode::SERVICE_UNAVAILABLE, "internal", detail);
    }
    answer(&HeaderMap::new(), None, &json!({ "status": "ready" }))
}

async fn metrics(State(http): State<Arc<Http>>) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"))];
    (kind, http.core.render_metrics()).into_response()
}

async fn certificate(State(http): State<Arc<Http>>, headers: HeaderMap) -> Response {
    let port = http.core.reached.quic.port();
    let pins = http.core.certificates.pins();
    let (current, next) = pins.map_or((None, None), |(current, next)| (Some(current), Some(next)));
    let body = json!({
        "sha256": current.as_ref().map(|pin| &pin.sha256),
        "not_after": current.as_ref().map(|pin| pin.not_after),
        "next": next.map(|pin| json!({ "sha256": pin.sha256, "not_after": pin.not_after })),
        "port": port,
    });
    answer(&headers, Some(&http.core), &body)
}

async fn channels(State(http): State<Arc<Http>>, headers: HeaderMap) -> Response {
    let lines = http.core.channels.list().into_iter().map(|listed| {
        let life = &listed.life;
        let last_seq = life.ring.head().checked_sub(1);
        json!({
            "name": life.channel.as_str(),
            "schema": life.start.schema,
            "meta": life.meta,
            "epoch": life.start.epoch,
            "viewers": listed.viewers,
            "publisher_since": listed.publishing.then_some(life.since_ms),
            "rate": (listed.rate * 100.0).round() / 100.0,
            "last_seq": last_seq,
            "delay_ms": life.delay_ms,
        })
    });
    let lines: Vec<_> = lines.collect();
    answer(&headers, Some(&http.core), &json!({ "channels": lines }))
}

/// JSON that pages of the listed origins may read too.
fn answer(asked: &HeaderMap, core: Option<&Arc<Core>>, body: &Value) -> Response {
    let mut response =
        ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let (Some(core), Some(origin)) = (core, asked.get(header::ORIGIN)) {
        let listed = origin.to_str().is_ok_and(|origin| {
            crate::access::origin_allowed(Some(origin), &[], &core.config.origins)
        });
        if listed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::VARY, HeaderValue::from_static("origin"));
        }
    }
    response
}

/// Accepts until the relay closes; resolves when every connection is over.
pub(crate) async fn serve(
    http: Arc<Http>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
) {
    let core = &http.core;
    let mut phase = core.phase();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = closing(&mut phase) => break,
            Some(_done) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((tcp, remote)) => {
                    if connections.len() >= core.config.limits.sessions_max {
                        core.metrics.connection_refused();
                        continue;
                    }
                    // Only slower without it.
                    let _slower = tcp.set_nodelay(true);
                    // What the kernel holds for a viewer that does not read counts, too.
                    let held = core.config.limits.viewer_bytes_max;
                    let _more = socket2::SockRef::from(&tcp).set_send_buffer_size(held);
                    let (tls, router, core) = (tls.clone(), router.clone(), Arc::clone(core));
                    connections.spawn(async move {
                        match tls {
                            None => connection(&core, tcp, remote, router).await,
                            Some(tls) => {
                                let handshake = tokio::time::timeout(HEAD_TIME, tls.accept(tcp));
                                match handshake.await {
                                    Ok(Ok(tls)) => connection(&core, tls, remote, router).await,
                                    Ok(Err(_)) | Err(_) => core.metrics.handshake_failed(),
                                }
                            }
                        }
                    });
                }
                Err(_out_of_descriptors) => {
                    core.metrics.accept_failed();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    while connections.join_next().await.is_some() {}
    let mut sessions = std::mem::take(&mut *http.sessions());
    while sessions.join_next().await.is_some() {}
}

async fn connection<S>(core: &Core, socket: S, remote: SocketAddr, router: Router)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router);
    let config = Arc::clone(&core.config);
    let service =
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            let forwarded = request.headers().get_all(FORWARDED_FOR);
            let forwarded = forwarded.iter().map(HeaderValue::as_bytes);
            let remote = config.proxies.client(remote, forwarded);
            request.extensions_mut().insert(ConnectInfo(Remote(remote)));
            // For routes that are not the relay's own.
            request.extensions_mut().insert(ConnectInfo(remote));
            let service = service.clone();
            async move {
                let request: Request = request.map(axum::body::Body::new);
                Ok::<_, Infallible>(
                    hyper::service::Service::call(&service, request)
                        .await
                        .unwrap_or_else(|never| match never {}),
                )
            }
        });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_LEN_MAX)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let mut phase = core.phase();
    tokio::select! {
        biased;
        _done = &mut serving => return,
        () = closing(&mut phase) => {}
        // A client that takes its answer byte by byte is cut off; one that keeps its connection
        // for many requests opens another one.
        () = tokio::time::sleep(CONNECTION_TIME) => {}
    }
    serving.as_mut().graceful_shutdown();
    let _late = tokio::time::timeout(HEAD_TIME, serving).await;
}

impl Http {
    fn sessions(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a session that its request does not wait for.
    pub(crate) fn spawn(&self, session: impl Future<Output = ()> + Send + 'static) {
        let mut sessions = self.sessions();
        while sessions.try_join_next().is_some() {}
        sessions.spawn(session);
    }
}
