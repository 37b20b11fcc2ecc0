//! What those who played say about who won.
//!
//! Invariant: nobody's word counts twice, and no minority decides anything.

use std::collections::BTreeMap;

/// What enough of them say alike, out of `voices` that could say something. In a battle that is
/// both leaders; in a game of many, more than half of the players.
#[must_use]
pub fn agreed<W: Ord + Copy>(told: &[W], voices: usize) -> Option<W> {
    let mut counts = BTreeMap::<W, usize>::new();
    for winner in told {
        *counts.entry(*winner).or_default() += 1;
    }
    let enough = voices / 2 + 1;
    counts.into_iter().find(|(_, count)| *count >= enough).map(|(winner, _)| winner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn more_than_half_of_all_decide_and_two_only_together() {
        for (told, voices, winner) in [
            (&[][..], 2, None),
            (&[1], 2, None),
            (&[1, 2], 2, None),
            (&[1, 1], 2, Some(1)),
            (&[1, 1, 2, 1], 8, None),
            (&[1, 1, 2, 1, 1], 8, None),
            (&[1, 1, 2, 1, 1, 1], 8, Some(1)),
            (&[7], 1, Some(7)),
        ] {
            assert_eq!(agreed(told, voices), winner, "{told:?} of {voices}");
        }
    }

    proptest! {
        #[test]
        fn who_speaks_later_changes_nothing(
            mut told in proptest::collection::vec(0..3_u8, 0..9),
            more in proptest::collection::vec(0..3_u8, 0..9),
        ) {
            let voices = told.len() + more.len();
            let early = agreed(&told, voices);
            told.extend(more);
            if early.is_some() {
                prop_assert_eq!(agreed(&told, voices), early);
            }
        }
    }
}
