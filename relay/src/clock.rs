//! The relay's one reader of the wall clock. What only measures spans uses `Instant`.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970; 0 on a machine that believes to be earlier.
pub(crate) fn unix_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Seconds since 1970.
pub(crate) fn unix_s() -> u64 {
    unix_us() / 1_000_000
}
