//! The log of what happened: append-only, numbered without holes, written with what it tells.

use serde_json::Value as Json;

use super::sql::sql;
use super::{Error, Row, Store, Tx};
use crate::events::Event;
use crate::time::At;

/// An event that has no number yet.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) at: At,
    pub(crate) kind: &'static str,
    pub(crate) match_id: Option<String>,
    pub(crate) identity_id: Option<String>,
    pub(crate) body: Json,
}

/// Events that leave together share statements of these lengths, so that few texts are prepared.
const ROWS_32: &str = include_str!("events/insert_32.sql");
const ROWS_8: &str = include_str!("events/insert_8.sql");
const ROW: &str = "INSERT INTO events (number, at, kind, match_id, identity_id, body) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// Numbers events behind `last` and writes them. The last one's number, if there are any.
pub(super) async fn append(
    tx: &mut Tx,
    last: i64,
    drafts: Vec<Draft>,
) -> Result<Option<i64>, Error> {
    if drafts.is_empty() {
        return Ok(None);
    }
    let mut number = last;
    let mut rest = &drafts[..];
    while !rest.is_empty() {
        let (rows, text) = match rest.len() {
            32.. => (32, ROWS_32),
            8.. => (8, ROWS_8),
            _few => (1, ROW),
        };
        let mut statement = sql(text);
        for draft in &rest[..rows] {
            number += 1;
            statement = statement
                .bind(number)
                .bind(draft.at.0)
                .bind(draft.kind)
                .bind(draft.match_id.as_deref())
                .bind(draft.identity_id.as_deref())
                .bind(draft.body.to_string());
        }
        tx.later(statement);
        rest = &rest[rows..];
    }
    tx.flush().await?;
    Ok(Some(number))
}

/// The number of the last event, 0 before the first.
pub(super) async fn last_number(tx: &mut Tx) -> Result<i64, Error> {
    let row = tx.row(sql("SELECT COALESCE(MAX(number), 0) FROM events")).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

impl Store {
    /// Events behind a number, oldest first. Whoever reads on from the last number it got misses
    /// nothing.
    pub(crate) async fn events_after(&self, number: i64, limit: i64) -> Result<Vec<Event>, Error> {
        const AFTER: &str = "SELECT number, at, kind, match_id, identity_id, body FROM events \
             WHERE number > $1 ORDER BY number LIMIT $2";
        self.read(async move |tx| {
            let rows = tx.rows(sql(AFTER).bind(number).bind(limit)).await?;
            rows.iter().map(event).collect()
        })
        .await
    }

    /// Events of a match behind a number, oldest first.
    pub(crate) async fn events_of_match(
        &self,
        id: String,
        number: i64,
        limit: i64,
    ) -> Result<Vec<Event>, Error> {
        const OF_MATCH: &str = "SELECT number, at, kind, match_id, identity_id, body FROM events \
             WHERE match_id = $1 AND number > $2 ORDER BY number LIMIT $3";
        self.read(async move |tx| {
            let rows = tx.rows(sql(OF_MATCH).bind(&id).bind(number).bind(limit)).await?;
            rows.iter().map(event).collect()
        })
        .await
    }
}

fn event(row: &Row) -> Result<Event, Error> {
    Ok(Event {
        number: row.int(0)?,
        at: At(row.int(1)?),
        kind: row.text(2)?,
        match_id: row.text_or_null(3)?,
        identity_id: row.text_or_null(4)?,
        body: serde_json::from_str(&row.text(5)?)
            .map_err(|error| Error::broken(error.to_string()))?,
    })
}
