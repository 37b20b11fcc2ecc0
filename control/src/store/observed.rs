//! What contracts have said, by block, so that it can be taken back with its block.

use super::matches::{from_json, json};
use super::{Error, Row, Tx, sql};
use crate::onchain::{Block, Contract, Place};
use crate::time::At;

/// An event of a contract as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept<E> {
    pub(crate) place: Place,
    pub(crate) at: At,
    pub(crate) event: E,
}

/// What an event is kept by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) contract: Contract,
    /// What it is about: the contract's number of it.
    pub(crate) subject: &'a str,
    pub(crate) kind: &'static str,
    /// Whom it is about, where it is one account.
    pub(crate) account: Option<&'a str>,
}

/// Keeps an event. False if it was kept already: telling it again changes nothing.
pub(crate) async fn insert<E: serde::Serialize>(
    tx: &mut Tx,
    label: Label<'_>,
    block: &Block,
    log: i64,
    event: &E,
) -> Result<bool, Error> {
    const INSERT: &str = "INSERT INTO observed (contract, block_hash, log, block, at, subject, \
         kind, account, event) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (contract, block_hash, log) DO NOTHING RETURNING log";
    let statement = sql(INSERT).bind(label.contract.name()).bind(&block.hash).bind(log);
    let statement = statement.bind(block.number).bind(block.at.0).bind(label.subject);
    let statement = statement.bind(label.kind).bind(label.account).bind(json(event));
    Ok(tx.row(statement).await?.is_some())
}

/// Takes back all that a contract said in a block. What it was, with its subjects.
pub(crate) async fn forget<E: serde::de::DeserializeOwned>(
    tx: &mut Tx,
    contract: Contract,
    hash: &str,
) -> Result<Vec<(String, Kept<E>)>, Error> {
    const FORGET: &str = "DELETE FROM observed WHERE contract = $1 AND block_hash = $2 \
         RETURNING block, log, at, event, subject";
    let rows = tx.rows(sql(FORGET).bind(contract.name()).bind(hash)).await?;
    rows.iter().map(|row| Ok((row.text(4)?, kept(row)?))).collect()
}

/// What a contract said about one thing, in the chain's order, but for the many bets on it.
pub(crate) async fn about<E: serde::de::DeserializeOwned>(
    tx: &mut Tx,
    contract: Contract,
    subject: &str,
) -> Result<Vec<Kept<E>>, Error> {
    const ABOUT: &str = "SELECT block, log, at, event FROM observed WHERE contract = $1 \
         AND subject = $2 AND kind NOT IN ('bet', 'claimed') ORDER BY block, log";
    tx.rows(sql(ABOUT).bind(contract.name()).bind(subject)).await?.iter().map(kept).collect()
}

/// The newest of one kind about one thing, the newest first, a thousand at most.
pub(crate) async fn newest<E: serde::de::DeserializeOwned>(
    tx: &mut Tx,
    label: Label<'_>,
) -> Result<Vec<Kept<E>>, Error> {
    const NEWEST: &str = "SELECT block, log, at, event FROM observed WHERE contract = $1 \
         AND subject = $2 AND kind = $3 ORDER BY block DESC, log DESC LIMIT 1000";
    let query = sql(NEWEST).bind(label.contract.name()).bind(label.subject).bind(label.kind);
    tx.rows(query).await?.iter().map(kept).collect()
}

/// All that was said about one thing and one account.
pub(crate) async fn of_account<E: serde::de::DeserializeOwned>(
    tx: &mut Tx,
    contract: Contract,
    subject: &str,
    account: &str,
) -> Result<Vec<Kept<E>>, Error> {
    const OF: &str = "SELECT block, log, at, event FROM observed WHERE contract = $1 \
         AND subject = $2 AND account = $3 ORDER BY block, log";
    let query = sql(OF).bind(contract.name()).bind(subject).bind(account);
    tx.rows(query).await?.iter().map(kept).collect()
}

fn kept<E: serde::de::DeserializeOwned>(row: &Row) -> Result<Kept<E>, Error> {
    Ok(Kept {
        place: Place { block: row.int(0)?, log: row.int(1)? },
        at: At(row.int(2)?),
        event: from_json(&row.text(3)?)?,
    })
}
