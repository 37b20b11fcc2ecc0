//! A wager as a function: a state, an event, what the contract says and the time give the next
//! state, or a reason why not.
//!
//! - `state`: where a wager is.
//! - `standing`: what the contract says of it, made of its events.
//! - `explore`: every way that a wager can take.
//!
//! Invariant: it is won at most once, and only if both had agreed, and, where a contract holds the
//! stakes, only if it held both when the match was decided. What was due before an event happens
//! before it.

#[cfg(test)]
mod explore;
pub mod standing;
mod state;

use serde::{Deserialize, Serialize};

pub use self::standing::Standing;
pub use self::state::{State, Why};
use crate::matches::rules::Side;
use crate::time::{At, Span};
use crate::uint::{WagerId, Wei};

/// After a proposal, for the other side to answer.
pub const ANSWER_WITHIN: Span = Span::seconds(15);
/// After two met in a queue that asks nobody and counts nothing down, so that its start is not
/// seen here: for somebody to propose. Clients negotiate for so long.
pub const PROPOSE_WITHIN: Span = Span::seconds(30);
/// After both agreed, for the contract to hold both stakes.
pub const SECURED_WITHIN: Span = Span::seconds(60);
/// After a contract took the second stake, it gives both back to whoever asks for it.
pub const REFUND_AFTER: Span = Span::seconds(3_600);

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who proposed.
    pub by: Side,
    /// What each side stakes.
    pub amount: Wei,
    /// What the contract calls it; the proposer's word for it where there is none. None until the
    /// proposer names it: the contract gives the number when it takes the stake.
    pub id: Option<WagerId>,
}

/// Who holds the stakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backing {
    /// Nobody: both have given their word.
    Word,
    /// The wager contract.
    Contract,
}

/// What happens to a wager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A side agrees.
    Accept(Side),
    /// A side does not want it, or takes it back.
    Decline(Side),
    /// The game starts: nobody may agree any more.
    Start,
    /// The match has a result: who won, if somebody did.
    Decide(Option<Side>),
    /// The result stands.
    Close,
    /// The match has no result and will have none.
    Refund,
    /// The proposer says, later than it proposed, what the contract calls it.
    Name,
    /// Nothing but time, or another word of the contract.
    Look,
}

/// Why something may not happen. The wager is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// The proposer cannot answer itself.
    #[error("the other side has to accept it")]
    OwnProposal,
    /// Both agreed.
    #[error("it is accepted: it is settled with the match")]
    Accepted,
    /// It is too late to agree.
    #[error("it was not answered in time")]
    Lapsed,
    /// Somebody did not want it.
    #[error("it was declined")]
    Declined,
    /// It is over.
    #[error("the wager is over")]
    Over,
}

/// What is still to be done by whoever can send transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Pay the winner.
    Settle,
    /// Give both stakes back, from then on.
    Refund {
        /// Not before.
        from: At,
    },
}

/// What an event makes of a wager; `None` if it is so already.
///
/// # Errors
/// It may not happen.
pub fn step(
    terms: &Terms,
    state: State,
    standing: &Standing,
    event: Event,
    now: At,
) -> Result<Option<State>, Refused> {
    let caught_up = catch_up(state, standing, now);
    let next = on(terms, caught_up, standing, event, now)?;
    Ok((next != state).then_some(next))
}

/// When it changes by itself.
#[must_use]
pub fn due_at(state: &State, standing: &Standing) -> Option<At> {
    match state {
        State::Proposed { answer_by } => Some(*answer_by),
        State::Accepted { secure_by } if !standing.is_locked() => Some(*secure_by),
        State::Accepted { .. }
        | State::Decided { .. }
        | State::Won { .. }
        | State::Declined { .. }
        | State::Lapsed
        | State::Void { .. } => None,
    }
}

/// What is to be done about it on the chain.
#[must_use]
pub fn want(state: &State, standing: &Standing) -> Option<Want> {
    let refund = |since| Some(Want::Refund { from: since + REFUND_AFTER });
    match (state, standing) {
        (State::Won { .. }, Standing::Locked { .. }) => Some(Want::Settle),
        (
            State::Declined { .. } | State::Lapsed | State::Void { .. },
            Standing::Locked { since, .. },
        ) => refund(*since),
        (
            State::Won { .. } | State::Declined { .. } | State::Lapsed | State::Void { .. },
            Standing::Wrong { held_since },
        ) => held_since.and_then(refund),
        (State::Proposed { .. } | State::Accepted { .. } | State::Decided { .. }, _)
        | (
            State::Won { .. } | State::Declined { .. } | State::Lapsed | State::Void { .. },
            Standing::Word
            | Standing::Unseen
            | Standing::Open { .. }
            | Standing::Paid { .. }
            | Standing::PaidElsewhere { .. }
            | Standing::Returned,
        ) => None,
    }
}

