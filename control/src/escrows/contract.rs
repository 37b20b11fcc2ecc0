//! What the escrow contract says: kept by block, told to the match, and taken back with its block.

use super::Escrow;
use super::rules::standing::Heard;
use super::rules::{self, Said, Standing};
use super::service::{tell, watch};
use crate::matches::rules::{Event, State};
use crate::matches::service::{Error, apply};
use crate::onchain::{Block, Contract, MatchKey};
use crate::store::observed::{self, Label};
use crate::store::{self, Tx, escrows as rows, matches};
use crate::time::At;
use crate::uint::EscrowId;

/// The contract said something about one of its escrows. The same again, of the same block, changes
/// nothing.
///
/// # Errors
/// The database.
pub async fn observe(
    tx: &mut Tx,
    number: EscrowId,
    said: &Said,
    block: &Block,
    log: i64,
    now: At,
) -> Result<(), store::Error> {
    // A match finds its escrow by what it was created for, and everything else by its number.
    let subject = match said {
        Said::Created { key, .. } => key.0.clone(),
        Said::Joined { .. }
        | Said::Started
        | Said::Resolved { .. }
        | Said::Cancelled
        | Said::Paid { .. } => number.to_string(),
    };
    let contract = Contract::Escrow;
    let label = Label { contract, subject: &subject, kind: said.kind(), account: None };
    if observed::insert(tx, label, block, log, said).await?
        && let Some(found) = about(tx, &subject).await?
    {
        refresh(tx, found, now).await?;
    }
    Ok(())
}

/// A block is not part of the chain any more: what the contract said in it was never said.
///
/// # Errors
/// The database.
pub async fn forget_block(tx: &mut Tx, hash: &str, now: At) -> Result<(), store::Error> {
    let forgotten = observed::forget::<Said>(tx, Contract::Escrow, hash).await?;
    let mut matches = Vec::new();
    for (subject, _) in forgotten {
        matches.extend(about(tx, &subject).await?.map(|found| found.match_id));
    }
    matches.sort_unstable();
    matches.dedup();
    for id in matches {
        if let Some(found) = rows::find(tx, id).await? {
            refresh(tx, found, now).await?;
        }
    }
    Ok(())
}

/// The escrow of ours that something is about; others may use the contract, too.
async fn about(tx: &mut Tx, subject: &str) -> Result<Option<Escrow>, store::Error> {
    match subject.parse::<EscrowId>() {
        Ok(number) => rows::numbered(tx, number).await,
        Err(_) => rows::of_key(tx, &MatchKey(subject.to_owned())).await,
    }
}

/// Looks anew at what the contract says, and tells the match.
pub(super) async fn refresh(tx: &mut Tx, found: Escrow, now: At) -> Result<(), store::Error> {
    let standing = standing(tx, &found).await?;
    let news = standing != found.standing;
    let heard = if news {
        let heard = Escrow { standing, version: found.version + 1, ..found };
        rows::save(tx, &heard);
        heard
    } else {
        found
    };
    let Some(mut of) = matches::find(tx, heard.match_id).await? else { return Ok(()) };
    let version = of.version;
    let head = rows::head(tx, heard.terms.chain_id).await?;
    let waits = matches!(of.state, State::Staking { .. }).then_some((&of.timing, now));
    let stakes = rules::has(&standing, &heard.terms, head, waits);
    // One that is about to take no stakes any more is as good as none.
    let limit = of.timing.staking.unwrap_or_default();
    let until = rules::open_until(&standing).filter(|until| *until >= now + limit);
    let open = until.map(|until| Event::EscrowOpen { until });
    for event in open.into_iter().chain([Event::Stakes(stakes)]) {
        of = match apply(tx, of.clone(), event, now).await {
            Ok(of) => of,
            // What the chain says is never refused, and what is due has been stored.
            Err(Error::Refused(_) | Error::Unknown | Error::NotASide) => of,
            Err(Error::Store(error)) => return Err(error),
        };
    }
    // The match may have changed it in turn.
    let Some(heard) = rows::find(tx, heard.match_id).await? else { return Ok(()) };
    watch(tx, &heard, &of, now);
    if news && of.version == version {
        tell(tx, &heard, &of, now);
    }
    Ok(())
}

async fn standing(tx: &mut Tx, of: &Escrow) -> Result<Standing, store::Error> {
    let key = MatchKey::of(of.match_id);
    let created = heard(tx, &key.0).await?;
    let opened = Standing::opened(&of.agreed, &created);
    let about = match opened {
        Some(opened) => heard(tx, &opened.number.to_string()).await?,
        None => Vec::new(),
    };
    Ok(Standing::of(&of.agreed, opened, &about))
}

async fn heard(tx: &mut Tx, subject: &str) -> Result<Vec<Heard>, store::Error> {
    let kept = observed::about::<Said>(tx, Contract::Escrow, subject).await?;
    let heard = kept.into_iter().map(|it| Heard { place: it.place, at: it.at, said: it.event });
    Ok(heard.collect())
}
