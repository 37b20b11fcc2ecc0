//! What a socket knows of its client, and what it tells it.
//!
//! A session does no I/O on its socket: it is handed texts and notes, and answers with texts.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::entrants::Entrants;
use super::hub::{Note, Seat, Topic};
use super::limits::{Budget, Expiry};
use super::messages::{Ask, Far, Message, Request, Say};
use super::watching::Watching;
use super::{result, seats, telling, words};
use crate::context::Ctx;
use crate::duel::progress::{Progress, Seen};
use crate::error::Problem;
use crate::events::Event as Line;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches;
use crate::matches::play::Standing;
use crate::matches::rules::{Event, Side, Sides};
use crate::queue::Ticket;
use crate::store::queue as entries;
use crate::time::At;

/// Answers that are kept for requests that come again.
const ANSWERS_KEPT: usize = 32;
/// Between two reports of the other side's progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);
/// Lines of a match that are told at once.
const LINES: i64 = 1000;

pub(super) struct Session<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) seat: Seat<'a>,
    pub(super) identity: Option<PlayerId>,
    pub(super) ticket: Option<TicketId>,
    /// Since when it speaks for that entry.
    held_at: At,
    pub(super) playing: Option<Playing>,
    pub(super) watching: Watching,
    pub(super) entrants: Entrants,
    /// Those of the matches that are watched and have a pool.
    pub(super) odds: BTreeMap<MatchId, Json>,
    /// When what was shown ends; empty where it does not.
    expiry: Option<Expiry>,
    /// Answers by the ids of their requests.
    answers: VecDeque<(String, Vec<String>)>,
    budget: Budget,
}

