//! What the processes of one arena know in common.

use super::{Error, Tx, sql};

/// The secret of a name; the first to ask makes it.
pub(crate) async fn secret(tx: &mut Tx, name: &str, fresh: &str) -> Result<String, Error> {
    const INSERT: &str =
        "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    const FIND: &str = "SELECT value FROM secrets WHERE name = $1";
    tx.later(sql(INSERT).bind(name).bind(fresh));
    let row = tx.row(sql(FIND).bind(name)).await?;
    row.ok_or_else(|| Error::broken("a secret is gone"))?.text(0)
}
