//! Signs what allows to publish and to watch; keeps what relays tell.

use arena_protocol::report::{Heard, Report, SILENCE_MS_MAX, STREAMS_MAX, Stream as Word};
use arena_protocol::token::{Act, Claims};
use serde_json::json;

use super::rules::{self, Line, Merged};
use super::{Stream, channel, match_of};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::duel;
use crate::ids::MatchId;
use crate::matches::Match;
use crate::matches::rules::Side;
use crate::store::events::Draft;
use crate::store::streams::{self as rows, Run};
use crate::store::{self, Tx, deadlines, matches};
use crate::time::{At, Span};

/// What a token is signed for.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// For a session's Hello.
    pub token: String,
    /// When the session that uses it ends.
    pub expires_at: At,
}

/// Why a report is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidReport(&'static str);

/// Why a side gets no token to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTicket {
    #[error("the match is over: there is nothing more to publish")]
    Over,
    #[error("the arena publishes this match itself: its players only watch")]
    Refereed,
    #[error("there is no key to sign with, try again")]
    NoKey,
}

/// What allows a side to publish its match.
pub(crate) fn publish(ctx: &Ctx, of: &Match, side: Side) -> Result<Ticket, NoTicket> {
    if of.queue == duel::QUEUE {
        return Err(NoTicket::Refereed);
    }
    let side = match side {
        Side::First => "p1",
        Side::Second => "p2",
    };
    let until = rules::publish_until(&of.state, &of.timing, ctx.clock.now());
    let until = until.ok_or(NoTicket::Over)?;
    // Each side is a subject of its own, so neither takes over what the other publishes.
    sign(ctx, of, &format!("{}.{side}", of.id), Act::Publish, until).ok_or(NoTicket::NoKey)
}

/// What allows anybody to watch. A side of the match is not held back by its queue's delay.
pub(crate) fn watch(ctx: &Ctx, of: &Match, side: Option<Side>) -> Option<Ticket> {
    let until = rules::watch_until(&of.state, &of.timing, ctx.clock.now());
    let subject = if side.is_some() { "side" } else { "spectator" };
    let mut claims = claims(of, subject, Act::Watch, until);
    claims.delay_ms = side.map(|_| 0);
    signed(ctx, &claims, until)
}

/// What allows the arena itself to publish a match that it referees; none once that is over.
///
/// # Errors
/// The database.
pub async fn arena_ticket(ctx: &Ctx, id: MatchId) -> Result<Option<Ticket>, store::Error> {
    let found = ctx.store.read(async move |tx| matches::find(tx, id).await).await?;
    let Some(found) = found else { return Ok(None) };
    let until = rules::publish_until(&found.state, &found.timing, ctx.clock.now());
    let subject = format!("{id}.arena");
    Ok(until.and_then(|until| sign(ctx, &found, &subject, Act::Publish, until)))
}

/// What allows a part of this process to watch a match for others, held back as they are.
///
/// # Errors
/// The database.
pub async fn watch_ticket(ctx: &Ctx, id: MatchId) -> Result<Option<Ticket>, store::Error> {
    let found = ctx.store.read(async move |tx| matches::find(tx, id).await).await?;
    Ok(found.and_then(|found| watch(ctx, &found, None)))
}

fn sign(ctx: &Ctx, of: &Match, subject: &str, act: Act, until: At) -> Option<Ticket> {
    let mut claims = claims(of, subject, act, until);
    claims.delay_ms = Some(delay_ms(ctx, &of.queue)).filter(|delay| *delay > 0);
    signed(ctx, &claims, until)
}

fn claims(of: &Match, subject: &str, act: Act, until: At) -> Claims {
    let until_s = u64::try_from(until.0 / 1000).unwrap_or(0);
    Claims::new(subject, act, &channel(of), until_s)
}

fn signed(ctx: &Ctx, claims: &Claims, until: At) -> Option<Ticket> {
    let token = ctx.keyring.sign(ctx.clock.now(), |key| claims.sign(key))?;
    Some(Ticket { token, expires_at: until })
}

/// How long spectators of a queue's matches are held back.
pub(crate) fn delay_ms(ctx: &Ctx, queue: &str) -> u32 {
    let delay = ctx.config.queue(queue).map_or(Span::ZERO, |queue| queue.spectator_delay);
    u32::try_from(delay.0).unwrap_or(u32::MAX)
}

/// What is known of the stream of a match.
pub(crate) async fn of_match(ctx: &Ctx, id: MatchId) -> Result<Option<Stream>, store::Error> {
    let found = ctx.store.read(async move |tx| rows::of_matches(tx, &[id]).await).await?;
    Ok(found.into_iter().next())
}

/// Keeps what a relay tells. Telling it again changes nothing.
///
/// # Errors
/// The report makes no sense, or the database failed; then nothing of it is kept.
pub async fn report(ctx: &Ctx, report: Report) -> Result<Heard, ReportError> {
    check(&report)?;
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| take(tx, &report, now).await;
    Ok(ctx.store.write(work).await?)
}

