//! Batches come on several streams and in any order; here they are put in order, and what is
//! missing is named. Pure: no clock, no socket; when to give up waiting is the caller's business.
//!
//! Invariant: from where it begins, every number comes out once: as an item, or within one gap.

use std::collections::BTreeMap;

use arena_protocol::{Gap, Why};

/// Items that are kept while one before them is missing. Beyond it the missing ones are given up.
pub(crate) const HELD_MAX: usize = 16 * 1024;
/// Bytes of such items.
pub(crate) const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Gaps ahead of what is delivered. Beyond it, as above.
pub(crate) const LOST_MAX: usize = 1024;

/// What comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Out<T> {
    Item(T),
    Gap(Gap),
}

/// Items by number on their way into order.
#[derive(Debug)]
pub(crate) struct Reorder<T> {
    /// The number that comes out next; unknown until the first thing is heard, if it begins there.
    next: Option<u64>,
    held: BTreeMap<u64, (usize, T)>,
    held_bytes: usize,
    /// What will not come, by its first number; the ranges are disjoint.
    lost: BTreeMap<u64, (u64, Why)>,
}

impl<T> Reorder<T> {
    /// Begins with number `next`, or with the first that is heard of.
    pub(crate) fn new(next: Option<u64>) -> Self {
        Self { next, held: BTreeMap::new(), held_bytes: 0, lost: BTreeMap::new() }
    }

    /// The number that comes out next.
    pub(crate) fn next(&self) -> Option<u64> {
        self.next
    }

    /// Whether something waits for one before it.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes an item; one that came before, or too late, is dropped.
    pub(crate) fn insert(&mut self, number: u64, bytes: usize, item: T) {
        if number < *self.next.get_or_insert(number) {
            return;
        }
        if self.held.insert(number, (bytes, item)).is_none() {
            self.held_bytes += bytes;
        }
    }

    /// These will not come. Those that came all the same, or were named before, are left out.
    pub(crate) fn lose(&mut self, gap: Gap) {
        let mut from = gap.from.max(*self.next.get_or_insert(gap.from));
        while from <= gap.to {
            let before = self.lost.range(..=from).next_back().map(|(_, &(to, _))| to);
            if let Some(to) = before.filter(|to| *to >= from) {
                let Some(behind) = to.checked_add(1) else { return };
                from = behind;
                continue;
            }
            let known = self.lost.range(from..).next().map(|(&first, _)| first);
            let to = known.map_or(gap.to, |first| gap.to.min(first - 1));
            self.lost.insert(from, (to, gap.why));
            let Some(behind) = to.checked_add(1) else { return };
            from = behind;
        }
    }

    /// The next in order, if it is known what that is.
    pub(crate) fn pop(&mut self) -> Option<Out<T>> {
        let next = self.next?;
        if let Some((bytes, item)) = self.held.remove(&next) {
            self.held_bytes -= bytes;
            self.next = next.checked_add(1);
            return Some(Out::Item(item));
        }
        if let Some(gap) = self.lost_from(next) {
            return Some(Out::Gap(gap));
        }
        let full = self.held.len() > HELD_MAX
            || self.held_bytes > HELD_BYTES_MAX
            || self.lost.len() > LOST_MAX;
        if full { self.give_up().map(Out::Gap) } else { None }
    }

    /// Waits no longer for what is missing before the next that is known: it is a gap.
    pub(crate) fn give_up(&mut self) -> Option<Gap> {
        let from = self.next?;
        let known = self.first_known()?;
        if known <= from {
            return None;
        }
        self.next = Some(known);
        Some(Gap { from, to: known - 1, why: Why::Lagged })
    }

    /// Nothing comes any more: what is missing up to and with `last` is lost.
    pub(crate) fn finish(&mut self, last: Option<u64>, why: Why) {
        let Some(from) = self.next else { return };
        let last_held = self.held.last_key_value().map(|(&number, _)| number);
        if let Some(to) = last.max(last_held).filter(|to| *to >= from) {
            self.lose(Gap { from, to, why });
        }
    }

    /// The gap that begins at `next`, as far as nothing came of it and the reason is the same.
    fn lost_from(&mut self, next: u64) -> Option<Gap> {
        let (&first, &(mut to, why)) = self.lost.range(..=next).next_back()?;
        if to < next {
            self.lost.remove(&first);
            return None;
        }
        self.lost.remove(&first);
        while let Some(behind) = to.checked_add(1)
            && let Some(&(further, same)) = self.lost.get(&behind)
            && same == why
        {
            self.lost.remove(&behind);
            to = further;
        }
        if let Some((&came, _)) = self.held.range(next..=to).next() {
            self.lost.insert(came, (to, why));
            to = came - 1;
        }
        self.next = to.checked_add(1);
        Some(Gap { from: next, to, why })
    }

