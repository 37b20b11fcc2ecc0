//! What a tournament is to keep to, as its operator said.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Format;
use crate::time::Span;

/// Entries of one tournament.
pub const ENTRIES_MAX: u16 = 64;
/// Entries of one that the old API made.
pub const ENTRIES_MAX_BEFORE: u16 = 32;
/// Rounds of a Swiss tournament.
pub const ROUNDS_MAX: u16 = 16;
/// Matches of a series.
pub const BEST_OF: [u8; 4] = [1, 3, 5, 7];
/// Seconds that a side may take to show up.
pub const SHOW_UP_S: std::ops::RangeInclusive<u32> = 10..=86_400;
/// Seconds that it has unless somebody says otherwise.
pub const SHOW_UP_DEFAULT_S: u32 = 600;

/// How the entries are put in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TournamentSeeding)]
pub enum Seeding {
    /// By the seed that was committed to when the tournament was made.
    #[default]
    Random,
    /// By what they are rated in the tournament's queue when it closes; equal ones by the seed.
    Rating,
}

/// Who begins the games.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TournamentPace)]
pub enum Pace {
    /// They are called as soon as they can be played, and begin when both sides have shown up.
    #[default]
    Own,
    /// Each when an operator asks for the next one, as the runners of the old API do.
    Asked,
}

/// Who goes on without a game where an elimination is not of a power of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Byes {
    /// The best, each in its own part of the bracket.
    #[default]
    Best,
    /// Whoever stands at the end: places are filled in the order of the seeds, and those behind the
    /// last are nobody's. Brackets that were drawn elsewhere stand so.
    Last,
}

/// What a tournament is to keep to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How it is played.
    pub format: Format,
    /// Where its matches are of, with that queue's timing, ratings and bets.
    pub queue: String,
    /// What is played for, where the queue has tiers.
    pub tier: Option<String>,
    /// Matches of a series; who wins most of them wins the game.
    pub best_of: u8,
    /// Who comes first.
    pub seeding: Seeding,
    /// Who begins the games.
    pub pace: Pace,
    /// How long a side may take to show up.
    pub show_up: Span,
    /// How many may enter.
    pub entries_max: u16,
    /// Rounds of a Swiss tournament; empty for as many as it takes to tell all apart.
    pub rounds: Option<u16>,
    /// Where the byes of a single elimination are.
    #[serde(default)]
    pub byes: Byes,
}

/// What a bracket is made of, besides the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How it is played.
    pub format: Format,
    /// How many take part.
    pub entries: u16,
    /// Rounds of a Swiss tournament.
    pub rounds: u16,
    /// Where the byes of a single elimination are.
    pub byes: Byes,
}

impl Settings {
    /// As the old API makes them.
    #[must_use]
    pub fn before(queue: &str) -> Self {
        Self {
            format: Format::Single,
            queue: queue.to_owned(),
            tier: None,
            best_of: 1,
            seeding: Seeding::Random,
            pace: Pace::Asked,
            show_up: Span::seconds(SHOW_UP_DEFAULT_S.into()),
            entries_max: ENTRIES_MAX_BEFORE,
            rounds: None,
            byes: Byes::Best,
        }
    }

    /// What its bracket is made of with so many entries.
    #[must_use]
    pub fn shape(&self, entries: u16) -> Shape {
        let rounds = self.rounds.unwrap_or_else(|| enough(entries));
        // With more, somebody would have to meet everybody once more.
        let rounds = rounds.min(entries.saturating_sub(1)).max(1);
        Shape { format: self.format, entries, rounds, byes: self.byes }
    }

    /// How many matches win a series.
    #[must_use]
    pub fn wins_needed(&self) -> u8 {
        self.best_of / 2 + 1
    }
}

/// Rounds after which one alone can have won all: those of an elimination.
fn enough(entries: u16) -> u16 {
    u16::try_from(entries.max(2).next_power_of_two().ilog2()).unwrap_or(ROUNDS_MAX)
}
