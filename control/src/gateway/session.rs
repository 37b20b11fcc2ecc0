//! What a socket knows of its client, and what it tells it.
//!
//! A session does no I/O on its socket: it is handed texts and notes, and answers with texts.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::hub::{Note, Seat, Topic};
use super::messages::{Ask, Far, Message, Request, Say};
use super::telling;
use crate::context::Ctx;
use crate::duel::progress::Progress;
use crate::error::Problem;
use crate::events::Event as Line;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches;
use crate::matches::play::Standing;
use crate::matches::rules::{Event, Side};
use crate::queue::{Ticket, service as queue};
use crate::store::queue as entries;

/// Answers that are kept for requests that come again.
const ANSWERS_KEPT: usize = 32;
/// Requests a second, and at once.
const ASKS_PER_S: u32 = 40;
const ASKS_AT_ONCE: u32 = 80;
/// Between two reports of the other side's progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);
/// What spectators see is so old, and half as old again by chance; what waits for it is bounded.
const WATCH_DELAY: Duration = Duration::from_millis(500);
const WATCH_JITTER_MS: u32 = 200;
const WATCH_EVERY: Duration = Duration::from_millis(200);
const WATCH_LINE_MAX: usize = 64;
/// Lines of a match that are told at once.
const LINES: i64 = 1000;

pub(super) struct Session<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) seat: Seat<'a>,
    pub(super) identity: Option<PlayerId>,
    pub(super) ticket: Option<TicketId>,
    pub(super) playing: Option<Playing>,
    pub(super) watching: Vec<MatchId>,
    /// What spectators will see, in order.
    line: VecDeque<(Instant, String)>,
    watch_delay: Duration,
    watched_at: Option<Instant>,
    /// Answers by the ids of their requests.
    answers: VecDeque<(String, Vec<String>)>,
    /// When the budget of requests is full again.
    full_at: Instant,
}

pub(super) struct Playing {
    pub(super) id: MatchId,
    pub(super) side: Side,
    pub(super) entry: TicketId,
    /// The last line that was told.
    seen: i64,
    /// The other's progress that has not been told.
    pending: Option<Progress>,
    told_at: Option<Instant>,
}

impl<'a> Session<'a> {
    pub(super) fn new(ctx: &'a Ctx) -> Self {
        let jitter = u32::from_be_bytes(ctx.chance.bytes()) % WATCH_JITTER_MS;
        Self {
            ctx,
            seat: ctx.hub.sit(),
            identity: None,
            ticket: None,
            playing: None,
            watching: Vec::new(),
            line: VecDeque::new(),
            watch_delay: WATCH_DELAY + Duration::from_millis(jitter.into()),
            watched_at: None,
            answers: VecDeque::new(),
            full_at: Instant::now(),
        }
    }

