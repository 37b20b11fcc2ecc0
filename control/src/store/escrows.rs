//! The stakes of matches, and what the escrow contract says of them.

use super::matches::{from_json, json};
use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::escrows::Escrow;
use crate::escrows::rules::{fault, wants};
use crate::ids::MatchId;
use crate::onchain::MatchKey;
use crate::time::At;
use crate::uint::EscrowId;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT match_id, terms, agreed, fate, standing, version, made_at, locked_at ",
            "FROM escrows ",
            $rest
        )
    };
}

pub(crate) fn insert(tx: &mut Tx, made: &Escrow) {
    const INSERT: &str = "INSERT INTO escrows (match_id, match_key, terms, agreed, fate, standing, \
         escrow_id, want_result, want_p1, want_p2, fault, version, made_at, locked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, 0, 0, NULL, 0, $7, NULL)";
    let statement = sql(INSERT).bind(made.match_id.to_string());
    let statement = statement.bind(MatchKey::of(made.match_id).0).bind(json(&made.terms));
    let statement = statement.bind(json(&made.agreed)).bind(json(&made.fate));
    tx.later(statement.bind(json(&made.standing)).bind(made.made_at.0));
}

/// Keeps what has changed. Its version is the new one; whoever decided upon another than the one
/// before has lost a race.
pub(crate) fn save(tx: &mut Tx, changed: &Escrow) {
    const SAVE: &str = "UPDATE escrows SET fate = $2, standing = $3, escrow_id = $4, \
         want_result = $5, want_p1 = $6, want_p2 = $7, fault = $8, locked_at = $9, version = $10 \
         WHERE match_id = $1 AND version = $10 - 1";
    let Escrow { fate, standing, .. } = changed;
    let wanted = wants(*fate, standing);
    let statement = sql(SAVE).bind(changed.match_id.to_string()).bind(json(fate));
    let statement = statement.bind(json(standing));
    let statement = statement.bind(standing.opened.map(|opened| opened.number.to_string()));
    let statement = statement.bind(wanted.result).bind(wanted.pay.first.is_some());
    let statement = statement.bind(wanted.pay.second.is_some());
    let statement = statement.bind(fault(*fate, standing, changed.agreed.stake));
    let statement = statement.bind(changed.locked_at.map(|at| at.0)).bind(changed.version);
    tx.later(statement.changing(1));
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Escrow>, Error> {
    const OF: &str = select!("WHERE match_id = $1");
    tx.row(sql(OF).bind(id.to_string())).await?.as_ref().map(from_row).transpose()
}

/// By what the contract knows the match by.
pub(crate) async fn of_key(tx: &mut Tx, key: &MatchKey) -> Result<Option<Escrow>, Error> {
    const OF: &str = select!("WHERE match_key = $1");
    tx.row(sql(OF).bind(&key.0)).await?.as_ref().map(from_row).transpose()
}

/// By the contract's number of it.
pub(crate) async fn numbered(tx: &mut Tx, number: EscrowId) -> Result<Option<Escrow>, Error> {
    const OF: &str = select!("WHERE escrow_id = $1 ORDER BY made_at DESC LIMIT 1");
    tx.row(sql(OF).bind(number.to_string())).await?.as_ref().map(from_row).transpose()
}

/// The newest block of a chain whose logs were read; 0 before the first.
pub(crate) async fn head(tx: &mut Tx, chain_id: u64) -> Result<i64, Error> {
    const HEAD: &str = "SELECT COALESCE(MAX(number), 0) FROM chain_blocks WHERE chain_id = $1";
    let chain_id = i64::try_from(chain_id).unwrap_or(i64::MAX);
    let row = tx.row(sql(HEAD).bind(chain_id)).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

fn from_row(row: &Row) -> Result<Escrow, Error> {
    Ok(Escrow {
        match_id: parsed(&row.text(0)?)?,
        terms: from_json(&row.text(1)?)?,
        agreed: from_json(&row.text(2)?)?,
        fate: from_json(&row.text(3)?)?,
        standing: from_json(&row.text(4)?)?,
        version: row.int(5)?,
        made_at: At(row.int(6)?),
        locked_at: row.int_or_null(7)?.map(At),
    })
}
