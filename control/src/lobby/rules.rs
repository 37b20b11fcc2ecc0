//! The lives of lobbies, as functions: a state, an event and the time give the next state and what
//! follows, or a reason why not. What the games are about is not known here.
//!
//! - `team`: one crew challenges another.
//! - `ffa`: everybody who registers plays everybody.
//! - `reports`: what those who played say about who won.
//!
//! Invariant, as with matches: what was due before an event happens before it, so nothing depends
//! on when somebody looked; and every lobby that is not over has a deadline.

pub mod ffa;
pub mod reports;
pub mod team;

use crate::time::At;

/// What an event comes to.
#[must_use = "what has changed is stored"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<L, E> {
    /// The lobby is this now, and each of these is done once, in order.
    Changed(L, Vec<E>),
    /// It is so already.
    Same,
}

/// Why something may not happen. The lobby is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// There is no place left.
    #[error("the lobby is full")]
    Full,
    /// Nobody comes or goes any more.
    #[error("too late: the game is about to begin or has begun")]
    Closed,
    /// There is nothing yet that this could be about.
    #[error("too early: the game has not begun")]
    NotStarted,
    /// Only a certain crew may do this, and it is another one.
    #[error("this crew was not asked")]
    NotAsked,
    /// A crew has too few or too many, or somebody twice.
    #[error("a crew has from {min} to {max} members, each once")]
    BadCrew {
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// Nobody fights himself, nor on both sides.
    #[error("the two crews are the same or share a member")]
    Shared,
    /// Only who plays can win.
    #[error("whoever has won has to be one of those who play")]
    NotAPlayer,
    /// There is a result, and it is another one.
    #[error("there is a result, and results do not change")]
    ResultStands,
    /// Nothing can happen any more.
    #[error("the lobby is over")]
    Over,
}

/// What a lobby needs so that what is due happens before anything else does.
trait Timed {
    /// When the next thing is due.
    fn due_at(&self) -> Option<At>;
    /// Makes it happen.
    fn run_out(&mut self);
}

fn catch_up(lobby: &mut impl Timed, now: At) -> bool {
    let mut late = false;
    while lobby.due_at().is_some_and(|due_at| due_at <= now) {
        lobby.run_out();
        late = true;
    }
    late
}
