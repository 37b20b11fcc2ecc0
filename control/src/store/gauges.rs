//! How much there is of what, for the metrics and for `/health`. Every query is answered by an index
//! that holds only what goes on.

use super::{Error, Row, Tx, sql, streams};
use crate::time::{At, Span};

/// What goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gauges {
    /// By queue.
    pub(crate) waiting: Vec<(String, i64)>,
    /// By queue and state.
    pub(crate) matches: Vec<(String, String, i64)>,
    /// By kind and state.
    pub(crate) jobs: Vec<(String, String, i64)>,
    /// Deadlines that should have been acted on.
    pub(crate) overdue: i64,
    pub(crate) overdue_since: Option<At>,
    pub(crate) events_last: i64,
    pub(crate) streams: i64,
    pub(crate) viewers: i64,
    pub(crate) relays_gone: i64,
}

pub(crate) async fn read(tx: &mut Tx, now: At) -> Result<Gauges, Error> {
    const WAITING: &str = "SELECT queue, COUNT(*) FROM queue_entries WHERE status = 'waiting' \
         GROUP BY queue ORDER BY queue";
    const MATCHES: &str = "SELECT queue, state, COUNT(*) FROM matches WHERE ended_at IS NULL \
         GROUP BY queue, state ORDER BY queue, state";
    const JOBS: &str = "SELECT kind, state, COUNT(*) FROM jobs WHERE state <> 'done' \
         GROUP BY kind, state ORDER BY kind, state";
    const OVERDUE: &str = "SELECT COUNT(*), MIN(due_at) FROM deadlines WHERE due_at < $1";
    const LAST: &str = "SELECT COALESCE(MAX(number), 0) FROM events";
    const GONE: &str = "SELECT COUNT(*) FROM relays WHERE gone = 1";
    let overdue = sql(OVERDUE).bind((now - Span::seconds(1)).0);
    let queries = [sql(WAITING), sql(MATCHES), sql(JOBS), overdue, sql(LAST), sql(GONE)];
    let [waiting, matches, jobs, overdue, last, gone] = tx.rows_of(queries).await?;
    let three = |row: &Row| Ok::<_, Error>((row.text(0)?, row.text(1)?, row.int(2)?));
    let number = |rows: &[Row]| rows.first().map_or(Ok(0), |row| row.int(0));
    let since = overdue.first().map(|row| row.int_or_null(1)).transpose()?.flatten();
    let (streams, viewers) = streams::up(tx).await?;
    Ok(Gauges {
        waiting: waiting
            .iter()
            .map(|row| Ok((row.text(0)?, row.int(1)?)))
            .collect::<Result<_, Error>>()?,
        matches: matches.iter().map(three).collect::<Result<_, _>>()?,
        jobs: jobs.iter().map(three).collect::<Result<_, _>>()?,
        overdue: number(&overdue)?,
        overdue_since: since.map(At),
        events_last: number(&last)?,
        streams,
        viewers,
        relays_gone: number(&gone)?,
    })
}

/// How many wait, how many matches go on, and which of them can be watched; if none can, which of
/// them are played.
pub(crate) async fn health(tx: &mut Tx) -> Result<(i64, i64, Vec<String>), Error> {
    const WAITING: &str = "SELECT COUNT(*) FROM queue_entries WHERE status = 'waiting'";
    const ACTIVE: &str = "SELECT COUNT(*) FROM matches WHERE ended_at IS NULL";
    const PLAYED: &str =
        "SELECT id FROM matches WHERE ended_at IS NULL ORDER BY created_at LIMIT 1000";
    let [waiting, active] = tx.rows_of([sql(WAITING), sql(ACTIVE)]).await?;
    let number = |rows: &[Row]| rows.first().map_or(Ok(0), |row| row.int(0));
    let mut live = streams::up_ids(tx).await?;
    if live.is_empty() {
        let rows = tx.rows(sql(PLAYED)).await?;
        live = rows.iter().map(|row| row.text(0)).collect::<Result<_, Error>>()?;
    }
    Ok((number(&waiting)?, number(&active)?, live))
}
