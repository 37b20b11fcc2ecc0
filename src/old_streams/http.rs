//! The paths of the older streaming interface: for publishers by HTTP and WebSocket, for viewers.

use std::sync::Arc;
use std::time::Duration;

use arena_control::Problem;
use arena_control::http::extract::Json as Body;
use arena_control::http::readable;
use arena_control::ids::MatchId;
use arena_relay::method_not_allowed;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::once::Source;
use super::screen::ping;
use super::streams::{Streams, Watched};
use crate::melee_lines::{Began, Framed, GameEnded, Line, MatchEnded};

/// Frames of one request, and bytes of it.
const FRAMES_MAX: usize = 1_200;
const BODY_LEN_MAX: usize = 1024 * 1024;
/// Bytes of a message on a publisher's socket.
const MESSAGE_LEN_MAX: usize = 64 * 1024;
/// Bytes of the reason of a close, of which a frame has room for 123.
const REASON_LEN_MAX: usize = 120;
/// How long a viewer waits for its match's channel to be watched.
const READY_TIME: Duration = Duration::from_secs(2);
/// How long a publisher's socket may be silent.
const SILENCE: Duration = Duration::from_secs(30 * 60);

/// The routes.
pub(crate) fn routes(streams: Streams) -> Router {
    Router::new()
        .route("/matches/{match_id}/stream/start", post(start))
        .route("/matches/{match_id}/stream/frames", post(frames))
        .route("/matches/{match_id}/stream/frame", post(frame))
        .route("/matches/{match_id}/stream/game_end", post(game_end))
        .route("/matches/{match_id}/stream/end", post(match_end))
        .route("/matches/{match_id}/viewers", get(viewers))
        .route("/ws/stream/{match_id}", get(publish))
        .route("/ws/match/{match_id}", get(watch))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
        .layer(from_fn(readable))
        .with_state(Arc::new(streams))
}

type Shared = State<Arc<Streams>>;
type Answer = Result<Json<Value>, Problem>;

#[derive(Deserialize)]
struct ManyFrames {
    frames: Vec<Framed>,
}

async fn start(State(streams): Shared, Path(id): Path<String>, Body(began): Body<Began>) -> Answer {
    let id = streams.to_publish(&id).await?;
    streams.say(id, Source::Request, [Line::MatchStart(began)]).await?;
    Ok(Json(json!({ "success": true, "viewers": streams.viewers(id) })))
}

async fn frames(
    State(streams): Shared,
    Path(id): Path<String>,
    Body(ManyFrames { frames }): Body<ManyFrames>,
) -> Answer {
    let id = streams.to_publish(&id).await?;
    let count = frames.len();
    if count > FRAMES_MAX {
        return Err(Problem::invalid(format!("frames: {count}, of at most {FRAMES_MAX}")));
    }
    streams.say(id, Source::Request, frames.into_iter().map(Line::Frame)).await?;
    Ok(Json(json!({ "success": true, "frames": count })))
}

async fn frame(
    State(streams): Shared,
    Path(id): Path<String>,
    Body(frame): Body<Framed>,
) -> Answer {
    said(&streams, &id, Line::Frame(frame)).await
}

async fn game_end(
    State(streams): Shared,
    Path(id): Path<String>,
    Body(ended): Body<GameEnded>,
) -> Answer {
    said(&streams, &id, Line::GameEnd(ended)).await
}

async fn match_end(
    State(streams): Shared,
    Path(id): Path<String>,
    Body(ended): Body<MatchEnded>,
) -> Answer {
    said(&streams, &id, Line::MatchEnd(ended)).await
}

async fn viewers(State(streams): Shared, Path(id): Path<String>) -> Json<Value> {
    let viewers = id.parse().map_or(0, |id| streams.viewers(id));
    Json(json!({ "match_id": id, "viewers": viewers }))
}

async fn publish(
    State(streams): Shared,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let id = streams.to_publish(&id).await?;
    // A message that is a little too long is read, so that its sender can be told.
    let upgrade = upgrade.max_message_size(2 * MESSAGE_LEN_MAX).max_frame_size(2 * MESSAGE_LEN_MAX);
    Ok(upgrade.on_upgrade(async move |mut socket| {
        let (code, reason) = hear(&streams, id, &mut socket).await;
        let close = CloseFrame { code, reason: reason.as_str().into() };
        // Whoever is gone does not read it.
        let _gone = socket.send(Message::Close(Some(close))).await;
    }))
}

/// Takes what a publisher says; why it has to leave.
async fn hear(streams: &Streams, id: MatchId, socket: &mut WebSocket) -> (u16, String) {
    let source = streams.socket();
    loop {
        let heard = match tokio::time::timeout(SILENCE, socket.recv()).await {
            Ok(Some(Ok(heard))) => heard,
            Ok(Some(Err(error))) => return (close_code::PROTOCOL, short(&error)),
            Ok(None) => return (close_code::NORMAL, String::new()),
            Err(_silent) => return (close_code::AWAY, "nothing was said for too long".to_owned()),
        };
        let text = match &heard {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(bytes) => bytes,
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return (close_code::NORMAL, String::new()),
        };
        if text.len() > MESSAGE_LEN_MAX {
            let reason = format!("a message has at most {MESSAGE_LEN_MAX} bytes");
            return (close_code::SIZE, reason);
        }
        let line: Line = match serde_json::from_slice(text) {
            Ok(line) => line,
            Err(error) => {
                let reason = short(&format_args!("not a message of a stream: {error}"));
                return (close_code::INVALID, reason);
            }
        };
        let over = matches!(line, Line::MatchEnd(_));
        if let Err(problem) = streams.say(id, source, [line]).await {
            return (close_code::AGAIN, problem.detail);
        }
        if over {
            return (close_code::NORMAL, "the match is over".to_owned());
        }
    }
}

/// What fits into a close.
fn short(reason: &impl std::fmt::Display) -> String {
    let mut reason = reason.to_string();
    reason.truncate(reason.floor_char_boundary(REASON_LEN_MAX));
    reason
}

async fn watch(State(streams): Shared, Path(id): Path<String>, request: Request) -> Response {
    match streams.known(&id).await {
        Ok(id) => match streams.screen(id).await {
            Ok(Watched { feed, mut ready, .. }) => {
                // If it takes long, a viewer is shown what there is as soon as there is something.
                let _late = tokio::time::timeout(READY_TIME, ready.wait_for(|ready| *ready)).await;
                feed.join(request, ping())
            }
            Err(problem) => problem.into_response(),
        },
        Err(problem) if problem.status == StatusCode::NOT_FOUND => {
            Problem::forbidden(problem.detail).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

async fn said(streams: &Streams, id: &str, line: Line) -> Answer {
    let id = streams.to_publish(id).await?;
    streams.say(id, Source::Request, [line]).await?;
    Ok(Json(json!({ "success": true })))
}
