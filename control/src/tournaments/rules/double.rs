//! Double elimination: who loses once goes on among the losers, and the last of those has to beat
//! the last of the others twice.
//!
//! Rounds stand in the order in which they can be played: the first of the main part, then for each
//! further one of it two of the losers': among themselves, and against those who come down.

use super::settings::Byes;
use super::single::{first_round, number};
use super::{Pairing, Part, Place, Results, Spot, goes_on};
use crate::matches::rules::{Side, Sides};

/// All rounds. The reset is there once it has to be played.
pub(super) fn rounds(entries: u16, results: &Results) -> Vec<Vec<Pairing>> {
    let mut rounds = vec![first_round(entries, Byes::Best)];
    // Where the newest round of each part stands.
    let mut main = 0;
    let mut losers: Option<usize> = None;
    while rounds[main].len() > 1 {
        let above = rounds.len();
        let next = pairs(&winners(&rounds[main], results), above, Part::Main);
        rounds.push(next);
        let among = match losers {
            None => fallen(&rounds[main], results),
            Some(last) => winners(&rounds[last], results),
        };
        let among = pairs(&among, rounds.len(), Part::Losers);
        let stay = winners(&among, results);
        rounds.push(among);
        // Turned round, so that two who have met do not meet again at once.
        let mut down = fallen(&rounds[above], results);
        down.reverse();
        let against: Vec<_> =
            stay.into_iter().zip(down).flat_map(|(stay, down)| [stay, down]).collect();
        losers = Some(rounds.len());
        let against = pairs(&against, rounds.len(), Part::Losers);
        rounds.push(against);
        main = above;
    }
    let top = rounds[main][0].winner(results);
    let challenger = match losers {
        Some(last) => rounds[last][0].winner(results),
        None => rounds[main][0].loser(results),
    };
    last_games(&mut rounds, Sides { first: top, second: challenger }, results);
    rounds
}

fn last_games(rounds: &mut Vec<Vec<Pairing>>, sides: Sides<Place>, results: &Results) {
    let game = |round: usize, part| {
        let spot = Spot { round: number(round), slot: 0 };
        Pairing { spot, part, sides }
    };
    let last = game(rounds.len(), Part::Final);
    rounds.push(vec![last]);
    if let (Some(met), Some(decided)) = (last.met(), results.get(&last.spot))
        && last.side_of(goes_on(decided.verdict, met)) == Some(Side::Second)
    {
        rounds.push(vec![game(rounds.len(), Part::Reset)]);
    }
}

fn winners(round: &[Pairing], results: &Results) -> Vec<Place> {
    round.iter().map(|it| it.winner(results)).collect()
}

fn fallen(round: &[Pairing], results: &Results) -> Vec<Place> {
    round.iter().map(|it| it.loser(results)).collect()
}

fn pairs(places: &[Place], round: usize, part: Part) -> Vec<Pairing> {
    let pairs = places.chunks_exact(2).enumerate().map(|(slot, pair)| Pairing {
        spot: Spot { round: number(round), slot: number(slot) },
        part,
        sides: Sides { first: pair[0], second: pair[1] },
    });
    pairs.collect()
}
