//! What follows from a match that ends, in the match's own transaction, and from time that passes.

use super::Status;
use super::rules::game::Ending;
use super::whole::{Whole, of_subject};
use crate::ids::MatchId;
use crate::matches::Match;
use crate::matches::rules::{Cancelled, Effect, Freed, Side, Sides, State};
use crate::queue;
use crate::store::{self, Tx, tournaments as rows};
use crate::time::At;

/// A match has changed: part of the transaction in which it did.
pub(crate) async fn follow(
    tx: &mut Tx,
    of: &Match,
    effects: &[Effect],
    score: Sides<u8>,
    now: At,
) -> Result<(), store::Error> {
    let ending = effects.iter().find_map(|effect| match effect {
        Effect::Decide { outcome } => Some(Ending::Decided(*outcome, score)),
        Effect::Refund => Some(Ending::Void(unwilling(&of.state))),
        Effect::Stakes
        | Effect::CountDown { .. }
        | Effect::Start
        | Effect::Missing { .. }
        | Effect::Back { .. }
        | Effect::Free { .. }
        | Effect::Dodged { .. }
        | Effect::Dispute
        | Effect::Close => None,
    });
    let Some(ending) = ending else { return Ok(()) };
    let Some((id, spot)) = rows::of_match(tx, of.id).await? else { return Ok(()) };
    // It did not come from a queue, and nobody there is to meet it.
    for effect in effects {
        if let Effect::Free { side, to: Freed::Requeued } = effect {
            queue::service::leave_now(tx, of.players.of(*side).entry, now).await?;
        }
    }
    let Some(whole) = Whole::find(tx, id).await? else { return Ok(()) };
    if whole.tournament.status == Status::Complete {
        return Ok(());
    }
    let whole = &whole;
    let mut course = whole.course();
    let effects = course.ended(spot, of.id, ending, now);
    // The game may have been decided without this match; a win within a series leaves effects, too.
    if !effects.is_empty() {
        whole.clone().keep(tx, &course, &effects, now);
    }
    Ok(())
}

/// Who did not want to play a match that came to nothing, if it was one's will.
fn unwilling(state: &State) -> Option<Side> {
    match state {
        State::Cancelled { reason: Cancelled::Declined { by } | Cancelled::Left { by } } => {
            Some(*by)
        }
        State::Cancelled {
            reason:
                Cancelled::Unanswered { .. }
                | Cancelled::Unstaked { .. }
                | Cancelled::NoEscrow
                | Cancelled::Unlocked
                | Cancelled::Disconnected { .. }
                | Cancelled::Deserted
                | Cancelled::Unresolved
                | Cancelled::Voided,
        }
        | State::Matched { .. }
        | State::Staking { .. }
        | State::Ready { .. }
        | State::Active { .. }
        | State::Resolved { .. }
        | State::Settled { .. }
        | State::Expired => None,
    }
}

/// The time to show up for a game may be over.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Some((id, spot)) = of_subject(subject) else { return Ok(()) };
    let Some(whole) = Whole::find(tx, id).await? else { return Ok(()) };
    if whole.tournament.status == Status::Complete {
        return Ok(());
    }
    let mut course = whole.course();
    let effects = course.run_out(spot, now);
    if !effects.is_empty() {
        whole.clone().keep(tx, &course, &effects, now);
    }
    Ok(())
}

/// Whether a match was made for a tournament.
pub(crate) async fn owns(tx: &mut Tx, id: MatchId) -> Result<bool, store::Error> {
    Ok(rows::of_match(tx, id).await?.is_some())
}
