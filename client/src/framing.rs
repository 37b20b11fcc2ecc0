//! Messages out of a stream's chunks: each is preceded by its length, four bytes, little-endian.
//!
//! A message that lies within one chunk is a view of it; one that does not is copied once.

use bytes::{Buf as _, Bytes, BytesMut};

const PREFIX_LEN: usize = 4;
/// Relays can be configured to take larger messages than the protocol's default; not beyond this.
pub(crate) const MESSAGE_LEN_MAX: usize = 16 * 1024 * 1024;

/// Cuts chunks into messages.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    chunk: Bytes,
    /// The beginning of a message whose rest has not come; length included.
    partial: BytesMut,
}

/// A length beyond [`MESSAGE_LEN_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Deframer {
    /// Takes what came next. Call [`Deframer::next`] until it has nothing before the next chunk.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "the chunk before is used up");
        self.chunk = chunk;
    }

    /// The next whole message, without its length.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        if self.partial.is_empty()
            && let Some(len) = message_len(&self.chunk)?
            && self.chunk.len() >= PREFIX_LEN + len
        {
            self.chunk.advance(PREFIX_LEN);
            return Ok(Some(self.chunk.split_to(len)));
        }
        while !self.chunk.is_empty() {
            let len = message_len(&self.partial)?;
            let missing = len.map_or(PREFIX_LEN, |len| PREFIX_LEN + len) - self.partial.len();
            let taken = self.chunk.split_to(missing.min(self.chunk.len()));
            self.partial.extend_from_slice(&taken);
            if message_len(&self.partial)?.is_some_and(|len| self.partial.len() == PREFIX_LEN + len)
            {
                return Ok(Some(self.partial.split().freeze().slice(PREFIX_LEN..)));
            }
        }
        Ok(None)
    }

    /// Whether the stream may end here.
    pub(crate) fn is_between_messages(&self) -> bool {
        self.partial.is_empty() && self.chunk.is_empty()
    }
}

fn message_len(bytes: &[u8]) -> Result<Option<usize>, TooLong> {
    let Some(prefix) = bytes.first_chunk::<PREFIX_LEN>() else { return Ok(None) };
    let len = usize::try_from(u32::from_le_bytes(*prefix)).map_err(|_| TooLong)?;
    if len > MESSAGE_LEN_MAX { Err(TooLong) } else { Ok(Some(len)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
        let frame = |message: &Vec<u8>| {
            let len = u32::try_from(message.len()).unwrap().to_le_bytes();
            [&len[..], message].concat()
        };
        messages.iter().flat_map(frame).collect()
    }

    proptest! {
        #[test]
        fn messages_come_out_whole_however_the_stream_was_cut(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..8),
            cuts in prop::collection::vec(1_usize..9, 1..60),
        ) {
            let stream = Bytes::from(framed(&messages));
            let mut deframer = Deframer::default();
            let mut seen = Vec::new();
            let mut at = 0;
            for len in cuts.into_iter().cycle() {
                if at == stream.len() {
                    break;
                }
                let end = stream.len().min(at + len);
                deframer.push(stream.slice(at..end));
                at = end;
                while let Some(message) = deframer.next().unwrap() {
                    seen.push(message.to_vec());
                }
            }
            prop_assert_eq!(seen, messages);
            prop_assert!(deframer.is_between_messages());
        }
    }

    #[test]
    fn a_message_within_a_chunk_is_not_copied() {
        let chunk = Bytes::from(framed(&[b"abc".to_vec()]));
        let mut deframer = Deframer::default();
        deframer.push(chunk.clone());
        let message = deframer.next().unwrap().unwrap();
        assert_eq!(message.as_ptr(), chunk[PREFIX_LEN..].as_ptr());
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_kept() {
        for cut in [4, 2] {
            let chunk = Bytes::from_static(&[255, 255, 255, 127, 0]);
            let mut deframer = Deframer::default();
            deframer.push(chunk.slice(..cut));
            let first = deframer.next();
            let second = first.and_then(|_| {
                deframer.push(chunk.slice(cut..));
                deframer.next()
            });
            assert_eq!(second, Err(TooLong), "cut at {cut}");
        }
    }
}
