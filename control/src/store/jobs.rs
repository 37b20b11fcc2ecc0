//! Effects outside of the database, one row each.

use std::sync::LazyLock;

use super::{Error, Tx, sql};
use crate::chain::intents::{JobId, Kind};
use crate::time::At;

/// Asks for an effect; asking again for the same business changes nothing.
pub(crate) fn ask(tx: &mut Tx, kind: &'static str, business_id: &str, body: &str, now: At) {
    const ASK: &str = "INSERT INTO jobs (kind, business_id, body, state, attempts, run_at, created_at) \
         VALUES ($1, $2, $3, 'ready', 0, $4, $4) ON CONFLICT (kind, business_id) DO NOTHING";
    tx.later(sql(ASK).bind(kind).bind(business_id).bind(body).bind(now.0));
}

/// What waits is ready at once.
pub(crate) fn hasten(tx: &mut Tx, kind: &'static str, business_id: &str, now: At) {
    const HASTEN: &str = "UPDATE jobs SET run_at = $3, attempts = 0 \
         WHERE kind = $1 AND business_id = $2 AND state = 'ready' AND run_at > $3";
    tx.later(sql(HASTEN).bind(kind).bind(business_id).bind(now.0));
}

/// Jobs of the chain's kinds that are ready and that no transaction is under way for: by
/// the turns of their kinds, of each the oldest first.
pub(crate) async fn idle(tx: &mut Tx, now: At, limit: i64) -> Result<Vec<Idle>, Error> {
    static IDLE: LazyLock<String> = LazyLock::new(|| {
        let turn = |(turn, kind): (usize, Kind)| format!("WHEN '{}' THEN {turn} ", kind.name());
        let turns: String = Kind::ALL.into_iter().enumerate().map(turn).collect();
        let names = Kind::ALL.map(|kind| format!("'{}'", kind.name())).join(", ");
        format!(
            "SELECT j.kind, j.business_id, j.attempts, j.created_at FROM jobs j \
             LEFT JOIN chain_txs t ON t.kind = j.kind AND t.business_id = j.business_id \
             AND t.state <> 'over' \
             WHERE j.state = 'ready' AND j.run_at <= $1 AND t.id IS NULL AND j.kind IN ({names}) \
             ORDER BY CASE j.kind {turns}END, j.run_at LIMIT $2"
        )
    });
    let rows = tx.rows(sql(&IDLE).bind(now.0).bind(limit)).await?;
    let idle = |row: &super::Row| {
        let kind = row.text(0)?;
        let kind = Kind::named(&kind).ok_or_else(|| Error::broken("a kind of job is unknown"))?;
        let id = JobId { kind, business_id: row.text(1)? };
        Ok(Idle { id, attempts: row.int(2)?, asked_at: At(row.int(3)?) })
    };
    rows.iter().map(idle).collect()
}

/// The newest of what was signed for a job.
pub(crate) async fn hash(tx: &mut Tx, job: &JobId) -> Result<Option<String>, Error> {
    const HASH: &str = "SELECT a.hash FROM chain_attempts a JOIN chain_txs t ON t.id = a.tx_id \
         WHERE t.kind = $1 AND t.business_id = $2 ORDER BY a.signed_at DESC, a.number DESC LIMIT 1";
    let row = tx.row(sql(HASH).bind(job.kind.name()).bind(&job.business_id)).await?;
    row.map(|row| row.text(0)).transpose()
}

/// A job that waits for its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Idle {
    pub(crate) id: JobId,
    pub(crate) attempts: i64,
    pub(crate) asked_at: At,
}

/// The effect of a job is there. When it was asked for; none if that was known.
pub(crate) async fn done(tx: &mut Tx, job: &JobId) -> Result<Option<At>, Error> {
    const DONE: &str = "UPDATE jobs SET state = 'done', error = NULL \
         WHERE kind = $1 AND business_id = $2 AND state <> 'done' RETURNING created_at";
    let row = tx.row(sql(DONE).bind(job.kind.name()).bind(&job.business_id)).await?;
    row.map(|row| row.int(0).map(At)).transpose()
}

