//! What proves that sides agree with results: one row a side, never updated.

use super::matches::number;
use super::results::side;
use super::{Error, Tx, sql};
use crate::ids::MatchId;
use crate::matches::rules::Side;
use crate::signatures::service::{Held, Kept};
use crate::time::At;

pub(crate) async fn held(tx: &mut Tx, id: MatchId) -> Result<Held, Error> {
    const HELD: &str = "SELECT side, address, signature, by_contract, signed_at \
         FROM signatures WHERE match_id = $1";
    let mut held = Held::default();
    for row in tx.rows(sql(HELD).bind(id.to_string())).await? {
        *held.by.of_mut(side(row.int(0)?)?) = Some(Kept {
            address: row.text(1)?,
            signature: row.text(2)?,
            by_contract: row.truth(3)?,
            at: At(row.int(4)?),
        });
    }
    Ok(held)
}

/// The key refuses a second one of a side.
pub(crate) fn insert(tx: &mut Tx, id: MatchId, side: Side, kept: &Kept) {
    const INSERT: &str = "INSERT INTO signatures (match_id, side, address, signature, by_contract, \
         signed_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(INSERT).bind(id.to_string()).bind(number(side)).bind(&kept.address);
    tx.later(statement.bind(&kept.signature).bind(kept.by_contract).bind(kept.at.0));
}
