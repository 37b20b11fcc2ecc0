//! What the wager contract says: kept by block, held against what two agreed upon, and taken back
//! with its block. And what the jobs that it is sent are about.

use super::Wager;
use super::rules::standing::{Agreed, Said};
use super::rules::{self, Backing, Event, Standing, Want};
use super::service::{apply, line, watch};
use crate::ids::MatchId;
use crate::onchain::{Block, Contract, Due, MatchKey};
use crate::store::observed::{self, Label};
use crate::store::{self, Tx, matches, wagers as rows};
use crate::time::At;
use crate::uint::WagerId;

/// The job that pays a winner, by the contract's number of the wager.
pub const SETTLE: &str = "settle_wager";
/// The job that gives both stakes back, by the contract's number of the wager.
pub const REFUND: &str = "refund_wager";

/// The contract said something about a wager. The same again, of the same block, changes nothing.
///
/// # Errors
/// The database.
pub async fn observe(
    tx: &mut Tx,
    id: WagerId,
    said: &Said,
    block: &Block,
    log: i64,
    now: At,
) -> Result<(), store::Error> {
    let subject = id.to_string();
    let contract = Contract::Wager;
    let label = Label { contract, subject: &subject, kind: said.kind(), account: None };
    if observed::insert(tx, label, block, log, said).await? {
        refresh(tx, id, now).await?;
    }
    Ok(())
}

/// A block is not part of the chain any more: what the contract said in it was never said.
///
/// # Errors
/// The database.
pub async fn forget_block(tx: &mut Tx, hash: &str, now: At) -> Result<(), store::Error> {
    let forgotten = observed::forget::<Said>(tx, Contract::Wager, hash).await?;
    let mut subjects: Vec<_> = forgotten.into_iter().map(|(subject, _)| subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    for id in subjects.iter().filter_map(|subject| subject.parse().ok()) {
        refresh(tx, id, now).await?;
    }
    Ok(())
}

/// The match whose result pays a wager of the contract: what the [`SETTLE`] job needs.
///
/// # Errors
/// The database.
pub async fn to_settle(tx: &mut Tx, id: WagerId) -> Result<Due<MatchId>, store::Error> {
    let wagers = rows::called(tx, id).await?;
    let due = wagers.iter().find(|it| rules::want(&it.state, &it.standing) == Some(Want::Settle));
    Ok(due.map_or_else(|| left(&wagers), |wager| Due::Now(wager.match_id)))
}

/// Whether the stakes of a wager of the contract are to go back by now, and for want of which match's
/// record: what the [`REFUND`] job asks before it does anything.
///
/// # Errors
/// The database.
pub async fn to_refund(tx: &mut Tx, id: WagerId, now: At) -> Result<Due<MatchKey>, store::Error> {
    let wagers = rows::called(tx, id).await?;
    let mut refunds = wagers.iter().filter_map(|it| match rules::want(&it.state, &it.standing)? {
        Want::Refund { from } => Some((from, it.match_id)),
        Want::Settle => None,
    });
    Ok(match refunds.next() {
        // What another match may pay out is not taken from it.
        Some(_) if rows::claimed_by(tx, id).await?.is_some() => Due::Later,
        Some((from, of)) if from <= now => {
            // The offer may name a match that neither side named here.
            let named = bound_to(tx, id).await?;
            Due::Now(named.unwrap_or_else(|| MatchKey::of(of)))
        }
        Some(_) => Due::Later,
        None => left(&wagers),
    })
}

/// The match that a wager of the contract is for, if its offer names one.
async fn bound_to(tx: &mut Tx, id: WagerId) -> Result<Option<MatchKey>, store::Error> {
    let said = observed::about::<Said>(tx, Contract::Wager, &id.to_string()).await?;
    let key = said.into_iter().find_map(|kept| match kept.event {
        Said::Bound { match_key } => Some(match_key),
        Said::Proposed { .. }
        | Said::Accepted { .. }
        | Said::Settled { .. }
        | Said::Cancelled
        | Said::Voided => None,
    });
    Ok(key)
}

/// What is left to do where nothing is to be done now: what a reorganisation took back comes again.
fn left<T>(wagers: &[Wager]) -> Due<T> {
    let comes_again = |it: &Wager| match it.standing {
        Standing::Unseen | Standing::Open { .. } => true,
        Standing::Word
        | Standing::Locked { .. }
        | Standing::Paid { .. }
        | Standing::PaidElsewhere { .. }
        | Standing::Returned
        | Standing::Wrong { .. } => false,
    };
    if wagers.iter().any(comes_again) { Due::Later } else { Due::Done }
}

/// What the contract says has changed, for whoever says that a wager of it is his.
async fn refresh(tx: &mut Tx, id: WagerId, now: At) -> Result<(), store::Error> {
    for found in rows::called(tx, id).await? {
        let standing = standing(tx, &found).await?;
        if standing == found.standing {
            continue;
        }
        let heard = Wager { standing, version: found.version + 1, ..found };
        rows::save(tx, &heard);
        watch(tx, &heard, now);
        tx.tell(line(&heard, "wager.chain", now));
        let _never_refused = apply(tx, heard, Event::Look, now);
    }
    Ok(())
}

pub(super) async fn standing(tx: &mut Tx, of: &Wager) -> Result<Standing, store::Error> {
    if of.backing == Backing::Word {
        return Ok(Standing::Word);
    }
    let Some(id) = of.terms.id else { return Ok(Standing::Unseen) };
    let Some(found) = matches::find(tx, of.match_id).await? else { return Ok(Standing::Unseen) };
    let said = observed::about::<Said>(tx, Contract::Wager, &id.to_string()).await?;
    let said: Vec<_> = said.into_iter().map(|kept| (kept.at, kept.event)).collect();
    let Wager { backing, ref terms, ref wallets, match_id, .. } = *of;
    let standing =
        Standing::of(&Agreed { backing, terms, wallets, match_id, game: &found.queue }, &said);
    let others = match standing {
        Standing::Open { .. }
        | Standing::Locked { .. }
        | Standing::Paid { .. }
        | Standing::PaidElsewhere { .. }
        | Standing::Wrong { held_since: Some(_) } => {
            rows::claimed_by(tx, id).await?.is_some_and(|holder| holder != of.match_id)
        }
        Standing::Word
        | Standing::Unseen
        | Standing::Returned
        | Standing::Wrong { held_since: None } => false,
    };
    Ok(if others { Standing::Wrong { held_since: None } } else { standing })
}
