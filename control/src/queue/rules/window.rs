//! How far apart two ratings may lie, by how long somebody has waited.

use serde::{Deserialize, Serialize};

use crate::time::{At, Span};

/// Ratings may lie as far apart as they like.
pub const ANY: u32 = u32::MAX;

/// Grows in steps, and then reaches anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window {
    /// Each wait that is shorter than `below` reaches so far. In rising order; never empty.
    steps: Vec<Step>,
}

/// One step of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// For waits that are shorter.
    pub below: Span,
    /// How far apart two ratings may lie.
    pub reach: u32,
}

impl Default for Window {
    fn default() -> Self {
        let step = |below, reach| Step { below: Span::seconds(below), reach };
        Self { steps: vec![step(15, 100), step(30, 200), step(60, 300)] }
    }
}

impl Window {
    /// Of these steps, if each lasts longer and reaches further than the one before it.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Option<Self> {
        let rising =
            steps.is_sorted_by(|one, next| one.below < next.below && one.reach < next.reach);
        (rising && !steps.is_empty()).then_some(Self { steps })
    }

    /// How far a wait reaches.
    #[must_use]
    pub fn reach(&self, waited: Span) -> u32 {
        self.steps.iter().find(|step| waited < step.below).map_or(ANY, |step| step.reach)
    }

    /// How far somebody reaches who does not want waiting to change that.
    #[must_use]
    pub fn narrowest(&self) -> u32 {
        self.reach(Span::ZERO)
    }

    /// When somebody who has waited since then reaches further than now.
    #[must_use]
    pub fn widens_at(&self, since: At, now: At) -> Option<At> {
        let waited = now.since(since);
        self.steps.iter().find(|step| waited < step.below).map(|step| since + step.below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_opens_at_15_30_and_60_seconds() {
        let window = Window::default();
        for (waited_ms, reach, widens_at) in [
            (0, 100, Some(15_000)),
            (14_999, 100, Some(15_000)),
            (15_000, 200, Some(30_000)),
            (29_999, 200, Some(30_000)),
            (30_000, 300, Some(60_000)),
            (59_999, 300, Some(60_000)),
            (60_000, ANY, None),
            (u64::MAX, ANY, None),
        ] {
            assert_eq!(window.reach(Span(waited_ms)), reach, "{waited_ms}");
            let now = At(0) + Span(waited_ms);
            assert_eq!(window.widens_at(At(0), now), widens_at.map(At), "{waited_ms}");
        }
        assert_eq!(window.narrowest(), 100);
    }

    #[test]
    fn a_window_that_does_not_open_is_none() {
        let step = |below, reach| Step { below: Span(below), reach };
        for steps in [
            vec![],
            vec![step(1, 100), step(1, 200)],
            vec![step(2, 100), step(1, 200)],
            vec![step(1, 200), step(2, 100)],
        ] {
            assert_eq!(Window::new(steps.clone()), None, "{steps:?}");
        }
        assert!(Window::new(vec![step(1, 0), step(2, 50)]).is_some());
    }
}
