//! Who accepts an opponent of which rating, in a tree over the ratings.
//!
//! Each node covers some neighbouring ratings, [`ARITY`] nodes are covered by one above, and the
//! root covers all. All that stand in nodes lie side by side in flat lists, node after node, and
//! within a node in order of rating, then of rank.
//!
//! Invariant: an entry stands in exactly those nodes that together cover what it accepts, once
//! each. So on the way from a rating to the root each who accepts it is met once.

/// Few levels are few places to look at, and wide nodes are more places to stand in; 2 was slower.
const ARITY: usize = 4;

/// Where somebody stands who waits: its rating's key, its rank, and the keys that it accepts.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) key: u32,
    pub(super) rank: u32,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Who searches, and what it may meet.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub(super) rating: i32,
    pub(super) key: usize,
    /// The first key from which upwards it looks, and the first below which it looks downwards.
    pub(super) above: usize,
    pub(super) below: usize,
    /// The ratings it may meet, both ends included.
    pub(super) from: i32,
    pub(super) to: i32,
}

/// Distance, then rank: the least is the one to meet.
pub(super) type Found = (u32, u32);

pub(super) struct Tree {
    /// Where each level's nodes begin among all nodes; the leaves are the first level.
    levels: Vec<usize>,
    /// Where each node's places begin; its end is the next one's beginning.
    begins: Vec<u32>,
    /// Where each key's places begin in the root, in which most stand.
    root: Vec<u32>,
    places: Vec<Place>,
    /// How many more places can be passed to the right, and to the left, if this one is gone.
    skips: Vec<[u32; 2]>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    key: u32,
    rank: u32,
}

impl Tree {
    /// They come in order of rating, then of rank.
    #[expect(clippy::cast_possible_truncation, reason = "places are counted in 32 bits")]
    pub(super) fn of(standing: &[Standing], keys: usize) -> Self {
        let (mut levels, mut nodes, mut width) = (Vec::new(), 0, keys.max(1));
        loop {
            levels.push(nodes);
            nodes += width;
            if width == 1 {
                break;
            }
            width = width.div_ceil(ARITY);
        }
        // Counted first, so that each node's places are where they stay.
        let mut begins = vec![0; nodes + 1];
        for it in standing {
            cover(&levels, it, |node| begins[node + 1] += 1);
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        let mut ends = begins.clone();
        let mut places = vec![Place::default(); sum as usize];
        for it in standing {
            let place = Place { key: it.key, rank: it.rank };
            cover(&levels, it, |node| {
                places[ends[node] as usize] = place;
                ends[node] += 1;
            });
        }
        let of_root = begins[nodes - 1] as usize;
        let mut root = Vec::with_capacity(keys + 1);
        for (at, place) in places[of_root..].iter().enumerate() {
            while root.len() <= place.key as usize {
                root.push((of_root + at) as u32);
            }
        }
        root.resize(keys + 1, sum);
        let skips = vec![[0; 2]; places.len()];
        Self { levels, begins, root, places, skips }
    }

    pub(super) fn nearest(
        &mut self,
        search: &Search,
        ratings: &[i32],
        there: &[bool],
    ) -> Option<Found> {
        let mut best: Option<Found> = None;
        let mut place = search.key;
        for level in 0..self.levels.len() {
            let node = self.levels[level] + place;
            place /= ARITY;
            let span = (self.begins[node] as usize, self.begins[node + 1] as usize);
            if span.0 == span.1 {
                continue;
            }
            best = nearer(best, self.oldest_above(node, span, search, ratings, there));
            // Whoever is rated alike cannot be outdone from below, only by who is older.
            if best.is_none_or(|(distance, _)| distance > 0) {
                best = nearer(best, self.oldest_below(node, span, search, ratings, there));
            }
        }
        best
    }

    /// The nearest in a node that is rated as high as the search or higher.
    fn oldest_above(
        &mut self,
        node: usize,
        span: (usize, usize),
        search: &Search,
        ratings: &[i32],
        there: &[bool],
    ) -> Option<Found> {
        let place = self.first_there(self.place_of(node, span, search.above), span.1, there);
        let Place { key, rank } = *self.places[..span.1].get(place)?;
        let rating = ratings[key as usize];
        (rating <= search.to).then(|| (rating.abs_diff(search.rating), rank))
    }

    /// The nearest in a node that is rated lower.
    fn oldest_below(
        &mut self,
        node: usize,
        span: (usize, usize),
        search: &Search,
        ratings: &[i32],
        there: &[bool],
    ) -> Option<Found> {
        let end = self.end_of_there(span.0, self.place_of(node, span, search.below), there);
        // That is the youngest of its rating.
        let Place { key, .. } = *self.places[span.0..end].last()?;
        let rating = ratings[key as usize];
        if rating < search.from {
            return None;
        }
        let place = self.first_there(self.place_of(node, span, key as usize), span.1, there);
        Some((rating.abs_diff(search.rating), self.places[place].rank))
    }

    /// The first place in a node of this key or a higher one.
    fn place_of(&self, node: usize, (begin, end): (usize, usize), key: usize) -> usize {
        if node + 2 == self.begins.len() {
            return self.root[key] as usize;
        }
        begin + self.places[begin..end].partition_point(|place| (place.key as usize) < key)
    }

    /// The first place from here that is not gone, or the end. What was passed is passed faster
    /// the next time.
    #[expect(clippy::cast_possible_truncation, reason = "places are counted in 32 bits")]
    fn first_there(&mut self, from: usize, end: usize, there: &[bool]) -> usize {
        let gone = |place: usize| place < end && !there[self.places[place].rank as usize];
        let mut found = from;
        while gone(found) {
            found += 1 + self.skips[found][0] as usize;
        }
        let mut passed = from;
        while passed < found {
            let skip = (found - passed - 1) as u32;
            passed += 1 + std::mem::replace(&mut self.skips[passed][0], skip) as usize;
        }
        found
    }

    /// The end of what is left before here: behind the last that is not gone, or the beginning.
    #[expect(clippy::cast_possible_truncation, reason = "places are counted in 32 bits")]
    fn end_of_there(&mut self, begin: usize, before: usize, there: &[bool]) -> usize {
        let gone = |end: usize| end > begin && !there[self.places[end - 1].rank as usize];
        let mut found = before;
        while gone(found) {
            found -= 1 + self.skips[found - 1][1] as usize;
        }
        let mut passed = before;
        while passed > found {
            let skip = (passed - found - 1) as u32;
            passed -= 1 + std::mem::replace(&mut self.skips[passed - 1][1], skip) as usize;
        }
        found
    }
}

fn nearer(one: Option<Found>, other: Option<Found>) -> Option<Found> {
    [one, other].into_iter().flatten().min()
}

/// The nodes that together cover what an entry accepts.
fn cover(levels: &[usize], it: &Standing, mut stand: impl FnMut(usize)) {
    let (mut from, mut to) = (it.from, it.to);
    for (level, begin) in levels.iter().enumerate() {
        let top = level + 1 == levels.len();
        while from < to && (top || !from.is_multiple_of(ARITY)) {
            stand(begin + from);
            from += 1;
        }
        while from < to && !to.is_multiple_of(ARITY) {
            to -= 1;
            stand(begin + to);
        }
        (from, to) = (from / ARITY, to / ARITY);
    }
}
