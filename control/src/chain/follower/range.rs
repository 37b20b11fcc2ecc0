//! How many blocks are asked for at once: as many as the node gives. Pure.

/// At first, and at most.
const FIRST: u64 = 100;
const MAX: u64 = 2_000;
/// So many that were given in a row, and a refusal is forgotten: there was more told in those blocks,
/// or another node refused them.
const FORGETS: u32 = 256;

/// See the module. Between what was given and what was refused it is halved, so that it soon stays
/// at the most that is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    now: u64,
    given: u64,
    refused: u64,
    /// How often the most was given in a row.
    steady: u32,
}

impl Range {
    pub(super) fn new() -> Self {
        Self { now: FIRST, given: 0, refused: MAX + 1, steady: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.now
    }

    /// The node gave so many.
    pub(super) fn was_given(&mut self, len: u64) {
        if len < self.now {
            return;
        }
        self.steady += u32::from(self.given == len);
        self.given = len;
        if self.steady >= FORGETS {
            (self.refused, self.steady) = (MAX + 1, 0);
        }
        self.now = self.middle();
    }

    /// The node refused so many.
    pub(super) fn was_refused(&mut self, len: u64) {
        if self.given >= len {
            self.given = 0;
        }
        (self.refused, self.steady) = (len, 0);
        self.now = self.middle();
    }

    fn middle(&self) -> u64 {
        (self.given + self.refused.saturating_sub(self.given) / 2).clamp(1, MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_node_is_found_and_hardly_ever_run_into_again() {
        for limit in [1, 2, 99, 100, 101, 1_000, MAX, 5_000] {
            let (mut range, mut refused) = (Range::new(), 0);
            for asked in 0..2_000 {
                let len = range.len();
                assert!((1..=MAX).contains(&len));
                if len > limit {
                    assert!(len > 1, "one block is not halved");
                    range.was_refused(len);
                    refused += 1;
                } else {
                    range.was_given(len);
                }
                if asked == 20 {
                    assert_eq!(range.len(), limit.min(MAX));
                }
            }
            assert!(refused < 100, "{refused} of 2000 were refused with a limit of {limit}");
        }
    }

    #[test]
    fn blocks_in_which_much_is_told_do_not_make_it_short_for_ever() {
        let mut range = Range::new();
        for _ in 0..20 {
            range.was_given(range.len());
        }
        while range.len() > 10 {
            range.was_refused(range.len());
        }
        for _ in 0..2 * FORGETS {
            range.was_given(range.len());
        }
        assert_eq!(range.len(), MAX);
    }

    #[test]
    fn the_last_blocks_before_the_newest_say_nothing_of_the_limit() {
        let mut range = Range::new();
        range.was_given(3);
        assert_eq!(range.len(), FIRST);
    }
}
