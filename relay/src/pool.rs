//! Receive buffers: taken for one message each, back when its last viewer is done.
//!
//! A buffer is at most twice its message, or the smallest there is, so holding a batch never pins
//! much more than the batch.
//! A size's queue is bounded; what comes back to a full one is freed.
//!
//! ```text
//!   ┌────────────┬──────────────────────┐
//!   │ length, LE │ message              │   one buffer, one `Bytes`, shared by every viewer
//!   └────────────┴──────────────────────┘
//! ```

use std::sync::Arc;

use bytes::Bytes;
use crossbeam::queue::ArrayQueue;

/// Bytes of the length before a message.
pub(crate) const PREFIX_LEN: usize = 4;
const SMALLEST: usize = 256;
/// Memory that a length alone is given.
const CLAIM_MAX: usize = 16 * 1024;
const BYTES_KEPT_PER_SIZE: usize = 2 * 1024 * 1024;

/// Buffers that wait for their next message; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pool(Arc<[ArrayQueue<Vec<u8>>]>);

/// A buffer while it is being filled with one message.
#[derive(Debug)]
pub(crate) struct Filling {
    buffer: Lent,
    filled: usize,
    /// Bytes of the length and the message, once it is whole.
    whole: usize,
}

#[derive(Debug)]
struct Lent {
    bytes: Vec<u8>,
    pool: Pool,
}

impl Pool {
    /// A pool for messages of up to `len_max` bytes.
    pub(crate) fn new(len_max: usize) -> Self {
        let mut queues = Vec::new();
        let mut size = SMALLEST;
        loop {
            queues.push(ArrayQueue::new((BYTES_KEPT_PER_SIZE / size).max(4)));
            if size >= len_max + PREFIX_LEN {
                return Self(queues.into());
            }
            size *= 2;
        }
    }

    /// A buffer for a message of `len` bytes, its length already in place.
    pub(crate) fn take(&self, len: usize) -> Filling {
        let whole = len + PREFIX_LEN;
        // A length is only a claim: what is long gets its memory as it comes.
        let needed = whole.min(CLAIM_MAX);
        let mut bytes = self.kept_or_new(needed.next_power_of_two());
        let prefix = u32::try_from(len).expect("messages are limited far below 4 GiB");
        bytes.extend_from_slice(&prefix.to_le_bytes());
        bytes.resize(needed, 0);
        Filling { buffer: Lent { bytes, pool: self.clone() }, filled: PREFIX_LEN, whole }
    }

    /// Buffers that wait, and their bytes.
    pub(crate) fn kept(&self) -> (usize, usize) {
        let sizes = (0..self.0.len()).map(|at| SMALLEST << at);
        self.0.iter().zip(sizes).fold((0, 0), |(count, bytes), (queue, size)| {
            (count + queue.len(), bytes + queue.len() * size)
        })
    }

    /// An empty buffer of a size, which is a power of two.
    fn kept_or_new(&self, size: usize) -> Vec<u8> {
        let kept = self.queue(size).and_then(ArrayQueue::pop);
        let mut bytes = kept.unwrap_or_else(|| Vec::with_capacity(size.max(SMALLEST)));
        bytes.clear();
        bytes
    }

    fn give_back(&self, bytes: Vec<u8>) {
        let of_a_size = bytes.capacity().is_power_of_two();
        if let Some(queue) = self.queue(bytes.capacity()).filter(|_| of_a_size) {
            // A full queue has kept enough: this one is freed.
            let _full = queue.push(bytes);
        }
    }

    fn queue(&self, size: usize) -> Option<&ArrayQueue<Vec<u8>>> {
        let at = size.max(SMALLEST).trailing_zeros() - SMALLEST.trailing_zeros();
        self.0.get(at as usize)
    }
}

impl Filling {
    /// What is to be filled next; empty when the message is whole.
    pub(crate) fn rest(&mut self) -> &mut [u8] {
        let bytes = &mut self.buffer.bytes;
        if self.filled == bytes.len() && self.filled < self.whole {
            let grown = self.whole.min(bytes.len() * 2);
            let size = grown.next_power_of_two();
            let mut larger = self.buffer.pool.kept_or_new(size);
            larger.extend_from_slice(bytes);
            larger.resize(grown, 0);
            self.buffer.pool.give_back(std::mem::replace(bytes, larger));
        }
        &mut bytes[self.filled..]
    }

    /// Says that so many bytes of the rest were filled.
    pub(crate) fn advance(&mut self, len: usize) {
        self.filled += len;
    }

    /// Copies as much of `from` as fits, and returns how much that was.
    pub(crate) fn copy(&mut self, from: &[u8]) -> usize {
        let mut copied = 0;
        while copied < from.len() && !self.rest().is_empty() {
            let rest = self.rest();
            let len = rest.len().min(from.len() - copied);
            rest[..len].copy_from_slice(&from[copied..copied + len]);
            self.advance(len);
            copied += len;
        }
        copied
    }

    /// The message so far, to be unmasked in place.
    pub(crate) fn message_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.bytes[PREFIX_LEN..self.filled]
    }

    /// The length and the message. Bytes that were not filled are zero.
    pub(crate) fn freeze(self) -> Bytes {
        Bytes::from_owner(self.buffer)
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.pool.give_back(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_its_last_reader_is_done() {
        let pool = Pool::new(1024);
        let mut filling = pool.take(3);
        assert_eq!(filling.copy(b"abcd"), 3);
        assert!(filling.rest().is_empty());
        let bytes = filling.freeze();
        assert_eq!(&bytes[..], b"\x03\0\0\0abc");
        let (clone, view) = (bytes.clone(), bytes.slice(PREFIX_LEN..));
        drop((bytes, clone));
        assert_eq!(pool.kept(), (0, 0));
        drop(view);
        assert_eq!(pool.kept(), (1, SMALLEST));
        drop(pool.take(100));
        assert_eq!(pool.kept(), (1, SMALLEST), "the same buffer again");
    }

    #[test]
    fn what_the_pool_keeps_is_bounded() {
        let pool = Pool::new(256 * 1024);
        for len in [10, 300, 5_000, 256 * 1024] {
            let many: Vec<_> = (0..20_000 * 10 / (len / 10 + 10)).map(|_| pool.take(len)).collect();
            drop(many);
        }
        let (_, bytes) = pool.kept();
        assert!(bytes <= 12 * BYTES_KEPT_PER_SIZE, "{bytes}");
    }

    #[test]
    fn a_long_message_gets_its_memory_as_it_comes() {
        let pool = Pool::new(256 * 1024);
        let sent: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        for round in 0..2 {
            let mut filling = pool.take(sent.len());
            assert_eq!(filling.rest().len(), CLAIM_MAX - PREFIX_LEN, "a claim is worth so much");
            for part in sent.chunks(7_000) {
                assert_eq!(filling.copy(part), part.len());
            }
            assert!(filling.rest().is_empty());
            assert_eq!(&filling.freeze()[PREFIX_LEN..], sent, "round {round}");
            let (count, _) = pool.kept();
            assert_eq!(count, 5, "16 KiB to 256 KiB, each lent again");
        }
    }
}
