//! What a session may ask, and for how long it holds. Rules only: the time is handed in.

use std::time::Duration;

use tokio::time::Instant;

use crate::time::At;

/// Requests a second, and at once.
const ASKS_PER_S: u32 = 40;
const ASKS_AT_ONCE: u32 = 80;
/// A session says so before it ends.
const WARNING: Duration = Duration::from_secs(60);

/// A budget of requests: when it is full again.
#[derive(Debug)]
pub(super) struct Budget(Instant);

impl Budget {
    /// A full one.
    pub(super) fn full(now: Instant) -> Self {
        Self(now)
    }

    /// Whether there is one more.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let each = Duration::from_secs(1) / ASKS_PER_S;
        let full_then = self.0.max(now) + each;
        if full_then - now > each * ASKS_AT_ONCE {
            return false;
        }
        self.0 = full_then;
        true
    }
}

/// When what somebody has shown holds no more.
#[derive(Debug)]
pub(super) struct Expiry {
    pub(super) at: At,
    instant: Instant,
    warned: bool,
}

impl Expiry {
    /// At a time, which is so far away.
    pub(super) fn new(at: At, left: Duration, now: Instant) -> Self {
        Self { at, instant: now + left, warned: false }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.instant <= now
    }

    /// Whether it is time to say so; once.
    pub(super) fn warns(&mut self, now: Instant) -> bool {
        let warns = !self.warned && self.instant <= now + WARNING;
        self.warned |= warns;
        warns
    }

    /// When to look again.
    pub(super) fn due_at(&self) -> Instant {
        let warning_at = self.instant.checked_sub(WARNING).unwrap_or(self.instant);
        if self.warned { self.instant } else { warning_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighty_requests_at_once_and_then_forty_a_second() {
        let now = Instant::now();
        let mut budget = Budget::full(now);
        let taken = |budget: &mut Budget, now| (0..200).filter(|_| budget.take(now)).count();
        assert_eq!(taken(&mut budget, now), 80);
        assert_eq!(taken(&mut budget, now + Duration::from_secs(1)), 40);
        assert_eq!(taken(&mut budget, now + Duration::from_secs(60)), 80);
    }

    #[test]
    fn an_end_is_announced_once_a_minute_before() {
        let now = Instant::now();
        let mut expiry = Expiry::new(At(9), Duration::from_secs(100), now);
        let at = |s| now + Duration::from_secs(s);
        assert_eq!((expiry.due_at(), expiry.warns(at(39))), (at(40), false));
        assert!(expiry.warns(at(40)) && !expiry.warns(at(41)));
        assert_eq!(expiry.due_at(), at(100));
        assert!(!expiry.is_over(at(99)) && expiry.is_over(at(100)));
    }
}
