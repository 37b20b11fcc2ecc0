//! Where a viewer stands in a channel, and what it gets next. Rules only: no socket, no clock.
//!
//! Invariant: every batch from where the cursor began is handed out once, in order, or named by a
//! gap. A viewer that is too slow is skipped, then gets only the newest, then is let go; it never
//! makes anybody wait.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use arena_protocol::{Delivery, Gap, Why};
use tokio::time::Instant;

use crate::entry::Entry;
use crate::life::Life;
use crate::ring::{Get, Numbered};

/// So many skips within [`SKIPS_WITHIN`] mean that skipping does not help.
const SKIPS_MAX: usize = 3;
const SKIPS_WITHIN: Duration = Duration::from_secs(10);
/// A viewer that asked for everything may stand still this long.
const COMPLETE_STALL_MAX: Duration = Duration::from_secs(30);

/// A viewer's place in a life of a channel.
#[derive(Debug)]
pub(crate) struct Cursor {
    next: u64,
    delivery: Delivery,
    /// Replays what it asked for; its age is no lag.
    catching_up: bool,
    skips: VecDeque<Instant>,
    allowance: Duration,
}

/// What of a life a viewer may see now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) life: &'a Life,
    /// Batches below this number are due; the delay line holds the others back.
    pub(crate) released: u64,
    pub(crate) delay: Duration,
    pub(crate) now: Instant,
}

/// What a viewer gets next.
#[derive(Debug)]
pub(crate) enum Step {
    Batch(Arc<Numbered<Entry>>),
    /// These will not come.
    Missing(Gap),
    /// It is too far behind: drop what it has not taken, then say what [`Cursor::skip`] returns.
    Behind,
    /// Nothing is due.
    Wait,
    /// Nothing will be.
    Ended,
}

/// What to do about a viewer that takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Wait for it.
    Left,
    /// Skip it.
    Lost,
    /// Let it go.
    Over,
}

impl Cursor {
    /// Begins behind `after`, or at the newest group; says what of it is not held any more.
    pub(crate) fn begin(
        after: Option<u64>,
        delivery: Delivery,
        allowance: Duration,
        view: View<'_>,
    ) -> (Self, Option<Gap>) {
        let (head, oldest) = (view.life.ring.head(), view.life.ring.oldest());
        let missing = |from: u64, why| (from < oldest).then(|| Gap { from, to: oldest - 1, why });
        let (next, gap) = match after.map(|after| after.wrapping_add(1)) {
            None if delivery == Delivery::Latest => {
                (view.released.saturating_sub(1).max(oldest), None)
            }
            None => (view.life.group_before(view.released), None),
            // Nothing of this life has such a number: it was seen in another one.
            Some(next) if next > head => (oldest, missing(0, Why::Restarted)),
            Some(next) => (next.max(oldest), missing(next, Why::Expired)),
        };
        let catching_up = after.is_some();
        let skips = VecDeque::new();
        (Self { next, delivery, catching_up, skips, allowance }, gap)
    }

    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Decides; [`Cursor::took`] says that a batch was taken.
    pub(crate) fn step(&mut self, view: View<'_>) -> Step {
        // The end is read first: who sees it sees the final head.
        let ended = view.life.end().is_some();
        if self.next >= view.released {
            self.catching_up = false;
            let over = ended && self.next >= view.life.ring.head();
            return if over { Step::Ended } else { Step::Wait };
        }
        if self.delivery == Delivery::Latest && self.next + 1 < view.released {
            return Step::Missing(self.jump(view.released - 1, Why::Lagged));
        }
        match view.life.ring.get(self.next) {
            Get::Item(held) if self.is_late(&held.item, view) => Step::Behind,
            Get::Item(held) => Step::Batch(held),
            Get::Lapped { oldest } if self.delivery == Delivery::Complete => {
                Step::Missing(self.jump(oldest, Why::Expired))
            }
            Get::Lapped { oldest } => {
                let group = view.life.group_before(view.released).max(oldest);
                Step::Missing(self.jump(group, Why::Lagged))
            }
            Get::NotYet => Step::Wait,
        }
    }

    /// The batch that was handed out is taken.
    pub(crate) fn took(&mut self) {
        self.next += 1;
    }

    /// Whether there is something newer to skip to.
    pub(crate) fn can_skip(&self, view: View<'_>) -> bool {
        self.skip_target(view) > self.next
    }

    /// Goes on with the newest group. `from` is the first batch that may not arrive of those that
    /// were taken already.
    pub(crate) fn skip(&mut self, from: Option<u64>, view: View<'_>) -> Option<Gap> {
        let to = self.skip_target(view);
        self.next = from.unwrap_or(self.next).min(self.next);
        (to > self.next).then(|| self.jump(to, Why::Lagged))
    }

    fn skip_target(&self, view: View<'_>) -> u64 {
        match self.delivery {
            Delivery::Latest => view.released.saturating_sub(1),
            Delivery::Live | Delivery::Datagram => view.life.group_before(view.released),
            Delivery::Complete => self.next,
        }
    }

    /// Judges a viewer that has taken nothing since `since`.
    pub(crate) fn patience(&mut self, since: Instant, now: Instant) -> Patience {
        let stalled = now.saturating_duration_since(since);
        if self.delivery == Delivery::Complete {
            return if stalled < COMPLETE_STALL_MAX { Patience::Left } else { Patience::Over };
        }
        if stalled < self.allowance { Patience::Left } else { self.count_skip(now) }
    }

    /// Counts a skip, and lowers the delivery when skipping does not help.
    pub(crate) fn count_skip(&mut self, now: Instant) -> Patience {
        let recent = |at: &Instant| now.saturating_duration_since(*at) < SKIPS_WITHIN;
        self.skips.retain(recent);
        self.skips.push_back(now);
        if self.skips.len() < SKIPS_MAX {
            return Patience::Lost;
        }
        if self.delivery == Delivery::Latest {
            return Patience::Over;
        }
        self.delivery = Delivery::Latest;
        self.skips.clear();
        Patience::Lost
    }

    fn is_late(&self, entry: &Entry, view: View<'_>) -> bool {
        let skips = matches!(self.delivery, Delivery::Live | Delivery::Datagram);
        skips
            && !self.catching_up
            && view.now.saturating_duration_since(entry.at) > view.delay + self.allowance
            && view.life.group_before(view.released) > self.next
    }

    fn jump(&mut self, to: u64, why: Why) -> Gap {
        let from = self.next;
        self.next = to;
        Gap { from, to: to - 1, why }
    }
}