/// Whether nothing comes of a job any more: it is done or given up, and what was sent for it had no
/// effect.
pub(crate) async fn came_to_nothing(
    tx: &mut Tx,
    kind: &'static str,
    business_id: &str,
) -> Result<bool, Error> {
    const NOTHING: &str = "SELECT 1 FROM jobs j WHERE j.kind = $1 AND j.business_id = $2 \
         AND j.state <> 'ready' AND NOT EXISTS (SELECT 1 FROM chain_txs t WHERE t.kind = j.kind \
         AND t.business_id = j.business_id AND (t.state <> 'over' OR t.outcome = 'done'))";
    Ok(tx.row(sql(NOTHING).bind(kind).bind(business_id)).await?.is_some())
}

/// The effect of a job is not there: it is tried, or looked at, again at a time.
pub(crate) fn again(tx: &mut Tx, job: &JobId, at: At, error: Option<&str>, counts: bool) {
    const AGAIN: &str = "UPDATE jobs SET state = 'ready', run_at = $3, error = $4, \
         attempts = attempts + $5 WHERE kind = $1 AND business_id = $2";
    let statement = sql(AGAIN).bind(job.kind.name()).bind(&job.business_id);
    tx.later(statement.bind(at.0).bind(error).bind(counts));
}

/// The effect of a job will not come by itself.
pub(crate) fn failed(tx: &mut Tx, job: &JobId, error: &str) {
    const FAILED: &str = "UPDATE jobs SET state = 'failed', error = $3, attempts = attempts + 1 \
         WHERE kind = $1 AND business_id = $2";
    tx.later(sql(FAILED).bind(job.kind.name()).bind(&job.business_id).bind(error));
}

/// Tries jobs again that failed, or that wait: all of them, those of a kind, or one. How many.
pub(crate) async fn retry(
    tx: &mut Tx,
    kind: Option<&str>,
    business_id: Option<&str>,
    now: At,
) -> Result<usize, Error> {
    const RETRY: &str = "UPDATE jobs SET state = 'ready', run_at = $3, attempts = 0 \
         WHERE state <> 'done' AND kind = COALESCE($1, kind) \
         AND business_id = COALESCE($2, business_id) RETURNING business_id";
    let rows = tx.rows(sql(RETRY).bind(kind).bind(business_id).bind(now.0)).await?;
    Ok(rows.len())
}

/// How many jobs there are of each kind and state.
pub(crate) async fn counts(tx: &mut Tx) -> Result<Vec<(String, String, i64)>, Error> {
    const COUNTS: &str =
        "SELECT kind, state, COUNT(*) FROM jobs GROUP BY kind, state ORDER BY kind, state";
    let rows = tx.rows(sql(COUNTS)).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.int(2)?))).collect()
}

/// A job as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) kind: String,
    pub(crate) business_id: String,
    pub(crate) state: String,
    pub(crate) attempts: i64,
    pub(crate) run_at: At,
    pub(crate) error: Option<String>,
    /// State, nonce and refusal of the transaction that is under way for it, if one is.
    pub(crate) tx: Option<(String, i64, Option<String>)>,
    /// The newest of what was signed for it.
    pub(crate) hash: Option<String>,
}

/// Jobs of a state, the newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    state: Option<&str>,
    kind: Option<&str>,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    const LIST: &str = "SELECT j.kind, j.business_id, j.state, j.attempts, j.run_at, j.error, \
         t.state, t.nonce, t.refusal, \
         (SELECT a.hash FROM chain_attempts a JOIN chain_txs o ON o.id = a.tx_id \
          WHERE o.kind = j.kind AND o.business_id = j.business_id \
          ORDER BY a.signed_at DESC, a.number DESC LIMIT 1) \
         FROM jobs j LEFT JOIN chain_txs t ON t.kind = j.kind AND t.business_id = j.business_id \
         AND t.state <> 'over' \
         WHERE j.state = COALESCE($1, j.state) AND j.kind = COALESCE($2, j.kind) \
         ORDER BY j.created_at DESC, j.business_id LIMIT $3";
    let rows = tx.rows(sql(LIST).bind(state).bind(kind).bind(limit)).await?;
    let listed = |row: &super::Row| {
        let tx = match (row.text_or_null(6)?, row.int_or_null(7)?) {
            (Some(state), Some(nonce)) => Some((state, nonce, row.text_or_null(8)?)),
            (_, _) => None,
        };
        Ok(Listed {
            kind: row.text(0)?,
            business_id: row.text(1)?,
            state: row.text(2)?,
            attempts: row.int(3)?,
            run_at: At(row.int(4)?),
            error: row.text_or_null(5)?,
            tx,
            hash: row.text_or_null(9)?,
        })
    };
    rows.iter().map(listed).collect()
}
