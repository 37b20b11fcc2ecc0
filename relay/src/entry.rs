//! A batch as the ring holds it: everything that viewers are sent, made once.
//!
//! Invariant: nothing in here is changed or copied for a viewer. The prefix of a stream stands
//! before the message in one buffer; the header of a WebSocket frame stands beside it.

use arena_protocol::Batch;
use bytes::Bytes;
use tokio::time::Instant;

use crate::pool::PREFIX_LEN;

/// A batch in the ring.
#[derive(Debug)]
pub(crate) struct Entry {
    framed: Bytes,
    websocket: FrameHead,
    /// Opens a group: a late joiner can start here.
    pub(crate) key: bool,
    /// When it came; the delay line counts from here.
    pub(crate) at: Instant,
}

/// The header of an unmasked, unfragmented, binary WebSocket frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHead {
    bytes: [u8; 10],
    len: u8,
}

impl Entry {
    /// `framed` is the message of `batch` with its length before it.
    pub(crate) fn new(framed: Bytes, batch: &Batch, at: Instant) -> Self {
        let websocket = FrameHead::binary(framed.len() - PREFIX_LEN);
        Self { framed, websocket, key: batch.header().key, at }
    }

    /// The length and the message: what goes onto a stream.
    pub(crate) fn framed(&self) -> &Bytes {
        &self.framed
    }

    /// The message: what stands in a frame or a datagram.
    pub(crate) fn message(&self) -> &[u8] {
        &self.framed[PREFIX_LEN..]
    }

    /// The header of the frame that the message stands in.
    pub(crate) fn frame_head(&self) -> &[u8] {
        self.websocket.as_ref()
    }

    /// What it weighs in the ring.
    pub(crate) fn weight(&self) -> usize {
        self.framed.len() + size_of::<Self>()
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
    use super::*;

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
