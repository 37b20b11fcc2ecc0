//! A batch: checked once, then a view over the bytes that came.
//!
//! Invariant: [`Batch::message`] is canonical, so whoever gets it reads exactly what was checked
//! here. Neither reading nor passing on copies the payload.

use bincode::config::standard;
use bincode::{BorrowDecode, Encode};
use bytes::Bytes;

use crate::Malformed;

/// The index of a batch in both directions, which lets its bytes pass unchanged.
pub(crate) const INDEX: u8 = 1;

/// What a batch says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its place in the channel, from 0, rising by one.
    pub seq: u64,
    /// When the publisher captured it, in Unix microseconds of the publisher's clock.
    pub captured_us: u64,
    /// The number of its first frame, which may be negative and may go back.
    pub first_frame: i64,
    /// How many frames it holds.
    pub frames: u16,
    /// Whether a late joiner can start here: opens a group.
    pub key: bool,
}

/// One batch and the message it came in; cheap to clone.
#[derive(Clone, Debug)]
pub struct Batch {
    header: Header,
    message: Bytes,
    payload_len: usize,
}

#[derive(Encode, BorrowDecode)]
struct Fields<'a> {
    seq: u64,
    captured_us: u64,
    first_frame: i64,
    frames: u16,
    key: bool,
    payload: &'a [u8],
}

impl Batch {
    /// Checks a whole message, its index included, in place.
    pub fn parse(message: Bytes) -> Result<Self, Malformed> {
        let (&index, body) = message.split_first().ok_or(Malformed::Empty)?;
        if index != INDEX {
            return Err(Malformed::Index(index));
        }
        let (fields, len) = bincode::borrow_decode_from_slice::<Fields<'_>, _>(body, standard())?;
        if len < body.len() {
            return Err(Malformed::Trailing);
        }
        if fields.payload.is_empty() {
            return Err(Malformed::NoPayload);
        }
        // An integer has one shortest form, so the whole is canonical if and only if its length is.
        if canonical_len(&fields) != body.len() || fields.seq == u64::MAX {
            return Err(Malformed::Number);
        }
        let header = Header {
            seq: fields.seq,
            captured_us: fields.captured_us,
            first_frame: fields.first_frame,
            frames: fields.frames,
            key: fields.key,
        };
        let payload_len = fields.payload.len();
        Ok(Self { header, message, payload_len })
    }

    /// Writes a batch. The payload is copied once, into its message; it must not be empty.
    pub fn new(header: Header, payload: &[u8]) -> Self {
        let Header { seq, captured_us, first_frame, frames, key } = header;
        let mut message = Vec::with_capacity(payload.len() + 40);
        message.push(INDEX);
        let fields = Fields { seq, captured_us, first_frame, frames, key, payload };
        bincode::encode_into_std_write(&fields, &mut message, standard())
            .expect("writing to a Vec cannot fail");
        Self { header, message: message.into(), payload_len: payload.len() }
    }

    /// What the batch says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The message, index included, without a length before it.
    pub fn message(&self) -> &Bytes {
        &self.message
    }

    /// The payload: a view, not a copy.
    pub fn payload(&self) -> Bytes {
        self.message.slice(self.message.len() - self.payload_len..)
    }
}

fn canonical_len(fields: &Fields<'_>) -> usize {
    let zigzag = (fields.first_frame << 1) ^ (fields.first_frame >> 63);
    let len = |n: u64| match n {
        0..=250 => 1,
        251..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    };
    len(fields.seq)
        + len(fields.captured_us)
        + len(zigzag.cast_unsigned())
        + len(u64::from(fields.frames))
        + 1
        + len(fields.payload.len() as u64)
        + fields.payload.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        seq: 300,
        captured_us: 1_700_000_000_000_000,
        first_frame: -123,
        frames: 6,
        key: true,
    };

    #[test]
    fn a_batch_reads_back_as_it_was_written() {
        let batch = Batch::new(HEADER, b"frames");
        let again = Batch::parse(batch.message().clone()).unwrap();
        assert_eq!(again.header(), &HEADER);
        assert_eq!(again.payload(), &b"frames"[..]);
        assert_eq!(again.message().as_ptr(), batch.message().as_ptr(), "parsed in place");
    }

    #[test]
    fn every_truncation_and_every_extra_byte_is_refused() {
        let message = Batch::new(HEADER, b"frames").message().clone();
        for len in 0..message.len() {
            assert!(Batch::parse(message.slice(..len)).is_err(), "{len} bytes");
        }
        let mut longer = message.to_vec();
        longer.push(0);
        assert_eq!(Batch::parse(longer.into()).unwrap_err(), Malformed::Trailing);
    }

    #[test]
    fn lengths_that_lie_are_refused_without_allocating() {
        let mut message = Batch::new(Header { seq: 1, ..HEADER }, b"x").message().to_vec();
        let at = message.len() - 2;
        message.splice(at..=at, [253, 255, 255, 255, 255, 255, 255, 255, 127]);
        assert_eq!(Batch::parse(message.into()).unwrap_err(), Malformed::Half);
    }

    #[test]
    fn a_number_longer_than_it_needs_to_be_is_refused() {
        // seq 5 in the three-byte form.
        let message = [&[INDEX, 251, 5, 0][..], &[1, 0, 1, 1, 1, b'x']].concat();
        assert_eq!(Batch::parse(message.into()).unwrap_err(), Malformed::Number);
    }

    #[test]
    fn an_empty_payload_and_the_last_number_are_refused() {
        let empty = Batch::new(HEADER, b"");
        assert_eq!(Batch::parse(empty.message().clone()).unwrap_err(), Malformed::NoPayload);
        let last = Batch::new(Header { seq: u64::MAX, ..HEADER }, b"x");
        assert_eq!(Batch::parse(last.message().clone()).unwrap_err(), Malformed::Number);
    }
}
