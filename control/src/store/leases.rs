//! Work that only one process does at a time: who does it, and until when.

use super::{Error, Tx, sql};
use crate::time::At;

/// Takes a lease that nobody has, or keeps one's own; whether it is one's own then.
pub(crate) async fn take(
    tx: &mut Tx,
    name: &str,
    owner: &str,
    now: At,
    ends_at: At,
) -> Result<bool, Error> {
    const TAKE: &str = "INSERT INTO leases (name, owner, ends_at) VALUES ($1, $2, $4) \
         ON CONFLICT (name) DO UPDATE SET owner = $2, ends_at = $4 \
         WHERE leases.owner = $2 OR leases.ends_at <= $3 RETURNING owner";
    let taken = sql(TAKE).bind(name).bind(owner).bind(now.0).bind(ends_at.0);
    Ok(tx.row(taken).await?.is_some())
}

/// Whether it is still one's own. Others cannot take it before this work is committed.
pub(crate) async fn holds(tx: &mut Tx, name: &str, owner: &str) -> Result<bool, Error> {
    const HOLDS: &str =
        "UPDATE leases SET owner = owner WHERE name = $1 AND owner = $2 RETURNING owner";
    Ok(tx.row(sql(HOLDS).bind(name).bind(owner)).await?.is_some())
}

/// Gives it back at once.
pub(crate) fn give_back(tx: &mut Tx, name: &str, owner: &str) {
    const GIVE: &str = "DELETE FROM leases WHERE name = $1 AND owner = $2";
    tx.later(sql(GIVE).bind(name).bind(owner));
}
