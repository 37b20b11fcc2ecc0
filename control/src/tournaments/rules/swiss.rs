//! Swiss: a fixed number of rounds, each drawn from the results of those before it: equal points
//! meet, nobody meets the same one twice if it can be helped, and nobody sits out twice. Who has
//! withdrawn is not drawn any more.

use std::cmp::Reverse;

use super::matching;
use super::single::number;
use super::standings::{Tally, tally};
use super::{Gone, Pairing, Part, Place, Results, Seed, Spot};
use crate::matches::rules::Sides;

/// The rounds that are drawn: a round is drawn when the one before it is decided.
pub(super) fn rounds(
    entries: u16,
    rounds_max: u16,
    results: &Results,
    gone: &Gone,
) -> Vec<Vec<Pairing>> {
    let mut drawn: Vec<Vec<Pairing>> = Vec::new();
    for round in 0..rounds_max {
        let decided = |it: &Pairing| it.is_bye() || results.contains_key(&it.spot);
        if !drawn.last().is_none_or(|last| last.iter().all(decided)) {
            break;
        }
        let so_far = tally(entries, drawn.iter().flatten(), results);
        let is_here = |seed: &Seed| gone.get(seed).is_none_or(|from| round < *from);
        let here = (0..entries).map(Seed).filter(is_here).collect();
        let next = draw(here, round, &so_far);
        drawn.push(next);
    }
    drawn
}

fn draw(mut order: Vec<Seed>, round: u16, so_far: &[Tally]) -> Vec<Pairing> {
    order.sort_by_key(|seed| (Reverse(so_far[usize::from(seed.0)].points), *seed));
    let sits_out = sits_out(&order, so_far);
    let field: Vec<_> = order.into_iter().filter(|seed| Some(*seed) != sits_out).collect();
    let pairs = pair(&field, so_far, round == 0);
    let mut places: Vec<_> = pairs.into_iter().map(|pair| pair.map(Place::Known)).collect();
    places.extend(sits_out.map(|seed| [Place::Known(seed), Place::Bye]));
    let pairings = places.into_iter().enumerate().map(|(slot, [first, second])| Pairing {
        spot: Spot { round, slot: number(slot) },
        part: Part::Main,
        sides: Sides { first, second },
    });
    pairings.collect()
}

/// With an odd number, the last of those who have not sat out, if the others can then be paired
/// anew; the last of them else.
fn sits_out(order: &[Seed], so_far: &[Tally]) -> Option<Seed> {
    if order.len().is_multiple_of(2) {
        return None;
    }
    let fresh = |seed: &&Seed| so_far[usize::from(seed.0)].byes == 0;
    let anew = |out: &&Seed| {
        let rest: Vec<_> = order.iter().filter(|seed| seed != out).copied().collect();
        matching::is_perfect(rest.len(), |one, other| met(so_far, rest[one], rest[other]) == 0)
    };
    let mut candidates = order.iter().rev().filter(fresh);
    let last = candidates.clone().next().or_else(|| order.last());
    candidates.find(anew).or(last).copied()
}

/// Top down, each against the nearest whom the rest allows. In the first round the upper half
/// meets the lower half.
fn pair(field: &[Seed], so_far: &[Tally], first: bool) -> Vec<[Seed; 2]> {
    if first {
        let (upper, lower) = field.split_at(field.len() / 2);
        return upper.iter().zip(lower).map(|(one, other)| [*one, *other]).collect();
    }
    // How often two may have met already: never, if that can be.
    let perfect = |rest: &[Seed], often: u16| {
        matching::is_perfect(rest.len(), |one, other| met(so_far, rest[one], rest[other]) <= often)
    };
    let often = (0..).find(|often| perfect(field, *often)).unwrap_or(u16::MAX);
    let (mut rest, mut pairs) = (field.to_vec(), Vec::new());
    while rest.len() > 1 {
        let one = rest.remove(0);
        let fits = |at: &usize| {
            let mut left = rest.clone();
            let other = left.remove(*at);
            met(so_far, one, other) <= often && perfect(&left, often)
        };
        let at = (0..rest.len()).find(fits).unwrap_or(0);
        pairs.push([one, rest.remove(at)]);
    }
    pairs
}

fn met(so_far: &[Tally], one: Seed, other: Seed) -> u16 {
    let met = so_far[usize::from(one.0)].met.iter().filter(|it| **it == other).count();
    number(met)
}
