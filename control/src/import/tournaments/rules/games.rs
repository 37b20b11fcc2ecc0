//! What came of the games of their bracket, and whether ours that follows from it is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::super::theirs::{self, Told};
use super::Left;
use crate::ids::MatchId;
use crate::matches::rules::{Side, Sides};
use crate::tournaments::Entrant;
use crate::tournaments::rules::bracket::Bracket;
use crate::tournaments::rules::game::{Game, How, State};
use crate::tournaments::rules::{Decided, Pairing, Place, Results, Spot, Verdict};

/// The games that were called at least once, and what came of them.
pub(super) fn of(theirs: &theirs::Bracket) -> Result<(BTreeMap<Spot, Game>, Results), Left> {
    let (mut games, mut results) = (BTreeMap::new(), Results::new());
    let mut matches = BTreeSet::new();
    for (spot, told) in spots(theirs) {
        let last_match: Option<MatchId> =
            told.arena_match_id.as_deref().and_then(|id| id.parse().ok());
        if last_match.is_some_and(|id| !matches.insert(id)) {
            return Err(Left::OneMatch);
        }
        let state = match told.status {
            Told::Complete if told.names().contains(&None) => continue, // a bye, given by hand
            Told::Complete => state(told, How::Played)?,
            Told::Coinflip => state(told, How::Coin)?,
            Told::Playing => match last_match {
                Some(match_id) => State::Playing { match_id },
                None => continue,
            },
            Told::Pending | Told::Bye => continue,
        };
        if let State::Decided { decided, .. } = state {
            results.insert(spot, decided);
        }
        games.insert(spot, Game { state, wins: Sides::default(), tries: 0, last_match });
    }
    Ok((games, results))
}

fn state(told: &theirs::Game, how: How) -> Result<State, Left> {
    let winner = told.winner().ok_or(Left::Contradiction)?;
    let side = match told.names().map(|name| name == Some(winner)) {
        [true, false] => Side::First,
        [false, true] => Side::Second,
        [true, true] | [false, false] => return Err(Left::Contradiction),
    };
    let score = |score: Option<i64>| u8::try_from(score.unwrap_or(0)).map_err(|_| Left::Score);
    let score = Sides { first: score(told.score_a)?, second: score(told.score_b)? };
    Ok(State::Decided { decided: Decided { verdict: Verdict::Won(side), score }, how })
}

/// Whether their games are met by the same entries as ours, and none is decided but by its result.
pub(super) fn same(
    theirs: &theirs::Bracket,
    ours: &Bracket,
    entries: &[Entrant],
) -> Result<(), Left> {
    for (spot, told) in spots(theirs) {
        let pairing = ours.at(spot).ok_or(Left::Drawn)?;
        let name = |place| match place {
            Place::Known(seed) => {
                entries.iter().find(|it| it.seed == Some(seed)).map(|it| it.name.as_str())
            }
            Place::Open | Place::Bye => None,
        };
        let names = [pairing.sides.first, pairing.sides.second].map(name);
        for (at, (ours_is, theirs_is)) in names.into_iter().zip(told.names()).enumerate() {
            let late = theirs_is.is_none() && came_by_bye(ours, spot, at);
            if ours_is != theirs_is && !late {
                return Err(Left::Contradiction);
            }
        }
        if !fits(pairing, told, names) {
            return Err(Left::Contradiction);
        }
    }
    Ok(())
}

/// Theirs stops at a bye behind a game that nobody plays until somebody goes on by hand.
fn came_by_bye(ours: &Bracket, spot: Spot, at: usize) -> bool {
    let before = |round| {
        let slot = spot.slot.checked_mul(2)?.checked_add(u16::from(at == 1))?;
        ours.at(Spot { round, slot })
    };
    spot.round.checked_sub(1).and_then(before).is_some_and(Pairing::is_bye)
}

fn fits(pairing: &Pairing, told: &theirs::Game, names: [Option<&str>; 2]) -> bool {
    if pairing.is_bye() {
        let waits = matches!(told.status, Told::Bye | Told::Pending | Told::Complete);
        return waits && (told.winner().is_none() || names.contains(&told.winner()));
    }
    match told.status {
        Told::Bye => false,
        Told::Complete | Told::Coinflip => pairing.met().is_some(),
        Told::Playing => pairing.met().is_some() && told.winner().is_none(),
        Told::Pending => told.winner().is_none(),
    }
}

fn spots(theirs: &theirs::Bracket) -> impl Iterator<Item = (Spot, &theirs::Game)> {
    let round = |(round, games): (u16, _)| {
        (0..).zip(games).map(move |(slot, game)| (Spot { round, slot }, game))
    };
    (0..).zip(&theirs.rounds).flat_map(round)
}
