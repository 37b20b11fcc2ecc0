//! What one of their tournaments is here, or why it is nothing. Pure.
//!
//! Their bracket is kept, ours follows from the results: so only the order of the entries and what
//! came of the games is taken, and the bracket that follows has to be theirs, game by game.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rules::moment;
use super::theirs::{self, TEXT_MAX, Theirs};
use crate::ids::TicketId;
use crate::queue::MELEE;
use crate::queue::rules::Owner;
use crate::store::foreign::Record;
use crate::time::At;
use crate::tournaments::http::{NAME_LEN_MAX, TEXT_LEN_MAX};
use crate::tournaments::rules::bracket::Bracket;
use crate::tournaments::rules::game::Game;
use crate::tournaments::rules::seeding::Lots;
use crate::tournaments::rules::settings::{Byes, ENTRIES_MAX_BEFORE, Settings};
use crate::tournaments::rules::standings::champion;
use crate::tournaments::rules::{Gone, Seed, Spot};
use crate::tournaments::{Entrant, Status, Strategy, Tournament, TournamentId};

mod games;

/// One of their tournaments, as it is kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) tournament: Tournament,
    pub(super) entries: Vec<Entrant>,
    pub(super) games: BTreeMap<Spot, Game>,
    /// Whether an entry's strategy has no name here.
    pub(super) strategy_lost: bool,
}

/// What is not theirs: when it is taken, what chance there is to be, and a key for each entry.
pub(super) struct Fresh<K> {
    pub(super) now: At,
    pub(super) lots: Lots,
    pub(super) key: K,
}

/// Why one of their tournaments is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Left {
    #[error("its id is not 8 digits in hex")]
    Id,
    #[error("when it was made cannot be read")]
    Made,
    #[error("it is longer than {TEXT_MAX} characters")]
    Long,
    #[error("it is not JSON, or not that of a tournament")]
    Json,
    #[error("its status is none of registration, pending, active, complete")]
    Status,
    #[error("it has more than {ENTRIES_MAX_BEFORE} entries")]
    Many,
    #[error("its name or an entry's is not of 1 to {NAME_LEN_MAX} characters that can be seen")]
    Name,
    #[error("an entry's text has more than {TEXT_LEN_MAX} characters, or holds NUL")]
    Text,
    #[error("two of its entries have the same name, connect code, wallet or e-mail")]
    Twice,
    #[error("registration is open, and there is a bracket")]
    OpenBracket,
    #[error("registration is closed, and there is no bracket")]
    NoBracket,
    #[error("its bracket is not drawn from its entries")]
    Drawn,
    #[error("a score is not a number from 0 to 255")]
    Score,
    #[error("two games are played by the same match")]
    OneMatch,
    #[error("its bracket contradicts its results")]
    Contradiction,
}

/// What one of their tournaments is here.
pub(super) fn a_tournament(
    record: &Record,
    mut fresh: Fresh<impl FnMut() -> TicketId>,
) -> Result<Taken, Left> {
    let id: TournamentId = record.text("id").and_then(|id| id.parse().ok()).ok_or(Left::Id)?;
    let created_at = match record.text("created_at") {
        Some(text) => moment(text).ok_or(Left::Made)?,
        None => fresh.now,
    };
    let text = record.text("data").ok_or(Left::Json)?;
    if text.chars().count() > TEXT_MAX {
        return Err(Left::Long);
    }
    let theirs: Theirs = serde_json::from_str(text).map_err(|_| Left::Json)?;
    let status = Status::named(&theirs.status).ok_or(Left::Status)?;
    let name = shown(&theirs.name)?;
    if theirs.entries.len() > usize::from(ENTRIES_MAX_BEFORE) {
        return Err(Left::Many);
    }
    let mut entries = Vec::with_capacity(theirs.entries.len());
    for (number, entry) in (1..).zip(&theirs.entries) {
        entries.push(entrant(number, entry, (fresh.key)(), created_at)?);
    }
    nobody_twice(&entries)?;
    let strategy_lost = theirs
        .entries
        .iter()
        .zip(&entries)
        .any(|(a, b)| a.strategy.is_some() != b.strategy.is_some());
    let mut tournament = Tournament {
        id,
        name,
        status,
        settings: Settings::before(MELEE),
        lots: fresh.lots,
        featured: theirs.featured,
        champion: None,
        version: i64::try_from(entries.len()).unwrap_or(i64::MAX),
        created_at,
        closed_at: None,
        ended_at: None,
    };
    let is_drawn = theirs.bracket.rounds.iter().any(|round| !round.is_empty());
    let mut games = BTreeMap::new();
    match (status, is_drawn) {
        (Status::Registration, true) => return Err(Left::OpenBracket),
        (Status::Pending | Status::Active, false) => return Err(Left::NoBracket),
        // One that was ended before anybody was drawn has no bracket.
        (Status::Registration | Status::Complete, false) => {}
        (Status::Pending | Status::Active | Status::Complete, true) => {
            tournament.settings.byes = Byes::Last;
            tournament.closed_at = Some(created_at);
            seat(&theirs.bracket, &mut entries)?;
            games = play(&mut tournament, &theirs.bracket, &entries)?;
        }
    }
    if tournament.status == Status::Complete {
        let told = record.text("updated_at").and_then(moment);
        tournament.ended_at = Some(told.unwrap_or(created_at).max(created_at));
    }
    Ok(Taken { tournament, entries, games, strategy_lost })
}

