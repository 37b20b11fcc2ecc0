//! What is sent for wagers and pools. A contract decides by the record of a match, so what waits for
//! one that will not come from here is given back instead; unless the players made one themselves,
//! which the chain is asked when it is sent.

use alloy::primitives::Address;

use super::{About, nothing};
use crate::chain::intents::{Intent, Known};
use crate::ids::MatchId;
use crate::onchain::{Due, MatchKey};
use crate::pools::work;
use crate::store::{self, Tx};
use crate::time::At;
use crate::uint::{PoolId, WagerId};
use crate::{signatures, wagers};

pub(super) async fn create_pool(tx: &mut Tx, about: &About) -> Result<Known, store::Error> {
    let Some(id) = about.id::<MatchId>() else { return Ok(nothing()) };
    let order = match work::to_create(tx, id).await? {
        Due::Now(order) => order,
        Due::Later => return Ok(later("bets are not taken yet")),
        Due::Done => return Ok(Known::There),
    };
    let Some(match_id) = order.match_key.hash() else { return Ok(nothing()) };
    let [first, second] = [&order.players.first, &order.players.second].map(Address::from);
    let closes_at = u64::try_from(order.closes_at.0 / 1_000).unwrap_or_default();
    Ok(intent(Intent::CreatePool { match_id, first, second, closes_at }))
}

pub(super) async fn close_pool(tx: &mut Tx, about: &About, now: At) -> Result<Known, store::Error> {
    let Some(id) = about.id::<MatchId>() else { return Ok(nothing()) };
    let due = work::to_close(tx, id, now).await?;
    Ok(of_pool(due, |pool| Intent::ClosePool { pool_id: pool.0 }))
}

pub(super) async fn resolve_pool(
    tx: &mut Tx,
    about: &About,
    now: At,
) -> Result<Known, store::Error> {
    let Some(id) = about.id::<MatchId>() else { return Ok(nothing()) };
    let due = work::to_resolve(tx, id, now).await?;
    let recorded = is_to_be_recorded(tx, about, id).await?;
    Ok(of_pool(due, |PoolId(pool_id)| match recorded {
        true => Intent::ResolvePool { pool_id },
        false => Intent::CancelPool { pool_id },
    }))
}

pub(super) async fn cancel_pool(
    tx: &mut Tx,
    about: &About,
    now: At,
) -> Result<Known, store::Error> {
    let Some(id) = about.id::<MatchId>() else { return Ok(nothing()) };
    let due = work::to_cancel(tx, id, now).await?;
    Ok(of_pool(due, |pool| Intent::CancelPool { pool_id: pool.0 }))
}

pub(super) async fn settle_wager(tx: &mut Tx, about: &About) -> Result<Known, store::Error> {
    let Some(id @ WagerId(wager_id)) = about.id() else { return Ok(nothing()) };
    let of = match wagers::contract::to_settle(tx, id).await? {
        Due::Now(of) => of,
        Due::Later => return Ok(later(NOT_LOCKED)),
        Due::Done => return Ok(Known::There),
    };
    let Some(match_id) = MatchKey::of(of).hash() else { return Ok(nothing()) };
    Ok(intent(match is_to_be_recorded(tx, about, of).await? {
        true => Intent::SettleWager { wager_id, match_id },
        false => Intent::RefundWager { wager_id, match_id },
    }))
}

pub(super) async fn refund_wager(
    tx: &mut Tx,
    about: &About,
    now: At,
) -> Result<Known, store::Error> {
    let Some(id @ WagerId(wager_id)) = about.id() else { return Ok(nothing()) };
    Ok(match wagers::contract::to_refund(tx, id, now).await? {
        Due::Now(key) => match key.hash() {
            Some(match_id) => intent(Intent::RefundWager { wager_id, match_id }),
            None => nothing(),
        },
        Due::Later => later(NOT_LOCKED),
        Due::Done => Known::There,
    })
}

const NOT_LOCKED: &str = "the contract does not hold both stakes";

/// Both have signed. What stands without both signatures never gets a record from here: its time to
/// be signed is over when somebody asks.
async fn is_to_be_recorded(tx: &mut Tx, about: &About, id: MatchId) -> Result<bool, store::Error> {
    Ok(signatures::both_signed(tx, &about.signing, id).await?.is_some())
}

fn of_pool(due: Due<PoolId>, act: impl FnOnce(PoolId) -> Intent) -> Known {
    match due {
        Due::Now(pool) => intent(act(pool)),
        Due::Later => later("the chain has no pool of this match yet"),
        Due::Done => Known::There,
    }
}

pub(super) fn intent(intent: Intent) -> Known {
    Known::Intent(Box::new(intent))
}

pub(super) fn later(why: &str) -> Known {
    Known::NotYet(why.to_owned())
}

impl About {
    /// What the job is named by.
    pub(super) fn id<T: std::str::FromStr>(&self) -> Option<T> {
        self.job.business_id.parse().ok()
    }
}
