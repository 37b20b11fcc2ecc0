//! A channel that is watched as JSON: each batch becomes text once, for everybody who watches.
//!
//! One task for each match that has such viewers; it watches the channel as any viewer does, so a
//! channel's delay holds for its viewers, too. Who joins is told who plays, then what comes; if an
//! arena was stopped since that was said, from what was kept of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
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

use super::opening::{self, Unread};
use super::watches::Watches;
use crate::melee_lines::{Began, Line};

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
    pub(super) watches: Watches,
    /// What those who have joined were greeted with, if that could be read.
    pub(super) greeted: Result<Option<Began>, Unread>,
}

/// What viewers have been told.
#[derive(Debug, Default)]
struct Told {
    start: Option<Start>,
    /// A game that was named along with something else, and has no frames yet: perhaps it never
    /// begins.
    named: Option<Start>,
    /// What everybody was greeted with before anything was seen.
    greeted: Option<Began>,
    over: bool,
}

impl Screen {
    /// Until the match is over, or nobody watches it.
    pub(super) async fn run(self) {
        let greeted = self.greeted.as_ref().ok().cloned().flatten();
        let told = Mutex::new(Told { greeted, ..Told::default() });
        let mut round = tokio::time::interval(EMPTY);
        round.tick().await;
        let mut was_empty = false;
        let mut watching = std::pin::pin!(self.watch(&told));
        let mut recalling = std::pin::pin!(self.recall(&told));
        let mut is_recalled = self.greeted.is_ok();
        loop {
            tokio::select! {
                () = &mut watching => break,
                () = &mut recalling, if !is_recalled => is_recalled = true,
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

    /// Resolves when it is known whether somebody has said who plays, and everybody is told.
    async fn recall(&self, told: &Mutex<Told>) {
        let recalled = loop {
            tokio::time::sleep(opening::AGAIN_AFTER).await;
            if let Ok(recalled) = opening::recalled(&self.ctx, self.id).await {
                break recalled;
            }
        };
        let mut told = locked(told);
        let Some(began) = recalled.filter(|_| told.start.is_none()) else { return };
        let greeting = greeting(&began);
        self.feed.push(&greeting, Some(greeting.clone()));
        told.greeted = Some(began);
    }

    /// Resolves at the end of the match.
    async fn watch(&self, told: &Mutex<Told>) {
        loop {
            let watching = self.watches.begin();
            let connected = self.connect().await;
            self.watches.settle();
            self.is_ready.send_replace(true);
            match connected {
                Ok(watcher) => self.follow(watcher, told).await,
                Err(error) => {
                    tracing::debug!(channel = %self.channel, %error, "cannot be watched");
                }
            }
            drop(watching);
            if locked(told).over {
                opening::forget(&self.ctx, self.id).await;
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

    async fn follow(&self, mut watcher: Watcher, told: &Mutex<Told>) {
        loop {
            match watcher.next().await {
                Ok(Some(Event::Batch(batch))) => {
                    let began = self.show(&batch, &mut locked(told));
                    if let Some(began) = began {
                        opening::keep(&self.ctx, self.id, &began).await;
                    }
                }
                Ok(Some(Event::Ended(_))) => {
                    let mut told = locked(told);
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

    /// Tells everybody; who plays, if that was news.
    fn show(&self, batch: &Batch, told: &mut Told) -> Option<Began> {
        let records = match melee::decode(&batch.payload()) {
            Ok(records) => records,
            Err(error) => {
                tracing::debug!(channel = %self.channel, %error, "a batch that is not melee/1");
                return None;
            }
        };
        let lines = told.lines(&self.match_id, records);
        let began = lines.iter().rev().find_map(|line| match line {
            Line::MatchStart(began) => Some(began.clone()),
            Line::Frame(_) | Line::GameEnd(_) | Line::MatchEnd(_) | Line::Ping | Line::Unknown => {
                None
            }
        });
        // Who comes behind the end is told nothing.
        let greeting = if told.over { Some(Bytes::new()) } else { began.as_ref().map(greeting) };
        self.feed.push(&frames(&lines), greeting);
        began
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
        let is_known = self.greeted.take() == Some(Began::of(match_id, &start));
        if is_known { Vec::new() } else { Line::of(match_id, Record::Start(start)) }
    }
}

fn locked(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is said to who joins.
pub(super) fn greeting(began: &Began) -> Bytes {
    frames(&[Line::MatchStart(began.clone())]).into()
}

/// What is said to who has said nothing for a while.
pub(super) fn ping() -> Bytes {
    frames(&[Line::Ping]).into()
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

#[cfg(test)]
mod tests {
    use arena_protocol::melee::{Frame, GameEnd, MatchEnd};

    use super::*;
    use crate::melee_batches::Gather;

    fn start(game: u32) -> Record {
        Record::Start(Start { game, stage: 25, score: vec![0, 0], players: Vec::new() })
    }

    fn frame() -> Record {
        Record::Frames { frames: vec![Frame { number: -123, players: Vec::new() }] }
    }

    fn game_end() -> Record {
        Record::GameEnd(GameEnd { game: 1, winner_port: 1, end_method: "stocks".to_owned() })
    }

    fn match_end() -> Record {
        Record::MatchEnd(MatchEnd { winner_port: 1, final_score: vec![1, 0] })
    }

    /// What viewers are told of each batch.
    fn told(batches: Vec<Vec<Record>>) -> Vec<Vec<&'static str>> {
        let mut told = Told::default();
        let name = |line: &Line| match line {
            Line::MatchStart(_) => "start",
            Line::Frame(_) => "frame",
            Line::GameEnd(_) => "game end",
            Line::MatchEnd(_) => "match end",
            Line::Ping | Line::Unknown => "nothing",
        };
        let told = batches.into_iter().map(|batch| told.lines("m", batch));
        told.map(|lines| lines.iter().map(name).collect()).collect()
    }

    #[test]
    fn who_plays_is_told_once_and_at_once() {
        let batches = vec![vec![start(1)], vec![frame()], vec![start(1), frame()], vec![start(1)]];
        assert_eq!(told(batches), [vec!["start"], vec!["frame"], vec!["frame"], vec![]]);
        assert_eq!(told(vec![vec![start(1), frame()]]), [["start", "frame"]]);
    }

    #[test]
    fn a_game_that_begins_before_the_last_one_ended_is_named() {
        let mut gather = Gather::new(3);
        let began = r#"{"type":"match_start","stageId":25,"players":[]}"#;
        let mut batches = Vec::new();
        for _ in 0..2 {
            gather.line(began).unwrap();
            gather.announce();
            for number in -123..-120 {
                let frame = format!(r#"{{"type":"frame","frame":{number},"players":[]}}"#);
                gather.line(&frame).unwrap();
            }
        }
        while let Some(piece) = gather.pop().unwrap() {
            batches.push(melee::decode(&piece.payload).unwrap());
        }
        let game = [vec!["start"], vec!["frame", "frame", "frame"]];
        assert_eq!(told(batches), [game.clone(), game].concat());
    }

    #[test]
    fn a_game_that_is_never_played_is_not_named() {
        let batches = vec![vec![start(1), frame(), game_end()], vec![start(2), match_end()]];
        assert_eq!(told(batches), [vec!["start", "frame", "game end"], vec!["match end"]]);
    }
}
