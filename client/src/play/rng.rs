//! A small generator of its own, so that a seed gives the same match on every platform and
//! release.

/// splitmix64.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `end`, without it; that some come up a little more often is of no matter here.
    pub(super) fn below(&mut self, end: u16) -> u16 {
        (self.next() >> 48) as u16 % end
    }

    pub(super) fn chance(&mut self, percent: u16) -> bool {
        self.below(100) < percent
    }

    /// One of a few, which must not be none.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let len = u16::try_from(from.len()).unwrap_or(u16::MAX);
        &from[usize::from(self.below(len))]
    }
}
