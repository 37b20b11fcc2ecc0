//! Who meets whom in a tournament, and what came of it. Nothing here reads a clock, rolls dice or
//! knows a database.
//!
//! - `settings`: what a tournament is to keep to.
//! - `seeding`: who comes first, from ratings or from a seed that anybody can check.
//! - `bracket`: the pairings of every format, from nothing but the results so far.
//! - `single`, `double`, `round_robin`, `swiss`: one format each; `matching` pairs for Swiss.
//! - `game`: where a game is; `course`: a tournament as it is played, game by game.
//! - `standings`: who came where, and by what.
//!
//! Invariant: the bracket follows from the format, the number of entries and the results. It is
//! not kept, so there is no order of events that could leave it in another state. Who withdraws loses
//! what is left to play; only Swiss, which draws its rounds one by one, then draws without them.

pub mod bracket;
pub mod course;
mod double;
pub mod game;
mod matching;
mod round_robin;
pub mod seeding;
pub mod settings;
mod single;
pub mod standings;
mod swiss;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::matches::rules::{Side, Sides};

/// An entry by its place in the seeding: 0 is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u16);

/// Where a game stands in the bracket; both count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// Its round.
    pub round: u16,
    /// Its place within the round.
    pub slot: u16,
}

/// Who stands at one side of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This entry.
    Known(Seed),
    /// Whoever comes out of an earlier game.
    Open,
    /// Nobody: the other side goes on without a game.
    Bye,
}

/// Which part of a bracket a game belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The only one, or that of those who have not lost.
    Main,
    /// That of those who have lost once.
    Losers,
    /// The last game of the two parts.
    Final,
    /// Once more, because the one who had not lost has now lost once as well.
    Reset,
}

/// A game of the bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Where.
    pub spot: Spot,
    /// In which part.
    pub part: Part,
    /// Who against whom.
    pub sides: Sides<Place>,
}

/// What came of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "winner", rename_all = "snake_case")]
pub enum Verdict {
    /// One side won.
    Won(Side),
    /// Neither did.
    Drawn,
    /// Neither was there.
    Neither,
}

/// What came of a game, and what each side had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// What came of it.
    pub verdict: Verdict,
    /// What was left of each side, or how many matches of a series it won.
    pub score: Sides<u8>,
}

/// What came of the games so far.
pub type Results = BTreeMap<Spot, Decided>;

/// Who has withdrawn, and the first round that was not drawn yet when they did.
pub type Gone = BTreeMap<Seed, u16>;

/// How a tournament is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TournamentFormat)]
pub enum Format {
    /// Who loses is out.
    #[default]
    Single,
    /// Who loses twice is out.
    Double,
    /// Everybody meets everybody.
    RoundRobin,
    /// A fixed number of rounds, each against somebody with as many points.
    Swiss,
}

impl Format {
    /// Whether one of two has to go on, so that a draw is no end.
    #[must_use]
    pub fn eliminates(self) -> bool {
        match self {
            Self::Single | Self::Double => true,
            Self::RoundRobin | Self::Swiss => false,
        }
    }
}

impl Pairing {
    /// Both sides, if both are known.
    #[must_use]
    pub fn met(&self) -> Option<[Seed; 2]> {
        match (self.sides.first, self.sides.second) {
            (Place::Known(first), Place::Known(second)) => Some([first, second]),
            (Place::Known(_) | Place::Open | Place::Bye, _) => None,
        }
    }

    /// Whether somebody goes on without a game.
    #[must_use]
    pub fn is_bye(&self) -> bool {
        self.sides.first == Place::Bye || self.sides.second == Place::Bye
    }

    /// The side that an entry plays.
    #[must_use]
    pub fn side_of(&self, seed: Seed) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| *self.sides.of(*side) == Place::Known(seed))
    }

    /// Who goes on.
    fn winner(&self, results: &Results) -> Place {
        self.outcome(results)[0]
    }

    /// Who does not.
    fn loser(&self, results: &Results) -> Place {
        self.outcome(results)[1]
    }

    fn outcome(&self, results: &Results) -> [Place; 2] {
        match (self.sides.first, self.sides.second) {
            (one, Place::Bye) | (Place::Bye, one) => [one, Place::Bye],
            (Place::Known(first), Place::Known(second)) => match results.get(&self.spot) {
                Some(decided) => {
                    let winner = goes_on(decided.verdict, [first, second]);
                    let loser = if winner == first { second } else { first };
                    [Place::Known(winner), Place::Known(loser)]
                }
                None => [Place::Open; 2],
            },
            (Place::Open, Place::Known(_) | Place::Open) | (Place::Known(_), Place::Open) => {
                [Place::Open; 2]
            }
        }
    }
}

/// Who goes on where one has to: without a winner, the better seed.
fn goes_on(verdict: Verdict, [first, second]: [Seed; 2]) -> Seed {
    match verdict {
        Verdict::Won(Side::First) => first,
        Verdict::Won(Side::Second) => second,
        Verdict::Drawn | Verdict::Neither => first.min(second),
    }
}
