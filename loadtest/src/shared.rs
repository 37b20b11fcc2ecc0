//! What the threads of a run tell each other while it goes on: numbers, and the first failure.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;

/// Different notes that are kept; the rest is counted.
const NOTES_MAX: usize = 16;

/// Shared by all threads. The numbers are for looking at: none of them orders anything.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    /// Viewers, or publishers where there are no viewers, whose session has begun.
    pub(crate) connected: AtomicUsize,
    /// Viewers that are gone without having been asked to.
    pub(crate) gone: AtomicUsize,
    /// Batches that came, whenever they were sent; each once for a subscription.
    pub(crate) delivered: AtomicU64,
    /// Bytes of their messages.
    pub(crate) bytes: AtomicU64,
    /// Batches that came and were meant to be sent within the window.
    pub(crate) measured: AtomicU64,
    /// Batches that the publishers sent.
    pub(crate) sent: AtomicU64,
    window_from_us: AtomicU64,
    window_to_us: AtomicU64,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    failure: Option<String>,
    /// What happened, and how often.
    happened: Vec<(String, u64)>,
}

impl Shared {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            connected: AtomicUsize::new(0),
            gone: AtomicUsize::new(0),
            delivered: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            measured: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            window_from_us: AtomicU64::new(u64::MAX),
            window_to_us: AtomicU64::new(u64::MAX),
            notes: Mutex::default(),
        }
    }

    /// Batches meant to be sent in this time are measured; none are before this is called.
    pub(crate) fn set_window(&self, window: Range<u64>) {
        self.window_to_us.store(window.end, Ordering::Relaxed);
        self.window_from_us.store(window.start, Ordering::Relaxed);
    }

    pub(crate) fn in_window(&self, at_us: u64) -> bool {
        at_us >= self.window_from_us.load(Ordering::Relaxed)
            && at_us < self.window_to_us.load(Ordering::Relaxed)
    }

    /// The run cannot go on. Only the first reason is kept.
    pub(crate) fn fail(&self, why: String) {
        self.notes().failure.get_or_insert(why);
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.notes().failure.clone()
    }

    /// Something happened that the report should say, with how often it did.
    pub(crate) fn note(&self, what: impl Into<String>) {
        let (what, mut notes) = (what.into(), self.notes());
        if let Some((_, count)) = notes.happened.iter_mut().find(|(known, _)| *known == what) {
            *count += 1;
        } else if notes.happened.len() < NOTES_MAX {
            notes.happened.push((what, 1));
        }
    }

    /// Everything noted, as lines.
    pub(crate) fn happened(&self) -> Vec<String> {
        let line = |(what, count): &(String, u64)| {
            if *count > 1 { format!("{what} ({count} times)") } else { what.clone() }
        };
        self.notes().happened.iter().map(line).collect()
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

pub(crate) fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
