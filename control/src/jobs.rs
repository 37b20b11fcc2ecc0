//! Effects outside of the database: claim, run, back off, done. A row is one effect.
//!
//! A request writes the row in its own transaction; a worker does it later, perhaps more than once,
//! which is why an effect has to be idempotent by its business id. A taken job whose worker died is
//! ready again after `TAKEN_FOR`.

use crate::context::Ctx;
use crate::store::{self, jobs as rows};
use crate::time::{At, Span};

/// How long a worker has for a job.
const TAKEN_FOR: Span = Span::seconds(60);
/// Pauses between attempts double from the first up to the last.
const PAUSE: Span = Span::seconds(1);
const PAUSE_MAX: Span = Span::seconds(300);

/// A job that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What makes it one: the same id is done once.
    pub business_id: String,
    /// What its worker needs to know.
    pub body: String,
    /// This attempt, from 1.
    pub attempts: i64,
    /// Then others may take it.
    pub taken_until: At,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is there.
    Done,
    /// Not yet; why.
    Again(String),
    /// Never; why.
    Failed(String),
}

/// Asks for an effect, as part of a transaction; asking again for the same business changes nothing.
pub fn ask(tx: &mut store::Tx, kind: &'static str, business_id: &str, body: &str, now: At) {
    rows::ask(tx, kind, business_id, body, now);
}

/// What an effect waited for is there: it is tried at once, if it was asked for and is not done.
pub(crate) fn hasten(tx: &mut store::Tx, kind: &'static str, business_id: &str, now: At) {
    rows::hasten(tx, kind, business_id, now);
}

/// How long to wait before the attempt after this one.
pub(crate) fn pause(attempts: i64) -> Span {
    let doubled = PAUSE.0.saturating_mul(1 << (attempts.clamp(1, 20) - 1));
    Span(doubled.min(PAUSE_MAX.0))
}

/// Takes what is ready of a kind and tries it. How many it was.
///
/// # Errors
/// The database: what was taken and not settled is ready again after its time.
pub async fn run<F>(
    ctx: &Ctx,
    kind: &'static str,
    limit: i64,
    effect: F,
) -> Result<usize, store::Error>
where
    F: AsyncFn(&Job) -> Outcome,
{
    let now = ctx.clock.now();
    let take =
        async move |tx: &mut store::Tx| rows::take(tx, kind, now, now + TAKEN_FOR, limit).await;
    let jobs = ctx.store.write(take).await?;
    let count = jobs.len();
    for job in jobs {
        let outcome = effect(&job).await;
        let again_at = ctx.clock.now() + pause(job.attempts);
        let settle = async move |tx: &mut store::Tx| {
            let (state, error) = match &outcome {
                Outcome::Done => ("done", None),
                Outcome::Again(why) => ("ready", Some(why.as_str())),
                Outcome::Failed(why) => ("failed", Some(why.as_str())),
            };
            rows::settle(tx, kind, &job, state, again_at, error);
            Ok::<_, store::Error>(())
        };
        ctx.store.write(settle).await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        assert_eq!([1, 2, 3, 4].map(pause).map(|span| span.0), [1000, 2000, 4000, 8000]);
        assert_eq!(pause(i64::MAX), PAUSE_MAX);
    }
}
