//! The search for the nearest opponent, made fast. It knows entries by their rank in the line, and
//! ratings by their rank among all there are.
//!
//! Entries that are too far at the same distance stand in one row. A row keeps who accepts an
//! opponent of which rating in a tree over the ratings (`nearest/tree.rs`): an entry stands in the
//! few nodes that together cover what it accepts, mostly in the root alone. So the nodes above a
//! rating hold those who accept it and nobody else, and preferences that nobody meets cost no
//! search.
//!
//! Invariant: [`Field::meet`] finds whom [`super::pairing::partner`] would find among those that
//! are still there.

mod tree;

use self::tree::{Search, Standing, Tree};
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
    /// Its rating's place among all.
    key: u32,
}

struct Row {
    /// As a seat's; 0 for those who have waited no longer than whoever searches.
    reach: Option<u32>,
    tree: Tree,
}

impl Field {
    /// The line is in the order in which they search.
    pub(super) fn of(line: &[&Entry], window: &Window, now: At) -> Self {
        let seat = |entry: &&Entry| Seat {
            rating: entry.rating.0,
            min: entry.preferences.min_rating.map_or(i32::MIN, |min| min.0),
            max: entry.preferences.max_rating.map_or(i32::MAX, |max| max.0),
            reach: entry.preferences.expand_search.then(|| window.reach(entry.waited(now))),
            key: 0,
        };
        let mut seats: Vec<_> = line.iter().map(seat).collect();
        let (by_rating, ratings) = by_rating(&mut seats);

        // While the oldest search first, nobody who is left has waited longer, and the reach of
        // whoever searches is the pair's. Only priorities change that.
        let oldest_first = line.is_sorted_by_key(|entry| entry.since);
        let mut rows: Vec<(Option<u32>, Vec<Standing>)> = Vec::new();
        for rank in by_rating {
            let Seat { min, max, reach, key, .. } = seats[rank as usize];
            let reach = reach.map(|reach| if oldest_first { 0 } else { reach });
            let row = rows.iter().position(|(of, _)| *of == reach).unwrap_or_else(|| {
                rows.push((reach, Vec::with_capacity(line.len())));
                rows.len() - 1
            });
            let from = if min == i32::MIN { 0 } else { first_of(&ratings, min) };
            let to = if max == i32::MAX { ratings.len() } else { first_beyond(&ratings, max) };
            rows[row].1.push(Standing { key, rank, from, to });
        }
        let row = |(reach, standing): (_, Vec<_>)| Row {
            reach,
            tree: Tree::of(&standing, ratings.len()),
        };
        let rows = rows.into_iter().map(row).collect();
        let there = vec![true; seats.len()];
        Self { seats, there, rows, ratings, narrowest: window.narrowest() }
    }

    /// Whom the one of this rank meets; both are gone then. Who meets nobody is gone as well:
    /// nobody who searches later may meet it, because that is mutual.
    pub(super) fn meet(&mut self, rank: usize) -> Option<usize> {
        if !std::mem::replace(&mut self.there[rank], false) {
            return None;
        }
        let (seat, ratings) = (&self.seats[rank], &self.ratings[..]);
        let found = self.rows.iter_mut().filter_map(|row| {
            let reach = match (seat.reach, row.reach) {
                (Some(mine), Some(theirs)) => mine.max(theirs),
                (None, _) | (_, None) => self.narrowest,
            };
            let from = seat.rating.saturating_sub_unsigned(reach).max(seat.min);
            let to = seat.rating.saturating_add_unsigned(reach).min(seat.max);
            let search = Search {
                rating: seat.rating,
                key: seat.key as usize,
                above: if from <= seat.rating {
                    seat.key as usize
                } else {
                    first_of(ratings, from)
                },
                below: if to >= seat.rating {
                    seat.key as usize
                } else {
                    first_beyond(ratings, to)
                },
                from,
                to,
            };
            row.tree.nearest(&search, ratings, &self.there)
        });
        let (_, partner) = found.min()?;
        self.there[partner as usize] = false;
        Some(partner as usize)
    }
}

/// The ranks in order of rating, then of rank, and the distinct ratings; seats learn their keys.
#[expect(clippy::cast_possible_truncation, reason = "entries are counted in 32 bits")]
fn by_rating(seats: &mut [Seat]) -> (Vec<u32>, Vec<i32>) {
    // As one number each, which sorts faster than two.
    let packed = |(seat, rank): (&Seat, u32)| {
        let rating = seat.rating.cast_unsigned() ^ 1 << 31;
        u64::from(rating) << 32 | u64::from(rank)
    };
    let mut order: Vec<_> = seats.iter().zip(0..).map(packed).collect();
    order.sort_unstable();
    let (mut ranks, mut ratings) = (Vec::with_capacity(order.len()), Vec::new());
    for rank in order.into_iter().map(|packed| packed as u32) {
        let seat = &mut seats[rank as usize];
        if ratings.last() != Some(&seat.rating) {
            ratings.push(seat.rating);
        }
        seat.key = ratings.len() as u32 - 1;
        ranks.push(rank);
    }
    (ranks, ratings)
}

fn first_of(ratings: &[i32], min: i32) -> usize {
    ratings.partition_point(|rating| *rating < min)
}

fn first_beyond(ratings: &[i32], max: i32) -> usize {
    ratings.partition_point(|rating| *rating <= max)
}
