//! Effects outside of the database, one row each.

use std::sync::LazyLock;

use super::chain::{kind_named, signed, unsigned};
use super::{Error, Tx, sql};
use crate::chain::intents::{JobId, Kind};
use crate::chain::ledger::Found;
use crate::chain::node::Block;
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

/// What was done with nothing to do is to be done after all.
pub(crate) fn reopen(tx: &mut Tx, kind: &'static str, business_id: &str, now: At) {
    const REOPEN: &str = "UPDATE jobs SET state = 'ready', run_at = $3, attempts = 0, \
         found_chain = NULL WHERE kind = $1 AND business_id = $2 AND state = 'done'";
    tx.later(sql(REOPEN).bind(kind).bind(business_id).bind(now.0));
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
        let id = JobId { kind: kind_named(&row.text(0)?)?, business_id: row.text(1)? };
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

/// The effect of a job is there; of what was found there, on which chain and after which block. When
/// it was asked for; none if that was known.
pub(crate) async fn done(
    tx: &mut Tx,
    job: &JobId,
    found: Option<(i64, &Block)>,
) -> Result<Option<At>, Error> {
    const DONE: &str = "UPDATE jobs SET state = 'done', error = NULL, found_chain = $3, \
         found_number = $4, found_hash = $5 \
         WHERE kind = $1 AND business_id = $2 AND state <> 'done' RETURNING created_at";
    let statement = sql(DONE).bind(job.kind.name()).bind(&job.business_id);
    let statement = statement.bind(found.map(|(chain_id, _)| chain_id));
    let statement = statement.bind(found.map(|(_, after)| signed(after.number)));
    let row = tx.row(statement.bind(found.map(|(_, after)| after.hash.to_string()))).await?;
    row.map(|row| row.int(0).map(At)).transpose()
}

/// What was found on a chain, and may still go: the oldest of it.
pub(crate) async fn found(tx: &mut Tx, chain_id: i64) -> Result<Vec<Found>, Error> {
    const FOUND: &str = "SELECT kind, business_id, found_number, found_hash FROM jobs \
         WHERE found_chain = $1 AND state = 'done' \
         ORDER BY found_number, kind, business_id LIMIT 256";
    let rows = tx.rows(sql(FOUND).bind(chain_id)).await?;
    let found = |row: &super::Row| {
        let job = JobId { kind: kind_named(&row.text(0)?)?, business_id: row.text(1)? };
        let hash = row.text(3)?.parse();
        let hash = hash.map_err(|_| Error::broken("a block's hash is none"))?;
        Ok(Found { job, after: Block { number: unsigned(row.int(2)?), hash } })
    };
    rows.iter().map(found).collect()
}

/// What was found cannot go any more.
pub(crate) fn buried(tx: &mut Tx, job: &JobId) {
    const BURIED: &str = "UPDATE jobs SET found_chain = NULL WHERE kind = $1 AND business_id = $2";
    tx.later(sql(BURIED).bind(job.kind.name()).bind(&job.business_id));
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
         attempts = attempts + $5, found_chain = NULL WHERE kind = $1 AND business_id = $2";
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
    pub(crate) tx: Option<UnderWay>,
    /// The newest of what was signed for it.
    pub(crate) hash: Option<String>,
}

/// The transaction that is under way for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnderWay {
    pub(crate) state: String,
    pub(crate) nonce: i64,
    pub(crate) key: String,
    pub(crate) refusal: Option<String>,
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
          ORDER BY a.signed_at DESC, a.number DESC LIMIT 1), t.address \
         FROM jobs j LEFT JOIN chain_txs t ON t.kind = j.kind AND t.business_id = j.business_id \
         AND t.state <> 'over' \
         WHERE j.state = COALESCE($1, j.state) AND j.kind = COALESCE($2, j.kind) \
         ORDER BY j.created_at DESC, j.business_id LIMIT $3";
    let rows = tx.rows(sql(LIST).bind(state).bind(kind).bind(limit)).await?;
    let listed = |row: &super::Row| {
        let tx = match (row.text_or_null(6)?, row.int_or_null(7)?, row.text_or_null(10)?) {
            (Some(state), Some(nonce), Some(key)) => {
                Some(UnderWay { state, nonce, key, refusal: row.text_or_null(8)? })
            }
            (_, _, _) => None,
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