fn catch_up(state: State, standing: &Standing, now: At) -> State {
    let live = matches!(state, State::Proposed { .. } | State::Accepted { .. });
    let late = due_at(&state, standing).is_some_and(|due| due <= now);
    match (standing, state) {
        (Standing::Wrong { .. }, _) if live => State::Void { why: Why::Contradicted },
        (Standing::PaidElsewhere { .. }, _) if live => State::Void { why: Why::PaidElsewhere },
        (Standing::Returned, _) if live => State::Void { why: Why::TakenBack },
        (_, State::Proposed { .. }) if late => State::Lapsed,
        (_, State::Accepted { .. }) if late => State::Void { why: Why::Unsecured },
        (_, state) => state,
    }
}

fn on(
    terms: &Terms,
    state: State,
    standing: &Standing,
    event: Event,
    now: At,
) -> Result<State, Refused> {
    match event {
        Event::Accept(side) => accept(terms, state, side, now),
        Event::Decline(side) => decline(state, side),
        Event::Start => Ok(match state {
            State::Proposed { .. } => State::Lapsed,
            State::Accepted { .. }
            | State::Decided { .. }
            | State::Won { .. }
            | State::Declined { .. }
            | State::Lapsed
            | State::Void { .. } => state,
        }),
        Event::Decide(winner) => Ok(decide(state, standing, winner)),
        Event::Close => Ok(match state {
            State::Decided { winner } => State::Won { winner },
            State::Proposed { .. } => State::Lapsed,
            State::Accepted { .. }
            | State::Won { .. }
            | State::Declined { .. }
            | State::Lapsed
            | State::Void { .. } => state,
        }),
        Event::Refund => Ok(match state {
            State::Proposed { .. } => State::Lapsed,
            State::Accepted { .. } => State::Void { why: Why::NoResult },
            // A match that was decided is never without a result again.
            State::Decided { .. }
            | State::Won { .. }
            | State::Declined { .. }
            | State::Lapsed
            | State::Void { .. } => state,
        }),
        Event::Name => Ok(name(state, standing)),
        Event::Look => Ok(state),
    }
}

fn accept(terms: &Terms, state: State, side: Side, now: At) -> Result<State, Refused> {
    match state {
        State::Proposed { .. } if side == terms.by => Err(Refused::OwnProposal),
        State::Proposed { .. } => Ok(State::Accepted { secure_by: now + SECURED_WITHIN }),
        State::Accepted { .. } if side == terms.by => Err(Refused::OwnProposal),
        State::Accepted { .. } => Ok(state),
        State::Lapsed => Err(Refused::Lapsed),
        State::Declined { .. } => Err(Refused::Declined),
        State::Decided { .. } | State::Won { .. } | State::Void { .. } => Err(Refused::Over),
    }
}

fn decline(state: State, side: Side) -> Result<State, Refused> {
    match state {
        State::Proposed { .. } => Ok(State::Declined { by: side }),
        State::Declined { by } if by == side => Ok(state),
        State::Declined { .. } => Err(Refused::Declined),
        State::Accepted { .. } => Err(Refused::Accepted),
        State::Lapsed => Err(Refused::Lapsed),
        State::Decided { .. } | State::Won { .. } | State::Void { .. } => Err(Refused::Over),
    }
}

/// Both stakes are there for whichever match of the two: a proposer who may say late that they are for
/// this one would wait to see how it goes.
fn name(state: State, standing: &Standing) -> State {
    let live = matches!(state, State::Proposed { .. } | State::Accepted { .. });
    match standing {
        Standing::Locked { bound: false, .. } if live => State::Void { why: Why::Unsecured },
        Standing::Word
        | Standing::Unseen
        | Standing::Open { .. }
        | Standing::Locked { .. }
        | Standing::Paid { .. }
        | Standing::PaidElsewhere { .. }
        | Standing::Returned
        | Standing::Wrong { .. } => state,
    }
}

/// Stakes that were locked only after the result was known count for nothing: whoever saw that it
/// had won could have locked them then.
fn decide(state: State, standing: &Standing, winner: Option<Side>) -> State {
    match (state, winner) {
        (State::Proposed { .. }, _) => State::Lapsed,
        (State::Accepted { .. }, None) => State::Void { why: Why::Drawn },
        (State::Accepted { .. }, Some(_)) if !standing.is_locked() => {
            State::Void { why: Why::Unsecured }
        }
        (State::Accepted { .. }, Some(winner)) => State::Decided { winner },
        (
            State::Decided { .. }
            | State::Won { .. }
            | State::Declined { .. }
            | State::Lapsed
            | State::Void { .. },
            _,
        ) => state,
    }
}

/// Whether whoever wins is sure to be paid: the contract holds both stakes, and gives them to nobody
/// but the winner of this match, or has done so.
#[must_use]
pub fn is_secured(state: &State, standing: &Standing) -> bool {
    state.stands()
        && match (state, standing) {
            (_, Standing::Locked { bound, .. }) => *bound,
            (
                State::Decided { winner } | State::Won { winner },
                Standing::Paid { winner: paid, .. },
            ) => winner == paid,
            (_, Standing::Paid { .. }) => true,
            (
                _,
                Standing::Word
                | Standing::Unseen
                | Standing::Open { .. }
                | Standing::PaidElsewhere { .. }
                | Standing::Returned
                | Standing::Wrong { .. },
            ) => false,
        }
}
