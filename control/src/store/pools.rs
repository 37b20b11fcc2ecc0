//! The betting on matches, and the contract's pools.

use super::matches::{from_json, json};
use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::ids::MatchId;
use crate::matches::rules::Sides;
use crate::onchain::MatchKey;
use crate::pools::rules::Betting;
use crate::pools::rules::tally::Tally;
use crate::pools::{Book, Pool};
use crate::time::At;
use crate::uint::PoolId;

macro_rules! books {
    ($rest:literal) => {
        concat!(
            "SELECT match_id, terms, p1_account, p2_account, betting, pool_id, version, opened_at, ",
            "closed_at FROM books ",
            $rest
        )
    };
}

/// A match with a pool, as lists show it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) match_id: MatchId,
    pub(crate) pool: PoolId,
    pub(crate) state: crate::matches::rules::State,
    pub(crate) wallets: Sides<Option<String>>,
    pub(crate) created_at: At,
    pub(crate) ended_at: Option<At>,
}

/// Opens the betting on a match.
pub(crate) fn open(tx: &mut Tx, made: &Book) {
    const OPEN: &str = "INSERT INTO books (match_id, match_key, terms, p1_account, p2_account, \
         betting, pool_id, version, opened_at, closed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, $7, NULL)";
    let statement = sql(OPEN).bind(made.match_id.to_string());
    let statement = statement.bind(MatchKey::of(made.match_id).0).bind(json(&made.terms));
    let statement = statement.bind(made.wallets.first.to_string());
    let statement = statement.bind(made.wallets.second.to_string());
    tx.later(statement.bind(made.betting.name()).bind(made.opened_at.0));
}

/// Keeps what has changed. Its version is the new one; whoever decided upon another than the one
/// before has lost a race.
pub(crate) fn save_book(tx: &mut Tx, changed: &Book) {
    const SAVE: &str = "UPDATE books SET betting = $2, pool_id = $3, closed_at = $4, version = $5, \
         terms = $6 WHERE match_id = $1 AND version = $5 - 1";
    let statement = sql(SAVE).bind(changed.match_id.to_string()).bind(changed.betting.name());
    let statement = statement.bind(changed.pool.map(|id| id.to_string()));
    let statement = statement.bind(changed.closed_at.map(|at| at.0)).bind(changed.version);
    tx.later(statement.bind(json(&changed.terms)).changing(1));
}

pub(crate) async fn book(tx: &mut Tx, id: MatchId) -> Result<Option<Book>, Error> {
    const OF: &str = books!("WHERE match_id = $1");
    tx.row(sql(OF).bind(id.to_string())).await?.as_ref().map(from_row).transpose()
}

/// Those of the newest matches, with what is in their pools.
pub(crate) async fn books(
    tx: &mut Tx,
    before: Option<MatchId>,
    limit: i64,
) -> Result<Vec<(Book, Tally)>, Error> {
    const NEWEST: &str = "SELECT b.match_id, b.terms, b.p1_account, b.p2_account, b.betting, \
         b.pool_id, b.version, b.opened_at, b.closed_at, p.tally FROM books b \
         LEFT JOIN pools p ON p.pool_id = b.pool_id \
         WHERE b.match_id < $1 ORDER BY b.match_id DESC LIMIT $2";
    let rows = tx.rows(sql(NEWEST).bind(before_all(before)).bind(limit)).await?;
    let with_tally = |row: &Row| {
        let tally = row.text_or_null(9)?.map(|kept| from_json(&kept)).transpose()?;
        Ok((from_row(row)?, tally.unwrap_or_default()))
    };
    rows.iter().map(with_tally).collect()
}

/// By what the contract calls the match.
pub(crate) async fn book_of_key(tx: &mut Tx, key: &MatchKey) -> Result<Option<Book>, Error> {
    const OF: &str = books!("WHERE match_key = $1");
    tx.row(sql(OF).bind(&key.0)).await?.as_ref().map(from_row).transpose()
}

/// By its pool.
pub(crate) async fn book_of_pool(tx: &mut Tx, id: PoolId) -> Result<Option<Book>, Error> {
    const OF: &str = books!("WHERE pool_id = $1");
    tx.row(sql(OF).bind(id.to_string())).await?.as_ref().map(from_row).transpose()
}

