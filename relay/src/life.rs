//! One life of a channel: from its publisher's Hello to its end.
//!
//! Owns the ring and who may write into it. Knows neither transports nor viewers: those who watch
//! are signals that are raised. Invariant: batches are pushed in order by the session that holds the
//! seat, and an end is final.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arena_protocol::{Batch, ChannelName, Code, End, Start};
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::config::Limits;
use crate::entry::{Entry, Newest};
use crate::error::Refusal;
use crate::ring::{Get, Ring, Writer, ring};
use crate::wake::Signals;

/// Batches a second that a delayed channel can hold back in any case, within its bytes.
const DELAYED_PER_S: usize = 120;

/// A life of a channel, shared by its publisher and its viewers.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) channel: ChannelName,
    pub(crate) start: Start,
    /// `start.meta` for the list of channels, if it is JSON.
    pub(crate) meta: Option<serde_json::Value>,
    /// The subject that began it; decides who may take it over.
    pub(crate) subject: String,
    /// How long viewers' batches are held back.
    pub(crate) delay_ms: u32,
    /// When it began, in Unix milliseconds.
    pub(crate) since_ms: u64,
    pub(crate) ring: Arc<Ring<Entry>>,
    /// What WebSocket viewers are sent now; every entry knows it.
    newest: Newest,
    /// One more than the number of the newest key batch; 0 before the first.
    newest_group: AtomicU64,
    /// Set once, after the last push: who sees it sees the final head.
    end: OnceLock<End>,
    seat: Mutex<Seat>,
    pub(crate) watchers: Signals,
    budget: Budget,
}

/// How much the rings may weigh.
#[derive(Debug)]
struct Budget {
    /// What all lives of the relay weigh.
    held: Arc<AtomicUsize>,
    held_max: usize,
    /// What this one may weigh, while there is room, and when there is none.
    ring_max: usize,
    ring_max_when_full: usize,
}

/// Who writes. A lock that only the publisher's own session takes, and once whoever replaces it.
#[derive(Debug)]
struct Seat {
    writer: Writer<Entry>,
    session: u64,
    /// Tells the session that holds the seat that it lost it.
    evict: Option<oneshot::Sender<Refusal>>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is in the ring.
    Held,
    /// It already was.
    Repeated,
}

/// A publisher's right to write, and the word that it has lost it.
#[derive(Debug)]
pub(crate) struct Publishing {
    pub(crate) life: Arc<Life>,
    pub(crate) session: u64,
    pub(crate) evicted: oneshot::Receiver<Refusal>,
}

/// What makes a life.
#[derive(Debug)]
pub(crate) struct Birth {
    pub(crate) channel: ChannelName,
    pub(crate) start: Start,
    pub(crate) subject: String,
    pub(crate) delay_ms: u32,
    pub(crate) since_ms: u64,
}

impl Life {
    pub(crate) fn begin(
        birth: Birth,
        session: u64,
        limits: &Limits,
        held: &Arc<AtomicUsize>,
    ) -> Publishing {
        // What is held back has to be held: a delay needs places for as long as it lasts.
        let delay_s = usize::try_from(birth.delay_ms.div_ceil(1000)).unwrap_or(0);
        let (writer, shared) = ring(limits.ring_len.max(delay_s * DELAYED_PER_S));
        let budget = Budget {
            held: Arc::clone(held),
            held_max: limits.rings_bytes_max,
            ring_max: limits.ring_bytes_max,
            // What a delayed channel holds back, it has to hold.
            ring_max_when_full: match birth.delay_ms {
                0 => limits.ring_bytes_max / 32,
                _delayed => limits.ring_bytes_max,
            },
        };
        let (evict, evicted) = oneshot::channel();
        let seat = Seat { writer, session, evict: Some(evict) };
        let Birth { channel, start, subject, delay_ms, since_ms } = birth;
        let life = Arc::new(Self {
            channel,
            meta: serde_json::from_slice(&start.meta).ok(),
            start,
            subject,
            delay_ms,
            since_ms,
            ring: shared,
            newest_group: AtomicU64::new(0),
            end: OnceLock::new(),
            seat: Mutex::new(seat),
            watchers: Signals::default(),
            newest: Newest::default(),
            budget,
        });
        Publishing { life, session, evicted }
    }

    /// Hands the seat to another session; the one that held it is told.
    pub(crate) fn take_over(self: &Arc<Self>, session: u64) -> Publishing {
        let (evict, evicted) = oneshot::channel();
        let mut seat = self.seat();
        seat.session = session;
        if let Some(old) = seat.evict.replace(evict) {
            // Nobody listens any more when its session is gone already.
            let _gone = old.send(Refusal::new(Code::Conflict, "replaced by a newer publisher"));
        }
        drop(seat);
        Publishing { life: Arc::clone(self), session, evicted }
    }

    /// Appends a batch in its turn. `framed` is its message with the length before it.
    pub(crate) fn push(
        &self,
        session: u64,
        framed: Bytes,
        batch: &Batch,
        now: Instant,
    ) -> Result<Pushed, Refusal> {
        let (seq, key) = (batch.header().seq, batch.header().key);
        let mut seat = self.seat();
        if seat.session != session || self.end.get().is_some() {
            return Err(Refusal::new(Code::Conflict, "replaced by a newer publisher"));
        }
        let expected = self.ring.head();
        if seq < expected {
            return Ok(Pushed::Repeated);
        }
        if seq > expected {
            let reason = format!("batch {seq} is out of order, {expected} was expected");
            return Err(Refusal::new(Code::Conflict, reason));
        }
        let entry = Entry::new(framed, batch, &self.newest, now);
        let weight = entry.weight();
        let before = seat.writer.weight();
        seat.writer.push(entry, weight, self.budget.ring_max());
        self.budget.changed(before, seat.writer.weight());
        if key {
            // Release pairs with the Acquire in `group_before`: the batch is in the ring by then.
            self.newest_group.store(seq + 1, Ordering::Release);
        }
        drop(seat);
        self.watchers.raise();
        Ok(Pushed::Held)
    }

    /// Ends it; only the first end counts.
    pub(crate) fn finish(&self, reason: &str) {
        let seat = self.seat();
        let last_seq = self.ring.head().checked_sub(1);
        self.end.get_or_init(|| End { last_seq, reason: reason.to_owned() });
        drop(seat);
        self.watchers.raise();
    }

    /// How it ended, once everything before that is in the ring.
    pub(crate) fn end(&self) -> Option<&End> {
        self.end.get()
    }

    /// The start of the newest group below `before`, else the oldest batch that is held.
    pub(crate) fn group_before(&self, before: u64) -> u64 {
        let oldest = self.ring.oldest();
        let newest = self.newest_group.load(Ordering::Acquire);
        if newest > 0 && newest <= before {
            return (newest - 1).max(oldest);
        }
        // A delayed viewer looks for an earlier one; joining and skipping are rare.
        let key = |seq: &u64| matches!(self.ring.get(*seq), Get::Item(held) if held.item.key);
        (oldest..before).rev().find(key).unwrap_or_else(|| oldest.min(before))
    }

    /// What its history weighs.
    fn weight(&self) -> usize {
        self.seat().writer.weight()
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget {
    fn ring_max(&self) -> usize {
        let full = self.held.load(Ordering::Relaxed) > self.held_max;
        if full { self.ring_max_when_full } else { self.ring_max }
    }

    fn changed(&self, before: usize, after: usize) {
        if after >= before {
            self.held.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.held.fetch_sub(before - after, Ordering::Relaxed);
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.budget.changed(self.weight(), 0);
    }
}
