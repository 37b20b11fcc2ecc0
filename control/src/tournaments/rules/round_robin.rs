//! Round robin: everybody meets everybody once; with an odd number one sits out in each round.

use super::single::number;
use super::{Pairing, Part, Place, Seed, Spot};
use crate::matches::rules::Sides;

/// All rounds, by the circle: one stays, the others move on by a place.
pub(super) fn rounds(entries: u16) -> Vec<Vec<Pairing>> {
    let seats = entries.next_multiple_of(2);
    let around = seats - 1;
    let at = |round: u16, seat: u16| match seat {
        0 => 0,
        seat => (round + seat - 1) % around + 1,
    };
    let round = |round: u16| {
        let pairs = (0..seats / 2).map(|seat| [at(round, seat), at(round, around - seat)]);
        let real = pairs.filter(|pair| pair.iter().all(|seed| *seed < entries));
        let pairing = |(slot, [one, other]): (usize, [u16; 2])| Pairing {
            spot: Spot { round, slot: number(slot) },
            part: Part::Main,
            sides: Sides {
                first: Place::Known(Seed(one.min(other))),
                second: Place::Known(Seed(one.max(other))),
            },
        };
        real.enumerate().map(pairing).collect()
    };
    (0..around).map(round).collect()
}
