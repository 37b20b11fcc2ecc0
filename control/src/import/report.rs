//! What was taken over and what was not.

use std::collections::BTreeMap;

use serde::Serialize;

/// Rows that are named for each reason.
const EXAMPLES_MAX: usize = 5;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing was kept of it.
    pub dry_run: bool,
    /// Matches, with their sides and results.
    pub matches: Tally,
    /// What proves that sides agree with results.
    pub signatures: Tally,
    /// What was agreed about wagers.
    pub wagers: Tally,
    /// The numbers of prediction pools.
    pub pools: Tally,
    /// Entries without a match.
    pub queue: Tally,
    /// Tournaments.
    pub tournaments: Tally,
    /// Whom the faucet has given something.
    pub faucet_wallets: Tally,
}

/// What became of the rows of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All that there are.
    pub read: u64,
    /// Those that are here now, and were not before.
    pub taken: u64,
    /// Those that were here already.
    pub known: u64,
    /// Those that are not here, by reason.
    pub left: BTreeMap<String, Left>,
    /// What is worth to know of those that were taken.
    pub notes: BTreeMap<String, Left>,
}

/// Rows that have something in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Left {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<String>,
}

impl Tally {
    pub(super) fn leave(&mut self, reason: &str, which: &str) {
        self.left.entry(reason.to_owned()).or_default().add(which);
    }

    pub(super) fn leave_all(&mut self, reason: &str, count: u64) {
        if count > 0 {
            self.left.entry(reason.to_owned()).or_default().count += count;
        }
    }

    pub(super) fn note(&mut self, what: &str, which: &str) {
        self.notes.entry(what.to_owned()).or_default().add(which);
    }

    /// One row of which it is known what became of it.
    pub(super) fn count(&mut self, fate: Fate, which: &str) {
        self.read += 1;
        match fate {
            Fate::Taken => self.taken += 1,
            Fate::Known => self.known += 1,
            Fate::Left(reason) => self.leave(&reason, which),
        }
    }
}

impl Left {
    fn add(&mut self, which: &str) {
        self.count += 1;
        if self.examples.len() < EXAMPLES_MAX {
            // It may be anything that stood in their file.
            self.examples.push(which.chars().filter(|it| !it.is_control()).take(64).collect());
        }
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    Known,
    Left(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_what_became_of_them_and_the_first_are_named() {
        let mut tally = Tally::default();
        tally.count(Fate::Taken, "a");
        tally.count(Fate::Known, "b");
        for n in 0..9 {
            tally.count(Fate::Left("no".into()), &format!("{n}\u{1b}[31m{}", "x".repeat(99)));
        }
        assert_eq!((tally.read, tally.taken, tally.known), (11, 1, 1));
        let left = &tally.left["no"];
        assert_eq!((left.count, left.examples.len()), (9, EXAMPLES_MAX));
        assert!(left.examples.iter().all(|it| it.len() == 64 && !it.contains('\u{1b}')));
    }
}
