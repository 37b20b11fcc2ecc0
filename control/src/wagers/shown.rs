//! A wager as it is shown: in the old API's words, in ours, and in a sentence.
//!
//! Invariant: nobody is told that a winner is paid, or will be, unless the contract has no other way.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Wager;
use super::rules::{self, Backing, Standing, State as Course, Want};
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::uint::{WagerId, Wei};

/// The wager of a match. All keys are always there.
#[derive(Debug, Serialize, ToSchema)]
pub struct WagerResponse {
    match_id: MatchId,
    #[serde(flatten)]
    told: WagerFields,
    /// The amount as text, for clients whose numbers are not exact.
    #[schema(value_type = Option<String>)]
    wager_amount_wei: Option<Wei>,
    /// Whether the contract's offer names this match; else any match of the two is paid by.
    bound: bool,
    /// Whether the winner is sure to be paid: the contract holds both stakes for this match alone,
    /// or has paid them.
    secured: bool,
    /// The same in a sentence.
    detail: &'static str,
}

/// What is told of a wager wherever its match is shown, in the old API's words.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WagerFields {
    /// `proposed`, `accepted`, `declined`, `expired`, `settled` or `voided`; null before any, and
    /// while one is proposed that has no number yet.
    wager_status: Option<&'static str>,
    /// What each side stakes, in wei: a whole number of any size.
    #[schema(value_type = Option<u64>)]
    wager_amount: Option<Box<RawValue>>,
    /// What the contract calls it: a whole number of any size.
    #[schema(value_type = Option<u64>)]
    wager_id: Option<Box<RawValue>>,
    /// `p1` or `p2`.
    #[schema(value_type = Option<String>)]
    wager_proposer: Option<Side>,
}

/// A wager, in our words.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenWager {
    match_id: MatchId,
    /// What the contract calls it; null until its proposer has said.
    #[schema(value_type = Option<String>)]
    wager_id: Option<WagerId>,
    /// What each side stakes, in wei.
    #[schema(value_type = String)]
    amount: Wei,
    /// `p1` or `p2`.
    #[schema(value_type = String)]
    proposer: Side,
    /// `contract`, or `word` where nobody holds the stakes.
    #[schema(value_type = String)]
    backing: Backing,
    /// Where it is: `state` is `proposed`, `accepted`, `decided`, `won`, `declined`, `lapsed` or
    /// `void`, with until when, who won, or why nobody does.
    #[schema(value_type = Object)]
    course: Course,
    /// What the contract says: `chain` is `word`, `unseen`, `open`, `locked`, `paid`,
    /// `paid_elsewhere`, `returned` or `wrong`.
    #[schema(value_type = Object)]
    standing: Standing,
    /// Whether the contract's offer names this match; else any match of the two is paid by.
    bound: bool,
    /// Whether the winner is sure to be paid.
    secured: bool,
    /// The same in a sentence.
    detail: &'static str,
    /// `settle` or `refund`: what is still to be sent to the chain.
    due: Option<&'static str>,
    /// Unix milliseconds: from when on the contract gives the stakes back.
    refundable_at: Option<i64>,
    /// Unix milliseconds.
    proposed_at: i64,
}

impl WagerResponse {
    /// Of a match that may have none.
    pub(super) fn of(match_id: MatchId, wager: Option<&Wager>) -> Self {
        Self {
            match_id,
            told: WagerFields::of(wager),
            wager_amount_wei: wager.map(|wager| wager.terms.amount),
            bound: wager.is_some_and(|wager| wager.standing.is_bound()),
            secured: wager.is_some_and(|it| rules::is_secured(&it.state, &it.standing)),
            detail: wager.map_or("nothing was proposed", sentence),
        }
    }
}

impl WagerFields {
    /// Of a match that may have none. A proposal without a number is none to who does not know such.
    pub(crate) fn of(wager: Option<&Wager>) -> Self {
        let Some(wager) = wager.filter(|it| it.is_told_as_before()) else { return Self::default() };
        Self {
            wager_status: Some(wager.state.old_name(&wager.standing)),
            wager_amount: wager.terms.amount.exact(),
            wager_id: wager.terms.id.and_then(WagerId::exact),
            wager_proposer: Some(wager.terms.by),
        }
    }
}

impl From<&Wager> for SeenWager {
    fn from(from: &Wager) -> Self {
        let want = rules::want(&from.state, &from.standing);
        let (due, refundable_at) = match want {
            Some(Want::Settle) => (Some("settle"), None),
            Some(Want::Refund { from }) => (Some("refund"), Some(from.0)),
            None => (None, None),
        };
        Self {
            match_id: from.match_id,
            wager_id: from.terms.id,
            amount: from.terms.amount,
            proposer: from.terms.by,
            backing: from.backing,
            course: from.state,
            standing: from.standing,
            bound: from.standing.is_bound(),
            secured: rules::is_secured(&from.state, &from.standing),
            detail: sentence(from),
            due,
            refundable_at,
            proposed_at: from.proposed_at.0,
        }
    }
}

fn sentence(of: &Wager) -> &'static str {
    match of.standing {
        Standing::Word => {
            "no chain is set up here: nobody holds these stakes, both sides have given their word"
        }
        Standing::Unseen => "the contract has not been heard of this wager yet",
        Standing::Open { .. } => "the contract holds the proposer's stake",
        Standing::Locked { bound, .. } => locked(&of.state, bound),
        Standing::Paid { winner, .. } => paid(&of.state, winner),
        Standing::PaidElsewhere { .. } => {
            "the contract paid these stakes by another match of the two: the offer named none"
        }
        Standing::Returned => "the contract gave back what it held",
        Standing::Wrong { held_since: None } => {
            "what the contract says of this wager is not what was proposed"
        }
        Standing::Wrong { held_since: Some(_) } => {
            "what the contract says of this wager is not what was proposed: what it holds of both \
             goes back an hour after it took the second stake, unless a record of their match is \
             paid by first"
        }
    }
}

fn locked(state: &Course, bound: bool) -> &'static str {
    match (state, bound) {
        (Course::Proposed { .. }, _) => {
            "the contract holds both stakes, and here the other side has not accepted yet"
        }
        (Course::Accepted { .. } | Course::Decided { .. } | Course::Won { .. }, true) => {
            "the contract holds both stakes, and pays them by this match alone"
        }
        (Course::Accepted { .. } | Course::Decided { .. } | Course::Won { .. }, false) => {
            "the contract holds both stakes, and pays them by whichever match of the two is settled \
             first: the offer names none"
        }
        (Course::Declined { .. } | Course::Lapsed | Course::Void { .. }, _) => {
            "nobody wins this wager here, and the contract holds both stakes: they go back an hour \
             after it took the second, unless a record of the match is paid by first"
        }
    }
}

fn paid(state: &Course, paid: Side) -> &'static str {
    match state {
        Course::Decided { winner } | Course::Won { winner } if *winner == paid => {
            "the contract paid the winner"
        }
        Course::Decided { .. } | Course::Won { .. } => {
            "the contract paid the other side: both have signed another result than the one here"
        }
        Course::Proposed { .. } | Course::Accepted { .. } => {
            "the contract paid by a record of this match, which has no result here yet"
        }
        Course::Declined { .. } | Course::Lapsed | Course::Void { .. } => {
            "nobody wins this wager here, and the contract paid it by a record of the match all the \
             same"
        }
    }
}
