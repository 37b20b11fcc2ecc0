//! Budgets of messages and bytes, as a rule over time: no clock, no waiting.

use tokio::time::Instant;

/// A bucket that fills at a steady rate up to its burst.
#[derive(Debug)]
pub(crate) struct Budget {
    per_s: f64,
    burst: f64,
    left: f64,
    filled: Instant,
}

impl Budget {
    /// Full, with a burst of two seconds' worth.
    pub(crate) fn new(per_s: u32, now: Instant) -> Self {
        let per_s = f64::from(per_s);
        Self { per_s, burst: per_s * 2.0, left: per_s * 2.0, filled: now }
    }

    /// Takes so much out of it, or says that it is not there.
    pub(crate) fn take(&mut self, amount: usize, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + since * self.per_s).min(self.burst);
        self.filled = now;
        let amount = amount as f64;
        let there = self.left >= amount;
        if there {
            self.left -= amount;
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_budget_allows_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut budget = Budget::new(10, start);
        assert!((0..20).all(|_| budget.take(1, start)), "the burst");
        assert!(!budget.take(1, start));
        assert!(!budget.take(1, start + Duration::from_millis(99)));
        assert!(budget.take(1, start + Duration::from_millis(100)));
        assert!(!budget.take(21, start + Duration::from_hours(1)), "more than a burst never fits");
        assert!(budget.take(20, start + Duration::from_hours(1)));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut budget = Budget::new(1, start);
        assert!(budget.take(2, start));
        assert!(!budget.take(1, start - Duration::from_secs(10)));
    }
}
