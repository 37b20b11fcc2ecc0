//! What is sent for the stakes of matches.

use alloy::primitives::Address;

use super::stakes::{intent, later};
use super::{About, nothing};
use crate::chain::intents::{Intent, Known};
use crate::escrows::work;
use crate::ids::MatchId;
use crate::onchain::Due;
use crate::store::{self, Tx};
use crate::time::At;

pub(super) async fn create(tx: &mut Tx, about: &About) -> Result<Known, store::Error> {
    let Some(id) = about.id::<MatchId>() else { return Ok(nothing()) };
    let order = match work::to_create(tx, id).await? {
        Due::Now(order) => order,
        Due::Later => return Ok(later("nobody waits for the escrow yet")),
        Due::Done => return Ok(Known::There),
    };
    let Some(match_id) = order.match_key.hash() else { return Ok(nothing()) };
    let players = order.agreed.players;
    let [first, second] = [&players.first, &players.second].map(Address::from);
    Ok(intent(Intent::CreateEscrow { match_id, first, second, tier: order.agreed.tier }))
}

pub(super) async fn result(tx: &mut Tx, about: &About, now: At) -> Result<Known, store::Error> {
    let Some(id) = about.id::<MatchId>() else { return Ok(nothing()) };
    let verdict = match work::to_result(tx, id, now).await? {
        Due::Now(verdict) => verdict,
        Due::Later => return Ok(later("the escrow does not have both stakes")),
        Due::Done => return Ok(Known::There),
    };
    let Some(match_id) = verdict.match_key.hash() else { return Ok(nothing()) };
    let winner = verdict.winner.as_ref().map(Address::from).unwrap_or_default();
    Ok(intent(Intent::EscrowResult { match_id, winner, outcome: verdict.outcome }))
}

pub(super) async fn pay(tx: &mut Tx, about: &About, now: At) -> Result<Known, store::Error> {
    let payment = match work::to_pay(tx, &about.job.business_id, now).await? {
        Due::Now(payment) => payment,
        Due::Later => return Ok(later("the escrow has nothing for this side yet")),
        Due::Done => return Ok(Known::There),
    };
    let Some(match_id) = payment.match_key.hash() else { return Ok(nothing()) };
    Ok(intent(Intent::PayEscrow { match_id, player: Address::from(&payment.player) }))
}
