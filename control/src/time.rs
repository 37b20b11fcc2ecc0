//! Moments and spans, in whole milliseconds: what rules are handed instead of a clock.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct At(pub i64);

/// How long something takes, in milliseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub u64);

impl At {
    /// How long ago `earlier` was; nothing if the clock went back since.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Span {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// Whole seconds.
    #[must_use]
    pub const fn seconds(s: u64) -> Self {
        Self(s.saturating_mul(1_000))
    }
}

impl Add<Span> for At {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub<Span> for At {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub_unsigned(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_back_makes_no_time_pass() {
        assert_eq!(At(1_000).since(At(4_000)), Span::ZERO);
        assert_eq!(At(4_000).since(At(1_000)), Span::seconds(3));
    }

    #[test]
    fn time_has_two_ends_and_stays_between_them() {
        assert_eq!(At(i64::MAX) + Span(u64::MAX), At(i64::MAX));
        assert_eq!(At(i64::MIN) - Span(u64::MAX), At(i64::MIN));
        assert_eq!(At(i64::MAX).since(At(i64::MIN)), Span(i64::MAX.unsigned_abs()));
    }
}
