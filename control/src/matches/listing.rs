//! Which matches somebody wants to see.

use crate::ids::{MatchId, PlayerId};
use crate::time::At;

/// What is asked for; all of it has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Whose.
    pub(crate) of: Of,
    pub(crate) queue: Option<String>,
    pub(crate) standing: Standing,
    /// Only those that were made before this one.
    pub(crate) before: Option<MatchId>,
    /// Only those that were made at this time or later.
    pub(crate) since: Option<At>,
    /// Only those that were made before this time.
    pub(crate) until: Option<At>,
}

impl Filter {
    /// The ids that fit, the second not among them: ids begin with the time, and are in its order.
    pub(crate) fn bounds(&self) -> (Option<MatchId>, Option<MatchId>) {
        let first_at = |at: At| MatchId(u128::from(at.0.unsigned_abs()) << 80);
        let until = self.until.map(first_at);
        let below = match (self.before, until) {
            (Some(before), Some(until)) => Some(before.min(until)),
            (before, until) => before.or(until),
        };
        (self.since.map(first_at), below)
    }
}

/// Where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Any,
    /// In this state, in our words.
    In(String),
    /// Both sides tell it differently, and nobody has decided yet.
    Disputed,
}

impl Standing {
    /// The state, and what the old API calls it: a dispute is where the two part ways.
    pub(crate) fn names(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Any => (None, None),
            Self::In(state) => (Some(state), None),
            Self::Disputed => (Some("resolved"), Some("playing")),
        }
    }
}

/// Whose matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Anybody,
    Identity(PlayerId),
    Code(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matches::rules::{State, Verdict};

    #[test]
    fn a_time_is_a_bound_of_the_ids_that_are_made_then() {
        let filter = |before, since, until| Filter {
            of: Of::Anybody,
            queue: None,
            standing: Standing::Any,
            before,
            since,
            until,
        };
        let made = |at| MatchId(crate::random::Chance::seeded(1).id(At(at)));
        let (from, below) = filter(None, Some(At(2_000)), Some(At(3_000))).bounds();
        let inside = |at| Some(made(at)) >= from && below.is_some_and(|below| made(at) < below);
        assert_eq!([1_999, 2_000, 2_999, 3_000].map(inside), [false, true, true, false]);
        let earlier = filter(Some(made(2_500)), None, Some(At(3_000))).bounds();
        assert_eq!(earlier, (None, Some(made(2_500))));
        let later = filter(Some(made(3_500)), None, Some(At(3_000))).bounds();
        assert!(later.1 < Some(made(3_000)));
        assert_eq!(filter(None, None, None).bounds(), (None, None));
    }

    #[test]
    fn a_dispute_is_named_as_its_state_is() {
        let disputed = State::Resolved { verdict: Verdict::Disputed, until: At(1) };
        let names = (Some(disputed.name()), Some(disputed.old_name()));
        assert_eq!(Standing::Disputed.names(), names);
    }
}
