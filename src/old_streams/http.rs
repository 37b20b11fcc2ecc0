//! The paths of the older streaming interface: for publishers by HTTP and WebSocket, for viewers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arena_client::Server;
use arena_control::http::extract::Json as Body;
use arena_control::http::readable;
use arena_control::ids::MatchId;
use arena_control::{Ctx, Problem, matches};
use arena_relay::{Census, Feed, Feeds, method_not_allowed};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::once::Source;
use super::screen::{Screen, greeting, ping};
use super::stage::{Said, Stage, WAITING_MAX};
use super::watches::Watches;
use super::{channel, opening};
use crate::melee_lines::{Began, Framed, GameEnded, Line, MatchEnded};

/// Matches that are published, and that are watched, at once.
const MATCHES_MAX: usize = 4_096;
/// Frames of one request, and bytes of it.
const FRAMES_MAX: usize = 1_200;
const BODY_LEN_MAX: usize = 1024 * 1024;
/// Bytes of a message on a publisher's socket.
const MESSAGE_LEN_MAX: usize = 64 * 1024;
/// Bytes of the reason of a close, of which a frame has room for 123.
const REASON_LEN_MAX: usize = 120;
/// How long a line waits for the lines before it.
const TURN: Duration = Duration::from_secs(5);
/// How long a viewer waits for its match's channel to be watched.
const READY_TIME: Duration = Duration::from_secs(2);
/// How long a publisher's socket may be silent.
const SILENCE: Duration = Duration::from_secs(30 * 60);

/// What is streamed here.
pub(crate) struct Streams {
    ctx: Ctx,
    feeds: Feeds,
    census: Census,
    server: Server,
    /// What is published and watched; both are kept until their task is over.
    stages: Mutex<HashMap<MatchId, mpsc::Sender<Said>>>,
    screens: Mutex<HashMap<MatchId, Watched>>,
    tasks: Mutex<JoinSet<()>>,
    /// Publishers' sockets so far: each is known by its number.
    sockets: AtomicU64,
}

/// A match that is watched as JSON.
#[derive(Clone)]
struct Watched {
    feed: Feed,
    /// Whether its channel is: who joins then misses nothing.
    ready: watch::Receiver<bool>,
    /// Since when the screen watches the channel, beside those who watch the feed.
    watches: Watches,
}

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
    streams.said(&id, Line::Frame(frame)).await
}

async fn game_end(
    State(streams): Shared,
    Path(id): Path<String>,
    Body(ended): Body<GameEnded>,
) -> Answer {
    streams.said(&id, Line::GameEnd(ended)).await
}

async fn match_end(
    State(streams): Shared,
    Path(id): Path<String>,
    Body(ended): Body<MatchEnded>,
) -> Answer {
    streams.said(&id, Line::MatchEnd(ended)).await
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
    let source = Source::Socket(streams.sockets.fetch_add(1, Ordering::Relaxed));
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

impl Streams {
    pub(crate) fn new(ctx: Ctx, feeds: Feeds, census: Census, server: Server) -> Self {
        let (stages, screens, tasks) = (Mutex::default(), Mutex::default(), Mutex::default());
        let sockets = AtomicU64::new(0);
        Self { ctx, feeds, census, server, stages, screens, tasks, sockets }
    }

    /// The id of a match that there is.
    async fn known(&self, id: &str) -> Result<MatchId, Problem> {
        let unknown = || Problem::not_found("Match not found");
        let id = id.parse().map_err(|_| unknown())?;
        let here = lock(&self.stages).contains_key(&id) || lock(&self.screens).contains_key(&id);
        if here || matches::exists(&self.ctx, id).await? { Ok(id) } else { Err(unknown()) }
    }

    /// Clients of these paths say nothing of who they are: where that is asked for, they do not
    /// publish.
    async fn to_publish(&self, id: &str) -> Result<MatchId, Problem> {
        if self.ctx.config.open {
            return self.known(id).await;
        }
        let detail = "only the players of a match publish it here: ask for a token with POST \
                      /v1/matches/ID/stream, and publish the channel match/ID with it";
        Err(Problem::unauthorized(detail))
    }

    async fn said(&self, id: &str, line: Line) -> Answer {
        let id = self.to_publish(id).await?;
        self.say(id, Source::Request, [line]).await?;
        Ok(Json(json!({ "success": true })))
    }

    /// Hands lines to the match's stage, in their order.
    async fn say(
        &self,
        id: MatchId,
        source: Source,
        lines: impl IntoIterator<Item = Line> + Send,
    ) -> Result<(), Problem> {
        let mut stage = self.stage(id)?;
        for line in lines {
            let mut said = Said { source, line };
            // A stage that has ended meanwhile leaves the place to another, which takes it.
            while let Err(refused) = stage.send_timeout(said, TURN).await {
                said = match refused {
                    SendTimeoutError::Closed(said) => said,
                    SendTimeoutError::Timeout(_) => {
                        let detail = "this match is published faster than it can be sent on";
                        return Err(overloaded(detail));
                    }
                };
                stage = self.stage(id)?;
            }
        }
        Ok(())
    }

    fn stage(&self, id: MatchId) -> Result<mpsc::Sender<Said>, Problem> {
        let mut stages = lock(&self.stages);
        if let Some(stage) = stages.get(&id).filter(|stage| !stage.is_closed()) {
            return Ok(stage.clone());
        }
        stages.retain(|_, stage| !stage.is_closed());
        if stages.len() >= MATCHES_MAX {
            return Err(overloaded("no more matches can be published at present"));
        }
        let (sender, lines) = mpsc::channel(WAITING_MAX);
        stages.insert(id, sender.clone());
        drop(stages);
        let stage = Stage::new(self.server.clone(), self.ctx.clone(), id);
        self.spawn(stage.run(lines));
        Ok(sender)
    }

    async fn screen(&self, id: MatchId) -> Result<Watched, Problem> {
        if let Some(watched) = shown(&lock(&self.screens), id) {
            return Ok(watched);
        }
        let greeted = opening::recalled(&self.ctx, id).await;
        let mut screens = lock(&self.screens);
        // Somebody else may have come meanwhile.
        if let Some(watched) = shown(&screens, id) {
            return Ok(watched);
        }
        screens.retain(|_, watched| !watched.feed.is_over());
        if screens.len() >= MATCHES_MAX {
            return Err(overloaded("no more matches can be watched at present"));
        }
        let feed = self.feeds.open(channel(id));
        if let Ok(Some(greeted)) = &greeted {
            feed.push(&[], Some(greeting(greeted)));
        }
        let (is_ready, ready) = watch::channel(false);
        let watched = Watched { feed, ready, watches: Watches::default() };
        screens.insert(id, watched.clone());
        drop(screens);
        let screen = Screen {
            server: self.server.clone(),
            ctx: self.ctx.clone(),
            channel: channel(id),
            id,
            match_id: id.to_string(),
            feed: watched.feed.clone(),
            is_ready,
            watches: watched.watches.clone(),
            greeted,
        };
        self.spawn(screen.run());
        Ok(watched)
    }

    /// Who watches, by whatever transport.
    fn viewers(&self, id: MatchId) -> usize {
        let of_channel = self.census.viewers(&channel(id));
        let screens = lock(&self.screens);
        let Some(Watched { feed, watches, .. }) = screens.get(&id) else { return of_channel };
        feed.viewers() + of_channel.saturating_sub(watches.sessions())
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

fn overloaded(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).retry_after(1)
}

fn shown(screens: &HashMap<MatchId, Watched>, id: MatchId) -> Option<Watched> {
    screens.get(&id).filter(|watched| !watched.feed.is_over()).cloned()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
