//! The lanes of a shard: viewers of the same life with the same delay, served together.
//!
//! Owns the delay line: a lane releases batches when they are old enough, in order and without
//! copying, so the memory of a delay is the ring's. A lane of viewers who wait for a channel that
//! nobody publishes releases nothing.

use std::collections::{BTreeSet, HashMap};
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
    /// Some of them share their connections with viewers of other lanes, when last served.
    pub(crate) gathers: bool,
    /// Batches below this number may go out.
    released: u64,
    /// When the next batch may go out, if one is held back.
    due: Option<Instant>,
    signal: Arc<Signal>,
}

/// All lanes of a shard, by place.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    lanes: Slab<Lane>,
    by_source: HashMap<Key, usize>,
    /// The lanes that hold something back, by when it may go out.
    held: BTreeSet<(Instant, usize)>,
}

/// A source's identity: the address of what is watched, and the delay.
type Key = (usize, Option<Duration>);

impl Lanes {
    /// The lane of a source, made if it is the first of its kind.
    pub(crate) fn find(&mut self, source: &Source, queue: &Arc<Queue>) -> usize {
        if let Some(&at) = self.by_source.get(&source.key()) {
            return at;
        }
        let vacant = self.lanes.vacant_entry();
        let at = vacant.key();
        let signal = Signal::new(queue, Work::Lane(at));
        source.signals().add(&signal);
        self.by_source.insert(source.key(), at);
        let source = source.clone();
        vacant.insert(Lane {
            source,
            viewers: Vec::new(),
            gathers: false,
            released: 0,
            due: None,
            signal,
        });
        at
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Lane> {
        self.lanes.get(at)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Lane> {
        self.lanes.get_mut(at)
    }

    /// Lets out of a lane what is old enough.
    pub(crate) fn release(&mut self, at: usize, now: Instant) {
        let Some(lane) = self.lanes.get_mut(at) else { return };
        if let Some(due) = lane.due.take() {
            self.held.remove(&(due, at));
        }
        lane.release(now);
        if let Some(due) = lane.due {
            self.held.insert((due, at));
        }
    }

    /// Takes the viewer at `place` out, and the lane with its last one. Returns the viewer that has
    /// its place now, if another one does.
    pub(crate) fn leave(&mut self, at: usize, place: usize) -> Option<usize> {
        let lane = self.lanes.get_mut(at)?;
        lane.viewers.swap_remove(place);
        let moved = lane.viewers.get(place).copied();
        if lane.viewers.is_empty() {
            self.remove(at);
        }
        moved
    }

    /// Takes the whole lane out.
    pub(crate) fn remove(&mut self, at: usize) -> Lane {
        let lane = self.lanes.remove(at);
        if let Some(due) = lane.due {
            self.held.remove(&(due, at));
        }
        self.by_source.remove(&lane.source.key());
        lane.source.signals().remove(&lane.signal);
        lane
    }

    /// When the next lane has to be looked at although nothing came.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.held.first().map(|(due, _)| *due)
    }

    /// The lanes whose time has come.
    pub(crate) fn past_due(&self, now: Instant) -> Vec<usize> {
        self.held.iter().take_while(|(due, _)| *due <= now).map(|(_, at)| *at).collect()
    }
}

impl Lane {
    /// Its signal was taken out of the queue.
    pub(crate) fn woken(&self) {
        self.signal.lower();
    }

    fn release(&mut self, now: Instant) {
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
    /// Unique while the source is held, as every lane does.
    fn key(&self) -> Key {
        match self {
            Self::Waiting(channel) => (Arc::as_ptr(channel).addr(), None),
            Self::Live { life, delay } => (Arc::as_ptr(life).addr(), Some(*delay)),
        }
    }

    fn signals(&self) -> &crate::wake::Signals {
        match self {
            Self::Waiting(channel) => &channel.waiting,
            Self::Live { life, .. } => &life.watchers,
        }
    }
}
