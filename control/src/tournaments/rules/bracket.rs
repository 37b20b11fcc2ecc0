//! The bracket of a tournament: who meets whom, as far as the results say.

use super::settings::Shape;
use super::{Format, Gone, Pairing, Place, Results, Seed, Spot};
use super::{double, round_robin, single, swiss};

/// All games that there are to be, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bracket {
    shape: Shape,
    gone: Gone,
    /// How many entries it has room for.
    pub size: u16,
    /// The games, by round and slot.
    pub rounds: Vec<Vec<Pairing>>,
}

impl Bracket {
    /// Of what came of the games so far, and of who has withdrawn meanwhile. Results of games that are
    /// not there do not count.
    #[must_use]
    pub fn of(shape: Shape, results: &Results, gone: &Gone) -> Self {
        let Shape { format, entries, rounds, byes } = shape;
        let (size, rounds) = match format {
            Format::Single => (single::size(entries), single::rounds(entries, byes, results)),
            Format::Double => (single::size(entries), double::rounds(entries, results)),
            Format::RoundRobin => (entries, round_robin::rounds(entries)),
            Format::Swiss => (entries, swiss::rounds(entries, rounds, results, gone)),
        };
        Self { shape, gone: gone.clone(), size, rounds }
    }

    /// What it was made of.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Whether somebody has withdrawn.
    #[must_use]
    pub fn is_gone(&self, seed: Seed) -> bool {
        self.gone.contains_key(&seed)
    }

    /// A game, by where it stands.
    #[must_use]
    pub fn at(&self, spot: Spot) -> Option<&Pairing> {
        self.rounds.get(usize::from(spot.round))?.get(usize::from(spot.slot))
    }

    /// All games, in the order in which they can be played.
    pub fn games(&self) -> impl Iterator<Item = &Pairing> {
        self.rounds.iter().flatten()
    }

    /// Games that can be played now: both sides are known, and neither has an earlier one to play.
    #[must_use]
    pub fn playable(&self, results: &Results) -> Vec<Spot> {
        let mut busy = vec![false; usize::from(self.shape.entries)];
        let mut found = Vec::new();
        for game in self.games() {
            let Some(met) = game.met().filter(|_| !results.contains_key(&game.spot)) else {
                continue;
            };
            let [first, second] = met.map(|seed| usize::from(seed.0));
            if !busy[first] && !busy[second] {
                found.push(game.spot);
            }
            (busy[first], busy[second]) = (true, true);
        }
        found
    }

    /// Whether there is nothing left to play.
    #[must_use]
    pub fn is_over(&self, results: &Results) -> bool {
        let all_drawn = match self.shape.format {
            Format::Single | Format::Double | Format::RoundRobin => true,
            Format::Swiss => self.rounds.len() == usize::from(self.shape.rounds),
        };
        let decided = |game: &Pairing| game.is_bye() || results.contains_key(&game.spot);
        all_drawn && self.games().all(decided)
    }

    /// Who comes out of the last game of an elimination, once it is played.
    #[must_use]
    pub fn last_standing(&self, results: &Results) -> Option<Seed> {
        match self.rounds.last()?.first()?.winner(results) {
            Place::Known(seed) => Some(seed),
            Place::Open | Place::Bye => None,
        }
    }
}
