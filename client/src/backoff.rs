//! How long to wait before asking again: exponential, capped, with full jitter.
//!
//! Invariant: a wait is at most [`CAP`], and the more often in a row, the longer at most.

use std::time::Duration;

use rand::Rng;

const BASE: Duration = Duration::from_millis(100);
const CAP: Duration = Duration::from_secs(10);

/// Counts attempts in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// Counts one more attempt and says how long to wait before it: evenly spread between nothing
    /// and a ceiling that doubles, so that those who were cut off together do not return together.
    pub(crate) fn next(&mut self, rng: &mut impl Rng) -> Duration {
        let ceiling = BASE.saturating_mul(2_u32.saturating_pow(self.attempts)).min(CAP);
        self.attempts = self.attempts.saturating_add(1);
        rng.random_range(Duration::ZERO..=ceiling)
    }

    /// How many attempts were counted since it last went well.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// It went well.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn waits_grow_from_a_tenth_of_a_second_to_ten_seconds() {
        let longest = |attempt: usize| {
            let waits = (0..500).map(|seed| {
                let mut rng = StdRng::seed_from_u64(seed);
                let mut backoff = Backoff::default();
                (0..=attempt).fold(Duration::ZERO, |_, _| backoff.next(&mut rng))
            });
            waits.max().unwrap()
        };
        for (attempt, ceiling_ms) in [(0, 100), (1, 200), (6, 6_400), (7, 10_000), (99, 10_000)] {
            let longest = longest(attempt);
            let ceiling = Duration::from_millis(ceiling_ms);
            assert!(longest <= ceiling, "attempt {attempt}: {longest:?}");
            assert!(longest > ceiling * 9 / 10, "attempt {attempt}: {longest:?}");
        }
    }

    #[test]
    fn success_begins_anew() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::default();
        for _ in 0..40 {
            backoff.next(&mut rng);
        }
        assert_eq!(backoff.attempts(), 40);
        backoff.reset();
        assert!(backoff.next(&mut rng) <= BASE);
    }
}
