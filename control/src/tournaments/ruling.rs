//! What operators decide: games, and where a tournament is.

use serde_json::json;

use super::rules::course::Course;
use super::rules::game::{Refused, State};
use super::rules::settings::Pace;
use super::rules::{Decided, Spot, Verdict};
use super::whole::Whole;
use super::{Error, Status, TournamentId, entering};
use crate::admin::{Act, To};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches;
use crate::matches::rules::{Event, Side, Sides};
use crate::matches::service::Error as MatchError;
use crate::store::{self, Tx, matches as match_rows, tournaments as rows};
use crate::time::At;

/// Whom an operator lets win.
#[derive(Clone, Debug)]
pub(crate) enum Winner {
    Side(Side),
    Named(String),
    /// Neither.
    Nobody,
}

/// An operator decides a game. A match of it that goes on is taken back.
pub(crate) async fn rule(
    ctx: &Ctx,
    act: Act,
    id: TournamentId,
    spot: Spot,
    winner: Winner,
    score: Sides<u8>,
) -> Result<Whole, Error> {
    let work = async move |tx: &mut Tx| {
        let whole = Whole::load(tx, id).await?;
        let before = whole.clone();
        let mut course = before.course();
        let verdict = verdict(&whole, &course, spot, &winner)?;
        let decided = Decided { verdict, score };
        // What is so already may be said again, also when the tournament is over.
        let was = course.games().get(&spot).map(|game| game.state);
        if !matches!(was, Some(State::Decided { .. })) {
            whole.played()?;
        }
        let effects = course.rule(spot, decided, act.at())?;
        if effects.is_empty() {
            return Ok(whole);
        }
        let what = json!({ "tournament_id": id, "round": spot.round, "slot": spot.slot,
            "verdict": verdict, "score": score });
        act.tell(tx, "admin.tournament_decided", &To::Named, what);
        let whole = whole.keep(tx, &course, &effects, act.at());
        take_back(tx, was, act.at()).await?;
        Ok(whole)
    };
    ctx.store.write(work).await
}

fn verdict(
    whole: &Whole,
    course: &Course<'_>,
    spot: Spot,
    winner: &Winner,
) -> Result<Verdict, Error> {
    match winner {
        Winner::Side(side) => Ok(Verdict::Won(*side)),
        Winner::Nobody => Ok(Verdict::Drawn),
        Winner::Named(name) => {
            let seed = whole.named(name).ok_or(Error::NoSuchName)?.seed;
            let bracket = course.bracket();
            let pairing = bracket.at(spot).filter(|it| it.met().is_some());
            let pairing = pairing.ok_or(Refused::NoGame)?;
            let side = seed.and_then(|seed| pairing.side_of(seed)).ok_or(Error::NoSuchName)?;
            Ok(Verdict::Won(side))
        }
    }
}

/// An operator has a game played again.
pub(crate) async fn replay(
    ctx: &Ctx,
    act: Act,
    id: TournamentId,
    spot: Spot,
) -> Result<Whole, Error> {
    let work = async move |tx: &mut Tx| {
        let whole = Whole::load(tx, id).await?;
        whole.played()?;
        let before = whole.clone();
        let mut course = before.course();
        let was = course.games().get(&spot).map(|game| game.state);
        let effects = course.replay(spot, act.at())?;
        let what = json!({ "tournament_id": id, "round": spot.round, "slot": spot.slot });
        act.tell(tx, "admin.tournament_replayed", &To::Named, what);
        let whole = whole.keep(tx, &course, &effects, act.at());
        take_back(tx, was, act.at()).await?;
        Ok(whole)
    };
    ctx.store.write(work).await
}

/// Takes back the match of a game that goes on without it.
async fn take_back(tx: &mut Tx, was: Option<State>, now: At) -> Result<(), store::Error> {
    let Some(State::Playing { match_id }) = was else { return Ok(()) };
    end_match(tx, match_id, Event::Void, now).await
}

/// Ends the match of a game that goes on without it; one that is decided meanwhile stands.
pub(super) async fn end_match(
    tx: &mut Tx,
    match_id: MatchId,
    by: Event,
    now: At,
) -> Result<(), store::Error> {
    let Some(found) = match_rows::find(tx, match_id).await? else { return Ok(()) };
    match matches::service::apply(tx, found, by, now).await {
        Ok(_) | Err(MatchError::Refused(_) | MatchError::Unknown | MatchError::NotASide) => Ok(()),
        Err(MatchError::Store(error)) => Err(error),
    }
}

/// An operator moves a tournament on by hand, or ends it without a champion.
pub(crate) async fn set_status(
    ctx: &Ctx,
    act: Act,
    id: TournamentId,
    to: Status,
) -> Result<Whole, Error> {
    let work = async move |tx: &mut Tx| {
        let mut whole = Whole::load(tx, id).await?;
        let from = whole.tournament.status;
        if from == to {
            return Ok(whole);
        }
        let what = json!({ "tournament_id": id, "status": to });
        act.tell(tx, "admin.tournament_status", &To::Named, what);
        let pace = whole.tournament.settings.pace;
        match (from, to) {
            (Status::Registration, Status::Pending | Status::Active) => {
                whole = entering::close_now(tx, whole, act.at()).await?;
            }
            (Status::Registration | Status::Pending | Status::Active, Status::Complete) => {
                whole.tournament.ended_at = Some(act.at());
                tx.tell(whole.line("tournament.ended", json!({}), act.at()));
            }
            (Status::Pending, Status::Active) | (Status::Active, Status::Pending)
                if pace == Pace::Asked => {}
            (Status::Pending | Status::Active | Status::Complete, _)
            | (Status::Registration, Status::Registration) => {
                return Err(Error::NoWay { from: from.name(), to: to.name() });
            }
        }
        let own = pace == Pace::Own && to == Status::Pending;
        if whole.tournament.status != Status::Complete && !own {
            whole.tournament.status = to;
        }
        whole.tournament.version += 1;
        rows::save(tx, &whole.tournament);
        Ok(whole)
    };
    ctx.store.write(work).await
}

/// An operator has it shown before others, or not any more.
pub(crate) async fn feature(ctx: &Ctx, act: Act, id: TournamentId) -> Result<Whole, Error> {
    let work = async move |tx: &mut Tx| {
        let mut whole = Whole::load(tx, id).await?;
        whole.tournament.featured = !whole.tournament.featured;
        whole.tournament.version += 1;
        rows::save(tx, &whole.tournament);
        let what = json!({ "tournament_id": id, "featured": whole.tournament.featured });
        act.tell(tx, "admin.tournament_featured", &To::Named, what);
        Ok(whole)
    };
    ctx.store.write(work).await
}
