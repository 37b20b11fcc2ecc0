//! What players do in a game that is decided here: they type, and a duel comes of it.

use serde::{Deserialize, Serialize};

use super::rules::{Event, Side, Sides};
use super::service::{self, Error};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::duel::progress::Progress;
use crate::duel::rules::{Duel, Verdict};
use crate::duel::service::keep;
use crate::duel::typing::{Batch, Impossible};
use crate::ids::{MatchId, TicketId};
use crate::store::{self, Tx, deadlines, duels, matches as rows};
use crate::time::At;

/// How far both are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Who typed.
    pub(crate) side: Side,
    pub(crate) progress: Sides<Progress>,
    /// Keys that were counted of who asked.
    pub(crate) keys: usize,
}

/// Why keys were not counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TypeError {
    #[error(transparent)]
    Match(#[from] Error),
    #[error("this match is no duel")]
    NoDuel,
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

impl From<store::Error> for TypeError {
    fn from(error: store::Error) -> Self {
        Self::Match(error.into())
    }
}

/// Counts what a side has typed, and ends the match if that decides it.
pub(crate) async fn typed(
    ctx: &Ctx,
    id: MatchId,
    entry: TicketId,
    batch: Batch,
) -> Result<Standing, TypeError> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        let found = rows::find(tx, id).await?.ok_or(Error::Unknown)?;
        let side = found.side_of(entry).ok_or(Error::NotASide)?;
        // What is due happens first: the start, perhaps, or the end.
        let found = service::apply(tx, found, Event::TimePassed, now).await?;
        let kept = duels::find(tx, id).await?.ok_or(TypeError::NoDuel)?;
        let Some(mut game) = kept.game.clone() else { return Err(Impossible::TooEarly.into()) };
        if found.ended_at.is_some() {
            return Ok(standing(&game, side, now));
        }
        let verdict = game.typed(side, &batch, now)?;
        let standing = standing(&game, side, now);
        keep(tx, id, kept, game);
        if let Some(verdict) = verdict {
            service::apply(tx, found, event_of(verdict), now).await?;
        }
        Ok(standing)
    };
    ctx.store.write(work).await
}

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

fn standing(game: &Duel, side: Side, now: At) -> Standing {
    let of = |side| game.progress(side, now);
    let progress = Sides { first: of(Side::First), second: of(Side::Second) };
    Standing { side, progress, keys: game.typing.of(side).keys() }
}

impl Standing {
    /// How far the one who typed is.
    pub(crate) fn mine(&self) -> Progress {
        *self.progress.of(self.side)
    }
}
