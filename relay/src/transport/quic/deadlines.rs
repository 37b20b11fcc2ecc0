//! When each connection wants to be looked at although nothing came.
//!
//! A deadline changes with every packet, and nearly always to a later one before it is due. So
//! nothing is kept in order: the deadlines stand side by side, eight to a cache line, and a look at
//! all of them is cheaper than a place in a queue for each. A look is taken when the earliest that
//! was ever set since the last look is due.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Deadlines in the first lot; each further lot holds as many as all before it and this many more.
const FIRST_LOT: usize = 64;
/// Lots, more than a machine has addresses for.
const LOTS: usize = 40;
/// Time between two looks: finer than the timers that connections set.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);
const NEVER: u64 = u64::MAX;

/// A deadline for each place; places are small numbers.
#[derive(Debug)]
pub(crate) struct Deadlines {
    /// Deadlines are microseconds since this.
    start: Instant,
    lots: [OnceLock<Box<[AtomicU64]>>; LOTS],
    /// The earliest that was set since the last look began.
    next: AtomicU64,
    /// Told when `next` came nearer.
    nearer: Notify,
}

impl Deadlines {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            start: now,
            lots: [const { OnceLock::new() }; LOTS],
            next: AtomicU64::new(NEVER),
            nearer: Notify::new(),
        }
    }

    /// Replaces the deadline of a place; `None` is never.
    pub(crate) fn set(&self, place: usize, at: Option<Instant>) {
        let at = at.map_or(NEVER, |at| self.since_start(at));
        let (lot, within) = locate(place);
        let lot = self.lots[lot]
            .get_or_init(|| (0..FIRST_LOT << lot).map(|_| AtomicU64::new(NEVER)).collect());
        lot[within].store(at, Ordering::Relaxed);
        // Pairs with the fence of a look: either it sees this deadline, or this sees that a look
        // has begun, and lowers what is next.
        fence(Ordering::SeqCst);
        if at < self.next.load(Ordering::Relaxed) && at < self.next.fetch_min(at, Ordering::Relaxed)
        {
            self.nearer.notify_one();
        }
    }

    /// Resolves when it is time for a look.
    pub(crate) async fn due(&self) {
        loop {
            let next = self.next.load(Ordering::Relaxed);
            if next == NEVER {
                self.nearer.notified().await;
                continue;
            }
            let at = self.start + Duration::from_micros(next);
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(at.into()) => return,
                () = self.nearer.notified() => {}
            }
        }
    }

    /// The places whose time has come, into `due`. They keep their deadlines until others are set.
    pub(crate) fn look(&self, now: Instant, due: &mut Vec<usize>) {
        // Whoever sets a deadline from here on lowers `next` again.
        self.next.store(NEVER, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let reached = self.since_start(now);
        let mut next = NEVER;
        for (lot, deadlines) in self.lots.iter().enumerate() {
            let Some(deadlines) = deadlines.get() else { continue };
            let first = FIRST_LOT * ((1 << lot) - 1);
            for (place, deadline) in (first..).zip(deadlines) {
                let at = deadline.load(Ordering::Relaxed);
                if at <= reached {
                    due.push(place);
                } else {
                    next = next.min(at);
                }
            }
        }
        if next != NEVER {
            next = next.max(reached + u64::try_from(BETWEEN_LOOKS.as_micros()).unwrap_or(1));
        }
        self.next.fetch_min(next, Ordering::Relaxed);
    }

    fn since_start(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.start).as_micros();
        u64::try_from(since).unwrap_or(NEVER - 1)
    }
}

/// The lot of a place, and where in it.
fn locate(place: usize) -> (usize, usize) {
    let lot = (place / FIRST_LOT + 1).ilog2() as usize;
    (lot, place - FIRST_LOT * ((1 << lot) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_each_other_through_the_lots() {
        let mut expected = (0, 0);
        for place in 0..10_000 {
            assert_eq!(locate(place), expected, "{place}");
            expected.1 += 1;
            if expected.1 == FIRST_LOT << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }

    #[test]
    fn a_look_finds_what_is_due_and_nothing_else() {
        let start = Instant::now();
        let after = |ms: u64| start + Duration::from_millis(ms);
        let deadlines = Deadlines::new(start);
        for (place, ms) in [(3, 10), (64, 20), (1000, 30), (1001, 40)] {
            deadlines.set(place, Some(after(ms)));
        }
        deadlines.set(1001, None);
        let mut due = Vec::new();
        deadlines.look(after(20), &mut due);
        assert_eq!(due, [3, 64]);
        deadlines.set(3, Some(after(50)));
        deadlines.set(64, None);
        due.clear();
        deadlines.look(after(30), &mut due);
        assert_eq!(due, [1000]);
    }

    #[tokio::test]
    async fn who_waits_for_a_late_deadline_is_told_of_an_earlier_one() {
        let start = Instant::now();
        let deadlines = Deadlines::new(start);
        deadlines.set(0, Some(start + Duration::from_secs(3600)));
        let sooner = async {
            tokio::task::yield_now().await;
            deadlines.set(1, Some(start));
        };
        tokio::join!(deadlines.due(), sooner);
        let mut due = Vec::new();
        deadlines.look(start, &mut due);
        assert_eq!(due, [1]);
    }
}
