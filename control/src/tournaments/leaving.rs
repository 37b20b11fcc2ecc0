//! Entrants withdraw. As long as anybody may enter, their places are free again; once the bracket
//! stands they stay in it, and what they have left to play is lost.

use serde_json::json;

use super::play::{Speaker, speaker};
use super::rules::game::State;
use super::ruling;
use super::whole::Whole;
use super::{Entrant, Error, Status, TournamentId, Withdrawn};
use crate::admin::{Act, To};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches::rules::{Event, Side};
use crate::store::{Tx, tournaments as rows};
use crate::time::At;

/// An entry takes part no more, as who speaks for it says.
pub(crate) async fn withdraw(ctx: &Ctx, id: TournamentId, who: Speaker) -> Result<Whole, Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        let whole = Whole::load(tx, id).await?;
        let entrant = speaker(&whole, who)?.clone();
        Ok(leave(tx, whole, entrant, now).await?.0)
    };
    ctx.store.write(work).await
}

/// An operator takes an entry out.
pub(crate) async fn take_out(
    ctx: &Ctx,
    act: Act,
    id: TournamentId,
    name: String,
) -> Result<Whole, Error> {
    let work = async move |tx: &mut Tx| {
        let whole = Whole::load(tx, id).await?;
        let entrant = whole.named(&name).ok_or(Error::NoSuchName)?.clone();
        let (whole, left) = leave(tx, whole, entrant, act.at()).await?;
        if left == Left::Now {
            let what = json!({ "tournament_id": id, "name": name });
            act.tell(tx, "admin.tournament_withdrawn", &To::Named, what);
        }
        Ok(whole)
    };
    ctx.store.write(work).await
}

/// Whether an entry was there until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Now,
    Before,
}

async fn leave(
    tx: &mut Tx,
    whole: Whole,
    entrant: Entrant,
    now: At,
) -> Result<(Whole, Left), Error> {
    if entrant.withdrawn.is_some() {
        return Ok((whole, Left::Before));
    }
    let whole = match whole.tournament.status {
        Status::Registration => free_place(tx, whole, &entrant, now),
        Status::Pending | Status::Active => forfeit(tx, whole, entrant, now).await?,
        Status::Complete => return Err(Error::Over),
    };
    Ok((whole, Left::Now))
}

fn free_place(tx: &mut Tx, mut whole: Whole, entrant: &Entrant, now: At) -> Whole {
    rows::leave(tx, whole.tournament.id, entrant);
    whole.entries.retain(|it| it.number != entrant.number);
    whole.tournament.version += 1;
    rows::save(tx, &whole.tournament);
    tell(tx, &whole, entrant, now);
    whole
}

async fn forfeit(
    tx: &mut Tx,
    mut whole: Whole,
    mut entrant: Entrant,
    now: At,
) -> Result<Whole, Error> {
    let seed = entrant.seed.ok_or(Error::NotAnEntry)?;
    let before = whole.clone();
    let mut course = before.course();
    let playing: Option<(MatchId, Side)> = course.current(seed).and_then(|(pairing, side)| {
        match course.games().get(&pairing.spot)?.state {
            State::Playing { match_id } => Some((match_id, side)),
            State::Waiting | State::Called { .. } | State::Stalled | State::Decided { .. } => None,
        }
    });
    let effects = course.withdraw(seed, now);
    let from_round = course.player(seed).gone_from.unwrap_or_default();
    entrant.withdrawn = Some(Withdrawn { at: now, from_round });
    rows::withdraw(tx, whole.tournament.id, &entrant);
    tell(tx, &whole, &entrant, now);
    for it in whole.entries.iter_mut().filter(|it| it.number == entrant.number) {
        it.withdrawn = entrant.withdrawn;
    }
    let whole = whole.keep(tx, &course, &effects, now);
    // Whoever is about to lose a match does not get out of it by this.
    if let Some((match_id, side)) = playing {
        ruling::end_match(tx, match_id, Event::Abandon(side), now).await?;
    }
    Ok(whole)
}

fn tell(tx: &mut Tx, whole: &Whole, entrant: &Entrant, now: At) {
    let body = json!({ "name": entrant.name, "number": entrant.number });
    tx.tell(whole.line("tournament.withdrawn", body, now));
}
