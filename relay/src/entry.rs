//! A batch as the ring holds it: everything that viewers are sent, made once.
//!
//! Invariant: nothing in here is changed or copied for a viewer. The prefix of a stream stands
//! before the message in one buffer. The header of a WebSocket frame stands beside it, and before
//! a copy of the newest batch, made when the first WebSocket asks for it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use arena_protocol::Batch;
use bytes::Bytes;
use tokio::time::Instant;

use crate::pool::PREFIX_LEN;
use crate::ring::Numbered;

/// Messages that are copied behind the header of their WebSocket frame have this length at most:
/// one buffer leaves faster than two, unless it is long.
const WHOLE_LEN_MAX: usize = 4 * 1024;

/// A batch in the ring.
#[derive(Debug)]
pub(crate) struct Entry {
    framed: Bytes,
    /// Where the payload begins in `framed`.
    payload_at: usize,
    frame_head: FrameHead,
    newest: Newest,
    /// Opens a group: a late joiner can start here.
    pub(crate) key: bool,
    /// When it came; the delay line counts from here.
    pub(crate) at: Instant,
}

/// The newest batch of a life that went to a WebSocket, as a whole frame. There is one at a time,
/// so a history is not held twice: who is behind sends header and message from two places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Newest(Arc<ArcSwapOption<Whole>>);

/// A WebSocket frame in one buffer.
#[derive(Debug)]
pub(crate) struct Whole {
    seq: u64,
    bytes: Box<[u8]>,
}

/// The header of an unmasked, unfragmented, binary WebSocket frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHead {
    bytes: [u8; 10],
    len: u8,
}

impl Entry {
    /// `framed` is the message of `batch` with its length before it.
    pub(crate) fn new(framed: Bytes, batch: &Batch, newest: &Newest, at: Instant) -> Self {
        let frame_head = FrameHead::binary(framed.len() - PREFIX_LEN);
        let payload_at = framed.len() - batch.payload().len();
        Self { framed, payload_at, frame_head, newest: newest.clone(), key: batch.header().key, at }
    }

    /// The length and the message: what goes onto a stream.
    pub(crate) fn framed(&self) -> &Bytes {
        &self.framed
    }

    /// The message: what stands in a frame or a datagram.
    pub(crate) fn message(&self) -> &[u8] {
        &self.framed[PREFIX_LEN..]
    }

    /// The payload alone.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.framed[self.payload_at..]
    }

    /// The header of the frame that the message stands in.
    pub(crate) fn frame_head(&self) -> &[u8] {
        self.frame_head.as_ref()
    }

    /// The frame in one buffer, if it is short and none behind it was asked for. Made by who asks
    /// first, or at worst by each of those who ask first at once.
    pub(crate) fn whole(batch: &Numbered<Self>) -> Option<Arc<Whole>> {
        let Numbered { seq, item } = batch;
        if item.message().len() > WHOLE_LEN_MAX {
            return None;
        }
        match item.newest.0.load().as_ref() {
            Some(newest) if newest.seq == *seq => return Some(Arc::clone(newest)),
            Some(newest) if newest.seq > *seq => return None,
            Some(_) | None => {}
        }
        let bytes = [item.frame_head(), item.message()].concat().into();
        let whole = Arc::new(Whole { seq: *seq, bytes });
        item.newest.0.store(Some(Arc::clone(&whole)));
        Some(whole)
    }

    /// What it weighs in the ring.
    pub(crate) fn weight(&self) -> usize {
        self.framed.len() + size_of::<Self>()
    }
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl FrameHead {
    /// A whole binary message.
    pub(crate) const BINARY: u8 = 0x82;

    pub(crate) fn binary(len: usize) -> Self {
        Self::new(Self::BINARY, len)
    }

    /// `first` is the byte of the flags and the opcode.
    pub(crate) fn new(first: u8, len: usize) -> Self {
        let mut bytes = [0; 10];
        bytes[0] = first;
        let long = (len as u64).to_be_bytes();
        let used = match len {
            0..=125 => {
                bytes[1] = long[7];
                2
            }
            126..=0xffff => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&long[6..]);
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..10].copy_from_slice(&long);
                10
            }
        };
        Self { bytes, len: used }
    }
}

impl AsRef<[u8]> for FrameHead {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

#[cfg(test)]
mod tests {
    use arena_protocol::Header;

    use super::*;
    use crate::pool::Pool;

    fn batch(seq: u64, payload_len: usize, newest: &Newest) -> Numbered<Entry> {
        let header = Header { seq, captured_us: 0, first_frame: 0, frames: 1, key: true };
        let batch = Batch::new(header, &vec![9; payload_len]);
        let mut filling = Pool::new(256 * 1024).take(batch.message().len());
        filling.copy(batch.message());
        Numbered { seq, item: Entry::new(filling.freeze(), &batch, newest, Instant::now()) }
    }

    #[test]
    fn the_newest_short_batch_is_one_buffer_that_all_share() {
        let newest = Newest::default();
        let (first, second) = (batch(0, 100, &newest), batch(1, 1_200, &newest));
        let made = Entry::whole(&first).unwrap();
        assert!(Arc::ptr_eq(&made, &Entry::whole(&first).unwrap()));
        let whole = Entry::whole(&second).unwrap();
        let parts = [second.item.frame_head(), second.item.message()].concat();
        assert_eq!(whole.as_ref().as_ref(), parts);
        assert!(Entry::whole(&first).is_none(), "who is behind makes none");
        assert!(Arc::ptr_eq(&whole, &Entry::whole(&second).unwrap()));
        assert_eq!(Arc::strong_count(&made), 1, "only the newest is held");
    }

    #[test]
    fn a_long_batch_is_not_copied() {
        let newest = Newest::default();
        assert!(Entry::whole(&batch(0, WHOLE_LEN_MAX, &newest)).is_none());
    }

    #[test]
    fn frame_heads_follow_the_standard() {
        for (len, head) in [
            (5, &[0x82, 5][..]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (65_535, &[0x82, 126, 255, 255]),
            (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            assert_eq!(FrameHead::binary(len).as_ref(), head);
        }
    }
}
