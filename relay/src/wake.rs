//! How a shard learns that there is something to do: one wake-up for many viewers.
//!
//! Owns the queue that publishers and sockets put work into. A lane or a viewer stands in it at
//! most once, so it is bounded by their number, however fast batches come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::Wake;

use arc_swap::ArcSwap;
use crossbeam::queue::SegQueue;
use tokio::sync::Notify;

/// What one shard has to look at.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    work: SegQueue<Work>,
    notify: Notify,
}

/// Something to look at, by its place in the shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A lane's channel has something new.
    Lane(usize),
    /// A viewer that waited alone can go on.
    Viewer(usize),
}

/// A lane's or a viewer's way into its shard's queue.
#[derive(Debug)]
pub(crate) struct Signal {
    queue: Arc<Queue>,
    work: Work,
    /// Set while it stands in the queue. The Acquire that takes it out pairs with the Release that
    /// puts it in, so the shard sees what was written before.
    queued: AtomicBool,
}

/// Everybody who wants to know of one thing; read on every batch, changed when lanes come and go.
#[derive(Debug, Default)]
pub(crate) struct Signals(ArcSwap<Vec<Arc<Signal>>>);

impl Queue {
    /// Waits until there is work.
    pub(crate) async fn ready(&self) {
        self.notify.notified().await;
    }

    /// How much stands in it.
    pub(crate) fn len(&self) -> usize {
        self.work.len()
    }

    pub(crate) fn pop(&self) -> Option<Work> {
        self.work.pop()
    }
}

impl Signal {
    pub(crate) fn new(queue: &Arc<Queue>, work: Work) -> Arc<Self> {
        Arc::new(Self { queue: Arc::clone(queue), work, queued: AtomicBool::new(false) })
    }

    /// Puts the work into the queue, unless it stands there already.
    pub(crate) fn raise(&self) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.queue.work.push(self.work);
            self.queue.notify.notify_one();
        }
    }

    /// Called when the work was taken out, before it is done: what happens meanwhile is not missed.
    pub(crate) fn lower(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.raise();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.raise();
    }
}

impl Signals {
    /// Called after what there is to see was written.
    pub(crate) fn raise(&self) {
        // Pairs with the fence in `add`: either this sees the signal, or who added it sees what was
        // written before.
        fence(Ordering::SeqCst);
        for signal in self.0.load().iter() {
            signal.raise();
        }
    }

    /// Called before it is looked for what there is to see.
    pub(crate) fn add(&self, signal: &Arc<Signal>) {
        self.0.rcu(|signals| {
            let mut signals = Vec::clone(signals);
            signals.push(Arc::clone(signal));
            signals
        });
        fence(Ordering::SeqCst);
    }

    pub(crate) fn remove(&self, signal: &Arc<Signal>) {
        self.0.rcu(|signals| {
            let others = signals.iter().filter(|other| !Arc::ptr_eq(other, signal));
            others.cloned().collect::<Vec<_>>()
        });
    }
}
