//! What happens around every request: its id, its budget, its time, its line in the log.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::HttpBody as _;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use super::cross_origin::{anybody_may_read, is_preflight};
use super::extract;
use super::limits::Payer;
use crate::context::Ctx;
use crate::error::Problem;

/// Longer than the longest wait that can be asked for.
const REQUEST_TIME: Duration = Duration::from_secs(35);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn request(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = format!("{:016x}", u64::from_be_bytes(ctx.chance.bytes()));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        "request.id" = id,
        "http.route" = route,
        "http.method" = %method,
        "http.status" = tracing::field::Empty,
        "match.id" = route.and_then(|route| match_of(route, &path)),
    );
    let preflight = is_preflight(&request);
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else if let Err(seconds) = budget(&ctx, &request) {
        let mut refused = Problem::too_many(seconds).into_response();
        if !request.body().is_end_stream() {
            refused.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        refused
    } else if !extract::is_text(&path) {
        Problem::not_found("nothing is served at this path: it is not UTF-8, or holds NUL")
            .into_response()
    } else {
        let late = || {
            let detail = "it took too long; whether it was done can be looked up";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail)
                .retry_after(1)
                .into_response()
        };
        let answer = async {
            match extract::heard(request).await {
                Ok(request) => next.run(request).await,
                Err(problem) => problem.into_response(),
            }
        };
        let answer = tokio::time::timeout(REQUEST_TIME, answer);
        answer.instrument(span.clone()).await.unwrap_or_else(|_| late())
    };
    anybody_may_read(response.headers_mut(), preflight);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let (status, took) = (response.status(), began.elapsed());
    span.record("http.status", status.as_u16());
    span.in_scope(|| tracing::debug!(path, ms = took.as_millis(), "answered"));
    ctx.metrics.traffic.answered(route, &method, status, took);
    response
}

/// The match that a path is about.
fn match_of<'a>(route: &str, path: &'a str) -> Option<&'a str> {
    let mut segments = route.split('/').zip(path.split('/'));
    segments.find(|(name, _)| *name == "{match_id}").map(|(_, id)| id)
}

fn budget(ctx: &Ctx, request: &Request) -> Result<(), u64> {
    let Some(ConnectInfo(remote)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
        return Ok(());
    };
    if ctx.limiter.spares(remote.ip()) {
        return Ok(());
    }
    let now = ctx.clock.now();
    ctx.limiter.take(Payer::address(remote.ip(), false), false, now)?;
    if request.uri().path().starts_with("/v1/auth/") {
        ctx.limiter.take(Payer::address(remote.ip(), true), true, now)?;
    }
    Ok(())
}
