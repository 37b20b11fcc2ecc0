//! Counts by size, without a lock. Buckets are disjoint here; whoever shows them adds them up.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: &'static [f64],
    /// One more than bounds: the last is for what is larger than all of them.
    counts: Box<[AtomicU64]>,
    /// In millionths.
    sum: AtomicU64,
}

impl Histogram {
    pub(crate) fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    pub(crate) fn observe(&self, value: f64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        #[expect(clippy::cast_sign_loss, reason = "nothing that is observed is negative")]
        let millionths = (value * 1e6) as u64;
        self.sum.fetch_add(millionths, Ordering::Relaxed);
    }

    /// How many were at most as large as each bound, then how many there were.
    pub(super) fn up_to(&self) -> (Vec<(f64, u64)>, u64) {
        let mut total = 0;
        let mut counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let mut bounds = Vec::with_capacity(self.bounds.len());
        for (bound, count) in self.bounds.iter().zip(counts.by_ref()) {
            total += count;
            bounds.push((*bound, total));
        }
        (bounds, total + counts.sum::<u64>())
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 millionths, nearly so above")]
    pub(super) fn sum(&self) -> f64 {
        self.sum.load(Ordering::Relaxed) as f64 / 1e6
    }
}
