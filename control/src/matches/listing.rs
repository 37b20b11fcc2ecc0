//! Which matches somebody wants to see.

use crate::ids::{MatchId, PlayerId};

/// What is asked for; all of it has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Whose.
    pub(crate) of: Of,
    pub(crate) queue: Option<String>,
    /// In our words.
    pub(crate) state: Option<String>,
    /// Only those that were made before this one.
    pub(crate) before: Option<MatchId>,
}

/// Whose matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Anybody,
    Identity(PlayerId),
    Code(String),
}
