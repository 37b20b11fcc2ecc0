//! Wallets that were given coin.

use super::{Error, Tx, sql};
use crate::onchain::Account;
use crate::time::At;

pub(crate) async fn has(tx: &mut Tx, address: &Account) -> Result<bool, Error> {
    const HAS: &str = "SELECT 1 FROM faucet_wallets WHERE address = $1";
    Ok(tx.row(sql(HAS).bind(address.to_string())).await?.is_some())
}

pub(crate) async fn count(tx: &mut Tx) -> Result<u32, Error> {
    const COUNT: &str = "SELECT COUNT(*) FROM faucet_wallets";
    let row = tx.row(sql(COUNT)).await?;
    let count = row.map_or(Ok(0), |row| row.int(0))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

pub(crate) fn insert(tx: &mut Tx, address: &Account, now: At) {
    const INSERT: &str = "INSERT INTO faucet_wallets (address, created_at) VALUES ($1, $2)";
    tx.later(sql(INSERT).bind(address.to_string()).bind(now.0));
}

/// All of them, with how often each was topped up and whether something is on its way to it.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<(Account, i64, bool)>, Error> {
    const ALL: &str = "SELECT f.address, f.top_ups, j.business_id FROM faucet_wallets f \
         LEFT JOIN jobs j ON j.kind = 'fund_wallet' AND j.state <> 'done' AND j.business_id = \
         CASE WHEN f.top_ups = 0 THEN f.address ELSE f.address || ':' || f.top_ups END \
         ORDER BY f.created_at, f.address";
    let rows = tx.rows(sql(ALL)).await?;
    let wallet = |row: &super::Row| {
        let address = row.text(0)?.parse();
        let address = address.map_err(|_| Error::broken("a wallet of the faucet is none"))?;
        Ok((address, row.int(1)?, row.text_or_null(2)?.is_some()))
    };
    rows.iter().map(wallet).collect()
}

pub(crate) fn topped_up(tx: &mut Tx, address: &Account, times: i64) {
    const SET: &str = "UPDATE faucet_wallets SET top_ups = $2 WHERE address = $1";
    tx.later(sql(SET).bind(address.to_string()).bind(times));
}