fn entrant(
    number: i64,
    theirs: &theirs::Entry,
    key: TicketId,
    entered_at: At,
) -> Result<Entrant, Left> {
    let optional = |text: &Option<String>| {
        text.as_deref().filter(|text| !text.is_empty()).map(kept).transpose()
    };
    let owner = Owner {
        identity: None,
        connect_code: optional(&theirs.connect_code)?,
        wallet: optional(&theirs.wallet_address)?,
    };
    Ok(Entrant {
        number,
        name: shown(&theirs.name)?,
        character: kept(&theirs.character)?,
        strategy: theirs.strategy.as_deref().and_then(Strategy::named),
        owner,
        agent_id: None,
        registrant: optional(&theirs.registrant)?,
        email: optional(&theirs.email)?,
        key,
        seed: None,
        rating: None,
        entered_at,
        withdrawn: None,
    })
}

fn shown(name: &str) -> Result<String, Left> {
    let is_long = name.chars().count() > NAME_LEN_MAX;
    if name.trim().is_empty() || is_long || name.chars().any(char::is_control) {
        return Err(Left::Name);
    }
    Ok(name.to_owned())
}

fn kept(text: &str) -> Result<String, Left> {
    if text.chars().count() > TEXT_LEN_MAX || text.contains('\0') {
        return Err(Left::Text);
    }
    Ok(text.to_owned())
}

/// By the same names by which nobody enters a tournament twice here.
fn nobody_twice(entries: &[Entrant]) -> Result<(), Left> {
    let mut taken = BTreeSet::new();
    for entry in entries {
        let names = [
            ("name", Some(entry.name.to_lowercase())),
            ("code", entry.owner.connect_code.clone()),
            ("wallet", entry.owner.wallet.as_ref().map(|it| it.to_ascii_lowercase())),
            ("e-mail", entry.email.as_ref().map(|it| it.to_lowercase())),
        ];
        for (of, name) in names {
            if name.is_some_and(|name| !taken.insert((of, name))) {
                return Err(Left::Twice);
            }
        }
    }
    Ok(())
}

/// Entries are seeded as they stand in the first round, which nobody's place is before theirs.
fn seat(bracket: &theirs::Bracket, entries: &mut [Entrant]) -> Result<(), Left> {
    let count = entries.len();
    let seats: Vec<_> = bracket.rounds.iter().take(1).flatten().flat_map(|it| it.names()).collect();
    let size = count.next_power_of_two();
    if count < 2 || seats.len() != size || seats[count..].iter().any(Option::is_some) {
        return Err(Left::Drawn);
    }
    let halves = std::iter::successors(Some(size / 2), |len| (*len > 1).then_some(*len / 2));
    if !bracket.rounds.iter().map(Vec::len).eq(halves) {
        return Err(Left::Drawn);
    }
    for (seed, name) in (0..).zip(&seats[..count]) {
        let mut unseated = entries.iter_mut().filter(|it| it.seed.is_none());
        let entry = unseated.find(|it| Some(it.name.as_str()) == *name).ok_or(Left::Drawn)?;
        entry.seed = Some(Seed(seed));
    }
    Ok(())
}

/// What came of the games, and of the tournament if that is clear by them.
fn play(
    tournament: &mut Tournament,
    theirs: &theirs::Bracket,
    entries: &[Entrant],
) -> Result<BTreeMap<Spot, Game>, Left> {
    let (games, results) = games::of(theirs)?;
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    let bracket = Bracket::of(tournament.settings.shape(count), &results, &Gone::new());
    games::same(theirs, &bracket, entries)?;
    if let Some(seed) = champion(&bracket, &results) {
        tournament.status = Status::Complete;
        tournament.champion = Some(seed);
    }
    Ok(games)
}

#[cfg(test)]
mod tests;
