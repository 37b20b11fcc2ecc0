//! Takes over their tournaments, with the matches that their games are played by: those are here
//! before them.
//!
//! Invariant: a tournament is taken whole or not at all.

mod rules;
mod theirs;

use std::collections::BTreeSet;

use serde_json::json;

use self::rules::{Fresh, Taken};
use self::theirs::TOURNAMENTS;
use super::report::{Fate, Report, Tally};
use super::rules::{MATCHES, a_match};
use super::service::{Error, Stop};
use crate::context::Ctx;
use crate::ids::{MatchId, TicketId};
use crate::matches::rules::Sides;
use crate::queue::rules::config::Queue;
use crate::store::foreign::{Looking, Source, SourceError};
use crate::store::{self, Tx, matches, tournaments as rows};
use crate::time::At;
use crate::tournaments::TournamentId;
use crate::tournaments::rules::game::State;
use crate::tournaments::rules::seeding::Lots;
use crate::tournaments::whole::line;

const AGAIN: &str = "the match of a game does not go on: the game waits for `next`, or is decided \
    by hand";
const STRATEGY: &str = "an entry's strategy has no name here, and is left out";

/// Takes over what is not here yet.
pub(super) async fn take(
    ctx: &Ctx,
    source: &mut Source,
    queue: &Queue,
    report: &mut Report,
) -> Result<(), Error> {
    if !source.offers(&TOURNAMENTS) {
        let count = source.count(&TOURNAMENTS).await?;
        report.tournaments.read = count;
        report.tournaments.leave_all("there is no data of it", count);
        return Ok(());
    }
    let (dry_run, tally) = (report.dry_run, &mut report.tournaments);
    let now = ctx.clock.now();
    source
        .read(&TOURNAMENTS, async |looking, page| {
            let mut ready = Vec::new();
            for record in page {
                let lots = Lots(ctx.chance.bytes());
                let fresh = Fresh { now, lots, key: || TicketId(ctx.chance.id(now)) };
                match rules::a_tournament(&record, fresh) {
                    Ok(taken) => {
                        let going = going_on(looking, queue, &taken).await?;
                        ready.push(Ready { taken, going });
                    }
                    Err(left) => {
                        let id = record.text("id").unwrap_or_default();
                        tally.count(Fate::Left(left.to_string()), id);
                    }
                }
            }
            for (id, became) in keep_page(ctx, ready, dry_run, now).await? {
                tell(tally, id, became);
            }
            Ok(())
        })
        .await
}

#[derive(Clone, Debug)]
struct Ready {
    taken: Taken,
    /// Matches of its games that go on there.
    going: BTreeSet<MatchId>,
}

/// What became of a tournament, and what is worth to know of it.
struct Became {
    fate: Fate,
    notes: Vec<&'static str>,
}

/// Which matches of its games are taken and go on. A dry run has not kept them.
async fn going_on(
    looking: &mut Looking<'_>,
    queue: &Queue,
    taken: &Taken,
) -> Result<BTreeSet<MatchId>, SourceError> {
    let mut going = BTreeSet::new();
    for game in taken.games.values() {
        let State::Playing { match_id } = game.state else { continue };
        let found = looking.of(&MATCHES, "id", &match_id.to_string(), 1).await?;
        let fresh = Sides { first: TicketId(0), second: TicketId(1) };
        let read = found.first().and_then(|record| a_match(record, queue, fresh).ok());
        if read.is_some_and(|read| read.made.state.goes_on()) {
            going.insert(match_id);
        }
    }
    Ok(going)
}

async fn keep_page(
    ctx: &Ctx,
    ready: Vec<Ready>,
    dry_run: bool,
    now: At,
) -> Result<Vec<(TournamentId, Became)>, store::Error> {
    let work = async move |tx: &mut Tx| {
        let mut all = Vec::new();
        for Ready { taken, going } in &ready {
            let id = taken.tournament.id;
            let became = if rows::find(tx, id).await?.is_some() {
                Became { fate: Fate::Known, notes: Vec::new() }
            } else {
                let going = if dry_run { Some(going) } else { None };
                Became { fate: Fate::Taken, notes: keep(tx, taken.clone(), going, now).await? }
            };
            all.push((id, became));
        }
        if dry_run { Err(Stop::Tried(all)) } else { Ok(all) }
    };
    match ctx.store.write(work).await {
        Ok(all) | Err(Stop::Tried(all)) => Ok(all),
        Err(Stop::Store(error)) => Err(error),
    }
}

/// Keeps a tournament as it stood there. `going` are matches that would be here by now.
async fn keep(
    tx: &mut Tx,
    taken: Taken,
    going: Option<&BTreeSet<MatchId>>,
    now: At,
) -> Result<Vec<&'static str>, store::Error> {
    let Taken { mut tournament, entries, games, strategy_lost } = taken;
    let id = tournament.id;
    let mut notes = Vec::new();
    rows::insert(tx, &tournament);
    for entrant in &entries {
        rows::enter(tx, id, entrant);
        if entrant.seed.is_some() {
            rows::seed(tx, id, entrant);
        }
    }
    for (spot, mut game) in games {
        if let Some(match_id) = game.last_match {
            let found = matches::find(tx, match_id).await?;
            let is_free = rows::of_match(tx, match_id).await?.is_none();
            if found.is_some() && is_free {
                rows::insert_match(tx, id, spot, match_id);
            }
            let goes_on = match found {
                Some(found) => found.ended_at.is_none(),
                None => going.is_some_and(|going| going.contains(&match_id)),
            };
            if matches!(game.state, State::Playing { .. }) && !(goes_on && is_free) {
                game.state = State::Waiting;
                notes.push(AGAIN);
            }
        }
        rows::save_game(tx, id, spot, &game);
    }
    if strategy_lost {
        notes.push(STRATEGY);
    }
    tournament.version += 1;
    rows::save(tx, &tournament);
    let body = json!({ "name": tournament.name, "status": tournament.status });
    tx.tell(line(id, "tournament.imported", body, now));
    Ok(notes)
}

fn tell(tally: &mut Tally, id: TournamentId, became: Became) {
    let id = id.to_string();
    tally.count(became.fate, &id);
    for note in became.notes {
        tally.note(note, &id);
    }
}