/// Whether an entry was there before its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    First,
    Again,
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
        Self {
            ctx,
            seat: ctx.hub.sit(),
            identity: None,
            ticket: None,
            held_at: At(0),
            playing: None,
            watching: Watching::new(u32::from_be_bytes(ctx.chance.bytes())),
            entrants: Entrants::default(),
            odds: BTreeMap::new(),
            expiry: None,
            answers: VecDeque::new(),
            budget: Budget::full(ctx.clock.instant()),
        }
    }

    /// A text from the client; what to answer.
    pub(super) async fn asked(&mut self, said: &str) -> Vec<String> {
        let request: Request = match serde_json::from_str(said) {
            Ok(request) => request,
            Err(error) => {
                let id = serde_json::from_str::<Json>(said).ok();
                let id = id.and_then(|it| it["id"].as_str().map(str::to_owned));
                let id = id.filter(|id| id.len() <= 64).unwrap_or_default();
                return vec![text(self.ctx, refusal(&id, "bad_message", &error.to_string()))];
            }
        };
        if let Ask::Pong {} = request.ask {
            return Vec::new();
        }
        if request.id.is_empty() || request.id.len() > 64 {
            return vec![text(
                self.ctx,
                refusal("", "bad_message", "id: expected 1 to 64 characters"),
            )];
        }
        if !self.budget.take(self.ctx.clock.instant()) {
            let detail = "too many requests; wait a second";
            return vec![text(self.ctx, refusal(&request.id, "too_many_requests", detail))];
        }
        if let Some((_, answer)) = self.answers.iter().find(|(id, _)| *id == request.id) {
            return answer.clone();
        }
        let Request { id, ask, .. } = request;
        let messages = match self.answer(&id, ask).await {
            Ok(messages) => messages,
            Err(problem) => vec![refusal(&id, problem.code, &problem.detail)],
        };
        let texts: Vec<_> = messages.into_iter().map(|message| text(self.ctx, message)).collect();
        if self.answers.len() >= ANSWERS_KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back((id, texts.clone()));
        texts
    }

    /// What was shown holds until then.
    pub(super) fn expires(&mut self, at: Option<At>) {
        let (now, instant) = (self.ctx.clock.now(), self.ctx.clock.instant());
        let left = |at: At| Duration::from_millis(at.since(now).0);
        self.expiry = at.map(|at| Expiry::new(at, left(at), instant));
    }

    /// Whether what was shown holds no more.
    pub(super) fn is_expired(&self) -> bool {
        self.expiry.as_ref().is_some_and(|expiry| expiry.is_over(self.ctx.clock.instant()))
    }

    pub(super) fn session_expires(&self) -> Option<i64> {
        self.expiry.as_ref().map(|expiry| expiry.at.0)
    }

    /// No other socket speaks for this, on any process.
    pub(super) async fn take_over(&self, topic: Topic) {
        self.seat.take_over(topic);
        words::taken(self.ctx, topic).await;
    }

    /// This socket speaks for an entry from now on. What its match told behind a number.
    pub(super) async fn hold(
        &mut self,
        ticket: TicketId,
        after: i64,
        held: Held,
    ) -> Result<Vec<Message>, Problem> {
        if let Some(before) = self.ticket.replace(ticket).filter(|before| *before != ticket) {
            self.seat.ignore(Topic::Ticket(before));
        }
        self.take_over(Topic::Ticket(ticket)).await;
        self.held_at = self.ctx.clock.now();
        match held {
            Held::Again => seats::held(self.ctx, ticket, self.held_at).await?,
            Held::First => {}
        }
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
            && !self.watching.contains(playing.id)
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
            return Ok(telling::found(self.ctx, id, side, line).await?);
        }
        if line.kind == "match.decided" {
            return self.result(line, side, id).await;
        }
        if line.kind == "queue.returned" && line.body["side"] != json!(side) {
            return Ok(None);
        }
        if matches!(line.kind.as_str(), "match.cancelled" | "match.expired") {
            self.stop_playing();
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
            Note::Event(line) if line.kind.starts_with("tournament.") => {
                return match self.of_tournament(&line).await {
                    Ok(message) => message.into_iter().map(|it| text(self.ctx, it)).collect(),
                    Err(problem) => {
                        vec![text(self.ctx, refusal("", problem.code, &problem.detail))]
                    }
                };
            }
            Note::Event(line) => line,
        };
        let of_match: Option<MatchId> = line.match_id.as_deref().and_then(|id| id.parse().ok());
        if let Some(id) = of_match
            && self.watching.contains(id)
            && let Some(mut message) = telling::told(&line)
        {
            if let Say::GameResult { prize, tx_hash, .. } = &mut message.say {
                // Who watches is told of the end whether or not it can be looked up.
                let brings = result::brings(self.ctx, id, line.number).await.unwrap_or_default();
                (*prize, *tx_hash) = (brings.prize, brings.tx_hash);
            }
            self.hear_odds(id, &line);
            let (ctx, now, odds) = (self.ctx, self.ctx.clock.instant(), &self.odds);
            let say = |id, sides| seen(ctx, odds, id, sides);
            self.watching.happened(id, text(ctx, message), now, say);
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
            Ok(messages) => messages.into_iter().map(|message| text(self.ctx, message)).collect(),
            Err(problem) => vec![text(self.ctx, refusal("", problem.code, &problem.detail))],
        }
    }

    fn progressed(&mut self, id: MatchId, standing: &Standing) {
        if let Some(playing) = &mut self.playing
            && playing.id == id
            && playing.side != standing.side
        {
            playing.pending = Some(*standing.progress.of(standing.side));
        }
        let sides = &standing.progress;
        let seen = Sides { first: sides.first.seen(), second: sides.second.seen() };
        self.watching.progressed(id, seen);
    }

    /// What is due by now.
    pub(super) fn due(&mut self) -> Vec<String> {
        let (ctx, now) = (self.ctx, self.ctx.clock.instant());
        let odds = &self.odds;
        let mut texts = self.watching.due(now, |id, sides| seen(ctx, odds, id, sides));
        if let Some(playing) = &mut self.playing
            && playing.told_at.is_none_or(|at| now.duration_since(at) >= PROGRESS_EVERY)
            && let Some(progress) = playing.pending.take()
        {
            playing.told_at = Some(now);
            let say = Say::OpponentProgress(Far::of(playing.id, &progress, None));
            texts.push(text(ctx, answer("progress", say)));
        }
        if let Some(expiry) = &mut self.expiry
            && expiry.warns(now)
        {
            let say = Say::AuthExpiring { session_expires: expiry.at.0 };
            texts.push(text(ctx, answer("session", say)));
        }
        texts
    }

    /// When something is due next.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let playing = self.playing.as_ref().filter(|playing| playing.pending.is_some());
        let told = playing.and_then(|playing| playing.told_at.map(|at| at + PROGRESS_EVERY));
        let expiry = self.expiry.as_ref().map(Expiry::due_at);
        self.watching.due_at(self.ctx.clock.instant()).into_iter().chain(told).chain(expiry).min()
    }

    /// The client is gone: who waits has a moment to come back, who plays is away.
    pub(super) async fn gone(self) {
        let outcome = match (&self.playing, self.ticket) {
            (Some(playing), _) => {
                let dropped = Event::Drop;
                matches::service::act(self.ctx, playing.id, playing.entry, dropped)
                    .await
                    .map(|_| ())
            }
            (None, Some(ticket)) => {
                seats::left(self.ctx, ticket, self.held_at).await.map_err(Into::into)
            }
            (None, None) => Ok(()),
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "nobody was told that a client has gone");
        }
    }
}

/// As it leaves.
fn text(ctx: &Ctx, mut message: Message) -> String {
    if message.ts == 0 {
        message.ts = ctx.clock.now().0;
    }
    serde_json::to_string(&message).unwrap_or_default()
}

/// Progress as spectators see it.
fn seen(
    ctx: &Ctx,
    odds: &BTreeMap<MatchId, Json>,
    id: MatchId,
    Sides { first, second }: Sides<Seen>,
) -> String {
    let say = Say::SpectateUpdate {
        match_id: id,
        p1: first,
        p2: second,
        spectator_count: ctx.hub.watchers(id),
        bet_odds: odds.get(&id).cloned(),
    };
    text(ctx, answer("spectate", say))
}

pub(super) fn answer(id: &str, say: Say) -> Message {
    Message { id: id.to_owned(), ts: 0, number: None, say }
}

fn refusal(id: &str, code: &str, message: &str) -> Message {
    answer(id, Say::Error { code: code.to_owned(), message: message.to_owned() })
}
