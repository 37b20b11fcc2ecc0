//! One writer, many readers, over shared handles: the last items of a channel by their number.
//!
//! Owns the order of the steps that make this safe without a lock. Knows no network, no batch and
//! no waking: a reader asks for the number it wants next.
//!
//! Invariants: numbers are contiguous; [`Get::Item`] is the item of exactly that number; a number
//! below [`Ring::head`] that is not held any more is [`Get::Lapped`] with an `oldest` beyond it.
//!
//! ```text
//!            oldest                     head
//!              ▼                          ▼
//!  … gone │ 41 │ 42 │ 43 │ 44 │ 45 │ 46 │ not written yet
//!  slot      1    2    3    0    1 …        number % length
//! ```

use std::sync::{Arc, OnceLock};

use crate::sync::{AtomicU64, Ordering, Slot};

/// What readers share.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    /// Places in lots, made when they are first needed: a channel that is only a name costs little.
    lots: Box<[OnceLock<Lot<T>>]>,
    len: usize,
    /// The number of the next item. Its Release pairs with the Acquire in `get`: who sees the head
    /// sees the item below it.
    head: AtomicU64,
    /// The lowest number that is held; raised before its slot is emptied or taken.
    oldest: AtomicU64,
}

type Lot<T> = Box<[Slot<Numbered<T>>]>;

/// Places that are made at once.
const LOT: usize = 64;

/// An item and its number.
#[derive(Debug)]
pub(crate) struct Numbered<T> {
    pub(crate) seq: u64,
    pub(crate) item: T,
}

/// The one writer of a ring: pushes, and lets go of what is over the limits.
#[derive(Debug)]
pub(crate) struct Writer<T> {
    ring: Arc<Ring<T>>,
    weights: std::collections::VecDeque<usize>,
    weight: usize,
}

/// What a reader finds at a number.
#[derive(Debug)]
pub(crate) enum Get<T> {
    Item(Arc<Numbered<T>>),
    NotYet,
    Lapped { oldest: u64 },
}

/// A ring of `len` items, and its writer.
pub(crate) fn ring<T>(len: usize) -> (Writer<T>, Arc<Ring<T>>) {
    let ring = Arc::new(Ring {
        lots: (0..len.max(1).div_ceil(LOT)).map(|_| OnceLock::new()).collect(),
        len: len.max(1),
        head: AtomicU64::new(0),
        oldest: AtomicU64::new(0),
    });
    let weights = std::collections::VecDeque::new();
    (Writer { ring: Arc::clone(&ring), weights, weight: 0 }, ring)
}

impl<T> Ring<T> {
    /// The number that the next item will have.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// The lowest number that is held; equal to the head when nothing is.
    pub(crate) fn oldest(&self) -> u64 {
        self.oldest.load(Ordering::Acquire)
    }

    /// The item of a number: a handle, no bytes.
    pub(crate) fn get(&self, seq: u64) -> Get<T> {
        if seq >= self.head() {
            return Get::NotYet;
        }
        match self.slot(seq).get() {
            Some(held) if held.seq == seq => Get::Item(held),
            // The slot was emptied or taken, and `oldest` was raised before that.
            _ => Get::Lapped { oldest: self.oldest() },
        }
    }

    fn slot(&self, seq: u64) -> &Slot<Numbered<T>> {
        let at = usize::try_from(seq % self.len as u64).expect("below the length, a usize");
        let made = || (0..LOT.min(self.len)).map(|_| Slot::empty()).collect();
        &self.lots[at / LOT].get_or_init(made)[at % LOT]
    }
}

impl<T> Writer<T> {
    /// What the items that are held weigh together.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Appends an item and returns its number. The oldest go until no more than `weight_max` is
    /// held; the newest always stays.
    pub(crate) fn push(&mut self, item: T, weight: usize, weight_max: usize) -> u64 {
        let ring = &*self.ring;
        let seq = ring.head.load(Ordering::Relaxed);
        self.weight += weight;
        self.weights.push_back(weight);
        while self.weights.len() > ring.len || (self.weight > weight_max && self.weights.len() > 1)
        {
            self.weight -= self.weights.pop_front().unwrap_or_default();
            let oldest = ring.oldest.load(Ordering::Relaxed);
            ring.oldest.store(oldest + 1, Ordering::Release);
            ring.slot(oldest).put(None);
        }
        ring.slot(seq).put(Some(Arc::new(Numbered { seq, item })));
        ring.head.store(seq + 1, Ordering::Release);
        seq
    }
}