/// Why a report was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It makes no sense.
    #[error(transparent)]
    Invalid(#[from] InvalidReport),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn check(report: &Report) -> Result<(), InvalidReport> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-[]".contains(&byte);
    let Report { relay, boot, number, streams } = report;
    if !(1..=64).contains(&relay.len()) || !relay.bytes().all(plain) {
        return Err(InvalidReport("relay: expected 1 to 64 letters, digits or ._:-[]"));
    }
    let fits = |number: u64| i64::try_from(number).is_ok();
    if !fits(*boot) || !fits(*number) || *number == 0 {
        return Err(InvalidReport("boot, number: expected numbers below 2^63, the latter from 1"));
    }
    if streams.len() > STREAMS_MAX {
        return Err(InvalidReport(
            "streams: expected 200 at most, send the rest in the next report",
        ));
    }
    let short = |text: &str, max| text.len() <= max && !text.contains('\0');
    let fits = |stream: &Word| {
        fits(stream.epoch)
            && short(&stream.channel, arena_protocol::limits::CHANNEL_LEN_MAX)
            && short(&stream.schema, arena_protocol::limits::SCHEMA_LEN_MAX)
            && stream.reason.as_deref().is_none_or(|it| short(it, 500))
    };
    if !streams.iter().all(fits) {
        return Err(InvalidReport(
            "streams: a name, a schema or a reason is too long, or a number",
        ));
    }
    Ok(())
}

async fn take(tx: &mut Tx, report: &Report, now: At) -> Result<Heard, store::Error> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let run = Run { boot: number(report.boot), number: number(report.number), gone: false };
    // Two reports of one relay may be under way, to two processes.
    tx.lock("streams").await?;
    let known = rows::run(tx, &report.relay).await?;
    let late = |known: &Run| (known.boot, known.number) >= (run.boot, run.number) && !known.gone;
    if known.as_ref().is_some_and(late) {
        return Ok(Heard::default());
    }
    if known.as_ref().is_some_and(|known| known.boot < run.boot) {
        end_all(tx, &report.relay, "the relay was restarted", now).await?;
    }
    let continues = |known: &Run| known.boot == run.boot && !known.gone;
    let resend = !known.as_ref().is_some_and(continues) && run.number > 1;
    rows::keep_run(tx, &report.relay, &run, now);
    deadlines::set(tx, Kind::Relay, &report.relay, now + Span(SILENCE_MS_MAX));
    for word in &report.streams {
        let Some(id) = match_of(&word.channel) else { continue };
        hear(tx, id, &report.relay, word, now).await?;
    }
    Ok(Heard { resend })
}

async fn hear(
    tx: &mut Tx,
    id: MatchId,
    relay: &str,
    word: &Word,
    now: At,
) -> Result<(), store::Error> {
    let known = rows::of_matches(tx, &[id]).await?.into_iter().next();
    // Whoever may sign tokens can name a match that there is not.
    if known.is_none() && matches::find(tx, id).await?.is_none() {
        return Ok(());
    }
    let Merged::Changed { before, stream, lines } =
        rules::merge(known.as_ref(), id, relay, word, now)
    else {
        return Ok(());
    };
    if let Some(before) = before {
        tx.tell(down(&before, "another life of the channel began", now));
    }
    for line in lines {
        tx.tell(match line {
            Line::Up => up(&stream, now),
            Line::Down => down(&stream, word.reason.as_deref().unwrap_or("it ended"), now),
        });
    }
    rows::keep(tx, &stream);
    Ok(())
}

/// A relay has said nothing for too long.
pub(crate) async fn look(tx: &mut Tx, relay: &str, now: At) -> Result<(), store::Error> {
    tx.lock("streams").await?;
    rows::gone(tx, relay);
    let ended = end_all(tx, relay, "the relay is gone", now).await?;
    tracing::warn!(relay, streams = ended, "a relay says nothing any more");
    Ok(())
}

async fn end_all(tx: &mut Tx, relay: &str, why: &str, now: At) -> Result<usize, store::Error> {
    let mut ended = 0;
    loop {
        let streams = rows::up_at(tx, relay).await?;
        if streams.is_empty() {
            return Ok(ended);
        }
        ended += streams.len();
        for stream in streams {
            let stream = rules::over(&stream, now);
            tx.tell(down(&stream, why, now));
            rows::keep(tx, &stream);
        }
    }
}

fn up(stream: &Stream, now: At) -> Draft {
    let Stream { relay, epoch, schema, .. } = stream;
    line(stream, "stream.up", json!({ "relay": relay, "epoch": epoch, "schema": schema }), now)
}

fn down(stream: &Stream, reason: &str, now: At) -> Draft {
    let Stream { relay, epoch, last_seq, .. } = stream;
    let body = json!({ "relay": relay, "epoch": epoch, "last_seq": last_seq, "reason": reason });
    line(stream, "stream.down", body, now)
}

fn line(of: &Stream, kind: &'static str, body: serde_json::Value, at: At) -> Draft {
    Draft { at, kind, match_id: Some(of.match_id.to_string()), identity_id: None, body }
}
