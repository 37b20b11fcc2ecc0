//! The search for the nearest opponent, made fast. It knows entries by their rank in the line.
//!
//! Entries that are too far at the same distance stand in one row. A row keeps who accepts an
//! opponent of which rating in a tree over the ratings: an entry stands in the few nodes that
//! together cover what it accepts, mostly in the root alone. So the nodes above a rating hold
//! those who accept it and nobody else, and preferences that nobody meets cost no search.
//!
//! Invariant: [`Field::meet`] finds whom [`super::pairing::partner`] would find among those that
//! are still there.

use super::Entry;
use super::window::Window;
use crate::time::At;

/// All that stand in line, and who of them is still there.
pub(super) struct Field {
    seats: Vec<Seat>,
    there: Vec<bool>,
    rows: Vec<Row>,
    /// The distinct ratings, in order.
    ratings: Vec<i32>,
    narrowest: u32,
}

/// What the search needs of an entry.
struct Seat {
    rating: i32,
    min: i32,
    max: i32,
    /// How far its own wait reaches; empty if it does not want that.
    reach: Option<u32>,
}

struct Row {
    /// As a seat's; 0 for those who have waited no longer than whoever searches.
    reach: Option<u32>,
    tree: Tree,
}

/// In a heap's layout: the root is 1, below each node `n` are `2n` and `2n + 1`, and the second
/// half are the leaves, one for each rating.
struct Tree {
    nodes: Vec<Node>,
}

/// Entries in order of rating, then of rank.
#[derive(Default)]
struct Node {
    places: Vec<Place>,
}

/// An entry in a node, and what is beside it.
struct Place {
    rating: i32,
    rank: u32,
    /// Where to look on to the right if it is gone.
    right: u32,
    /// Before which place to look on to the left if it is gone.
    left: u32,
}

#[derive(Clone, Copy)]
struct Standing {
    rating: i32,
    rank: u32,
}

/// Who searches: its rating, and what it may meet, both ends included.
#[derive(Clone, Copy)]
struct Search {
    rating: i32,
    from: i32,
    to: i32,
}

/// Distance, then rank: the least is the one to meet.
type Found = (u32, u32);

impl Field {
    /// The line is in the order in which they search.
    pub(super) fn of(line: &[&Entry], window: &Window, now: At) -> Self {
        let seat = |entry: &&Entry| Seat {
            rating: entry.rating.0,
            min: entry.preferences.min_rating.map_or(i32::MIN, |min| min.0),
            max: entry.preferences.max_rating.map_or(i32::MAX, |max| max.0),
            reach: entry.preferences.expand_search.then(|| window.reach(entry.waited(now))),
        };
        let seats: Vec<_> = line.iter().map(seat).collect();
        let standing = |(seat, rank): (&Seat, u32)| Standing { rating: seat.rating, rank };
        let mut by_rating: Vec<_> = seats.iter().zip(0..).map(standing).collect();
        by_rating.sort_unstable_by_key(|standing| (standing.rating, standing.rank));
        let mut ratings: Vec<_> = by_rating.iter().map(|standing| standing.rating).collect();
        ratings.dedup();

        // While the oldest search first, nobody who is left has waited longer, and the reach of
        // whoever searches is the pair's. Only priorities change that.
        let oldest_first = line.is_sorted_by_key(|entry| entry.since);
        let mut rows: Vec<Row> = Vec::new();
        for standing in by_rating {
            let seat = &seats[standing.rank as usize];
            let reach = seat.reach.map(|reach| if oldest_first { 0 } else { reach });
            let row = rows.iter().position(|row| row.reach == reach).unwrap_or_else(|| {
                rows.push(Row { reach, tree: Tree::over(ratings.len()) });
                rows.len() - 1
            });
            let from = ratings.partition_point(|rating| *rating < seat.min);
            let to = ratings.partition_point(|rating| *rating <= seat.max);
            rows[row].tree.stand(from, to, standing);
        }
        let there = vec![true; seats.len()];
        Self { seats, there, rows, ratings, narrowest: window.narrowest() }
    }

    /// Whom the one of this rank meets; both are gone then. Who meets nobody is gone as well:
    /// nobody who searches later may meet it, because that is mutual.
    pub(super) fn meet(&mut self, rank: usize) -> Option<usize> {
        if !std::mem::replace(&mut self.there[rank], false) {
            return None;
        }
        let seat = &self.seats[rank];
        let leaf = self.ratings.partition_point(|rating| *rating < seat.rating);
        let found = self.rows.iter_mut().filter_map(|row| {
            let reach = match (seat.reach, row.reach) {
                (Some(mine), Some(theirs)) => mine.max(theirs),
                (None, _) | (_, None) => self.narrowest,
            };
            let from = seat.rating.saturating_sub_unsigned(reach).max(seat.min);
            let to = seat.rating.saturating_add_unsigned(reach).min(seat.max);
            row.tree.nearest(leaf, Search { rating: seat.rating, from, to }, &self.there)
        });
        let (_, partner) = found.min()?;
        self.there[partner as usize] = false;
        Some(partner as usize)
    }
}

