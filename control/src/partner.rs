//! Somebody to play a duel with, where nobody else is there: part of the demo.
//!
//! It does what any player does, by the same services and the same rules: it enters the queue,
//! says that it is there, and sends keys at a hand's pace, some of them wrong. It knows the line
//! from its start on, as its opponent does. It plays one duel at a time, and only with who has
//! waited for a while, so that two people who come at once meet each other.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::context::Ctx;
use crate::duel::QUEUE;
use crate::duel::typing::{BATCH_MAX, Batch, Key};
use crate::error::Problem;
use crate::gateway::words;
use crate::ids::{MatchId, TicketId};
use crate::matches::play;
use crate::matches::rules::{Event, State};
use crate::matches::service as matches;
use crate::queue::rules::Entry;
use crate::queue::service::{self as queue, Join};
use crate::queue::{Status, board};
use crate::store::duels;
use crate::time::{At, Span};

/// What it is called.
const NAME: &str = "CLOCKWORK";
/// How long somebody waits before it comes.
const PATIENCE: Span = Span::seconds(3);
/// How long it waits to be met: whoever wants to meet others does not meet it.
const WAIT: Span = Span::seconds(30);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Between messages with keys.
const TYPE_EVERY: Duration = Duration::from_millis(250);
/// How long a hand takes to a key: about 25 to 45 words a minute.
const KEY_MS: std::ops::Range<u64> = 180..460;
/// How often it hits a wrong one, in a hundred.
const WRONG_IN_100: u32 = 4;
/// Before the first key.
const READING_MS: u64 = 900;

