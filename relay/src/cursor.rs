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
        // Who asked for everything is not skipped; its shard lets it go when it stands still.
        let waits = self.delivery == Delivery::Complete || stalled < self.allowance;
        if waits { Patience::Left } else { self.count_skip(now) }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use arena_protocol::{Batch, Header, Start};
    use proptest::prelude::*;

    use super::*;
    use crate::config::Limits;
    use crate::life::{Birth, Publishing};
    use crate::pool::Pool;

    const ALLOWANCE: Duration = Duration::from_secs(1);

    fn life(ring_len: usize) -> Publishing {
        let birth = Birth {
            channel: "m".parse().unwrap(),
            start: Start { epoch: 1, schema: "opaque".into(), meta: Vec::new() },
            subject: String::new(),
            delay_ms: 0,
            since_ms: 0,
        };
        let limits = Limits { ring_len, ..Limits::default() };
        Life::begin(birth, 0, &limits, &Arc::<AtomicUsize>::default())
    }

    fn push(life: &Life, key: bool, now: Instant) {
        let seq = life.ring.head();
        let header = Header { seq, captured_us: 0, first_frame: 0, frames: 1, key };
        let batch = Batch::new(header, b"x");
        let mut filling = Pool::new(1024).take(batch.message().len());
        filling.copy(batch.message());
        life.push(0, filling.freeze(), &batch, now).unwrap();
    }

    fn view(life: &Life, now: Instant) -> View<'_> {
        View { life, released: life.ring.head(), delay: Duration::ZERO, now }
    }

    #[derive(Clone, Debug)]
    enum Op {
        Push {
            key: bool,
        },
        Wait {
            ms: u64,
        },
        /// The viewer takes so many batches.
        Take {
            count: usize,
        },
        /// It takes none, and is judged.
        Stall,
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            4 => any::<bool>().prop_map(|key| Op::Push { key }),
            1 => (0_u64..3_000).prop_map(|ms| Op::Wait { ms }),
            3 => (0_usize..6).prop_map(|count| Op::Take { count }),
            1 => Just(Op::Stall),
        ];
        proptest::collection::vec(op, 0..150)
    }

    fn deliveries() -> impl Strategy<Value = Delivery> {
        prop_oneof![Just(Delivery::Live), Just(Delivery::Complete), Just(Delivery::Latest)]
    }

    proptest! {
        #[test]
        fn every_batch_is_handed_out_once_in_order_or_named(
            ops in ops(),
            delivery in deliveries(),
            after in proptest::option::of(0_u64..20),
            ring_len in 1_usize..12,
        ) {
            let Publishing { life, .. } = life(ring_len);
            let mut now = Instant::now();
            for _ in 0..10 {
                push(&life, true, now);
            }
            let (mut cursor, gap) = Cursor::begin(after, delivery, ALLOWANCE, view(&life, now));
            // What is accounted for ends here; it begins where the cursor did.
            let mut next = gap.map_or(cursor.next, |gap| gap.from);
            let mut account = |from: u64, to: u64| {
                prop_assert!(from <= next && to >= next, "{from}..={to} after {next}");
                next = to + 1;
                Ok(())
            };
            if let Some(gap) = gap {
                account(gap.from, gap.to)?;
            }
            for op in ops {
                match op {
                    Op::Push { key } => push(&life, key, now),
                    Op::Wait { ms } => now += Duration::from_millis(ms),
                    Op::Stall => {
                        let view = view(&life, now);
                        let stalled = now.checked_sub(ALLOWANCE).unwrap_or(now);
                        if cursor.patience(stalled, now) == Patience::Over {
                            return Ok(());
                        }
                        if cursor.can_skip(view) && let Some(gap) = cursor.skip(None, view) {
                            account(gap.from, gap.to)?;
                        }
                    }
                    Op::Take { count } => {
                        for _ in 0..count {
                            let view = view(&life, now);
                            match cursor.step(view) {
                                Step::Batch(batch) => {
                                    account(batch.seq, batch.seq)?;
                                    cursor.took();
                                }
                                Step::Missing(gap) => account(gap.from, gap.to)?,
                                Step::Behind => {
                                    prop_assert!(cursor.can_skip(view));
                                    if let Some(gap) = cursor.skip(None, view) {
                                        account(gap.from, gap.to)?;
                                    }
                                }
                                Step::Wait => break,
                                Step::Ended => prop_assert!(false, "nobody ended it"),
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_viewer_that_takes_nothing_is_skipped_then_lowered_then_let_go() {
        let Publishing { life, .. } = life(100);
        let mut now = Instant::now();
        push(&life, true, now);
        let (mut cursor, _) = Cursor::begin(None, Delivery::Live, ALLOWANCE, view(&life, now));
        assert_eq!(cursor.patience(now, now + ALLOWANCE / 2), Patience::Left);
        let mut verdicts = Vec::new();
        for _ in 0..6 {
            now += ALLOWANCE;
            verdicts.push((cursor.patience(now - ALLOWANCE, now), cursor.delivery()));
        }
        let lost = |delivery| (Patience::Lost, delivery);
        let (live, latest) = (lost(Delivery::Live), lost(Delivery::Latest));
        let over = (Patience::Over, Delivery::Latest);
        assert_eq!(verdicts, [live, live, latest, latest, latest, over]);
    }

    #[test]
    fn skips_that_lie_far_apart_are_forgiven() {
        let Publishing { life, .. } = life(100);
        let now = Instant::now();
        push(&life, true, now);
        let (mut cursor, _) = Cursor::begin(None, Delivery::Latest, ALLOWANCE, view(&life, now));
        for minute in 1..10 {
            assert_eq!(cursor.count_skip(now + Duration::from_mins(minute)), Patience::Lost);
        }
    }

    #[test]
    fn a_viewer_that_replays_is_not_late() {
        let Publishing { life, .. } = life(100);
        let start = Instant::now();
        for _ in 0..20 {
            push(&life, true, start);
        }
        let now = start + Duration::from_mins(1);
        let (mut replaying, _) =
            Cursor::begin(Some(3), Delivery::Live, ALLOWANCE, view(&life, now));
        assert!(matches!(replaying.step(view(&life, now)), Step::Batch(batch) if batch.seq == 4));
    }

    #[test]
    fn a_live_viewer_that_is_late_goes_on_with_the_newest_group() {
        let Publishing { life, .. } = life(100);
        let start = Instant::now();
        push(&life, true, start);
        let (mut cursor, _) = Cursor::begin(None, Delivery::Live, ALLOWANCE, view(&life, start));
        assert!(matches!(cursor.step(view(&life, start)), Step::Batch(_)));
        cursor.took();
        for _ in 0..5 {
            push(&life, false, start);
        }
        let now = start + 2 * ALLOWANCE;
        push(&life, true, now);
        let view = view(&life, now);
        assert!(matches!(cursor.step(view), Step::Behind));
        let gap = cursor.skip(None, view).unwrap();
        assert_eq!((gap.from, gap.to, gap.why), (1, 5, Why::Lagged));
        assert!(matches!(cursor.step(view), Step::Batch(batch) if batch.seq == 6));
    }

    #[test]
    fn a_delayed_viewer_starts_at_a_group_that_is_released() {
        let Publishing { life, .. } = life(100);
        let now = Instant::now();
        for key in [true, false, true, false] {
            push(&life, key, now);
        }
        assert_eq!(life.group_before(4), 2);
        assert_eq!(life.group_before(2), 0);
        assert_eq!(life.group_before(0), 0);
    }
}
