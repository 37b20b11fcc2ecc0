//! A match is made, stepped and stored: the state, its deadline, its events and what becomes of
//! its sides, in one transaction.

use super::rules::{self, Effect, Event, Freed, Next, Refused, Side, Sides, State, Step};
use super::{Match, Player, log};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::duel;
use crate::ids::{MatchId, TicketId};
use crate::queue::rules::config::Queue;
use crate::queue::{self, Ticket};
use crate::results::{self, rules::Canonical};
use crate::store::{self, Tx, deadlines, duels, matches as rows};
use crate::time::At;
use crate::{escrows, pools, tournaments, wagers};

/// What does not depend on what is in the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    pub(crate) id: MatchId,
    pub(crate) secret: duel::Secret,
}

impl Drawn {
    pub(crate) fn new(ctx: &Ctx, now: At) -> Self {
        Self { id: MatchId(ctx.chance.id(now)), secret: duel::Secret::draw(&ctx.chance) }
    }
}

/// Why an event did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Match not found")]
    Unknown,
    #[error("this entry plays no side of this match")]
    NotASide,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Two entries meet: part of the transaction that claims them.
pub(crate) fn create(tx: &mut Tx, drawn: Drawn, queue: &Queue, sides: [&Ticket; 2], now: At) {
    let [first, second] = sides;
    let Step { state, effects } = rules::open(&queue.timing, now);
    let players = Sides { first: Player::of(first), second: Player::of(second) };
    let made = Match {
        id: drawn.id,
        queue: queue.name.clone(),
        tier: first.entry.tier.clone(),
        timing: queue.timing,
        terms: queue.terms(),
        state,
        version: 0,
        created_at: now,
        ended_at: None,
        players,
    };
    rows::insert(tx, &made, !queue.entrance.while_playing);
    let line = duel::line_of(&made.queue, made.tier.as_deref(), &drawn.secret);
    let promised = line.map(|line| duel::service::promise(tx, made.id, line, &drawn.secret));
    watch(tx, &made);
    pools::service::open(tx, &made, queue, now);
    escrows::service::open(tx, &made, queue, now);
    let waited = sides.map(|ticket| now.since(ticket.entry.since));
    tx.tell(log::made(&made, waited, now));
    // One that is active at once has been told of in full.
    if !matches!(made.state, State::Active { .. }) {
        let step = Step { state, effects };
        let lines = log::told(&made, promised.as_ref(), &step, Sides::default(), now);
        lines.into_iter().for_each(|line| tx.tell(line));
    }
}

/// What an event makes of a match.
pub(crate) async fn apply(
    tx: &mut Tx,
    found: Match,
    event: Event,
    now: At,
) -> Result<Match, Error> {
    apply_scored(tx, found, event, Sides::default(), now).await
}

/// What an event makes of a match; if that decides it, what each side had left.
pub(crate) async fn apply_scored(
    tx: &mut Tx,
    found: Match,
    event: Event,
    score: Sides<u8>,
    now: At,
) -> Result<Match, Error> {
    let Step { state, effects } = match rules::step(&found.timing, &found.state, event, now)? {
        Next::Same => return Ok(found),
        Next::Changed(step) => step,
    };
    let ended_at = if !state.goes_on() { found.ended_at.or(Some(now)) } else { None };
    let changed = Match { state, ended_at, version: found.version + 1, ..found.clone() };
    rows::save(tx, &changed);
    watch(tx, &changed);
    let shown = |effect: &Effect| matches!(effect, Effect::CountDown { .. } | Effect::Start);
    let promised = if found.queue == duel::QUEUE && effects.iter().any(shown) {
        duels::find(tx, found.id).await?
    } else {
        None
    };
    let step = Step { state, effects };
    for line in log::told(&found, promised.as_ref(), &step, score, now) {
        tx.tell(line);
    }
    for effect in &step.effects {
        carry_out(tx, &changed, effect, score, now).await?;
        wagers::service::follow(tx, &changed, effect, now).await?;
        pools::service::follow(tx, &changed, effect, now).await?;
        escrows::service::follow(tx, &changed, effect, now).await?;
    }
    tournaments::following::follow(tx, &changed, &step.effects, score, now).await?;
    Ok(changed)
}

