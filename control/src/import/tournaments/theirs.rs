//! A tournament in their words: one JSON text to each. Keys that are of no use are left aside.

use serde::Deserialize;

use crate::store::foreign::Table;

/// Characters of a tournament's text: 32 entries with the longest names stay well below.
pub(super) const TEXT_MAX: usize = 512 * 1024;

pub(super) const TOURNAMENTS: Table = Table {
    name: "tournaments",
    needed: &["id", "data"],
    columns: &["id", "data", "created_at", "updated_at"],
    order: "id",
    len_max: TEXT_MAX,
};

#[derive(Debug, Deserialize)]
pub(super) struct Theirs {
    pub(super) name: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) featured: bool,
    #[serde(default)]
    pub(super) entries: Vec<Entry>,
    #[serde(default)]
    pub(super) bracket: Bracket,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) character: String,
    pub(super) strategy: Option<String>,
    pub(super) connect_code: Option<String>,
    pub(super) wallet_address: Option<String>,
    pub(super) registrant: Option<String>,
    /// Kept by some of its versions only.
    pub(super) email: Option<String>,
}

/// Empty as long as registration is open.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Bracket {
    pub(super) rounds: Vec<Vec<Game>>,
}

/// A game; where it stands in the list is where it stands in the bracket.
#[derive(Debug, Deserialize)]
pub(super) struct Game {
    pub(super) entry_a: Option<Named>,
    pub(super) entry_b: Option<Named>,
    pub(super) winner: Option<Named>,
    pub(super) score_a: Option<i64>,
    pub(super) score_b: Option<i64>,
    pub(super) status: Told,
    pub(super) arena_match_id: Option<String>,
}

/// An entry within a game: they copy all of it, and its name tells which it is.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Told {
    Pending,
    Playing,
    Complete,
    Bye,
    Coinflip,
}

impl Game {
    pub(super) fn names(&self) -> [Option<&str>; 2] {
        [&self.entry_a, &self.entry_b].map(|it| it.as_ref().map(|it| it.name.as_str()))
    }

    pub(super) fn winner(&self) -> Option<&str> {
        self.winner.as_ref().map(|it| it.name.as_str())
    }
}
