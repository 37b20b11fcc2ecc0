//! A report is filed, and the second one decides the match. The result and the ratings are kept in
//! the same transaction; the chain is asked for nothing before both have signed.

use serde_json::json;

use super::rules::{Canonical, Decision, Filed, Report, ToldOtherwise, decide, file, may_report};
use super::{Decided, Told};
use crate::context::Ctx;
use crate::duel;
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::matches::rules::{Event, Outcome, Refused, Side};
use crate::matches::service::{Error as MatchError, apply, apply_scored};
use crate::matches::{Match, Player};
use crate::ratings::{self, Game, Name, Team};
use crate::store::events::Draft;
use crate::store::{self, Tx, matches as match_rows, results as rows};
use crate::time::At;

/// Who speaks for a side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Speaker {
    /// Whoever knows its entry.
    Entry(TicketId),
    /// Who is logged in and plays it.
    Identity(PlayerId),
}

/// Why a report was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Match(#[from] MatchError),
    #[error(transparent)]
    ToldOtherwise(#[from] ToldOtherwise),
    #[error("this game is decided here, by what its players do: there is nothing to report")]
    DecidedHere,
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Match(error.into())
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Match(refused.into())
    }
}

/// Files what a side tells; the second report decides the match, or makes it a dispute.
pub(crate) async fn report(
    ctx: &Ctx,
    id: MatchId,
    speaker: Speaker,
    report: Report,
) -> Result<(), Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        let found = match_rows::find(tx, id).await?.ok_or(MatchError::Unknown)?;
        let side = side_of(&found, speaker).ok_or(MatchError::NotASide)?;
        if found.queue == duel::QUEUE {
            return Err(Error::DecidedHere);
        }
        let mut reports = rows::reports(tx, id).await?;
        match file(reports.of(side).as_ref(), &report)? {
            Filed::Same => return Ok(()),
            Filed::First => {}
        }
        // What is due happens first: the game may have run out of time.
        let mut found = apply(tx, found, Event::TimePassed, now).await?;
        may_report(&found.state)?;
        // Two reports at once would not see each other.
        match_rows::touch(tx, &mut found);
        rows::insert_report(tx, id, side, &report, now);
        tx.tell(reported(&found, side, now));
        *reports.of_mut(side) = Some(report.clone());
        match decide(&reports) {
            Decision::Waiting => {}
            Decision::Agreed(Canonical { outcome, stocks }) => {
                apply_scored(tx, found, Event::Finish(outcome), stocks, now).await?;
            }
            Decision::Dispute { .. } => {
                apply(tx, found, Event::Dispute, now).await?;
            }
        }
        Ok(())
    };
    ctx.store.write(work).await
}

/// A match has a result: it is kept, and both sides are rated.
pub(crate) async fn decided(
    tx: &mut Tx,
    of: &Match,
    result: Canonical,
    at: At,
) -> Result<(), store::Error> {
    rows::insert(tx, of.id, &Decided { result, at });
    ratings::service::rate(tx, &game(of, result.outcome, at), Some(of.id)).await?;
    Ok(())
}

/// What is known of a match's result.
pub(crate) async fn told(tx: &mut Tx, id: MatchId) -> Result<Told, store::Error> {
    let reports = rows::reports(tx, id).await?;
    Ok(Told { reports, decided: rows::find(tx, id).await? })
}

/// The game of a match, as it is rated.
pub(crate) fn game(of: &Match, outcome: Outcome, decided_at: At) -> Game {
    let place = |side| match outcome {
        Outcome::Won { winner, .. } if winner != side => 2,
        Outcome::Won { .. } | Outcome::Drawn { .. } => 1,
    };
    let name = |player: &Player| Name::of(&player.owner());
    let team = |side| Team { place: place(side), players: vec![name(of.players.of(side))] };
    Game {
        id: of.id.to_string(),
        queue: of.queue.clone(),
        terms: of.terms,
        started_at: of.created_at,
        decided_at,
        teams: Side::BOTH.map(team).into(),
    }
}

fn side_of(of: &Match, speaker: Speaker) -> Option<Side> {
    match speaker {
        Speaker::Entry(entry) => of.side_of(entry),
        Speaker::Identity(id) => of.side_of_identity(id),
    }
}

/// That it has reported, and not what: the other side has to tell what it knows itself.
fn reported(of: &Match, side: Side, at: At) -> Draft {
    let identity = of.players.of(side).identity;
    Draft {
        at,
        kind: "match.reported",
        match_id: Some(of.id.to_string()),
        identity_id: identity.map(|id| id.to_string()),
        body: json!({ "side": side }),
    }
}
