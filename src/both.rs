//! What both planes answer at one path: `/health` and `/metrics`.
//!
//! The relay's answer stands as it is, and control's is added to it. The relay is well without
//! control: if there is none, or its database does not answer, the relay's answer goes out all the
//! same, and what older clients read of `/health` is what the relay's channels tell.

use arena_control::Ctx;
use arena_control::http::readable;
use arena_protocol::OF_MATCHES;
use arena_relay::{Census, Counted};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value as Json, json};

/// Bytes of the relay's answer.
const LEN_MAX: usize = 1024 * 1024;

/// Who answers.
#[derive(Clone)]
pub(crate) struct Both {
    /// Absent where a relay runs alone.
    pub(crate) ctx: Option<Ctx>,
    pub(crate) census: Census,
}

/// A layer around the routes of both.
pub(crate) async fn answer(State(both): State<Both>, request: Request, next: Next) -> Response {
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
    let answer = match asked {
        Asked::Health => health(&both, &relay).await,
        Asked::Metrics => metrics(&both, relay).await,
    };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(answer.len()));
    Response::from_parts(parts, Body::from(answer))
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

async fn health(both: &Both, relay: &Bytes) -> Bytes {
    let Ok(Json::Object(mut all)) = serde_json::from_slice(relay) else { return relay.clone() };
    let control = match &both.ctx {
        Some(ctx) => arena_control::http::health(ctx).await,
        None => Json::Null,
    };
    for answer in [control, of_channels(&both.census.take(OF_MATCHES))] {
        let Json::Object(answer) = answer else { continue };
        // What was said before stands.
        for (key, value) in answer {
            all.entry(key).or_insert(value);
        }
    }
    Bytes::from(Json::Object(all).to_string())
}

/// What goes on, as far as a relay knows: the matches that are streamed. Nobody waits at a relay.
fn of_channels(counted: &[Counted]) -> Json {
    let live = counted.iter().filter(|counted| counted.ended.is_none());
    let ids = live.filter_map(|counted| counted.channel.as_str().strip_prefix(OF_MATCHES));
    // What stands below a match is another view of it.
    let ids: Vec<_> = ids.filter(|id| !id.contains('/')).collect();
    json!({ "queue_size": 0, "active_matches": ids.len(), "live_match_ids": ids })
}

async fn metrics(both: &Both, relay: Bytes) -> Bytes {
    let Some(ctx) = &both.ctx else { return relay };
    let control = arena_control::http::metrics(ctx).await;
    Bytes::from([&*relay, control.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_alone_tells_the_matches_that_are_streamed() {
        let of = |channel: &str, ended: Option<&str>| Counted {
            channel: channel.parse().unwrap(),
            epoch: 1,
            schema: "melee/1".to_owned(),
            publishing: true,
            ended: ended.map(str::to_owned),
            last_seq: None,
            viewers: 0,
        };
        let counted = [of("match/a", None), of("match/a/duel", None), of("match/b", Some("over"))];
        let expected = json!({ "queue_size": 0, "active_matches": 1, "live_match_ids": ["a"] });
        assert_eq!(of_channels(&counted), expected);
    }
}