    /// A text from the client; what to answer.
    pub(super) async fn asked(&mut self, text: &str) -> Vec<String> {
        let request: Request = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => {
                let id = serde_json::from_str::<Json>(text).ok();
                let id = id.and_then(|it| it["id"].as_str().map(str::to_owned));
                let id = id.filter(|id| id.len() <= 64).unwrap_or_default();
                return vec![self.text(refusal(&id, "bad_message", &error.to_string()))];
            }
        };
        if let Ask::Pong {} = request.ask {
            return Vec::new();
        }
        if request.id.is_empty() || request.id.len() > 64 {
            return vec![self.text(refusal("", "bad_message", "id: expected 1 to 64 characters"))];
        }
        if !self.may_ask() {
            let detail = "too many requests; wait a second";
            return vec![self.text(refusal(&request.id, "too_many_requests", detail))];
        }
        if let Some((_, answer)) = self.answers.iter().find(|(id, _)| *id == request.id) {
            return answer.clone();
        }
        let Request { id, ask, .. } = request;
        let messages = match self.answer(&id, ask).await {
            Ok(messages) => messages,
            Err(problem) => vec![refusal(&id, problem.code, &problem.detail)],
        };
        let texts: Vec<_> = messages.into_iter().map(|message| self.text(message)).collect();
        if self.answers.len() >= ANSWERS_KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back((id, texts.clone()));
        texts
    }

    /// This socket speaks for an entry from now on. What its match told behind a number.
    pub(super) async fn hold(
        &mut self,
        ticket: TicketId,
        after: i64,
    ) -> Result<Vec<Message>, Problem> {
        if let Some(before) = self.ticket.replace(ticket).filter(|before| *before != ticket) {
            self.seat.ignore(Topic::Ticket(before));
        }
        self.seat.take_over(Topic::Ticket(ticket));
        // Looked at after listening, so that nothing happens unnoticed between the two.
        let found = self.ctx.store.read(async move |tx| entries::find(tx, ticket).await);
        let found: Option<Ticket> = found.await?;
        match found.and_then(|found| found.match_id) {
            Some(match_id) => self.follow(match_id, after).await,
            None => Ok(Vec::new()),
        }
    }

    /// This socket plays a match from now on.
    async fn follow(&mut self, id: MatchId, after: i64) -> Result<Vec<Message>, Problem> {
        let Some(ticket) = self.ticket else { return Ok(Vec::new()) };
        if self.playing.as_ref().is_some_and(|playing| playing.id == id) {
            return self.catch_up().await;
        }
        self.stop_playing();
        self.seat.listen(Topic::Match(id));
        let Some(found) = matches::service::find(self.ctx, id).await? else {
            return Ok(Vec::new());
        };
        let Some(side) = found.side_of(ticket) else { return Ok(Vec::new()) };
        let playing =
            Playing { id, side, entry: ticket, seen: after, pending: None, told_at: None };
        self.playing = Some(playing);
        self.catch_up().await
    }

    fn stop_playing(&mut self) {
        if let Some(playing) = self.playing.take()
            && !self.watching.contains(&playing.id)
        {
            self.seat.ignore(Topic::Match(playing.id));
        }
    }

    /// What the log tells of the match that is played, behind what was told.
    async fn catch_up(&mut self) -> Result<Vec<Message>, Problem> {
        let Some(playing) = &self.playing else { return Ok(Vec::new()) };
        let (id, seen) = (playing.id, playing.seen);
        let lines = self.ctx.store.events_of_match(id.to_string(), seen, LINES).await?;
        let mut messages = Vec::new();
        for line in lines {
            messages.extend(self.line_of_match(&line).await?);
        }
        Ok(messages)
    }

    async fn line_of_match(&mut self, line: &Line) -> Result<Option<Message>, Problem> {
        let Some(playing) = &mut self.playing else { return Ok(None) };
        if line.number <= playing.seen {
            return Ok(None);
        }
        playing.seen = line.number;
        let (id, side) = (playing.id, playing.side);
        if line.kind == "match.made" {
            let found = matches::service::find(self.ctx, id).await?;
            return Ok(found.map(|found| telling::found(&found, side, line.number, line.at)));
        }
        // The entry of this side waits again.
        if line.kind == "queue.returned" {
            let mine = line.body["side"] == json!(side);
            if mine {
                self.stop_playing();
            }
            return Ok(telling::told(line).filter(|_| mine));
        }
        Ok(telling::told(line))
    }

    /// A note from the hub; what to say about it.
    pub(super) async fn heard(&mut self, note: Note) -> Vec<String> {
        let line = match note {
            Note::TakenOver => return Vec::new(),
            Note::Progress(id, standing) => {
                self.progressed(id, &standing);
                return self.due();
            }
            Note::Event(line) => line,
        };
        let of_match: Option<MatchId> = line.match_id.as_deref().and_then(|id| id.parse().ok());
        if let Some(id) = of_match
            && self.watching.contains(&id)
            && let Some(message) = telling::told(&line)
        {
            let text = self.text(message);
            self.show_later(text);
        }
        let messages = match of_match {
            Some(id) if self.playing.as_ref().is_some_and(|playing| playing.id == id) => {
                self.line_of_match(&line).await.map(|message| message.into_iter().collect())
            }
            Some(id) if line.kind == "match.made" => self.follow(id, 0).await,
            Some(_) => Ok(Vec::new()),
            None => Ok(telling::told(&line).into_iter().collect::<Vec<_>>()),
        };
        match messages {
            Ok(messages) => messages.into_iter().map(|message| self.text(message)).collect(),
            Err(problem) => vec![self.text(refusal("", problem.code, &problem.detail))],
        }
    }

    fn progressed(&mut self, id: MatchId, standing: &Standing) {
        if let Some(playing) = &mut self.playing
            && playing.id == id
            && playing.side != standing.side
        {
            playing.pending = Some(*standing.progress.of(standing.side));
        }
        let now = Instant::now();
        let recent = self.watched_at.is_some_and(|at| now.duration_since(at) < WATCH_EVERY);
        if self.watching.contains(&id) && !recent {
            self.watched_at = Some(now);
            let (p1, p2) = (standing.progress.first.seen(), standing.progress.second.seen());
            let say = Say::SpectateUpdate { match_id: id, p1, p2 };
            let text = self.text(answer("spectate", say));
            self.show_later(text);
        }
    }

    fn show_later(&mut self, text: String) {
        if self.line.len() >= WATCH_LINE_MAX {
            self.line.pop_front();
        }
        self.line.push_back((Instant::now() + self.watch_delay, text));
    }

    /// What is due by now.
    pub(super) fn due(&mut self) -> Vec<String> {
        let now = Instant::now();
        let mut texts = Vec::new();
        while let Some((_, text)) = self.line.pop_front_if(|(at, _)| *at <= now) {
            texts.push(text);
        }
        if let Some(playing) = &mut self.playing
            && playing.told_at.is_none_or(|at| now.duration_since(at) >= PROGRESS_EVERY)
            && let Some(progress) = playing.pending.take()
        {
            playing.told_at = Some(now);
            let say = Say::OpponentProgress(far(playing.id, &progress, None));
            texts.push(self.text(answer("progress", say)));
        }
        texts
    }

    /// When something is due next.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let shown = self.line.front().map(|(at, _)| *at);
        let playing = self.playing.as_ref().filter(|playing| playing.pending.is_some());
        let told = playing.and_then(|playing| playing.told_at.map(|at| at + PROGRESS_EVERY));
        shown.into_iter().chain(told).min()
    }

    /// The client is gone: who waits does not wait any more, who plays is away.
    pub(super) async fn gone(self) {
        let outcome = match (&self.playing, self.ticket) {
            (Some(playing), _) => {
                let dropped = Event::Drop;
                matches::service::act(self.ctx, playing.id, playing.entry, dropped)
                    .await
                    .map(|_| ())
            }
            (None, Some(ticket)) => {
                queue::leave(self.ctx, ticket).await.map(|_| ()).map_err(Into::into)
            }
            (None, None) => Ok(()),
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "nobody was told that a client has gone");
        }
    }

    fn may_ask(&mut self) -> bool {
        let now = Instant::now();
        let each = Duration::from_secs(1) / ASKS_PER_S;
        let full_then = self.full_at.max(now) + each;
        if full_then - now > each * ASKS_AT_ONCE {
            return false;
        }
        self.full_at = full_then;
        true
    }

    fn text(&self, mut message: Message) -> String {
        if message.ts == 0 {
            message.ts = self.ctx.clock.now().0;
        }
        serde_json::to_string(&message).unwrap_or_default()
    }
}

pub(super) fn answer(id: &str, say: Say) -> Message {
    Message { id: id.to_owned(), ts: 0, number: None, say }
}

fn refusal(id: &str, code: &str, message: &str) -> Message {
    answer(id, Say::Error { code: code.to_owned(), message: message.to_owned() })
}

pub(super) fn far(match_id: MatchId, progress: &Progress, next: Option<usize>) -> Far {
    #[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
    let share = |basis: usize| basis as f64 / 10_000.0;
    Far {
        match_id,
        progress: share(progress.done_bp),
        wpm: progress.wpm,
        accuracy: share(progress.accuracy_bp),
        current_position: progress.position,
        next,
    }
}
