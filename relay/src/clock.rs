//! The relay's one reader of the wall clock. What only measures spans uses `Instant`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970; 0 on a machine that believes to be earlier.
pub(crate) fn unix_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Lets a second's first of its kind through: for logs that strangers can cause.
#[derive(Debug)]
pub(crate) struct OnceASecond(AtomicU64);

impl OnceASecond {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn lets(&self) -> bool {
        let now = unix_s();
        self.0.swap(now, Ordering::Relaxed) != now
    }
}

/// Seconds since 1970.
pub(crate) fn unix_s() -> u64 {
    unix_us() / 1_000_000
}