impl Tree {
    fn over(ratings: usize) -> Self {
        let leaves = ratings.next_power_of_two();
        Self { nodes: (0..2 * leaves).map(|_| Node::default()).collect() }
    }

    /// Puts an entry where it covers the ratings from one place to before another. They come in
    /// order of rating and rank.
    fn stand(&mut self, from: usize, to: usize, standing: Standing) {
        let leaves = self.nodes.len() / 2;
        let (mut from, mut to) = (from + leaves, to + leaves);
        while from < to {
            if from % 2 == 1 {
                self.nodes[from].push(standing);
                from += 1;
            }
            if to % 2 == 1 {
                to -= 1;
                self.nodes[to].push(standing);
            }
            (from, to) = (from / 2, to / 2);
        }
    }

    fn nearest(&mut self, leaf: usize, search: Search, there: &[bool]) -> Option<Found> {
        let mut node = leaf + self.nodes.len() / 2;
        let mut best: Option<Found> = None;
        while node > 0 {
            if let Some(found) = self.nodes[node].nearest(search, there) {
                best = Some(best.map_or(found, |best| best.min(found)));
            }
            node /= 2;
        }
        best
    }
}

impl Node {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "places are counted like ranks, in 32 bits"
    )]
    fn push(&mut self, standing: Standing) {
        let Standing { rating, rank } = standing;
        let at = self.places.len() as u32;
        self.places.push(Place { rating, rank, right: at + 1, left: at });
    }

    fn nearest(&mut self, search: Search, there: &[bool]) -> Option<Found> {
        if self.places.is_empty() {
            return None;
        }
        let above = self.oldest_above(search, there);
        if above.is_some_and(|(distance, _)| distance == 0) {
            return above;
        }
        let below = self.oldest_below(search, there);
        [above, below].into_iter().flatten().min()
    }

    /// The nearest that is rated as high as the search or higher.
    fn oldest_above(&mut self, search: Search, there: &[bool]) -> Option<Found> {
        let from = search.rating.max(search.from);
        let place = self.first_there(self.place_of(from), there);
        let found = self.places.get(place).filter(|found| found.rating <= search.to)?;
        Some((found.rating.abs_diff(search.rating), found.rank))
    }

    /// The nearest that is rated lower.
    fn oldest_below(&mut self, search: Search, there: &[bool]) -> Option<Found> {
        let before = search.rating.min(search.to.saturating_add(1));
        let end = self.end_of_there(self.place_of(before), there);
        let rating = self.places[..end].last()?.rating;
        if rating < search.from {
            return None;
        }
        // That is the youngest of its rating.
        let place = self.first_there(self.place_of(rating), there);
        Some((rating.abs_diff(search.rating), self.places[place].rank))
    }

    fn place_of(&self, rating: i32) -> usize {
        self.places.partition_point(|place| place.rating < rating)
    }

    /// The first place from here that is not gone, or the end. What was passed is passed faster
    /// the next time.
    #[expect(clippy::cast_possible_truncation, reason = "places are counted in 32 bits")]
    fn first_there(&mut self, from: usize, there: &[bool]) -> usize {
        let gone =
            |place: usize| self.places.get(place).is_some_and(|place| !there[place.rank as usize]);
        let mut found = from;
        while gone(found) {
            found = self.places[found].right as usize;
        }
        let mut passed = from;
        while passed < found {
            let right = &mut self.places[passed].right;
            passed = std::mem::replace(right, found as u32) as usize;
        }
        found
    }

    /// The end of what is left before here: behind the last that is not gone, or 0.
    #[expect(clippy::cast_possible_truncation, reason = "places are counted in 32 bits")]
    fn end_of_there(&mut self, before: usize, there: &[bool]) -> usize {
        let gone = |end: usize| end > 0 && !there[self.places[end - 1].rank as usize];
        let mut found = before;
        while gone(found) {
            found = self.places[found - 1].left as usize;
        }
        let mut passed = before;
        while passed > found {
            let left = &mut self.places[passed - 1].left;
            passed = std::mem::replace(left, found as u32) as usize;
        }
        found
    }
}
