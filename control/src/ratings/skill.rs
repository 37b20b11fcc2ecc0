//! Ratings that say how sure they are (Weng and Lin, the model of Plackett and Luce's kind that
//! `OpenSkill` uses), for any number of teams of any size. Pure.
//!
//! They are kept in whole millionths, so that what was computed and what was stored are one number.

use serde::{Deserialize, Serialize};
use skillratings::MultiTeamOutcome;
use skillratings::weng_lin::{WengLinConfig, WengLinRating, weng_lin_multi_team};

use super::rules::Rating;

const MILLION: f64 = 1_000_000.0;
/// Points on the ladder for each unit of skill that is sure.
const POINTS: f64 = 40.0;

/// How strong somebody probably is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Skill {
    /// The guess, in millionths.
    pub skill: i64,
    /// Its standard deviation, in millionths.
    pub uncertainty: i64,
}

impl Skill {
    /// Of whom nothing is known: 25, with a standard deviation of 25/3.
    pub const UNKNOWN: Self = Self { skill: 25_000_000, uncertainty: 8_333_333 };

    /// A place on a ladder: three deviations below the guess, so that who is new begins at `begin`
    /// and rises as it becomes sure.
    #[must_use]
    pub fn on_ladder(self, begin: Rating) -> Rating {
        let sure = (as_float(self.skill) - 3.0 * as_float(self.uncertainty)) / MILLION;
        #[expect(clippy::cast_possible_truncation, reason = "rounded, and `as` stays within i32")]
        let points = (POINTS * sure).round_ties_even() as i32;
        Rating(begin.0.saturating_add(points))
    }

    /// This, moved as a game moved it that began at one value and came to another: the guess by as
    /// much, the uncertainty in proportion.
    pub(super) fn moved(self, from: Self, to: Self) -> Self {
        if self == from {
            return to;
        }
        let share = as_float(to.uncertainty) / as_float(from.uncertainty.max(1));
        Self {
            skill: self.skill.saturating_add(to.skill.saturating_sub(from.skill)),
            uncertainty: whole(as_float(self.uncertainty) * share).max(1),
        }
    }
}

/// What each player of each team has after a game; the lower place is the better, equal places are
/// a draw.
pub(super) fn rated(teams: &[(u32, Vec<Skill>)]) -> Vec<Vec<Skill>> {
    let as_theirs = |skill: &Skill| WengLinRating {
        rating: as_float(skill.skill) / MILLION,
        uncertainty: as_float(skill.uncertainty) / MILLION,
    };
    let theirs: Vec<(Vec<_>, _)> = teams
        .iter()
        .map(|(place, team)| {
            let place = MultiTeamOutcome::new(usize::try_from(*place).unwrap_or(usize::MAX));
            (team.iter().map(as_theirs).collect(), place)
        })
        .collect();
    let borrowed: Vec<_> = theirs.iter().map(|(team, place)| (&team[..], *place)).collect();
    let after = weng_lin_multi_team(&borrowed, &WengLinConfig::new());
    let as_ours = |it: &WengLinRating| Skill {
        skill: whole(it.rating * MILLION),
        uncertainty: whole(it.uncertainty * MILLION).max(1),
    };
    after.iter().map(|team| team.iter().map(as_ours).collect()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "millionths of skills are far below 2^52")]
fn as_float(millionths: i64) -> f64 {
    millionths as f64
}

#[expect(clippy::cast_possible_truncation, reason = "rounded, and `as` stays within i64")]
fn whole(value: f64) -> i64 {
    value.round_ties_even() as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEW: Skill = Skill::UNKNOWN;

    #[test]
    fn the_known_example_of_two_who_are_new() {
        // 27.635 and 22.365, as the implementations of OpenSkill give it.
        let after = rated(&[(1, vec![NEW]), (2, vec![NEW])]);
        let (winner, loser) = (after[0][0], after[1][0]);
        assert_eq!((winner.skill / 1_000, loser.skill / 1_000), (27_635, 22_364));
        assert_eq!(winner.uncertainty, loser.uncertainty);
        assert!(winner.uncertainty < NEW.uncertainty, "a game tells something");
    }

    #[test]
    fn who_is_new_begins_where_everybody_does() {
        assert_eq!(NEW.on_ladder(Rating::ARCADE), Rating::ARCADE);
    }

    #[test]
    fn a_better_place_among_many_is_worth_more() {
        let teams: Vec<_> = (1..=8).map(|place| (place, vec![NEW])).collect();
        let after: Vec<_> = rated(&teams).into_iter().map(|team| team[0].skill).collect();
        assert!(after.is_sorted_by(|one, next| one > next), "{after:?}");
        let drawn = rated(&[(1, vec![NEW]), (1, vec![NEW])]);
        assert_eq!(drawn[0][0].skill, NEW.skill, "a draw of equals");
    }

    #[test]
    fn what_a_game_moved_moves_who_played_another_meanwhile() {
        let now = Skill { skill: 30_000_000, uncertainty: 4_000_000 };
        let after = Skill { skill: 27_000_000, uncertainty: 7_500_000 };
        let moved = now.moved(NEW, after);
        assert_eq!(moved.skill, 32_000_000);
        assert!(moved.uncertainty < now.uncertainty);
        assert_eq!(NEW.moved(NEW, after), after);
    }

    proptest! {
        #[test]
        fn no_game_is_a_panic(
            teams in prop::collection::vec(
                (1..5_u32, prop::collection::vec((0..60_000_000_i64, 1..20_000_000_i64), 1..5)),
                2..6,
            ),
        ) {
            let of = |(skill, uncertainty)| Skill { skill, uncertainty };
            let teams: Vec<_> = teams
                .into_iter()
                .map(|(place, team)| (place, team.into_iter().map(of).collect()))
                .collect();
            let after = rated(&teams);
            prop_assert_eq!(after.len(), teams.len());
            for skill in after.iter().flatten() {
                prop_assert!(skill.uncertainty >= 1);
            }
        }
    }
}
