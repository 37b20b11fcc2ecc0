//! Which chain a database is of: stakes are kept by the contracts' numbers, and another chain has the
//! same numbers for other stakes.

use super::chain::{signed, unsigned};
use super::{Error, Tx, sql};

/// Says that this database is of a chain from now on. Of which one it is instead, if something is
/// kept that the contracts of that one said. As long as nothing is, it is of none, and blocks that
/// were read of others are forgotten.
pub(crate) async fn is_of(tx: &mut Tx, chain_id: u64) -> Result<Option<u64>, Error> {
    const OTHER: &str =
        "SELECT chain_id FROM chain_blocks WHERE chain_id <> $1 ORDER BY chain_id LIMIT 1";
    const SAID: &str = "SELECT 1 FROM observed LIMIT 1";
    const FORGET: &str = "DELETE FROM chain_blocks WHERE chain_id <> $1";
    let Some(other) = tx.row(sql(OTHER).bind(signed(chain_id))).await? else { return Ok(None) };
    if tx.row(sql(SAID)).await?.is_some() {
        return Ok(Some(unsigned(other.int(0)?)));
    }
    tx.later(sql(FORGET).bind(signed(chain_id)));
    Ok(None)
}
