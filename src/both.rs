//! What both planes answer at one path: `/health` and `/metrics`.
//!
//! The relay's answer stands as it is, and control's is added to it. The relay is well without
//! control: if the database does not answer, the relay's answer goes out all the same.

use arena_control::Ctx;
use arena_control::http::readable;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value as Json;

/// Bytes of the relay's answer.
const LEN_MAX: usize = 1024 * 1024;

/// A layer around the routes of both.
pub(crate) async fn answer(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let asked = match (request.method(), request.uri().path()) {
        (&Method::GET, "/health") => Asked::Health,
        (&Method::GET, "/metrics") => Asked::Metrics,
        _another => return next.run(request).await,
    };
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(relay) = to_bytes(body, LEN_MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let both = match asked {
        Asked::Health => health(&ctx, &relay).await,
        Asked::Metrics => metrics(&ctx, &relay).await,
    };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(both.len()));
    Response::from_parts(parts, Body::from(both))
}

/// A layer: pages of any site may read `/health`, as they may the rest of the API.
pub(crate) async fn readable_health(request: Request, next: Next) -> Response {
    if request.uri().path() == "/health" {
        return readable(request, next).await;
    }
    next.run(request).await
}

enum Asked {
    Health,
    Metrics,
}

async fn health(ctx: &Ctx, relay: &Bytes) -> Bytes {
    let Ok(Json::Object(mut all)) = serde_json::from_slice(relay) else { return relay.clone() };
    if let Json::Object(control) = arena_control::http::health(ctx).await {
        // What the relay says of itself stands.
        for (key, value) in control {
            all.entry(key).or_insert(value);
        }
    }
    Bytes::from(Json::Object(all).to_string())
}

async fn metrics(ctx: &Ctx, relay: &Bytes) -> Bytes {
    let control = arena_control::http::metrics(ctx).await;
    Bytes::from([relay, control.as_bytes()].concat())
}
