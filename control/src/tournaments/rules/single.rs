//! Single elimination: a power of two, filled up with byes for the best or for the last.

use super::settings::Byes;
use super::{Pairing, Part, Place, Results, Seed, Spot};
use crate::matches::rules::Sides;

/// All rounds; those that nobody has reached yet are open.
pub(super) fn rounds(entries: u16, byes: Byes, results: &Results) -> Vec<Vec<Pairing>> {
    let mut rounds = vec![first_round(entries, byes)];
    while let Some(last) = rounds.last().filter(|last| last.len() > 1) {
        let round = number(rounds.len());
        let next = last.chunks(2).enumerate().map(|(slot, pair)| Pairing {
            spot: Spot { round, slot: number(slot) },
            part: Part::Main,
            sides: Sides { first: pair[0].winner(results), second: pair[1].winner(results) },
        });
        let next = next.collect();
        rounds.push(next);
    }
    rounds
}

/// The first round. With byes for the best, those two can meet in the last game only.
pub(super) fn first_round(entries: u16, byes: Byes) -> Vec<Pairing> {
    let order = match byes {
        Byes::Best => order(size(entries)),
        Byes::Last => (0..size(entries)).collect(),
    };
    let place = |seed| if seed < entries { Place::Known(Seed(seed)) } else { Place::Bye };
    let pairs = order.chunks(2).enumerate().map(|(slot, pair)| Pairing {
        spot: Spot { round: 0, slot: number(slot) },
        part: Part::Main,
        sides: Sides { first: place(pair[0]), second: place(pair[1]) },
    });
    pairs.collect()
}

/// How many a bracket has room for.
pub(super) fn size(entries: u16) -> u16 {
    entries.max(2).next_power_of_two()
}

/// Seeds in the order of the bracket: 0 and 1 in different halves, 0 to 3 in different quarters.
fn order(size: u16) -> Vec<u16> {
    let mut order = vec![0];
    while order.len() < usize::from(size) {
        let last = number(order.len() * 2) - 1;
        order = order.into_iter().flat_map(|seed| [seed, last - seed]).collect();
    }
    order
}

/// Rounds and slots are few: a tournament has 64 entries at most.
pub(super) fn number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_meet_last_and_have_the_byes() {
        assert_eq!(order(8), [0, 7, 3, 4, 1, 6, 2, 5]);
        let round = first_round(5, Byes::Best);
        let byes: Vec<_> = round.iter().filter(|it| it.is_bye()).map(|it| it.sides.first).collect();
        let known = |seed| Place::Known(Seed(seed));
        assert_eq!(byes, [known(0), known(1), known(2)]);
    }

    #[test]
    fn where_byes_are_at_the_end_nobody_meets_nobody_and_who_stands_before_goes_on() {
        let known = |seed| Place::Known(Seed(seed));
        let sides = |round: &[Pairing]| -> Vec<_> {
            round.iter().map(|it| (it.sides.first, it.sides.second)).collect()
        };
        let rounds = rounds(5, Byes::Last, &Results::new());
        let first = sides(&rounds[0]);
        assert_eq!(first[0], (known(0), known(1)));
        assert_eq!(first[2..], [(known(4), Place::Bye), (Place::Bye, Place::Bye)]);
        let second = [(Place::Open, Place::Open), (known(4), Place::Bye)];
        assert_eq!(sides(&rounds[1]), second);
        assert_eq!(sides(&rounds[2]), [(Place::Open, known(4))]);
    }
}
