//! What the writer does, for the metrics.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::metrics::Histogram;

const SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
const WORKS: [f64; 7] = [1.0, 2.0, 4.0, 16.0, 64.0, 128.0, 256.0];

/// Counts commits. On PostgreSQL a commit is one work's.
#[derive(Debug)]
pub(crate) struct Meter {
    waiting: AtomicI64,
    failed: AtomicU64,
    pub(crate) seconds: Histogram,
    pub(crate) works: Histogram,
}

impl Default for Meter {
    fn default() -> Self {
        let (seconds, works) = (Histogram::new(&SECONDS), Histogram::new(&WORKS));
        Self { waiting: AtomicI64::new(0), failed: AtomicU64::new(0), seconds, works }
    }
}

/// A work that waits to be written, for as long as it is held.
#[derive(Debug)]
pub(super) struct Waiting<'a>(&'a Meter);

impl Meter {
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }

    pub(super) fn committed(&self, works: usize, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        self.works.observe(f64::from(u32::try_from(works).unwrap_or(u32::MAX)));
    }

    pub(super) fn lost(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn waiting(&self) -> i64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
