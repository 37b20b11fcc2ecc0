//! What is to be sent to the escrow contract: asked for by name, looked up when it is done.

use super::Escrow;
use super::rules::{Agreed, wants};
use crate::ids::MatchId;
use crate::matches::rules::{Side, State};
use crate::onchain::{Account, Due, MatchKey};
use crate::store::{self, Tx, escrows as rows, matches};
use crate::time::{At, Span};

/// The job that opens an escrow, by the id of its match.
pub const CREATE: &str = "create_escrow";
/// Tells it what came of the match: see [`CREATE`].
pub const RESULT: &str = "escrow_result";
/// Sends a side what the escrow has for it, by the match's id, a colon and the side.
pub const PAY: &str = "pay_escrow";

/// For a stake that a reorganisation took back to come again. None comes later.
const COMES_AGAIN_WITHIN: Span = Span::seconds(3_600);

/// An escrow to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What the contract is to know the match by.
    pub match_key: MatchKey,
    /// Who plays, for what.
    pub agreed: Agreed,
}

/// What came of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the contract knows the match by.
    pub match_key: MatchKey,
    /// Who gets both stakes.
    pub winner: Option<Account>,
    /// How it ended, by the contract's number.
    pub outcome: u8,
}

/// What the escrow has for a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What the contract knows the match by.
    pub match_key: MatchKey,
    /// Whose it is.
    pub player: Account,
}

/// What the [`CREATE`] job opens: nothing once nobody waits for it.
///
/// # Errors
/// The database.
pub async fn to_create(tx: &mut Tx, id: MatchId) -> Result<Due<Order>, store::Error> {
    let (Some(escrow), Some(of)) = (rows::find(tx, id).await?, matches::find(tx, id).await?) else {
        return Ok(Due::Done);
    };
    let waits = matches!(of.state, State::Staking { .. });
    if !waits || escrow.standing.opened.is_some() {
        return Ok(Due::Done);
    }
    Ok(Due::Now(Order { match_key: MatchKey::of(id), agreed: escrow.agreed }))
}

/// What the [`RESULT`] job tells.
///
/// # Errors
/// The database.
pub async fn to_result(tx: &mut Tx, id: MatchId, now: At) -> Result<Due<Verdict>, store::Error> {
    let Some(escrow) = rows::find(tx, id).await? else { return Ok(Due::Done) };
    let Some(outcome) = escrow.fate.outcome() else { return Ok(Due::Later) };
    if escrow.standing.ended.is_some() {
        return Ok(Due::Done);
    }
    if escrow.standing.started_at.is_none() {
        return Ok(left(&escrow, now));
    }
    let winner = escrow.fate.winner().map(|side| escrow.agreed.players.of(side).clone());
    Ok(Due::Now(Verdict { match_key: MatchKey::of(id), winner, outcome }))
}

/// What the [`PAY`] job sends, and to whom.
///
/// # Errors
/// The database.
pub async fn to_pay(tx: &mut Tx, business: &str, now: At) -> Result<Due<Payment>, store::Error> {
    let Some((id, side)) = paid_to(business) else { return Ok(Due::Done) };
    let Some(escrow) = rows::find(tx, id).await? else { return Ok(Due::Done) };
    match *wants(escrow.fate, &escrow.standing).pay.of(side) {
        Some(from) if from <= now => {
            let player = escrow.agreed.players.of(side).clone();
            Ok(Due::Now(Payment { match_key: MatchKey::of(id), player }))
        }
        Some(_) => Ok(Due::Later),
        None => Ok(left(&escrow, now)),
    }
}

/// What is left to do where nothing is to be done now.
fn left<T>(of: &Escrow, now: At) -> Due<T> {
    let given_up = of.made_at + COMES_AGAIN_WITHIN <= now;
    if of.standing.ended.is_some() || given_up { Due::Done } else { Due::Later }
}

/// The business id of a side's payment.
#[must_use]
pub fn payment(id: MatchId, side: Side) -> String {
    format!("{id}:{}", name(side))
}

fn paid_to(business: &str) -> Option<(MatchId, Side)> {
    let (id, side) = business.split_once(':')?;
    let side = Side::BOTH.into_iter().find(|it| name(*it) == side)?;
    Some((id.parse().ok()?, side))
}

fn name(side: Side) -> &'static str {
    match side {
        Side::First => "p1",
        Side::Second => "p2",
    }
}
