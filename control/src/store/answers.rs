//! Answers that are kept for whoever asks again with the same key.

use super::{Error, Tx, sql};
use crate::http::once::{Answer, Asked};
use crate::time::At;

/// Deleted in one transaction at most.
pub(crate) const CHUNK: usize = 1000;

/// What was answered to a key, and to which request.
pub(crate) async fn find(
    tx: &mut Tx,
    key: &str,
    now: At,
) -> Result<Option<(String, Answer)>, Error> {
    const FIND: &str = "SELECT request, status, content_type, body FROM answers \
         WHERE key = $1 AND expires_at > $2";
    let Some(row) = tx.row(sql(FIND).bind(key).bind(now.0)).await? else { return Ok(None) };
    let status = u16::try_from(row.int(1)?).map_err(|_| Error::broken("no status"))?;
    let answer = Answer { status, content_type: row.text_or_null(2)?, body: row.bytes(3)? };
    Ok(Some((row.text(0)?, answer)))
}

/// Keeps an answer, in place of one whose time is over.
pub(crate) fn keep(tx: &mut Tx, asked: &Asked, answer: &Answer, until: At) {
    const KEEP: &str = "INSERT INTO answers (key, request, status, content_type, body, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET \
         request = excluded.request, status = excluded.status, \
         content_type = excluded.content_type, body = excluded.body, \
         expires_at = excluded.expires_at";
    let statement = sql(KEEP).bind(&asked.key).bind(&asked.request);
    let statement = statement.bind(i64::from(answer.status)).bind(answer.content_type.as_deref());
    tx.later(statement.bind(&answer.body[..]).bind(until.0));
}

/// Deletes those whose time is over, the oldest first; how many.
pub(crate) async fn forget(tx: &mut Tx, now: At) -> Result<usize, Error> {
    const FORGET: &str = "DELETE FROM answers WHERE key IN (SELECT key FROM answers \
         WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000) RETURNING expires_at";
    Ok(tx.rows(sql(FORGET).bind(now.0)).await?.len())
}
