//! A game of a tournament: where it is, what happens to it, and what follows.

use serde::{Deserialize, Serialize};

use super::{Decided, Spot};
use crate::ids::MatchId;
use crate::matches::rules::{Outcome, Side, Sides};
use crate::time::At;

/// Matches of one game that decide nothing; then an operator has to.
pub const TRIES_MAX: u8 = 5;

/// A game that has been called at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Game {
    /// Where it is.
    pub state: State,
    /// Matches of a series that each side has won.
    #[serde(default)]
    pub wins: Sides<u8>,
    /// Matches that decided nothing.
    #[serde(default)]
    pub tries: u8,
    /// The last match of it.
    #[serde(default)]
    pub last_match: Option<MatchId>,
}

/// Where a game is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It can be played, and nobody has asked for it yet.
    Waiting,
    /// Both sides are asked to show up.
    Called {
        /// Who has.
        here: Sides<bool>,
        /// Until when they may.
        until: At,
    },
    /// A match of it is played.
    Playing {
        /// Which.
        match_id: MatchId,
    },
    /// Too many matches decided nothing: an operator has to.
    Stalled,
    /// It is over.
    Decided {
        /// What came of it.
        #[serde(flatten)]
        decided: Decided,
        /// By what.
        how: How,
    },
}

/// By what a game was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By its matches.
    Played,
    /// A side did not show up, did not want to play, or has withdrawn.
    Walkover,
    /// Neither side would have done anything: by the seed.
    Coin,
    /// An operator said so.
    Ruled,
}

/// What came of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was decided, with so much left of each side.
    Decided(Outcome, Sides<u8>),
    /// It came to nothing; this side did not want to play, if it was one's will.
    Void(Option<Side>),
}

/// What somebody else has to do now, each exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Both sides have until then.
    Called(Spot, At),
    /// Both are there: make a match of it.
    Begin(Spot),
    /// Nobody has to show up for it any more.
    Closed(Spot),
    /// It is over.
    Decided(Spot),
    /// It has to be played once more.
    Again(Spot),
    /// Only an operator can go on with it.
    Stalled(Spot),
}

impl Effect {
    /// Which game it is about.
    #[must_use]
    pub fn spot(&self) -> Spot {
        match self {
            Self::Called(spot, _)
            | Self::Begin(spot)
            | Self::Closed(spot)
            | Self::Decided(spot)
            | Self::Again(spot)
            | Self::Stalled(spot) => *spot,
        }
    }
}

/// Why something may not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such game, or nobody knows yet who plays it.
    #[error("there is no game to decide at this round and slot: look at the bracket")]
    NoGame,
    /// It was decided, and otherwise.
    #[error("this game is decided, and results do not change")]
    Stands,
    /// One has to win.
    #[error("this game needs a winner: one of the two goes on")]
    NeedsWinner,
    /// It has not been called, or not this entry.
    #[error("no game of this entry is called: look at the bracket for when it is")]
    NotCalled,
    /// A decided game is not played again.
    #[error("only a game that is called, played or stalled is played again")]
    NotOpen,
}

impl State {
    /// As it stands in rows and answers.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Called { .. } => "called",
            Self::Playing { .. } => "playing",
            Self::Stalled => "stalled",
            Self::Decided { .. } => "decided",
        }
    }
}
