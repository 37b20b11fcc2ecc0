//! A work that hosts others: whatever they write belongs to it, and is kept or undone with it.
//!
//! The guests know nothing of it. They ask the store to write and to read as always; it sees that
//! their task is within a work, and gives them the transaction of their host instead of one of
//! their own.
//!
//! Invariants: the transaction is in one pair of hands at a time. What a guest wrote before it
//! failed is never kept: either it had not left yet and is forgotten, or the host fails as well.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::tx::Link;
use super::{Error, Tx};

tokio::task_local! {
    /// The transaction of the work that this task is within.
    static HOST: Host;
}

/// A transaction that guests may use, one after the other.
#[derive(Clone)]
pub(super) struct Host(Arc<Mutex<Tx>>);

impl Host {
    /// That of the task that asks, if it is within a work.
    pub(super) fn here() -> Option<Self> {
        HOST.try_with(Self::clone).ok()
    }

    /// Runs a guest. Its answer does not wait for the commit: whoever hosts it does.
    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
    {
        let mut tx = self.0.lock().await;
        let mark = tx.mark();
        let outcome = work(&mut tx).await;
        if outcome.is_err() {
            tx.back_to(mark);
        }
        outcome
    }
}

impl Tx {
    /// Hosts what a future does with the store.
    pub(crate) async fn host<T>(&mut self, guests: impl Future<Output = T>) -> T {
        let lent = std::mem::replace(self, Self::new(Link::Lent));
        let lent = Lent { host: Host(Arc::new(Mutex::new(lent))), owner: self };
        HOST.scope(lent.host.clone(), guests).await
    }
}

/// Gives the transaction back, also when the guests panic or are let go.
struct Lent<'a> {
    host: Host,
    owner: &'a mut Tx,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // A guest holds it only while it runs, and none runs any more. If one did, the owner would
        // be left with nothing, and every statement of it would fail.
        if let Ok(mut lent) = self.host.0.try_lock() {
            std::mem::swap(self.owner, &mut lent);
        }
    }
}

/// How far a transaction had come before a guest.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    sent: u64,
    later: usize,
    events: usize,
}

impl Tx {
    fn mark(&self) -> Mark {
        Mark { sent: self.sent, later: self.later.len(), events: self.events.len() }
    }

    /// Forgets what was noted since; what has left already cannot be undone alone.
    fn back_to(&mut self, mark: Mark) {
        let Mark { sent, later, events } = mark;
        let still_noted = if self.sent == sent { later } else { 0 };
        self.later.truncate(still_noted);
        self.events.truncate(events);
        let before = u64::try_from(later - still_noted).unwrap_or(u64::MAX);
        if self.sent - sent > before {
            self.fail(Error::broken("half of a work has left"));
        }
    }
}
