//! One subscription's account: which batches came, and which were named by a Gap. In any order.
//!
//! Invariant: a batch counts once, as delivered if it came, else as skipped if a Gap named it, else
//! as lost.

use std::ops::Range;

/// Batches that an account spans at most; two bits each.
const SPAN_MAX: u64 = 1 << 24;

/// The account of a subscription.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    base: u64,
    came: Bits,
    skipped: Bits,
    pub(crate) duplicates: u64,
}

/// What became of some batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) delivered: u64,
    pub(crate) gaps: u64,
    pub(crate) lost: u64,
}

#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Ledger {
    /// An account that begins with the batch of this number; earlier ones are not counted.
    pub(crate) fn new(base: u64) -> Self {
        Self { base, ..Self::default() }
    }

    /// Notes a batch; false if it came before, or cannot be meant.
    pub(crate) fn batch(&mut self, seq: u64) -> bool {
        let Some(at) = self.at(seq) else { return false };
        let new = self.came.set(at);
        self.duplicates += u64::from(!new);
        new
    }

    /// Notes a gap, both ends included.
    pub(crate) fn gap(&mut self, from: u64, to: u64) {
        let from = from.max(self.base);
        let to = to.min(self.base.saturating_add(SPAN_MAX - 1));
        for seq in from..=to {
            if let Some(at) = self.at(seq) {
                self.skipped.set(at);
            }
        }
    }

    /// What became of these batches.
    pub(crate) fn sum(&self, seqs: Range<u64>) -> Sum {
        let mut sum = Sum::default();
        for seq in seqs {
            let at = self.at(seq);
            if at.is_some_and(|at| self.came.has(at)) {
                sum.delivered += 1;
            } else if at.is_some_and(|at| self.skipped.has(at)) {
                sum.gaps += 1;
            } else {
                sum.lost += 1;
            }
        }
        sum
    }

    /// From the first batch that came to the last.
    pub(crate) fn span(&self) -> Range<u64> {
        let (Some(first), Some(last)) = (self.came.first(), self.came.last()) else { return 0..0 };
        self.base + first..self.base + last + 1
    }

    fn at(&self, seq: u64) -> Option<u64> {
        seq.checked_sub(self.base).filter(|at| *at < SPAN_MAX)
    }
}

impl Bits {
    /// Sets one; false if it was.
    fn set(&mut self, at: u64) -> bool {
        let (word, bit) = Self::place(at);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let was = self.0[word] & bit != 0;
        self.0[word] |= bit;
        !was
    }

    fn has(&self, at: u64) -> bool {
        let (word, bit) = Self::place(at);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn first(&self) -> Option<u64> {
        let word = self.0.iter().position(|word| *word != 0)?;
        Some(word as u64 * 64 + u64::from(self.0[word].trailing_zeros()))
    }

    fn last(&self) -> Option<u64> {
        let word = self.0.iter().rposition(|word| *word != 0)?;
        Some(word as u64 * 64 + 63 - u64::from(self.0[word].leading_zeros()))
    }

    fn place(at: u64) -> (usize, u64) {
        (usize::try_from(at / 64).expect("within SPAN_MAX"), 1 << (at % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_batch_counts_once_in_whatever_order_it_came() {
        let mut ledger = Ledger::new(100);
        for seq in [101, 100, 170, 104, 104] {
            ledger.batch(seq);
        }
        ledger.gap(103, 105);
        assert_eq!(ledger.sum(100..106), Sum { delivered: 3, gaps: 2, lost: 1 });
        assert_eq!(ledger.sum(165..171), Sum { delivered: 1, gaps: 0, lost: 5 });
        assert_eq!(ledger.duplicates, 1);
        assert_eq!(ledger.span(), 100..171);
    }

    #[test]
    fn what_is_outside_of_all_reason_is_not_counted_and_costs_nothing() {
        let mut ledger = Ledger::new(5);
        assert!(!ledger.batch(4));
        assert!(!ledger.batch(u64::MAX));
        ledger.gap(0, u64::MAX);
        ledger.gap(9, 3);
        assert_eq!(ledger.span(), 0..0);
        assert_eq!(ledger.sum(4..7), Sum { delivered: 0, gaps: 2, lost: 1 });
    }
}
