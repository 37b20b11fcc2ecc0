//! What the ring is built on. `tests/ring_loom.rs` puts loom's in its place.

use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

/// One place of the ring: an `Arc` that is read while it is replaced.
#[derive(Debug)]
pub(crate) struct Slot<T>(ArcSwapOption<T>);

impl<T> Slot<T> {
    pub(crate) fn empty() -> Self {
        Self(ArcSwapOption::empty())
    }

    pub(crate) fn put(&self, item: Option<Arc<T>>) {
        self.0.store(item);
    }

    pub(crate) fn get(&self) -> Option<Arc<T>> {
        self.0.load_full()
    }
}
