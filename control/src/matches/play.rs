//! What players do in a game that is decided here: they type, and a duel comes of it.

use super::rules::Event;
use super::service::{self, Error};
use crate::deadlines::Kind;
use crate::duel::rules::Verdict;
use crate::store::{self, Tx, deadlines, duels, matches as rows};
use crate::time::At;

/// A duel has to be looked at: somebody is idle, or its time is over.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    let Some(found) = rows::find(tx, id).await? else { return Ok(()) };
    let Some(kept) = duels::find(tx, id).await? else { return Ok(()) };
    let Some(game) = kept.game.clone() else { return Ok(()) };
    if found.ended_at.is_some() {
        return Ok(());
    }
    let Some(verdict) = game.time_passed(now) else {
        deadlines::set(tx, Kind::Duel, subject, game.due_at());
        return Ok(());
    };
    match service::apply(tx, found, event_of(verdict), now).await {
        Ok(_) | Err(Error::Refused(_) | Error::Unknown | Error::NotASide) => Ok(()),
        Err(Error::Store(error)) => Err(error),
    }
}

fn event_of(verdict: Verdict) -> Event {
    match verdict {
        Verdict::Decided(outcome) => Event::Finish(outcome),
        Verdict::Void => Event::Void,
    }
}
