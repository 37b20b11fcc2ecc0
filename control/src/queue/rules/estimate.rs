//! How long somebody may have to wait, by how long others did, and how sure that is.

use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Span;

/// Fewer say nothing about the next.
pub const NEEDED: usize = 8;

/// How much longer it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Estimate {
    /// Too few have waited, or too few have waited as long as this one has already.
    TooFew {
        /// How many have.
        waits: usize,
    },
    /// By those who waited at least as long.
    Of {
        /// How many did.
        waits: usize,
        /// A quarter of them met somebody within this, from now.
        #[serde(rename = "lower_ms")]
        #[schema(value_type = u64)]
        lower: Span,
        /// Half of them did.
        #[serde(rename = "median_ms")]
        #[schema(value_type = u64)]
        median: Span,
        /// Three quarters of them did.
        #[serde(rename = "upper_ms")]
        #[schema(value_type = u64)]
        upper: Span,
    },
}

/// Of the last waits that ended in a match, in any order, for somebody who has waited so long.
///
/// Only those who had to wait as long are compared with: an estimate that does not know how long
/// somebody has waited promises the same minute for ever.
#[must_use]
pub fn estimate(waits: &[Span], waited: Span) -> Estimate {
    let mut left: Vec<_> = waits.iter().filter_map(|wait| wait.0.checked_sub(waited.0)).collect();
    left.sort_unstable();
    if left.len() < NEEDED {
        return Estimate::TooFew { waits: left.len() };
    }
    let part = |quarters: usize| Span(left[(left.len() * quarters).div_ceil(4) - 1]);
    Estimate::Of { waits: left.len(), lower: part(1), median: part(2), upper: part(3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_half_of_the_waits_is_the_spread() {
        let waits: Vec<_> = (1..=8).rev().map(Span::seconds).collect();
        let (lower, median, upper) = (Span::seconds(2), Span::seconds(4), Span::seconds(6));
        assert_eq!(estimate(&waits, Span::ZERO), Estimate::Of { waits: 8, lower, median, upper },);
    }

    #[test]
    fn who_has_waited_is_compared_with_those_who_waited_longer() {
        let waits: Vec<_> = (1..=20).map(Span::seconds).collect();
        let (lower, median, upper) = (Span::seconds(2), Span::seconds(4), Span::seconds(7));
        assert_eq!(
            estimate(&waits, Span::seconds(11)),
            Estimate::Of { waits: 10, lower, median, upper },
        );
        assert_eq!(estimate(&waits, Span::seconds(14)), Estimate::TooFew { waits: 7 });
    }

    #[test]
    fn with_too_few_waits_nothing_is_promised() {
        assert_eq!(estimate(&[], Span::ZERO), Estimate::TooFew { waits: 0 });
        assert_eq!(estimate(&[Span(1); NEEDED - 1], Span::ZERO), Estimate::TooFew { waits: 7 });
        let same = Span(5);
        let all = Estimate::Of { waits: 8, lower: same, median: same, upper: same };
        assert_eq!(estimate(&[same; NEEDED], Span::ZERO), all);
    }
}
