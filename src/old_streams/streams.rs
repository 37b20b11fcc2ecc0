//! What is streamed here: the matches that are published and watched, each by a task of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arena_client::Server;
use arena_control::ids::MatchId;
use arena_control::{Ctx, Problem, matches};
use arena_relay::{Census, Feed, Feeds};
use axum::http::StatusCode;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::once::Source;
use super::screen::{Screen, greeting};
use super::stage::{Said, Stage, WAITING_MAX};
use super::watches::Watches;
use super::{channel, opening};
use crate::melee_lines::Line;

/// Matches that are published, and that are watched, at once.
const MATCHES_MAX: usize = 4_096;
/// How long a line waits for the lines before it.
const TURN: Duration = Duration::from_secs(5);

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
pub(super) struct Watched {
    pub(super) feed: Feed,
    /// Whether its channel is: who joins then misses nothing.
    pub(super) ready: watch::Receiver<bool>,
    /// Since when the screen watches the channel, beside those who watch the feed.
    watches: Watches,
}

impl Streams {
    pub(crate) fn new(ctx: Ctx, feeds: Feeds, census: Census, server: Server) -> Self {
        let (stages, screens, tasks) = (Mutex::default(), Mutex::default(), Mutex::default());
        let sockets = AtomicU64::new(0);
        Self { ctx, feeds, census, server, stages, screens, tasks, sockets }
    }

    /// A publisher's socket that was not there before.
    pub(super) fn socket(&self) -> Source {
        Source::Socket(self.sockets.fetch_add(1, Ordering::Relaxed))
    }

    /// The id of a match that there is.
    pub(super) async fn known(&self, id: &str) -> Result<MatchId, Problem> {
        let unknown = || Problem::not_found("Match not found");
        let id = id.parse().map_err(|_| unknown())?;
        let here = lock(&self.stages).contains_key(&id) || lock(&self.screens).contains_key(&id);
        if here || matches::exists(&self.ctx, id).await? { Ok(id) } else { Err(unknown()) }
    }

    /// Clients of these paths say nothing of who they are: where that is asked for, they do not
    /// publish.
    pub(super) async fn to_publish(&self, id: &str) -> Result<MatchId, Problem> {
        if self.ctx.config.open {
            return self.known(id).await;
        }
        let detail = "only the players of a match publish it here: ask for a token with POST \
                      /v1/matches/ID/stream, and publish the channel match/ID with it";
        Err(Problem::unauthorized(detail))
    }

    /// Hands lines to the match's stage, in their order.
    pub(super) async fn say(
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

    pub(super) async fn screen(&self, id: MatchId) -> Result<Watched, Problem> {
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
    pub(super) fn viewers(&self, id: MatchId) -> usize {
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
