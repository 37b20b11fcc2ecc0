//! What is to be sent to the chain for a match's pool: asked for by name, looked up when it is done.
//!
//! Each is done once: whoever does it asks here first, and what the chain has already is done.

use super::rules::Betting;
use crate::ids::MatchId;
use crate::matches::rules::{Sides, State as Course};
use crate::onchain::{Account, Due, MatchKey};
use crate::store::{self, Tx, jobs, matches, pools as rows};
use crate::time::{At, Span};
use crate::uint::PoolId;

/// The job that makes a pool, by the id of its match.
pub const CREATE: &str = "create_pool";
/// Takes no more bets: see [`CREATE`].
pub const CLOSE: &str = "close_pool";
/// Pays by the result: see [`CREATE`].
pub const RESOLVE: &str = "resolve_pool";
/// Gives every bet back: see [`CREATE`].
pub const CANCEL: &str = "cancel_pool";

/// After the last bets: for a pool to appear that was asked for in time. None comes later.
const APPEARS_WITHIN: Span = Span::seconds(3_600);

impl Betting {
    /// The job by which a pool gets there.
    pub(super) fn end(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Closed => Some(CLOSE),
            Self::Resolve => Some(RESOLVE),
            Self::Cancel => Some(CANCEL),
        }
    }
}

/// A pool to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What the contract is to call the match.
    pub match_key: MatchKey,
    /// The one whom bets on A are on, and the other.
    pub players: Sides<Account>,
    /// When the game starts at the latest: no bet is to be taken afterwards.
    pub closes_at: At,
}

/// What the [`CREATE`] job makes.
///
/// # Errors
/// The database.
pub async fn to_create(tx: &mut Tx, id: MatchId) -> Result<Due<Order>, store::Error> {
    let (Some(book), Some(of)) = (rows::book(tx, id).await?, matches::find(tx, id).await?) else {
        return Ok(Due::Done);
    };
    if book.betting != Betting::Open || book.pool.is_some() {
        return Ok(Due::Done);
    }
    let closes_at = match of.state {
        // The escrow has as long to be opened as both have to pay into it.
        Course::Matched { answer_by, .. } => {
            let staking = of.timing.staking.unwrap_or_default();
            answer_by + staking + staking + of.timing.countdown
        }
        Course::Staking { lock_by, opened, .. } => {
            let paying = of.timing.staking.filter(|_| !opened).unwrap_or_default();
            lock_by + paying + of.timing.countdown
        }
        Course::Ready { starts_at } => starts_at,
        Course::Active { .. }
        | Course::Resolved { .. }
        | Course::Settled { .. }
        | Course::Cancelled { .. }
        | Course::Expired => book.opened_at + book.terms.window,
    };
    Ok(Due::Now(Order { match_key: MatchKey::of(id), players: book.wallets, closes_at }))
}

/// The pool that the [`CLOSE`] job closes.
///
/// # Errors
/// The database.
pub async fn to_close(tx: &mut Tx, id: MatchId, now: At) -> Result<Due<PoolId>, store::Error> {
    to_end(tx, id, now, &[Betting::Closed, Betting::Resolve]).await
}

/// The pool that the [`RESOLVE`] job pays out.
///
/// # Errors
/// The database.
pub async fn to_resolve(tx: &mut Tx, id: MatchId, now: At) -> Result<Due<PoolId>, store::Error> {
    to_end(tx, id, now, &[Betting::Resolve]).await
}

/// The pool that the [`CANCEL`] job gives back.
///
/// # Errors
/// The database.
pub async fn to_cancel(tx: &mut Tx, id: MatchId, now: At) -> Result<Due<PoolId>, store::Error> {
    to_end(tx, id, now, &[Betting::Cancel]).await
}

async fn to_end(
    tx: &mut Tx,
    id: MatchId,
    now: At,
    while_in: &[Betting],
) -> Result<Due<PoolId>, store::Error> {
    let Some(book) = rows::book(tx, id).await? else { return Ok(Due::Done) };
    if !while_in.contains(&book.betting) {
        return Ok(Due::Done);
    }
    let Some(pool) = book.pool else {
        // None is opened any more: there is nothing to wait for if none has been.
        let given_up = book.closed_at.is_some_and(|at| at + APPEARS_WITHIN <= now)
            || jobs::came_to_nothing(tx, CREATE, &id.to_string()).await?;
        return Ok(if given_up { Due::Done } else { Due::Later });
    };
    let ended = rows::pool(tx, pool).await?.is_some_and(|it| it.tally.ended.is_some());
    Ok(if ended { Due::Done } else { Due::Now(pool) })
}
