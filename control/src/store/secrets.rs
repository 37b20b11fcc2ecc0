//! What the processes of one arena know in common, and which of them does what only one may do.

use super::{Error, Tx, sql};
use crate::time::At;

/// The secret of a name; the first to ask makes it.
pub(crate) async fn secret(tx: &mut Tx, name: &str, fresh: &str) -> Result<String, Error> {
    const INSERT: &str =
        "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    const FIND: &str = "SELECT value FROM secrets WHERE name = $1";
    tx.later(sql(INSERT).bind(name).bind(fresh));
    let row = tx.row(sql(FIND).bind(name)).await?;
    row.ok_or_else(|| Error::broken("a secret is gone"))?.text(0)
}

/// Takes or renews a lease; whether `holder` has it now.
pub(crate) async fn lease(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    now: At,
    until: At,
) -> Result<bool, Error> {
    const TAKE: &str = "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
         WHERE leases.holder = excluded.holder OR leases.until <= $4 RETURNING holder";
    let statement = sql(TAKE).bind(name).bind(holder).bind(until.0).bind(now.0);
    Ok(tx.row(statement).await?.is_some())
}
