//! The clock that latencies are told by: Unix microseconds that never go back.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A Unix clock, read once and carried on by the monotonic one. Copies agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    origin_us: u64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), origin_us: micros(since) }
    }

    pub(crate) fn now_us(&self) -> u64 {
        self.origin_us + micros(self.origin.elapsed())
    }

    /// When it will be `at_us`; now, if that is past.
    pub(crate) fn instant(&self, at_us: u64) -> Instant {
        self.origin + Duration::from_micros(at_us.saturating_sub(self.origin_us))
    }
}

/// Whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
