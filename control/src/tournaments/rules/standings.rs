//! Who came where, and by what.
//!
//! Points are counted in halves: two for a win or a round that is sat out, one for a draw.
//! - Eliminations: who got further; those who went out together share a place.
//! - Round robin: points, then those of the games among the tied, then the difference of the
//!   scores, then the better seed.
//! - Swiss: points, then Buchholz (the points of all that one met), then the difference, then the
//!   better seed.
//!
//! By points, who has withdrawn comes behind all who have not, so that nobody wins who is not there.

use std::cmp::Reverse;

use super::bracket::Bracket;
use super::{Format, Pairing, Place, Results, Seed, Verdict};
use crate::matches::rules::Side;

/// What an entry has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In halves.
    pub points: u16,
    /// Games won; byes are not.
    pub won: u16,
    /// Games drawn.
    pub drawn: u16,
    /// Games lost, or missed.
    pub lost: u16,
    /// Rounds that it sat out.
    pub byes: u16,
    /// What it scored in all.
    pub scored: u16,
    /// What was scored against it.
    pub conceded: u16,
    /// Whom it met, in order.
    pub met: Vec<Seed>,
}

/// An entry's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub seed: Seed,
    /// From 1; those that nothing tells apart share it.
    pub place: u16,
    /// What it has done.
    pub tally: Tally,
    /// The points of all that it met, in halves.
    pub buchholz: u16,
    /// The points of its games against those with as many points, in halves.
    pub head_to_head: u16,
}

/// What everybody has done; by seed.
pub fn tally<'a>(
    entries: u16,
    games: impl Iterator<Item = &'a Pairing>,
    results: &Results,
) -> Vec<Tally> {
    let mut all = vec![Tally::default(); usize::from(entries)];
    for game in games {
        if let (Place::Known(seed), Place::Bye) = (game.sides.first, game.sides.second) {
            let tally = &mut all[usize::from(seed.0)];
            tally.byes += 1;
            tally.points += 2;
        }
        let (Some(met), Some(decided)) = (game.met(), results.get(&game.spot)) else { continue };
        for (side, [seed, other]) in Side::BOTH.into_iter().zip([met, [met[1], met[0]]]) {
            let tally = &mut all[usize::from(seed.0)];
            tally.met.push(other);
            tally.scored += u16::from(*decided.score.of(side));
            tally.conceded += u16::from(*decided.score.of(side.other()));
            match decided.verdict {
                Verdict::Won(winner) if winner == side => {
                    tally.won += 1;
                    tally.points += 2;
                }
                Verdict::Drawn => {
                    tally.drawn += 1;
                    tally.points += 1;
                }
                Verdict::Won(_) | Verdict::Neither => tally.lost += 1,
            }
        }
    }
    all
}

/// Everybody, the best first.
#[must_use]
pub fn standings(bracket: &Bracket, results: &Results) -> Vec<Standing> {
    let entries = bracket.shape().entries;
    let all = tally(entries, bracket.games(), results);
    let points = |seed: &Seed| all[usize::from(seed.0)].points;
    let mut standings: Vec<_> = (0..entries)
        .map(Seed)
        .map(|seed| {
            let tally = all[usize::from(seed.0)].clone();
            let buchholz = tally.met.iter().map(points).sum();
            let head_to_head = among_tied(bracket, results, seed, &all);
            Standing { seed, place: 0, tally, buchholz, head_to_head }
        })
        .collect();
    match bracket.shape().format {
        Format::Single | Format::Double => {
            let out = |of: &Standing| Reverse(got_to(bracket, results, of.seed));
            place(&mut standings, out);
        }
        Format::RoundRobin => place(&mut standings, |of| {
            (
                bracket.is_gone(of.seed),
                Reverse((of.tally.points, of.head_to_head, difference(of))),
                of.seed,
            )
        }),
        Format::Swiss => place(&mut standings, |of| {
            (
                bracket.is_gone(of.seed),
                Reverse((of.tally.points, of.buchholz, difference(of))),
                of.seed,
            )
        }),
    }
    standings
}

/// Who has won, once it is over.
#[must_use]
pub fn champion(bracket: &Bracket, results: &Results) -> Option<Seed> {
    if !bracket.is_over(results) {
        return None;
    }
    match bracket.shape().format {
        Format::Single | Format::Double => bracket.last_standing(results),
        Format::RoundRobin | Format::Swiss => {
            standings(bracket, results).first().map(|first| first.seed)
        }
    }
}

fn place<K: Ord>(standings: &mut [Standing], key: impl Fn(&Standing) -> K) {
    standings.sort_by_cached_key(|of| (key(of), of.seed));
    let keys: Vec<_> = standings.iter().map(&key).collect();
    let mut place = 0;
    for (at, of) in standings.iter_mut().enumerate() {
        if at == 0 || keys[at] != keys[at - 1] {
            place = super::single::number(at) + 1;
        }
        of.place = place;
    }
}

/// How far somebody got in an elimination: the last round that it won or did not lose, or beyond
/// all of them for the last one standing.
fn got_to(bracket: &Bracket, results: &Results, seed: Seed) -> u16 {
    if bracket.last_standing(results) == Some(seed) {
        return u16::MAX;
    }
    let here = |game: &&Pairing| game.side_of(seed).is_some();
    bracket.games().filter(here).map(|game| game.spot.round).max().unwrap_or(0)
}

fn among_tied(bracket: &Bracket, results: &Results, seed: Seed, all: &[Tally]) -> u16 {
    let points = |seed: Seed| all[usize::from(seed.0)].points;
    let halves = |game: &Pairing| {
        let (Some(side), Some(met)) = (game.side_of(seed), game.met()) else { return 0 };
        if points(met[0]) != points(met[1]) {
            return 0;
        }
        match results.get(&game.spot).map(|decided| decided.verdict) {
            Some(Verdict::Won(winner)) if winner == side => 2,
            Some(Verdict::Drawn) => 1,
            Some(Verdict::Won(_) | Verdict::Neither) | None => 0,
        }
    };
    bracket.games().map(halves).sum()
}

fn difference(of: &Standing) -> i32 {
    i32::from(of.tally.scored) - i32::from(of.tally.conceded)
}
