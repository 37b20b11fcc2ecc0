//! The lanes of a shard: viewers of the same life with the same delay, served together.
//!
//! Owns the delay line: a lane releases batches when they are old enough, in order and without
//! copying, so the memory of a delay is the ring's. A lane of viewers who wait for a channel that
//! nobody publishes releases nothing.

use std::sync::Arc;
use std::time::Duration;

use slab::Slab;
use tokio::time::Instant;

use crate::channels::Channel;
use crate::cursor::View;
use crate::life::Life;
use crate::ring::Get;
use crate::wake::{Queue, Signal, Work};

/// What the viewers of a lane have in common.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Waiting(Arc<Channel>),
    Live { life: Arc<Life>, delay: Duration },
}

/// Viewers that are served together.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) source: Source,
    /// Places of the viewers in the shard.
    pub(crate) viewers: Vec<usize>,
    /// Batches below this number may go out.
    released: u64,
    /// When the next batch may go out, if one is held back.
    pub(crate) due: Option<Instant>,
    signal: Arc<Signal>,
}

/// All lanes of a shard, by place.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Slab<Lane>);

impl Lanes {
    /// The lane of a source, made if it is the first of its kind. Few enough to be looked through.
    pub(crate) fn find(&mut self, source: &Source, queue: &Arc<Queue>) -> usize {
        if let Some((at, _)) = self.0.iter().find(|(_, lane)| lane.source.is(source)) {
            return at;
        }
        let vacant = self.0.vacant_entry();
        let at = vacant.key();
        let signal = Signal::new(queue, Work::Lane(at));
        source.signals().add(&signal);
        let source = source.clone();
        vacant.insert(Lane { source, viewers: Vec::new(), released: 0, due: None, signal });
        at
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Lane> {
        self.0.get_mut(at)
    }

    /// Takes a viewer out, and the lane with its last one.
    pub(crate) fn leave(&mut self, at: usize, viewer: usize) {
        let Some(lane) = self.0.get_mut(at) else { return };
        lane.viewers.retain(|other| *other != viewer);
        if lane.viewers.is_empty() {
            lane.source.signals().remove(&lane.signal);
            self.0.remove(at);
        }
    }

    /// Takes the whole lane out.
    pub(crate) fn remove(&mut self, at: usize) -> Lane {
        let lane = self.0.remove(at);
        lane.source.signals().remove(&lane.signal);
        lane
    }

    /// When the next lane has to be looked at although nothing came.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.0.iter().filter_map(|(_, lane)| lane.due).min()
    }

    /// The lanes whose time has come.
    pub(crate) fn past_due(&self, now: Instant) -> Vec<usize> {
        let past = |lane: &Lane| lane.due.is_some_and(|due| due <= now);
        self.0.iter().filter(|(_, lane)| past(lane)).map(|(at, _)| at).collect()
    }
}

impl Lane {
    /// Its signal was taken out of the queue.
    pub(crate) fn woken(&self) {
        self.signal.lower();
    }

    /// Releases what is old enough.
    pub(crate) fn release(&mut self, now: Instant) {
        let Source::Live { life, delay } = &self.source else { return };
        self.due = None;
        if delay.is_zero() {
            self.released = life.ring.head();
            return;
        }
        loop {
            match life.ring.get(self.released) {
                Get::Item(held) if held.item.at + *delay > now => {
                    self.due = Some(held.item.at + *delay);
                    return;
                }
                Get::Item(_) => self.released += 1,
                Get::Lapped { oldest } => self.released = oldest,
                Get::NotYet => return,
            }
        }
    }

    /// What its viewers may see.
    pub(crate) fn view(&self, now: Instant) -> Option<View<'_>> {
        match &self.source {
            Source::Waiting(_) => None,
            Source::Live { life, delay } => {
                Some(View { life, released: self.released, delay: *delay, now })
            }
        }
    }
}

impl Source {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Waiting(one), Self::Waiting(two)) => Arc::ptr_eq(one, two),
            (Self::Live { life: one, delay: a }, Self::Live { life: two, delay: b }) => {
                Arc::ptr_eq(one, two) && a == b
            }
            (Self::Waiting(_), Self::Live { .. }) | (Self::Live { .. }, Self::Waiting(_)) => false,
        }
    }

    fn signals(&self) -> &crate::wake::Signals {
        match self {
            Self::Waiting(channel) => &channel.waiting,
            Self::Live { life, .. } => &life.watchers,
        }
    }
}