/// Plays with whoever waits alone, for as long as it is polled.
pub async fn keep_playing(ctx: Ctx) {
    loop {
        if let Err(problem) = play_once(&ctx).await {
            tracing::debug!(code = problem.code, detail = problem.detail, "the partner is put off");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn play_once(ctx: &Ctx) -> Result<(), Problem> {
    let line = board::line(ctx, QUEUE).await?;
    let Some(tier) = who_waits_alone(&line, ctx.clock.now()) else { return Ok(()) };
    let code = Some(NAME.to_owned());
    let join = Join { connect_code: code, tier: tier.clone(), ..Join::default() };
    let entry = queue::join(ctx, QUEUE, join).await?.ticket.entry.ticket;
    let met = meet(ctx, entry).await;
    if met.is_err() {
        // Nobody is to meet an entry that nobody plays for; if this fails, it expires unasked.
        let _left = queue::leave(ctx, entry).await;
    }
    let Some(id) = met? else { return Ok(()) };
    tracing::debug!(match.id = %id, "the partner has met somebody");
    matches::act(ctx, id, entry, Event::Accept).await?;
    let Some(started_at) = start(ctx, id).await? else { return Ok(()) };
    let read = async move |tx: &mut crate::store::Tx| duels::find(tx, id).await;
    let Some(kept) = ctx.store.read(read).await? else { return Ok(()) };
    let keys = hand(&kept.line, &mut StdRng::from_seed(ctx.chance.bytes()));
    perform(ctx, id, entry, (started_at, keys)).await
}

/// The stake of whoever has waited long enough, if somebody has.
fn who_waits_alone(line: &[Entry], now: At) -> Option<Option<String>> {
    let waits = |entry: &&Entry| {
        now.since(entry.fresh_at) >= PATIENCE && entry.owner.connect_code.as_deref() != Some(NAME)
    };
    line.iter().find(waits).map(|entry| entry.tier.clone())
}

/// Waits to be met; whoever did not come for so long will not.
async fn meet(ctx: &Ctx, entry: TicketId) -> Result<Option<MatchId>, Problem> {
    let until = ctx.clock.now() + WAIT;
    loop {
        let Some(seen) = queue::peek(ctx, entry).await? else { return Ok(None) };
        if seen.ticket.match_id.is_some() || seen.ticket.status != Status::Waiting {
            return Ok(seen.ticket.match_id);
        }
        if ctx.clock.now() > until {
            queue::leave(ctx, entry).await?;
            return Ok(None);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// When the game has started; nothing if it will not.
async fn start(ctx: &Ctx, id: MatchId) -> Result<Option<At>, Problem> {
    loop {
        let Some(found) = matches::find(ctx, id).await? else { return Ok(None) };
        match found.state {
            State::Matched { .. } | State::Staking { .. } => {}
            State::Ready { starts_at } => {
                tokio::time::sleep(Duration::from_millis(starts_at.since(ctx.clock.now()).0)).await;
                return Ok(Some(starts_at));
            }
            State::Active { .. }
            | State::Resolved { .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => return Ok(None),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Types until all is typed, or the game is over.
async fn perform(
    ctx: &Ctx,
    id: MatchId,
    entry: TicketId,
    (started_at, keys): (At, Vec<Key>),
) -> Result<(), Problem> {
    let mut first = 0;
    while first < keys.len() {
        tokio::time::sleep(TYPE_EVERY).await;
        let now = ctx.clock.now().since(started_at).0;
        let due = keys[first..].iter().take(BATCH_MAX).take_while(|key| key.at_ms <= now);
        let due: Vec<_> = due.copied().collect();
        if due.is_empty() {
            continue;
        }
        let typed = due.len();
        let standing = play::typed(ctx, id, entry, Batch { first, keys: due }).await?;
        words::progressed(ctx, id, standing).await;
        first += typed;
        if matches::find(ctx, id).await?.is_none_or(|found| found.ended_at.is_some()) {
            return Ok(());
        }
    }
    Ok(())
}

/// The keys of a hand that types a line.
fn hand(line: &str, rng: &mut StdRng) -> Vec<Key> {
    let (mut at_ms, mut keys) = (READING_MS, Vec::new());
    for typed in line.chars() {
        if rng.random_ratio(WRONG_IN_100, 100) {
            let slip = if typed == 'e' { 'r' } else { 'e' };
            keys.push(Key { typed: slip, at_ms });
            at_ms += rng.random_range(KEY_MS);
        }
        keys.push(Key { typed, at_ms });
        at_ms += rng.random_range(KEY_MS);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duel::typing::{Arrival, Typing};
    use crate::queue::rules::Owner;
    use crate::queue::rules::tests::entry;

    #[test]
    fn a_hand_types_every_line_to_its_end_in_time_and_no_faster_than_people() {
        let line = "fn main() { let reach = wait.max(other) + 100; println!(\"{reach}\"); }";
        for seed in 0..200 {
            let keys = hand(line, &mut StdRng::seed_from_u64(seed));
            let mut typing = Typing::default();
            for (first, key) in keys.iter().enumerate() {
                let now = At(i64::try_from(key.at_ms).unwrap());
                let arrival = Arrival { line, started_at: At(0), now };
                typing.take(&Batch { first, keys: vec![*key] }, arrival).unwrap();
            }
            assert!(typing.finished_at.is_some_and(|at| at < At(60_000)), "seed {seed}");
            assert_eq!(typing.keys(), keys.len());
        }
    }

    #[test]
    fn it_comes_for_who_has_waited_alone_and_not_for_itself() {
        let named = |code: &str| Owner { connect_code: Some(code.into()), ..Owner::default() };
        let one = |code: &str, fresh_at| Entry {
            owner: named(code),
            tier: Some("gold".into()),
            fresh_at: At(fresh_at),
            ..entry(1)
        };
        let now = At(10_000);
        assert_eq!(who_waits_alone(&[], now), None);
        assert_eq!(who_waits_alone(&[one("ADA#1", 8_000)], now), None);
        assert_eq!(who_waits_alone(&[one("ADA#1", 7_000)], now), Some(Some("gold".into())));
        assert_eq!(who_waits_alone(&[one(NAME, 0)], now), None);
    }
}
