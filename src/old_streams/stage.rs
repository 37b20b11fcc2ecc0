//! A match that is published as JSON: what its agents say becomes batches of its channel.
//!
//! One task for each match, which lives from the first thing that is said until the match is silent,
//! or has been over for a while. Where an agent publishes the channel itself, what is said here is what is said there
//! already, and is dropped.

use std::time::Duration;

use anyhow::Context as _;
use arena_client::{
    ChannelName, Code, Draft, PublishError, PublishOptions, Publisher, Server, Transport, unix_us,
};
use arena_control::Ctx;
use arena_control::ids::MatchId;
use arena_control::streams::arena_ticket;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::once::{Once, Source, Verdict};
use super::{channel, opening};
use crate::melee_batches::{Gather, Piece};
use crate::melee_lines::Line;

/// Frames of a batch, and how long they wait for each other: 20 batches a second.
const FRAMES: usize = 3;
const GATHER_TIME: Duration = Duration::from_millis(50);
/// Lines that may wait; then who says them waits.
pub(super) const WAITING_MAX: usize = 1024;
/// A match of which nothing is said for so long is over.
const SILENCE: Duration = Duration::from_secs(30 * 60);
/// What is said behind the end of a match, by the slower agent, is waited for no longer than this.
const LEFTOVERS: Duration = Duration::from_secs(60);
/// How long somebody else's channel is left alone.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Where a match is played.
pub(super) struct Stage {
    pub(super) server: Server,
    ctx: Ctx,
    id: MatchId,
    pub(super) channel: ChannelName,
    /// When it is asked whether somebody has said who plays; absent once that is known.
    recall_at: Option<Instant>,
    once: Once,
    gather: Gather,
    publishing: Publishing,
}

enum Publishing {
    Not,
    Here(Publisher),
    /// Somebody else publishes, or the relay does not take it: tried again then.
    Elsewhere(Instant),
}

/// Something that was said of a match, and who said it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) source: Source,
    pub(super) line: Line,
}

impl Stage {
    pub(super) fn new(server: Server, ctx: Ctx, id: MatchId) -> Self {
        Self {
            server,
            ctx,
            id,
            channel: channel(id),
            recall_at: Some(Instant::now()),
            once: Once::default(),
            gather: Gather::new(FRAMES),
            publishing: Publishing::Not,
        }
    }

    /// Takes what is said until the match is over, or silent. What begins soon behind the end is the
    /// same match once more.
    pub(super) async fn run(mut self, mut lines: mpsc::Receiver<Said>) {
        let mut heard = Instant::now();
        let mut flush: Option<Instant> = None;
        loop {
            let patience = if self.once.is_idle() { LEFTOVERS } else { SILENCE };
            let pause = flush.unwrap_or(heard + patience);
            tokio::select! {
                biased;
                said = lines.recv() => {
                    // None behind the close below.
                    let Some(said) = said else { return self.finish().await };
                    heard = Instant::now();
                    self.hear(said).await;
                }
                () = tokio::time::sleep_until(pause) => {
                    if flush.is_none() {
                        // What is said from now on begins another stage; what was said is taken.
                        lines.close();
                    }
                    self.gather.close();
                }
            }
            self.publish().await;
            flush = match (self.gather.is_empty(), flush) {
                (true, _) => None,
                (false, Some(at)) if at > Instant::now() => Some(at),
                (false, _) => Some(Instant::now() + GATHER_TIME),
            };
        }
    }

    async fn hear(&mut self, Said { source, line }: Said) {
        match &line {
            Line::Ping | Line::Unknown => return,
            Line::MatchStart(_) => self.recall_at = None,
            Line::Frame(_) | Line::GameEnd(_) | Line::MatchEnd(_) => self.recall().await,
        }
        match self.once.tell(source, &line) {
            Verdict::Nothing => return,
            Verdict::This => {}
            Verdict::AnotherGame(Some(began)) => self.tell(Line::MatchStart(began)).await,
            Verdict::AnotherGame(None) => self.gather.another_game(),
        }
        self.tell(line).await;
    }

    /// Who publishes may have said who plays to an arena that was stopped since.
    async fn recall(&mut self) {
        if self.recall_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        let Ok(recalled) = opening::recalled(&self.ctx, self.id).await else {
            self.recall_at = Some(Instant::now() + opening::AGAIN_AFTER);
            return;
        };
        self.recall_at = None;
        let Some(began) = recalled else { return };
        if self.gather.take(Line::MatchStart(began)).is_ok() {
            self.once.goes_on();
        }
    }

    async fn tell(&mut self, line: Line) {
        let began = match &line {
            Line::MatchStart(began) => Some(began.clone()),
            Line::Frame(_) | Line::GameEnd(_) | Line::MatchEnd(_) | Line::Ping | Line::Unknown => {
                None
            }
        };
        let over = matches!(line, Line::MatchEnd(_));
        if let Err(error) = self.gather.take(line) {
            tracing::debug!(channel = %self.channel, %error, "a line is of no use");
            return;
        }
        if let Some(began) = began {
            self.gather.announce();
            self.publish().await;
            opening::keep(&self.ctx, self.id, &began).await;
        }
        if over {
            opening::forget(&self.ctx, self.id).await;
            self.publish().await;
            self.finish().await;
        }
    }

    async fn publish(&mut self) {
        loop {
            let piece = match self.gather.pop() {
                Ok(Some(piece)) => piece,
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(channel = %self.channel, %error, "frames cannot be said");
                    continue;
                }
            };
            if let Err(error) = self.send(&piece).await {
                tracing::debug!(channel = %self.channel, error = format!("{error:#}"), "not published");
                self.publishing = Publishing::Elsewhere(Instant::now() + AGAIN_AFTER);
            }
        }
    }

    async fn send(&mut self, piece: &Piece) -> anyhow::Result<()> {
        if let Publishing::Elsewhere(until) = self.publishing {
            if Instant::now() < until {
                return Ok(());
            }
            self.publishing = Publishing::Not;
        }
        // A life begins with what late joiners have to know.
        if matches!(self.publishing, Publishing::Not) {
            if !piece.key {
                return Ok(());
            }
            self.publishing = Publishing::Here(self.open().await?);
        }
        let Publishing::Here(publisher) = &mut self.publishing else { return Ok(()) };
        let Piece { first_frame, frames, key, payload } = piece;
        let draft = Draft {
            captured_us: unix_us(),
            first_frame: *first_frame,
            frames: *frames,
            key: *key,
            payload,
        };
        publisher.send(draft).await.context("failed to publish a batch")?;
        Ok(())
    }

    async fn open(&self) -> anyhow::Result<Publisher> {
        let ticket = arena_ticket(&self.ctx, self.id).await?.context("the match is over")?;
        let options = PublishOptions {
            token: Some(ticket.token),
            meta: self.gather.meta(),
            transport: Transport::Quic,
            ..PublishOptions::new(self.channel.clone(), "melee/1")
        };
        Ok(Publisher::connect(&self.server, options).await?)
    }

    async fn finish(&mut self) {
        if let Publishing::Here(publisher) =
            std::mem::replace(&mut self.publishing, Publishing::Not)
        {
            match publisher.finish("the match is over").await {
                Ok(_) => {}
                Err(PublishError::Refused(refused)) if refused.code == Code::Conflict.number() => {}
                Err(error) => {
                    tracing::debug!(channel = %self.channel, %error, "the end was not published");
                }
            }
        }
    }
}
