//! What a player has to pay, where, until when, and what became of it: told by the log and the API
//! alike.

use serde::Serialize;
use utoipa::ToSchema;

use super::Escrow;
use super::rules::{End, Fate};
use crate::chain::contracts;
use crate::matches::rules::{Side, Stake, State};
use crate::onchain::Account;
use crate::time::At;
use crate::uint::{EscrowId, Wei};

/// The stakes of a match.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The chain's number.
    chain_id: u64,
    /// The escrow contract; its `token()` is what is staked, and has to approve of it.
    #[schema(value_type = String)]
    contract: Account,
    /// What each side stakes, in the token's smallest unit.
    #[schema(value_type = String)]
    amount: Wei,
    /// The contract's number of the match; null before there is an escrow.
    #[schema(value_type = Option<String>)]
    escrow: Option<EscrowId>,
    /// What a player sends to stake, once there is an escrow and as long as it is waited for.
    join: Option<Call>,
    /// Unix milliseconds: when both stakes have to be there, while they are waited for.
    lock_by: Option<i64>,
    p1: ShownSide,
    p2: ShownSide,
    /// What is to become of the stakes: `open`, `won`, `drawn` or `void`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    fate: Fate,
}

/// A call of a contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Call {
    /// Which.
    #[schema(value_type = String)]
    to: Account,
    /// What it is told, in hex.
    data: String,
}

/// The stake of a side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownSide {
    /// Who has to pay, and is paid.
    #[schema(value_type = String)]
    account: Account,
    /// `owed`, `seen` without its confirmations, `locked`; `lost`, `paid` to whom it is due,
    /// `returned`.
    stake: &'static str,
    /// What the contract gave this side, or owes it, in the token's smallest unit.
    #[schema(value_type = String)]
    paid: Wei,
}

impl Shown {
    /// As it is.
    #[must_use]
    pub fn of(of: &Escrow, course: &State) -> Self {
        let lock_by = match course {
            State::Staking { lock_by, .. } => Some(lock_by),
            State::Matched { .. }
            | State::Ready { .. }
            | State::Active { .. }
            | State::Resolved { .. }
            | State::Settled { .. }
            | State::Cancelled { .. }
            | State::Expired => None,
        };
        let opened = of.standing.opened;
        let call = |number: EscrowId| Call {
            to: of.terms.contract.clone(),
            data: contracts::join_match(number.0).to_string(),
        };
        let side = |side| ShownSide {
            account: of.agreed.players.of(side).clone(),
            stake: word(of, course, side),
            paid: *of.standing.paid.of(side),
        };
        Self {
            chain_id: of.terms.chain_id,
            contract: of.terms.contract.clone(),
            amount: of.agreed.stake,
            escrow: opened.map(|opened| opened.number),
            join: opened.filter(|_| lock_by.is_some()).map(|opened| call(opened.number)),
            lock_by: lock_by.map(|At(at)| *at),
            p1: side(Side::First),
            p2: side(Side::Second),
            fate: of.fate,
        }
    }
}

fn word(of: &Escrow, course: &State, side: Side) -> &'static str {
    let paid = *of.standing.paid.of(side) > Wei::ZERO;
    let joined = of.standing.joined.of(side).is_some();
    match (of.standing.ended, course) {
        (Some(End::Resolved { .. }), _) if paid => "paid",
        (Some(End::Resolved { .. }), _) => "lost",
        (Some(End::Cancelled), _) if paid => "returned",
        (None, State::Staking { stakes, .. }) => match stakes.of(side) {
            Stake::Owed => "owed",
            Stake::Seen => "seen",
            Stake::Locked => "locked",
        },
        (Some(End::Cancelled) | None, _) if joined => "locked",
        (Some(End::Cancelled) | None, _) => "owed",
    }
}
