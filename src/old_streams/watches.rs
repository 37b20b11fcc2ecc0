//! Since when a screen is a viewer of its channel: it is none of those who are counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a session that was left may still be counted.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// Since when a screen is a viewer of the channel itself: it is not counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches(Arc<Mutex<Option<Instant>>>);

impl Watches {
    /// How many of the channel's viewers are the screen. For a moment it may be two: one that has
    /// seen that nobody publishes yet, and is not gone, and one that waits.
    pub(super) fn sessions(&self) -> usize {
        match *self.since() {
            None => 0,
            Some(since) if since.elapsed() < SETTLED_AFTER => 2,
            Some(_) => 1,
        }
    }

    pub(super) fn begin(&self) -> Watching<'_> {
        self.settle();
        Watching(self)
    }

    pub(super) fn settle(&self) {
        *self.since() = Some(Instant::now());
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Watching<'a>(&'a Watches);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        *self.0.since() = None;
    }
}
