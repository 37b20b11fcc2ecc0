//! Viewers of one connection: what is due for them leaves together.
//!
//! Siblings stand in a circle, each knows the next; a viewer that is alone is its own next.

use std::collections::HashMap;

use slab::Slab;
use tokio::time::Instant;

use super::Seated;
use crate::error::Ending;
use crate::lanes::Lanes;
use crate::transport::Outlet;
use crate::viewer::{Pumped, Tally};

/// One viewer of each connection: the way into its circle.
#[derive(Debug, Default)]
pub(super) struct Connections(HashMap<u64, usize>);

impl Connections {
    pub(super) fn join<O>(&mut self, seated: &mut Slab<Seated<O>>, at: usize) {
        let first = *self.0.entry(seated[at].connection).or_insert(at);
        let next = std::mem::replace(&mut seated[first].sibling, at);
        if first != at {
            seated[at].sibling = next;
        }
    }

    pub(super) fn leave<O>(&mut self, seated: &mut Slab<Seated<O>>, at: usize) {
        let Seated { connection, sibling: next, .. } = seated[at];
        if next == at {
            self.0.remove(&connection);
            return;
        }
        let mut before = next;
        while seated[before].sibling != at {
            before = seated[before].sibling;
        }
        seated[before].sibling = next;
        self.0.insert(connection, next);
    }
}

/// Viewers of one connection, to be served together.
pub(super) struct Siblings {
    pub(super) first: usize,
    pub(super) round: u64,
    pub(super) now: Instant,
}

impl Siblings {
    pub(super) fn run<O: Outlet>(
        self,
        seated: &mut Slab<Seated<O>>,
        lanes: &Lanes,
        tally: &mut Tally,
        over: &mut Vec<(usize, Ending)>,
    ) {
        seated[self.first].viewer.outlet.cork();
        let mut at = self.first;
        loop {
            let sibling = &mut seated[at];
            sibling.served = self.round;
            let view = lanes.get(sibling.lane).and_then(|lane| lane.view(self.now));
            if let Some(view) = view
                && let Pumped::Over(ending) = sibling.viewer.lane_moved(view, tally)
            {
                over.push((at, ending));
            }
            at = sibling.sibling;
            if at == self.first {
                break;
            }
        }
        seated[self.first].viewer.outlet.uncork();
    }
}

/// Lanes whose viewers have siblings wait a moment for each other's batches: what is due for one
/// connection leaves together, and five batches in one packet cost little more than one.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    lanes: Vec<usize>,
    due: Option<Instant>,
}

impl Gathering {
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn add(&mut self, lane: usize, due: Instant) {
        self.lanes.push(lane);
        self.due.get_or_insert(due);
    }

    /// The lanes that have waited long enough.
    pub(super) fn take(&mut self, now: Instant) -> Vec<usize> {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            return std::mem::take(&mut self.lanes);
        }
        Vec::new()
    }
}
