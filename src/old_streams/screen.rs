//! A channel that is watched as JSON: each batch becomes text once, for everybody who watches.
//!
//! One task for each match that has such viewers; it watches the channel as any viewer does, so a
//! channel's delay holds for its viewers, too. Who joins is told who plays, then what comes.

use std::time::Duration;

use arena_client::{
    Batch, ChannelName, ConnectError, Event, FROM_THE_FIRST, Server, Transport, WatchOptions,
    Watcher,
};
use arena_control::Ctx;
use arena_control::ids::MatchId;
use arena_control::streams::watch_ticket;
use arena_protocol::melee::{self, Record, Start};
use arena_relay::{Feed, text_frame};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::melee_lines::Line;

/// Everybody gets a sign of life in this time, as nobody can be heard to need one.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long sockets stay open behind the end of a match.
const AFTER_END: Duration = Duration::from_secs(5);
/// How long a screen stays without viewers.
const EMPTY: Duration = Duration::from_secs(30);
/// How long a channel that cannot be watched is left alone.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What watches a match for its viewers.
pub(super) struct Screen {
    pub(super) server: Server,
    pub(super) ctx: Ctx,
    pub(super) id: MatchId,
    pub(super) channel: ChannelName,
    /// As viewers know the match.
    pub(super) match_id: String,
    pub(super) feed: Feed,
    /// Said once its channel is watched, or cannot be.
    pub(super) is_ready: watch::Sender<bool>,
}

/// What viewers have been told.
#[derive(Debug, Default)]
struct Told {
    start: Option<Start>,
    /// A game that was named along with something else, and has no frames yet: perhaps it never
    /// begins.
    named: Option<Start>,
    over: bool,
}

impl Screen {
    /// Until the match is over, or nobody watches it.
    pub(super) async fn run(self) {
        let mut told = Told::default();
        let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        let mut round = tokio::time::interval(EMPTY);
        round.tick().await;
        let mut was_empty = false;
        let watching = self.watch(&mut told);
        let mut watching = std::pin::pin!(watching);
        loop {
            tokio::select! {
                () = &mut watching => break,
                _ = ping.tick() => self.feed.push(&frames(&[Line::Ping]), None),
                _ = round.tick() => {
                    let is_empty = self.feed.viewers() == 0;
                    if is_empty && was_empty {
                        return self.feed.end();
                    }
                    was_empty = is_empty;
                }
            }
        }
        tokio::time::sleep(AFTER_END).await;
        self.feed.end();
    }

    /// Resolves at the end of the match.
    async fn watch(&self, told: &mut Told) {
        loop {
            let connected = self.connect().await;
            self.is_ready.send_replace(true);
            match connected {
                Ok(watcher) => self.follow(watcher, told).await,
                Err(error) => {
                    tracing::debug!(channel = %self.channel, %error, "cannot be watched");
                }
            }
            if told.over {
                return;
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// From what is shown there now; or from the first on, where nobody publishes yet.
    async fn connect(&self) -> Result<Watcher, ConnectError> {
        let ticket = watch_ticket(&self.ctx, self.id).await.ok().flatten();
        let options = WatchOptions {
            token: ticket.map(|ticket| ticket.token),
            transport: Transport::Quic,
            ..WatchOptions::new(self.channel.clone())
        };
        let watcher = Watcher::connect(&self.server, options.clone()).await?;
        if watcher.welcome().is_some_and(|welcome| welcome.start.is_some()) {
            return Ok(watcher);
        }
        let from_the_first = WatchOptions { after: Some(FROM_THE_FIRST), ..options };
        Watcher::connect(&self.server, from_the_first).await
    }

    async fn follow(&self, mut watcher: Watcher, told: &mut Told) {
        loop {
            match watcher.next().await {
                Ok(Some(Event::Batch(batch))) => self.show(&batch, told),
                Ok(Some(Event::Ended(_))) => {
                    told.over |= told.start.is_some();
                    return;
                }
                Ok(Some(Event::Start(_) | Event::Gap(_) | Event::Reconnecting { .. })) => {}
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(channel = %self.channel, %error, "not watched any more");
                    return;
                }
            }
        }
    }

    fn show(&self, batch: &Batch, told: &mut Told) {
        let records = match melee::decode(&batch.payload()) {
            Ok(records) => records,
            Err(error) => {
                tracing::debug!(channel = %self.channel, %error, "a batch that is not melee/1");
                return;
            }
        };
        let lines = told.lines(&self.match_id, records);
        let greeting = lines.iter().rfind(|line| matches!(line, Line::MatchStart(_)));
        let greeting = greeting.map(|line| Bytes::from(frames(std::slice::from_ref(line))));
        self.feed.push(&frames(&lines), greeting);
    }
}

impl Told {
    /// What of these has to be told. Who plays is repeated in every group, and told once: with the
    /// first frame of a game, or when a batch says nothing else.
    fn lines(&mut self, match_id: &str, records: Vec<Record>) -> Vec<Line> {
        let mut lines = Vec::new();
        for record in records {
            match record {
                Record::Start(start) => {
                    self.named = (self.start.as_ref() != Some(&start)).then_some(start);
                    continue;
                }
                Record::Frames { .. } => lines.extend(self.name(match_id)),
                Record::GameEnd(_) => {}
                Record::MatchEnd(_) => self.over = true,
            }
            lines.extend(Line::of(match_id, record));
        }
        if lines.is_empty() && !self.over {
            lines.extend(self.name(match_id));
        }
        lines
    }

    /// Who plays, if that was not told yet.
    fn name(&mut self, match_id: &str) -> Vec<Line> {
        let Some(start) = self.named.take() else { return Vec::new() };
        self.start = Some(start.clone());
        Line::of(match_id, Record::Start(start))
    }
}

/// Lines as WebSocket frames, one behind the other.
fn frames(lines: &[Line]) -> Vec<u8> {
    let mut frames = Vec::new();
    for line in lines {
        match serde_json::to_vec(line) {
            Ok(text) => text_frame(&text, &mut frames),
            Err(error) => tracing::error!(%error, "a line could not be written"),
        }
    }
    frames
}
