//! All ratings once more, from the games alone: the proof that the stored ones follow from them.

use std::collections::BTreeMap;

use super::Name;
use super::game::{Before, Change, Game, Standing, play};
use super::rules::Record;
use crate::time::At;

/// What came of computing everything again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recomputed {
    /// Games that were rated.
    pub games: u64,
    /// Ratings that follow from them.
    pub ratings: u64,
    /// What is stored otherwise; the first of them, so many at most as fit a screen.
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub differences_count: u64,
}

/// A row that is not what follows from the games.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// What a game made of somebody.
    #[error("game {game} left {name} at {}, but {} is stored", shown(.computed), shown(.stored))]
    Change {
        /// The game.
        game: String,
        /// Of whom.
        name: Name,
        /// What follows.
        computed: Option<Standing>,
        /// What is there.
        stored: Option<Standing>,
    },
    /// What somebody has now.
    #[error("in {queue}, {name} has {}, but {} is stored", shown(.computed), shown(.stored))]
    Rating {
        /// Where.
        queue: String,
        /// Who.
        name: Name,
        /// What follows.
        computed: Option<Standing>,
        /// What is there.
        stored: Option<Standing>,
    },
}

fn shown(standing: &Option<Standing>) -> String {
    let Some(Standing { rating, peak, record, skill }) = standing else { return "nothing".into() };
    let Record { wins, draws, losses } = record;
    let skill = skill.map_or_else(String::new, |it| format!(", skill {it:?}"));
    format!("{} (peak {}, {wins} won, {draws} drawn, {losses} lost{skill})", rating.0, peak.0)
}

/// Every player of every queue, game by game.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    players: BTreeMap<(String, Name), Vec<(At, Standing)>>,
}

impl Ledger {
    /// Rates a game; they have to come in the order in which they were rated first.
    pub(crate) fn take(&mut self, game: &Game) -> Vec<Change> {
        let changes = play(game, |name| self.before(game, name));
        for change in &changes {
            let key = (game.queue.clone(), change.name.clone());
            self.players.entry(key).or_default().push((game.decided_at, change.after));
        }
        changes
    }

    fn before(&self, game: &Game, name: &Name) -> Before {
        let unknown = game.terms.unknown();
        let history = self.players.get(&(game.queue.clone(), name.clone()));
        let history = history.map_or(&[][..], Vec::as_slice);
        let standing = |entry: Option<&(At, Standing)>| entry.map_or(unknown, |(_, it)| *it);
        let earlier = |(at, _): &&(At, Standing)| *at <= game.started_at;
        Before {
            now: standing(history.last()),
            at_start: standing(history.iter().rev().find(earlier)),
        }
    }

    /// What everybody has.
    pub(crate) fn standings(&self) -> impl Iterator<Item = (&str, &Name, Standing)> {
        self.players
            .iter()
            .filter_map(|((queue, name), history)| Some((queue.as_str(), name, history.last()?.1)))
    }
}

impl Recomputed {
    /// Notes a row that is stored otherwise.
    pub(crate) fn differ(&mut self, difference: Difference) {
        const SHOWN_MAX: usize = 50;
        self.differences_count += 1;
        if self.differences.len() < SHOWN_MAX {
            self.differences.push(difference);
        }
    }
}
