//! The one writer of an SQLite database: gathers works that wait into one commit.
//!
//! It has a thread of its own. While a commit is synced, the next works gather; each runs behind a
//! savepoint, so that one that fails undoes only itself. An answer leaves after the commit that it
//! tells of, never before.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot, watch};

use super::meter::Meter;
use super::place::Place;
use super::{Error, Tx, events};

/// Works that share a commit at most, and how long they are gathered: what one of them waits for
/// the others at most, beside the sync.
const BATCH_MAX: usize = 256;
const BATCH_TIME: Duration = Duration::from_millis(5);

/// A work of whatever answer.
pub(super) trait Job: Send {
    /// Does it; whether what it wrote is to be kept.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Pin<Box<dyn Future<Output = bool> + 'a>>;
    /// Its commit is synced, or failed as a whole.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

/// A work, its outcome, and who waits for it.
pub(super) struct Write<F, T, E> {
    pub(super) work: F,
    pub(super) outcome: Option<Result<T, E>>,
    pub(super) reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: AsyncFn(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        Box::pin(async move {
            let outcome = AssertUnwindSafe((self.work)(tx)).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_panic| Err(E::from(Error::broken("a panic"))));
            let sent = if outcome.is_ok() { tx.flush().await } else { Ok(()) };
            // A work that overlooked a failure of one of its statements has failed all the same.
            let outcome = match (outcome, sent, tx.settle()) {
                (Ok(_), Err(error), _) | (Ok(_), Ok(()), Some(error)) => Err(E::from(error)),
                (outcome, _, _) => outcome,
            };
            let keep = outcome.is_ok();
            self.outcome = Some(outcome);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let outcome = match committed {
            Ok(()) => self.outcome.unwrap_or_else(|| Err(E::from(Error::stopped()))),
            Err(error) => Err(E::from(error)),
        };
        // Whoever has gone does not hear it; it is done all the same.
        let _gone = self.reply.send(outcome);
    }
}

pub(super) struct Writer {
    pub(super) tx: Tx,
    pub(super) jobs: mpsc::Receiver<Box<dyn Job>>,
    /// The number of the last event that is committed.
    pub(super) told: watch::Sender<i64>,
    /// The file, if it is one.
    pub(super) place: Option<Place>,
    pub(super) meter: Arc<Meter>,
    /// Whether a commit has failed in a way that leaves it open what is on disk.
    pub(super) unsynced: bool,
}

impl Writer {
    /// Until every handle of the store is gone.
    pub(super) async fn run(mut self) {
        while let Some(first) = self.jobs.recv().await {
            let (mut batch, began) = (Vec::new(), Instant::now());
            let done = self.commit(first, &mut batch).await;
            self.meter.committed(batch.len(), began.elapsed());
            if let Err(error) = &done {
                self.meter.lost();
                tracing::error!(%error, works = batch.len(), "a commit failed, nothing of it is kept");
                let _unless_it_is_over_already = self.tx.control("ROLLBACK").await;
            }
            self.tx.over();
            if let Ok(Some(last)) = done {
                self.told.send_replace(last);
            }
            for job in batch {
                job.answer(done.clone().map(|_| ()));
            }
            if self.unsynced {
                tracing::error!("the database is not written to any more until the next start");
                return;
            }
        }
    }

    /// Works until nobody waits, then commits. The last event's number, if there are new ones.
    async fn commit(
        &mut self,
        first: Box<dyn Job>,
        batch: &mut Vec<Box<dyn Job>>,
    ) -> Result<Option<i64>, Error> {
        let began = Instant::now();
        let mut next = Some(first);
        let mut begun = self.tx.control("BEGIN IMMEDIATE").await;
        while let Some(mut job) = next.take() {
            let events = self.tx.events.len();
            if begun.is_ok() {
                begun = self.one(&mut job, events).await;
            }
            batch.push(job);
            let more = begun.is_ok() && batch.len() < BATCH_MAX && began.elapsed() < BATCH_TIME;
            next = if more { self.jobs.try_recv().ok() } else { None };
        }
        begun?;
        let events = std::mem::take(&mut self.tx.events);
        let last = events::append(&mut self.tx, *self.told.borrow(), events).await?;
        let committed = self.tx.control("COMMIT").await;
        // After a sync that failed, a second one that succeeds proves nothing. What goes into a file
        // that has no name any more is lost with this process.
        let lost = match (committed, &self.place) {
            (Err(Error::Broken(cause)), _) => cause,
            (Ok(()), Some(place)) if !place.is_still_there() => {
                "the database's file is not where it was: put it back, or start again".into()
            }
            (committed, _) => return committed.map(|()| last),
        };
        self.unsynced = true;
        Err(Error::Uncertain(lost))
    }

    /// An error is one that the whole commit cannot survive.
    async fn one(&mut self, job: &mut Box<dyn Job>, events: usize) -> Result<(), Error> {
        if job.run(&mut self.tx).await {
            self.tx.keep();
            return Ok(());
        }
        self.tx.events.truncate(events);
        // SQLite may have rolled everything back by itself; then there is no savepoint any more,
        // and the others of this commit have to hear of it.
        self.tx.undo().await
    }
}
