//! Effects outside of the database, one row each.

use super::{Error, Tx, sql};
use crate::jobs::Job;
use crate::time::At;

/// Asks for an effect; asking again for the same business changes nothing.
pub(crate) fn ask(tx: &mut Tx, kind: &'static str, business_id: &str, body: &str, now: At) {
    const ASK: &str = "INSERT INTO jobs (kind, business_id, body, state, attempts, run_at, created_at) \
         VALUES ($1, $2, $3, 'ready', 0, $4, $4) ON CONFLICT (kind, business_id) DO NOTHING";
    tx.later(sql(ASK).bind(kind).bind(business_id).bind(body).bind(now.0));
}

/// Takes jobs of a kind that are ready. They are ready again at `again_at`, unless it is said
/// before what became of them.
pub(crate) async fn take(
    tx: &mut Tx,
    kind: &'static str,
    now: At,
    again_at: At,
    limit: i64,
) -> Result<Vec<Job>, Error> {
    const TAKE: &str = "UPDATE jobs SET run_at = $3, attempts = attempts + 1 \
         WHERE kind = $1 AND state = 'ready' AND run_at <= $2 AND business_id IN \
         (SELECT business_id FROM jobs WHERE kind = $1 AND state = 'ready' AND run_at <= $2 \
          ORDER BY run_at LIMIT $4) RETURNING business_id, body, attempts, run_at";
    tx.lock("jobs").await?;
    let statement = sql(TAKE).bind(kind).bind(now.0).bind(again_at.0).bind(limit);
    let rows = tx.rows(statement).await?;
    let job = |row: &super::Row| {
        Ok(Job {
            business_id: row.text(0)?,
            body: row.text(1)?,
            attempts: row.int(2)?,
            taken_until: At(row.int(3)?),
        })
    };
    rows.iter().map(job).collect()
}

/// Says what became of a job, if it is still this taking's: done, failed for good, or to be tried
/// again at a time.
pub(crate) fn settle(
    tx: &mut Tx,
    kind: &'static str,
    job: &Job,
    state: &'static str,
    run_at: At,
    error: Option<&str>,
) {
    const SETTLE: &str = "UPDATE jobs SET state = $3, run_at = $4, error = $5 \
         WHERE kind = $1 AND business_id = $2 AND attempts = $6 AND state = 'ready'";
    let statement = sql(SETTLE).bind(kind).bind(&job.business_id).bind(state);
    tx.later(statement.bind(run_at.0).bind(error).bind(job.attempts));
}
