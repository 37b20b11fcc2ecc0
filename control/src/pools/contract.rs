//! What the pool contract says: added up, and taken off again with its block.

use serde_json::json;

use super::rules::Terms;
use super::rules::tally::{Said, Tally};
use super::service::line;
use super::work::{CANCEL, CLOSE, RESOLVE};
use super::{Book, Pool};
use crate::jobs;
use crate::onchain::{Block, Contract, MatchKey};
use crate::store::observed::{self, Label};
use crate::store::{self, Tx, pools as rows};
use crate::time::At;
use crate::uint::PoolId;

/// The contract said something about a pool. The same again, of the same block, changes nothing.
///
/// # Errors
/// The database.
pub async fn observe(
    tx: &mut Tx,
    id: PoolId,
    said: &Said,
    block: &Block,
    log: i64,
    now: At,
) -> Result<(), store::Error> {
    tx.lock("pools").await?;
    let subject = id.to_string();
    let account = said.account().map(ToString::to_string);
    let contract = Contract::Pool;
    let (kind, account) = (said.kind(), account.as_deref());
    let label = Label { contract, subject: &subject, kind, account };
    if !observed::insert(tx, label, block, log, said).await? {
        return Ok(());
    }
    let before = rows::pool(tx, id).await?.map(|pool| pool.tally).unwrap_or_default();
    let mut tally = before.clone();
    tally.add(said);
    let pool = keep(tx, id, &before, tally, now).await?;
    let told = match said {
        Said::Created { .. } => "pool.created",
        Said::Bet { .. } => "bet.placed",
        Said::Resolved { .. } => "pool.resolved",
        Said::Cancelled => "pool.cancelled",
        Said::Claimed { .. } => "bet.claimed",
    };
    tell(tx, &pool, told, Some(said), now).await
}

/// A block is not part of the chain any more: what the contract said in it was never said.
///
/// # Errors
/// The database.
pub async fn forget_block(tx: &mut Tx, hash: &str, now: At) -> Result<(), store::Error> {
    tx.lock("pools").await?;
    let mut forgotten = observed::forget::<Said>(tx, Contract::Pool, hash).await?;
    forgotten.sort_by(|(one, _), (other, _)| one.cmp(other));
    for events in forgotten.chunk_by(|(one, _), (other, _)| one == other) {
        let Some(id) = events.first().and_then(|(subject, _)| subject.parse().ok()) else {
            continue;
        };
        let before = rows::pool(tx, id).await?.map(|pool| pool.tally).unwrap_or_default();
        let mut tally = before.clone();
        events.iter().for_each(|(_, kept)| tally.remove(&kept.event));
        let pool = keep(tx, id, &before, tally, now).await?;
        tell(tx, &pool, "pool.undone", None, now).await?;
    }
    Ok(())
}

/// Keeps a tally whose bets have been counted, with its beginning and end as the chain has them.
async fn keep(
    tx: &mut Tx,
    id: PoolId,
    before: &Tally,
    mut tally: Tally,
    now: At,
) -> Result<Pool, store::Error> {
    let about = observed::about::<Said>(tx, Contract::Pool, &id.to_string()).await?;
    tally.fated(about.iter().map(|kept| &kept.event));
    let pool = Pool { id, tally };
    rows::save_pool(tx, &pool);
    let key_of = |tally: &Tally| tally.opened.as_ref().map(|opened| opened.match_key.clone());
    let [was, is] = [key_of(before), key_of(&pool.tally)];
    // The match that loses it first: a pool is one match's.
    if was != is
        && let Some(key) = was
    {
        rebook(tx, &key, now).await?;
    }
    if let Some(key) = is.filter(|_| before.opened != pool.tally.opened) {
        rebook(tx, &key, now).await?;
    }
    Ok(pool)
}

/// Finds a match its pool anew.
async fn rebook(tx: &mut Tx, key: &MatchKey, now: At) -> Result<(), store::Error> {
    let Some(book) = rows::book_of_key(tx, key).await? else { return Ok(()) };
    let theirs = |pool: &Pool| {
        let opened = pool.tally.opened.as_ref();
        opened.is_some_and(|it| it.a == book.wallets.first && it.b == book.wallets.second)
    };
    let found = rows::pools_of_key(tx, key).await?.into_iter().find(theirs);
    // Who holds the stakes says what is kept of them.
    let says = found.as_ref().and_then(|pool| pool.tally.opened.as_ref()?.rake_bps);
    let rake_bps = says.unwrap_or(book.terms.rake_bps);
    let ended = found.as_ref().is_some_and(|pool| pool.tally.ended.is_some());
    let pool = found.map(|pool| pool.id);
    if pool != book.pool || rake_bps != book.terms.rake_bps {
        let terms = Terms { rake_bps, ..book.terms };
        let changed = Book { pool, terms, version: book.version + 1, ..book };
        rows::save_book(tx, &changed);
        if changed.pool.is_some() {
            let id = changed.match_id.to_string();
            // They may have been asked for before, and waited for it.
            [CLOSE, RESOLVE, CANCEL].into_iter().for_each(|job| jobs::hasten(tx, job, &id, now));
            // Or it was not expected any more, and the end of it was done with nothing to do.
            if let Some(end) = changed.betting.end().filter(|_| !ended) {
                jobs::reopen(tx, end, &id, now);
            }
        }
        let body = json!({ "pool_id": changed.pool, "rake_bps": rake_bps });
        tx.tell(line(changed.match_id, "pool.found", body, now));
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    pool: &Pool,
    kind: &'static str,
    said: Option<&Said>,
    now: At,
) -> Result<(), store::Error> {
    let Some(book) = rows::book_of_pool(tx, pool.id).await? else { return Ok(()) };
    let mut body = said.map_or_else(|| json!({}), |said| json!(said));
    body["pool_id"] = json!(pool.id);
    body["total_a"] = json!(pool.tally.a);
    body["total_b"] = json!(pool.tally.b);
    let odds = pool.tally.stakes().odds(book.terms.rake_bps).map(|odds| odds.to_string());
    body["odds"] = json!(odds);
    tx.tell(line(book.match_id, kind, body, now));
    Ok(())
}
