//! What has to happen at a time: a row for each kind and subject.

use super::{Error, Tx, sql};
use crate::deadlines::{Deadline, Kind};
use crate::time::At;

/// Sets a deadline, or moves it.
pub(crate) fn set(tx: &mut Tx, kind: Kind, subject: &str, due_at: At) {
    const SET: &str = "INSERT INTO deadlines (kind, subject, due_at) VALUES ($1, $2, $3) \
         ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at";
    tx.later(sql(SET).bind(kind.name()).bind(subject).bind(due_at.0));
}

/// It does not have to happen any more.
pub(crate) fn clear(tx: &mut Tx, kind: Kind, subject: &str) {
    const CLEAR: &str = "DELETE FROM deadlines WHERE kind = $1 AND subject = $2";
    tx.later(sql(CLEAR).bind(kind.name()).bind(subject));
}

/// Those that are due, the longest first, and when the next one will be.
pub(crate) async fn due(
    tx: &mut Tx,
    now: At,
    limit: i64,
) -> Result<(Vec<Deadline>, Option<At>), Error> {
    const DUE: &str = "SELECT kind, subject, due_at FROM deadlines WHERE due_at <= $1 \
         ORDER BY due_at LIMIT $2";
    const NEXT: &str = "SELECT MIN(due_at) FROM deadlines WHERE due_at > $1";
    let queries = [sql(DUE).bind(now.0).bind(limit), sql(NEXT).bind(now.0)];
    let [due, next] = tx.rows_of(queries).await?;
    let next = next.first().map(|row| row.int_or_null(0)).transpose()?.flatten();
    let due = due.iter().filter_map(|row| match row.text(0) {
        // A kind of a newer program is left to it.
        Ok(kind) => Kind::named(&kind)
            .map(|kind| Ok(Deadline { kind, subject: row.text(1)?, due_at: At(row.int(2)?) })),
        Err(error) => Some(Err(error)),
    });
    Ok((due.collect::<Result<_, Error>>()?, next.map(At)))
}

/// Takes a deadline, if it is still due: whoever takes it acts in the same transaction.
pub(crate) async fn take(tx: &mut Tx, deadline: &Deadline) -> Result<bool, Error> {
    const TAKE: &str =
        "DELETE FROM deadlines WHERE kind = $1 AND subject = $2 AND due_at = $3 RETURNING due_at";
    let statement =
        sql(TAKE).bind(deadline.kind.name()).bind(&deadline.subject).bind(deadline.due_at.0);
    Ok(tx.row(statement).await?.is_some())
}