async fn carry_out(
    tx: &mut Tx,
    of: &Match,
    effect: &Effect,
    score: Sides<u8>,
    now: At,
) -> Result<(), store::Error> {
    match effect {
        Effect::Start if of.queue != duel::QUEUE => Ok(()),
        Effect::Start => {
            // It may be looked at late; the game began when it was due.
            let started_at = match of.state {
                State::Active { ends_by, .. } => ends_by - of.timing.length,
                State::Matched { .. }
                | State::Staking { .. }
                | State::Ready { .. }
                | State::Resolved { .. }
                | State::Settled { .. }
                | State::Cancelled { .. }
                | State::Expired => now,
            };
            duel::service::start(tx, of.id, started_at).await
        }
        Effect::Missing { side, .. } => duel::service::away(tx, of.id, *side).await,
        Effect::Back { side } => duel::service::back(tx, of.id, *side, now).await,
        Effect::Free { side, to } => free(tx, of, *side, *to, now).await,
        Effect::Dodged { side } => {
            rows::dodged(tx, of, *side, now);
            Ok(())
        }
        Effect::Decide { outcome } => {
            // It may be looked at late here, too.
            let at = match of.state {
                State::Resolved { until, .. } => until - of.timing.settlement,
                State::Matched { .. }
                | State::Staking { .. }
                | State::Ready { .. }
                | State::Active { .. }
                | State::Settled { .. }
                | State::Cancelled { .. }
                | State::Expired => now,
            };
            let result = Canonical { outcome: *outcome, stocks: score };
            if of.queue == duel::QUEUE {
                duel::service::decided(tx, of, *outcome, now).await?;
            }
            results::service::decided(tx, of, result, at).await
        }
        Effect::Stakes
        | Effect::CountDown { .. }
        | Effect::Dispute
        | Effect::Refund
        | Effect::Close => Ok(()),
    }
}

async fn free(tx: &mut Tx, of: &Match, side: Side, to: Freed, now: At) -> Result<(), store::Error> {
    let player = of.players.of(side);
    match to {
        Freed::Released => rows::free(tx, of.id, side, true),
        Freed::Requeued => {
            rows::free(tx, of.id, side, false);
            queue::service::put_back(tx, player.entry, &player.owner(), now).await?;
        }
    }
    Ok(())
}

/// The first of what is due is enough to wake up for: the function makes all of it happen.
fn watch(tx: &mut Tx, of: &Match) {
    let subject = of.id.to_string();
    match of.state.deadlines().first() {
        Some(deadline) => deadlines::set(tx, Kind::Match, &subject, deadline.due_at),
        None => deadlines::clear(tx, Kind::Match, &subject),
    }
    if of.ended_at.is_some() {
        deadlines::clear(tx, Kind::Duel, &subject);
    }
}

/// A side does something: whoever knows its entry speaks for it.
pub(crate) async fn act(
    ctx: &Ctx,
    id: MatchId,
    entry: TicketId,
    event: fn(Side) -> Event,
) -> Result<Match, Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        let found = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let side = found.side_of(entry).ok_or(Error::NotASide)?;
        apply(tx, found, event(side), now).await
    };
    ctx.store.write(work).await
}

/// Whom an entry plays against.
pub(crate) async fn opponent(
    tx: &mut Tx,
    id: MatchId,
    entry: TicketId,
) -> Result<Option<Player>, store::Error> {
    let Some(found) = rows::find(tx, id).await? else { return Ok(None) };
    Ok(found.side_of(entry).map(|side| found.players.of(side.other()).clone()))
}

/// Whether there is such a match.
///
/// # Errors
/// The database.
pub async fn exists(ctx: &Ctx, id: MatchId) -> Result<bool, store::Error> {
    Ok(find(ctx, id).await?.is_some())
}

/// A match, by its id.
pub(crate) async fn find(ctx: &Ctx, id: MatchId) -> Result<Option<Match>, store::Error> {
    ctx.store.read(async move |tx| rows::find(tx, id).await).await
}

/// Something of it is due.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    let Some(found) = rows::find(tx, id).await? else { return Ok(()) };
    match apply(tx, found, Event::TimePassed, now).await {
        Ok(_) | Err(Error::Refused(_) | Error::Unknown | Error::NotASide) => Ok(()),
        Err(Error::Store(error)) => Err(error),
    }
}
