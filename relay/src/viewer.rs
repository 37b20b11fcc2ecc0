//! One viewer as its shard serves it: what is due goes into the outlet, and out, until it is full.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arena_protocol::{Delivery, End, FromRelay, Gap, Message};
use tokio::time::Instant;

use crate::config::Limits;
use crate::cursor::{Cursor, Patience, Step, View};
use crate::error::{Ending, Refusal};
use crate::transport::{Offer, Outlet, Said};
use crate::wake::Signal;

/// A viewer and where it stands.
#[derive(Debug)]
pub(crate) struct Viewer<O> {
    pub(crate) outlet: O,
    /// Absent while nobody has published the channel.
    cursor: Option<Cursor>,
    waker: Waker,
    signal: Arc<Signal>,
    /// Since when it takes nothing; it waits alone for its waker.
    blocked_since: Option<Instant>,
    /// Since when its patience counts: since it took nothing, or was last skipped.
    judged_since: Option<Instant>,
    /// The channel's end was said; it is done when that has left.
    ending: bool,
}

/// How it went.
#[derive(Debug)]
pub(crate) enum Pumped {
    /// Everything that is due has left, or the viewer waits alone.
    Waiting,
    Over(Ending),
}

/// What a shard counts while it pumps, for the metrics.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) batches: u64,
    pub(crate) bytes: u64,
    pub(crate) missing: u64,
    pub(crate) skips: u64,
    pub(crate) too_slow: u64,
}

enum Filled {
    /// Nothing more is due.
    Drained,
    Full,
}

impl<O: Outlet> Viewer<O> {
    pub(crate) fn new(outlet: O, signal: Arc<Signal>) -> Self {
        let waker = Waker::from(Arc::clone(&signal));
        Self {
            outlet,
            cursor: None,
            waker,
            signal,
            blocked_since: None,
            judged_since: None,
            ending: false,
        }
    }

    /// Its way into the shard's queue was used: it may go on.
    pub(crate) fn woken(&mut self) {
        self.signal.lower();
    }

    /// Binds it to a life of the channel.
    pub(crate) fn begin(
        &mut self,
        after: Option<u64>,
        delivery: Delivery,
        limits: &Limits,
        view: View<'_>,
        tally: &mut Tally,
    ) {
        let (cursor, gap) = Cursor::begin(after, delivery, limits.lag_allowance, view);
        self.cursor = Some(cursor);
        if let Some(gap) = gap {
            self.say_gap(gap, tally);
        }
    }

    pub(crate) fn say(&mut self, said: Said) {
        self.outlet.say(said);
    }

    /// A batch came, or time passed: a viewer that waits alone is only judged.
    pub(crate) fn lane_moved(&mut self, view: View<'_>, tally: &mut Tally) -> Pumped {
        let (Some(since), Some(cursor)) = (self.judged_since, &mut self.cursor) else {
            return self.pump(Some(view), tally);
        };
        match cursor.patience(since, view.now) {
            Patience::Left => Pumped::Waiting,
            Patience::Lost => {
                self.judged_since = Some(view.now);
                self.skip(view, tally);
                self.pump(Some(view), tally)
            }
            Patience::Over => Pumped::Over(too_slow(tally)),
        }
    }

    /// Whether it has taken nothing for so long, whatever came meanwhile.
    pub(crate) fn is_stalled(&self, now: Instant, stall_max: Duration) -> bool {
        let stalled = |since: Instant| now.saturating_duration_since(since) >= stall_max;
        self.blocked_since.is_some_and(stalled)
    }

    /// Sends until nothing is due or the peer's window is full.
    pub(crate) fn pump(&mut self, view: Option<View<'_>>, tally: &mut Tally) -> Pumped {
        loop {
            let filled = match self.fill(view, tally) {
                Ok(filled) => filled,
                Err(ending) => return Pumped::Over(ending),
            };
            let before = self.outlet.written();
            match self.outlet.poll_flush(&mut Context::from_waker(&self.waker)) {
                Poll::Ready(Err(_gone)) => return Pumped::Over(Ending::Left),
                Poll::Pending => {
                    let now = view.map_or_else(Instant::now, |view| view.now);
                    // Slow is not stalled: what was written counts, even if more is waiting.
                    let moved = self.outlet.written() > before;
                    if moved {
                        (self.blocked_since, self.judged_since) = (None, None);
                    }
                    self.blocked_since.get_or_insert(now);
                    self.judged_since.get_or_insert(now);
                    return Pumped::Waiting;
                }
                Poll::Ready(Ok(())) => (self.blocked_since, self.judged_since) = (None, None),
            }
            match filled {
                Filled::Full => {}
                Filled::Drained if self.ending => return Pumped::Over(Ending::Done),
                Filled::Drained => return Pumped::Waiting,
            }
        }
    }

    fn fill(&mut self, view: Option<View<'_>>, tally: &mut Tally) -> Result<Filled, Ending> {
        let Some(view) = view else { return Ok(Filled::Drained) };
        while let (Some(cursor), false) = (&mut self.cursor, self.ending) {
            match cursor.step(view) {
                Step::Wait => break,
                Step::Missing(gap) => self.say_gap(gap, tally),
                Step::Behind => match cursor.count_skip(view.now) {
                    Patience::Left | Patience::Lost => self.skip(view, tally),
                    Patience::Over => return Err(too_slow(tally)),
                },
                Step::Batch(batch) => match self.outlet.offer(&batch, cursor.delivery()) {
                    Offer::Full => return Ok(Filled::Full),
                    Offer::Taken => {
                        tally.batches += 1;
                        tally.bytes += batch.item.framed().len() as u64;
                        cursor.took();
                    }
                    Offer::Dropped => {
                        cursor.took();
                        let why = arena_protocol::Why::Lagged;
                        self.say_gap(Gap { from: batch.seq, to: batch.seq, why }, tally);
                    }
                },
                Step::Ended => {
                    self.ending = true;
                    let end = view.life.end().cloned();
                    let end = end.unwrap_or(End { last_seq: None, reason: String::new() });
                    self.outlet.say(Said::Message(FromRelay::End(end).encode()));
                }
            }
        }
        Ok(Filled::Drained)
    }

    fn skip(&mut self, view: View<'_>, tally: &mut Tally) {
        let Some(cursor) = self.cursor.as_mut().filter(|cursor| cursor.can_skip(view)) else {
            return;
        };
        tally.skips += 1;
        let from = self.outlet.skip();
        if let Some(gap) = cursor.skip(from, view) {
            self.say_gap(gap, tally);
        }
    }

    fn say_gap(&mut self, gap: Gap, tally: &mut Tally) {
        tally.missing += gap.to - gap.from + 1;
        let message: Message = FromRelay::Gap(gap).encode();
        self.outlet.say(Said::Message(message));
    }
}

/// Lets a viewer go that is too slow.
pub(crate) fn too_slow(tally: &mut Tally) -> Ending {
    tally.too_slow += 1;
    let reason = "lagged and was skipped too often";
    Ending::Refused(Refusal::new(arena_protocol::Code::TooSlow, reason))
}
