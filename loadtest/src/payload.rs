//! Synthetic batches: their payload begins with the moment they were meant to leave.

use arena_protocol::{Batch, Header};

/// Bytes of the stamp that every payload begins with.
pub(crate) const STAMP_LEN: usize = 8;

/// Makes the batches of one channel.
#[derive(Debug)]
pub(crate) struct Maker {
    payload: Vec<u8>,
    /// A key batch opens each group of so many.
    group: u64,
}

impl Maker {
    /// `size` is the payload's length, at least [`STAMP_LEN`].
    pub(crate) fn new(size: usize, group: u64) -> Self {
        // Not compressible, not secret, the same in each run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let filler = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        });
        Self { payload: filler.take(size.max(STAMP_LEN)).collect(), group: group.max(1) }
    }

    pub(crate) fn make(&mut self, seq: u64, intended_us: u64) -> Batch {
        self.payload[..STAMP_LEN].copy_from_slice(&intended_us.to_le_bytes());
        let header = Header {
            seq,
            captured_us: intended_us,
            first_frame: i64::try_from(seq).unwrap_or(i64::MAX),
            frames: 1,
            key: seq.is_multiple_of(self.group),
        };
        Batch::new(header, &self.payload)
    }
}