    fn first_known(&self) -> Option<u64> {
        let held = self.held.keys().next();
        let lost = self.lost.keys().next();
        held.into_iter().chain(lost).min().copied()
    }
}

#[cfg(test)]
#[path = "reorder_model.rs"]
mod model;

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(from: u64, to: u64) -> Gap {
        Gap { from, to, why: Why::Lagged }
    }

    fn all(reorder: &mut Reorder<u64>) -> Vec<Out<u64>> {
        std::iter::from_fn(|| reorder.pop()).collect()
    }

    #[test]
    fn what_comes_out_of_order_is_put_in_order() {
        let mut reorder = Reorder::new(Some(0));
        for number in [2, 1, 1, 0, 4, 0] {
            reorder.insert(number, 1, number);
        }
        assert_eq!(all(&mut reorder), [Out::Item(0), Out::Item(1), Out::Item(2)]);
        assert!(reorder.is_waiting());
    }

    #[test]
    fn it_begins_with_the_first_that_is_heard_of() {
        let mut reorder = Reorder::new(None);
        for number in [7, 6, 8] {
            reorder.insert(number, 1, number);
        }
        assert_eq!(all(&mut reorder), [Out::Item(7), Out::Item(8)]);
        let mut reorder = Reorder::new(None);
        reorder.lose(gap(3, 4));
        reorder.insert(5, 1, 5);
        assert_eq!(all(&mut reorder), [Out::Gap(gap(3, 4)), Out::Item(5)]);
    }

    #[test]
    fn what_came_of_a_gap_counts_as_received() {
        let mut reorder = Reorder::new(Some(0));
        reorder.insert(3, 1, 3);
        reorder.lose(gap(1, 5));
        reorder.insert(0, 1, 0);
        reorder.insert(1, 1, 1);
        let expected =
            [Out::Item(0), Out::Item(1), Out::Gap(gap(2, 2)), Out::Item(3), Out::Gap(gap(4, 5))];
        assert_eq!(all(&mut reorder), expected);
    }

    #[test]
    fn a_number_is_named_once_even_if_it_is_lost_twice() {
        let mut reorder: Reorder<u64> = Reorder::new(Some(0));
        reorder.lose(gap(2, 4));
        reorder.lose(Gap { from: 0, to: 9, why: Why::Expired });
        let gaps = [
            Out::Gap(Gap { from: 0, to: 1, why: Why::Expired }),
            Out::Gap(gap(2, 4)),
            Out::Gap(Gap { from: 5, to: 9, why: Why::Expired }),
        ];
        assert_eq!(all(&mut reorder), gaps);
    }

    #[test]
    fn giving_up_names_what_is_missing() {
        let mut reorder = Reorder::new(Some(0));
        reorder.insert(2, 1, 2);
        assert_eq!(reorder.give_up(), Some(gap(0, 1)));
        assert_eq!(all(&mut reorder), [Out::Item(2)]);
        assert_eq!(reorder.give_up(), None);
        reorder.finish(Some(4), Why::Lagged);
        assert_eq!(all(&mut reorder), [Out::Gap(gap(3, 4))]);
    }

    #[test]
    fn a_full_buffer_does_not_wait_any_longer() {
        let mut reorder = Reorder::new(Some(0));
        let end = HELD_MAX as u64 + 1;
        for number in 1..=end {
            reorder.insert(number, 1, number);
        }
        assert_eq!(reorder.pop(), Some(Out::Gap(gap(0, 0))));
        assert_eq!(all(&mut reorder).len() as u64, end);
        let mut reorder = Reorder::new(Some(0));
        reorder.insert(1, HELD_BYTES_MAX + 1, 1);
        assert_eq!(all(&mut reorder), [Out::Gap(gap(0, 0)), Out::Item(1)]);
        let mut reorder: Reorder<u64> = Reorder::new(Some(0));
        for number in 0..=LOST_MAX as u64 {
            reorder.lose(gap(2 * number + 1, 2 * number + 1));
        }
        assert_eq!(reorder.pop(), Some(Out::Gap(gap(0, 0))));
    }

    #[test]
    fn the_largest_numbers_do_no_harm() {
        let mut reorder = Reorder::new(Some(0));
        reorder.lose(gap(0, u64::MAX));
        reorder.lose(gap(5, u64::MAX));
        reorder.insert(u64::MAX - 1, 1, u64::MAX - 1);
        let gaps = [gap(0, u64::MAX - 2), gap(u64::MAX, u64::MAX)];
        let [first, last] = gaps.map(Out::Gap);
        assert_eq!(all(&mut reorder), [first, Out::Item(u64::MAX - 1), last]);
        assert_eq!(reorder.next(), None);
    }
}
