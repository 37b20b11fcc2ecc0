//! An escrow follows its match: asked for when both are there, decided by what comes of it, each in
//! the match's own transaction.

use serde_json::json;

use super::rules::{self, Agreed, Fate, Standing, staked, wants};
use super::shown::Shown;
use super::work::{CREATE, PAY, RESULT, payment};
use super::{Escrow, contract};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::MatchId;
use crate::jobs;
use crate::matches::Match;
use crate::matches::rules::{Effect, Side, Sides, State};
use crate::queue::rules::config::Queue;
use crate::store::{self, Tx, deadlines, escrows as rows, events::Draft, matches};
use crate::time::{At, Span};
use crate::uint::Wei;

/// Between looks whether a stake has its confirmations.
const LOOK_EVERY: Span = Span(500);

/// Two have met, in a queue that is played for stakes. Part of the transaction that makes the match;
/// it reads nothing.
pub(crate) fn open(tx: &mut Tx, made: &Match, queue: &Queue, now: At) {
    let Some(terms) = &queue.stakes else { return };
    let account = |side| made.players.of(side).wallet.as_ref().and_then(|it| it.parse().ok());
    let [first, second] = Side::BOTH.map(account);
    // Whoever enters such a queue has a wallet, and its tier is one of the queue's.
    let (Some(first), Some(second)) = (first, second) else { return };
    let Some((tier, stake)) = staked(terms, &queue.entrance.tiers, made.tier.as_deref()) else {
        return;
    };
    let escrow = Escrow {
        match_id: made.id,
        terms: terms.clone(),
        agreed: Agreed { players: Sides { first, second }, tier, stake },
        fate: Fate::Open,
        standing: Standing::default(),
        version: 0,
        made_at: now,
        locked_at: None,
    };
    rows::insert(tx, &escrow);
    if matches!(made.state, State::Staking { .. }) {
        ask(tx, &escrow, made, now);
    }
}

/// Something follows from what happened to a match: part of the transaction in which it did.
pub(crate) async fn follow(
    tx: &mut Tx,
    of: &Match,
    effect: &Effect,
    now: At,
) -> Result<(), store::Error> {
    match effect {
        Effect::Stakes | Effect::CountDown { .. } | Effect::Decide { .. } | Effect::Refund => {}
        Effect::Start
        | Effect::Missing { .. }
        | Effect::Back { .. }
        | Effect::Free { .. }
        | Effect::Dodged { .. }
        | Effect::Dispute
        | Effect::Close => return Ok(()),
    }
    if of.timing.staking.is_none() {
        return Ok(());
    }
    let Some(found) = rows::find(tx, of.id).await? else { return Ok(()) };
    let version = found.version + 1;
    let changed = match effect {
        Effect::Stakes => {
            ask(tx, &found, of, now);
            watch(tx, &found, of, now);
            return Ok(());
        }
        Effect::CountDown { .. } => Escrow { locked_at: Some(now), version, ..found },
        Effect::Decide { outcome } => Escrow { fate: Fate::of(*outcome), version, ..found },
        Effect::Refund => Escrow { fate: Fate::Void, version, ..found },
        Effect::Start
        | Effect::Missing { .. }
        | Effect::Back { .. }
        | Effect::Free { .. }
        | Effect::Dodged { .. }
        | Effect::Dispute
        | Effect::Close => return Ok(()),
    };
    rows::save(tx, &changed);
    watch(tx, &changed, of, now);
    tell(tx, &changed, of, now);
    Ok(())
}

/// A stake may have its confirmations, or go back by now.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    match rows::find(tx, id).await? {
        Some(found) => contract::refresh(tx, found, now).await,
        None => Ok(()),
    }
}

/// The stakes of a match.
pub(crate) async fn find(
    ctx: &Ctx,
    id: MatchId,
) -> Result<Option<(Match, Option<Escrow>)>, store::Error> {
    let read = async move |tx: &mut Tx| {
        let Some(of) = matches::find(tx, id).await? else { return Ok(None) };
        Ok(Some((of, rows::find(tx, id).await?)))
    };
    ctx.store.read(read).await
}

/// What the winner of a match gets of its stakes, if an escrow holds some or has given them.
pub(crate) async fn prize(tx: &mut Tx, id: MatchId) -> Result<Option<Wei>, store::Error> {
    let found = rows::find(tx, id).await?;
    Ok(found.and_then(|it| rules::prize(it.fate, &it.standing, it.agreed.stake)))
}

fn ask(tx: &mut Tx, of: &Escrow, in_match: &Match, now: At) {
    jobs::ask(tx, CREATE, &of.match_id.to_string(), "", now);
    tell(tx, of, in_match, now);
}

/// The jobs that are due by now, and when to look again.
pub(super) fn watch(tx: &mut Tx, of: &Escrow, in_match: &Match, now: At) {
    let id = of.match_id.to_string();
    let wants = wants(of.fate, &of.standing);
    if wants.result {
        jobs::ask(tx, RESULT, &id, "", now);
        // It may have waited for the stakes to come again.
        jobs::hasten(tx, RESULT, &id, now);
    }
    let mut due = None;
    for side in Side::BOTH {
        match *wants.pay.of(side) {
            Some(from) if from <= now => jobs::ask(tx, PAY, &payment(of.match_id, side), "", now),
            Some(from) => due = Some(due.map_or(from, |due: At| due.min(from))),
            None => {}
        }
    }
    let joined = of.standing.joined;
    if matches!(in_match.state, State::Staking { .. })
        && (joined.first.is_some() || joined.second.is_some())
    {
        due = Some(now + LOOK_EVERY);
    }
    match due {
        Some(due) => deadlines::set(tx, Kind::Escrow, &id, due),
        None => deadlines::clear(tx, Kind::Escrow, &id),
    }
}

/// What has to be paid, or became of it, for everybody whom the match concerns.
pub(super) fn tell(tx: &mut Tx, of: &Escrow, in_match: &Match, now: At) {
    let match_id = Some(of.match_id.to_string());
    let body = json!(Shown::of(of, &in_match.state));
    tx.tell(Draft { at: now, kind: "match.stakes", match_id, identity_id: None, body });
}
