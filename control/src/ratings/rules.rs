//! Elo, and the order of those who have it. Pure: results in, numbers out.
//!
//! Invariant: both sides of a result are rated from what they had before it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How much one result can move a rating.
const K: f64 = 32.0;
/// So many points more make the odds ten to one.
const SCALE: f64 = 400.0;

/// How strong somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rating(pub i32);

impl Rating {
    /// Where everybody begins at `melee`.
    pub const MELEE: Self = Self(1500);
    /// Where everybody begins in the arcade.
    pub const ARCADE: Self = Self(1200);

    /// How far two ratings lie apart.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        self.0.abs_diff(other.0)
    }
}

/// What a result was for one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// It had more.
    Won,
    /// Both had as much.
    Drew,
    /// It had less.
    Lost,
}

impl Score {
    /// What it was for the other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Won => Self::Lost,
            Self::Drew => Self::Drew,
            Self::Lost => Self::Won,
        }
    }

    fn points(self) -> f64 {
        match self {
            Self::Won => 1.0,
            Self::Drew => 0.5,
            Self::Lost => 0.0,
        }
    }
}

/// What a side has after a result, from what both had before it.
#[must_use]
pub fn rated(before: Rating, opponent: Rating, score: Score) -> Rating {
    let ahead = f64::from(opponent.0) - f64::from(before.0);
    let expected = 1.0 / (1.0 + 10_f64.powf(ahead / SCALE));
    let after = f64::from(before.0) + K * (score.points() - expected);
    #[expect(clippy::cast_possible_truncation, reason = "rounded, and `as` stays within i32")]
    Rating(after.round_ties_even() as i32)
}

/// What both sides have after a result; `score` is that of the first.
#[must_use]
pub fn rated_both(first: Rating, second: Rating, score: Score) -> (Rating, Rating) {
    (rated(first, second, score), rated(second, first, score.opposite()))
}

/// How often each came of the matches that were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Results that were won.
    pub wins: u32,
    /// Results that were a draw.
    pub draws: u32,
    /// Results that were lost.
    pub losses: u32,
}

impl Record {
    /// Counts one more result.
    #[must_use]
    pub fn with(mut self, score: Score) -> Self {
        let count = match score {
            Score::Won => &mut self.wins,
            Score::Drew => &mut self.draws,
            Score::Lost => &mut self.losses,
        };
        *count = count.saturating_add(1);
        self
    }

    /// All results that were counted.
    #[must_use]
    pub fn played(self) -> u32 {
        self.wins.saturating_add(self.draws).saturating_add(self.losses)
    }
}

/// Somebody's line in the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line<Id> {
    /// Whose line it is.
    pub id: Id,
    /// What orders the ladder.
    pub rating: Rating,
    /// All results it has.
    pub record: Record,
}

/// The better first: by rating, then by wins, then with fewer losses. The id makes it one order.
#[must_use]
pub fn ladder_order<Id: Ord>(one: &Line<Id>, other: &Line<Id>) -> Ordering {
    let key = |line: &Line<Id>| (line.rating, line.record.wins);
    key(other)
        .cmp(&key(one))
        .then(one.record.losses.cmp(&other.record.losses))
        .then_with(|| one.id.cmp(&other.id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_matches_give_known_ratings() {
        for (before, opponent, won, lost) in [
            (1500, 1500, 1516, 1484),
            (1600, 1400, 1608, 1576),
            (1400, 1600, 1424, 1392),
            (1847, 1500, 1851, 1819),
            (2400, 800, 2400, 2368),
            (1501, 1500, 1517, 1485),
            (1200, 1200, 1216, 1184),
        ] {
            let after = |score| rated(Rating(before), Rating(opponent), score).0;
            assert_eq!((after(Score::Won), after(Score::Lost)), (won, lost), "{before}/{opponent}");
        }
    }

    #[test]
    fn an_upset_gains_more_than_half_of_k() {
        let (winner, loser) = rated_both(Rating(1100), Rating(1300), Score::Won);
        assert_eq!((winner, loser), (Rating(1124), Rating(1276)));
    }

    #[test]
    fn a_draw_moves_both_towards_each_other() {
        assert_eq!(rated(Rating(1500), Rating(1500), Score::Drew), Rating(1500));
        let after = rated_both(Rating(1600), Rating(1400), Score::Drew);
        assert_eq!(after, (Rating(1592), Rating(1408)));
    }

    #[test]
    fn both_are_rated_from_what_they_had_before() {
        assert_eq!(
            rated_both(Rating(1500), Rating(1500), Score::Won),
            (Rating(1516), Rating(1484)),
            "and not 1485, which comes of the winner's new rating",
        );
    }

    proptest! {
        #[test]
        fn a_result_never_moves_a_rating_by_more_than_k(a in 0..4_000_i32, b in 0..4_000_i32) {
            for score in [Score::Won, Score::Drew, Score::Lost] {
                let (after_a, after_b) = rated_both(Rating(a), Rating(b), score);
                prop_assert!(after_a.distance(Rating(a)) <= 32);
                let drift = (after_a.0 + after_b.0) - (a + b);
                prop_assert!(drift.abs() <= 1, "rounded twice");
            }
            prop_assert!(rated(Rating(a), Rating(b), Score::Won).0 >= a);
            prop_assert!(rated(Rating(a), Rating(b), Score::Lost).0 <= a);
        }

        #[test]
        fn no_rating_is_a_panic(a: i32, b: i32) {
            for score in [Score::Won, Score::Drew, Score::Lost] {
                let _ = rated_both(Rating(a), Rating(b), score);
            }
        }
    }

    #[test]
    fn the_ladder_has_one_order() {
        let line = |id, rating, wins, losses| Line {
            id,
            rating: Rating(rating),
            record: Record { wins, draws: 0, losses },
        };
        let mut lines =
            [line(1, 1500, 2, 2), line(2, 1600, 0, 0), line(4, 1500, 2, 1), line(3, 1500, 2, 1)];
        lines.sort_by(ladder_order);
        assert_eq!(lines.map(|line| line.id), [2, 3, 4, 1]);
    }

    #[test]
    fn a_record_counts_each_result_once() {
        let record = [Score::Won, Score::Won, Score::Drew, Score::Lost]
            .into_iter()
            .fold(Record::default(), Record::with);
        assert_eq!(record, Record { wins: 2, draws: 1, losses: 1 });
        assert_eq!(record.played(), 4);
    }
}