/// The pools of the contract that say they are for a match, the oldest first: one, unless the
/// chain is between two branches.
pub(crate) async fn pools_of_key(tx: &mut Tx, key: &MatchKey) -> Result<Vec<Pool>, Error> {
    const OF: &str = "SELECT pool_id, tally FROM pools WHERE match_key = $1 \
         ORDER BY LENGTH(pool_id), pool_id LIMIT 10";
    tx.rows(sql(OF).bind(&key.0)).await?.iter().map(pool_from).collect()
}

pub(crate) async fn pool(tx: &mut Tx, id: PoolId) -> Result<Option<Pool>, Error> {
    const POOL: &str = "SELECT pool_id, tally FROM pools WHERE pool_id = $1";
    tx.row(sql(POOL).bind(id.to_string())).await?.as_ref().map(pool_from).transpose()
}

/// Keeps a pool's tally. Whoever changes it holds the lock `pools`.
pub(crate) fn save_pool(tx: &mut Tx, pool: &Pool) {
    const SAVE: &str = "INSERT INTO pools (pool_id, match_key, tally, bets, overdrawn) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pool_id) DO UPDATE SET \
         match_key = excluded.match_key, tally = excluded.tally, bets = excluded.bets, \
         overdrawn = excluded.overdrawn";
    let opened = pool.tally.opened.as_ref();
    let statement = sql(SAVE).bind(pool.id.to_string());
    let statement = statement.bind(opened.map(|opened| opened.match_key.0.clone()));
    let statement = statement.bind(json(&pool.tally)).bind(pool.tally.bets);
    tx.later(statement.bind(pool.tally.overdrawn()));
}

/// Matches with a pool, the newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    before: Option<MatchId>,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    const LIST: &str = "SELECT b.match_id, b.pool_id, m.course, p.wallet, q.wallet, m.created_at, \
         m.ended_at FROM books b JOIN matches m ON m.id = b.match_id \
         JOIN match_sides p ON p.match_id = m.id AND p.side = 1 \
         JOIN match_sides q ON q.match_id = m.id AND q.side = 2 \
         WHERE b.pool_id IS NOT NULL AND b.match_id < $1 ORDER BY b.match_id DESC LIMIT $2";
    let rows = tx.rows(sql(LIST).bind(before_all(before)).bind(limit)).await?;
    let listed = |row: &Row| {
        Ok(Listed {
            match_id: parsed(&row.text(0)?)?,
            pool: parsed(&row.text(1)?)?,
            state: from_json(&row.text(2)?)?,
            wallets: Sides { first: row.text_or_null(3)?, second: row.text_or_null(4)? },
            created_at: At(row.int(5)?),
            ended_at: row.int_or_null(6)?.map(At),
        })
    };
    rows.iter().map(listed).collect()
}

/// Where a page begins: without one before, behind every id that there is.
fn before_all(before: Option<MatchId>) -> String {
    before.map_or_else(|| "g".to_owned(), |id| id.to_string())
}

fn from_row(row: &Row) -> Result<Book, Error> {
    Ok(Book {
        match_id: parsed(&row.text(0)?)?,
        terms: from_json(&row.text(1)?)?,
        wallets: Sides { first: parsed(&row.text(2)?)?, second: parsed(&row.text(3)?)? },
        betting: betting(&row.text(4)?)?,
        pool: row.text_or_null(5)?.map(|id| parsed(&id)).transpose()?,
        version: row.int(6)?,
        opened_at: At(row.int(7)?),
        closed_at: row.int_or_null(8)?.map(At),
    })
}

fn pool_from(row: &Row) -> Result<Pool, Error> {
    Ok(Pool { id: parsed(&row.text(0)?)?, tally: from_json::<Tally>(&row.text(1)?)? })
}

pub(super) fn betting(name: &str) -> Result<Betting, Error> {
    let all = [Betting::Open, Betting::Closed, Betting::Resolve, Betting::Cancel];
    let found = all.into_iter().find(|betting| betting.name() == name);
    found.ok_or_else(|| Error::broken(format!("{name:?} is no state of a book")))
}
