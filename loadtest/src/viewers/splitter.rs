//! Messages out of whatever pieces a transport delivers, without keeping what is not looked at: of
//! a batch only its first bytes are read, the rest is counted.
//!
//! The same reader serves WebSocket frames and messages on a QUIC stream; they differ in the head.

/// Bytes of a batch that are looked at: its index, its header at the longest, its stamp.
const BRIEF_LEN: usize = 64;
/// Bytes of any other message that are kept.
const WORD_LEN_MAX: usize = 64 * 1024;
/// Bytes of a batch, at most; relays can be told to take more than 256 KiB, not more than this.
const BATCH_LEN_MAX: usize = 16 * 1024 * 1024;
const BATCH_INDEX: u8 = 1;

/// What stands before a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The head of a WebSocket frame, unmasked, as servers send it.
    WebSocket,
    /// Four bytes of length, little-endian.
    Prefixed,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    Batch(Brief),
    /// A message that is no batch.
    Word(&'a [u8]),
    Ping(&'a [u8]),
    /// The peer closes, for this reason.
    Close(u16),
}

/// What is read of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) seq: u64,
    pub(crate) captured_us: u64,
    /// The payload's first eight bytes, if it has so many.
    pub(crate) stamp: Option<u64>,
    /// Of the whole message.
    pub(crate) len: usize,
}

/// The peer sent what is no message of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("a WebSocket frame that no server sends")]
    Frame,
    #[error("a message beyond all limits")]
    TooLong,
    #[error("a batch whose fields do not add up to its length")]
    Batch,
}

/// Reads one stream of bytes.
#[derive(Debug)]
pub(crate) struct Splitter {
    framing: Framing,
    head: [u8; 10],
    head_len: usize,
    /// The message that has begun and is not whole.
    begun: Option<Begun>,
    /// What is kept of it.
    kept: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Begun {
    kind: Kind,
    len: usize,
    missing: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    Ping,
    Pong,
    Close,
}

impl Splitter {
    pub(crate) fn new(framing: Framing) -> Self {
        Self { framing, head: [0; 10], head_len: 0, begun: None, kept: Vec::new() }
    }

    /// Takes what came next, and tells every message that it makes whole.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut heard: impl FnMut(Heard<'_>),
    ) -> Result<(), Broken> {
        loop {
            let mut begun = match self.begun {
                Some(begun) => begun,
                None => match self.begin(&mut bytes)? {
                    // Nearly always a message comes in one piece.
                    Some(Begun { kind, len, .. }) if bytes.len() >= len => {
                        let (message, rest) = bytes.split_at(len);
                        bytes = rest;
                        tell(kind, message, len, &mut heard)?;
                        continue;
                    }
                    Some(begun) => begun,
                    None => return Ok(()),
                },
            };
            let (piece, rest) = bytes.split_at(begun.missing.min(bytes.len()));
            self.keep(begun.kind, piece)?;
            begun.missing -= piece.len();
            bytes = rest;
            if begun.missing > 0 {
                self.begun = Some(begun);
                return Ok(());
            }
            self.begun = None;
            let told = tell(begun.kind, &self.kept, begun.len, &mut heard);
            self.kept.clear();
            told?;
        }
    }

    /// Reads the head of the next message, as far as it came.
    fn begin(&mut self, bytes: &mut &[u8]) -> Result<Option<Begun>, Broken> {
        loop {
            let head = &self.head[..self.head_len];
            let read = match self.framing {
                Framing::WebSocket => websocket_head(head)?,
                Framing::Prefixed => prefix(head)?,
            };
            if let Some(begun) = read {
                self.head_len = 0;
                return Ok(Some(begun));
            }
            let Some((&byte, rest)) = bytes.split_first() else { return Ok(None) };
            self.head[self.head_len] = byte;
            self.head_len += 1;
            *bytes = rest;
        }
    }

    fn keep(&mut self, kind: Kind, piece: &[u8]) -> Result<(), Broken> {
        let first = if self.kept.is_empty() { piece.first() } else { self.kept.first() };
        let room = if kind == Kind::Message && first == Some(&BATCH_INDEX) {
            BRIEF_LEN.saturating_sub(self.kept.len())
        } else if self.kept.len() + piece.len() > WORD_LEN_MAX {
            return Err(Broken::TooLong);
        } else {
            piece.len()
        };
        self.kept.extend_from_slice(&piece[..room.min(piece.len())]);
        Ok(())
    }
}

fn tell(
    kind: Kind,
    kept: &[u8],
    len: usize,
    heard: &mut impl FnMut(Heard<'_>),
) -> Result<(), Broken> {
    match kind {
        Kind::Message if kept.first() == Some(&BATCH_INDEX) => {
            heard(Heard::Batch(Brief::read(kept, len).ok_or(Broken::Batch)?));
        }
        Kind::Message => heard(Heard::Word(kept)),
        Kind::Ping => heard(Heard::Ping(kept)),
        Kind::Pong => {}
        Kind::Close => {
            // Without a code the standard's "no status received" stands for it.
            heard(Heard::Close(kept.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))));
        }
    }
    Ok(())
}

fn websocket_head(head: &[u8]) -> Result<Option<Begun>, Broken> {
    let [first, second, length @ ..] = head else { return Ok(None) };
    let kind = match first {
        0x82 => Kind::Message,
        0x88 => Kind::Close,
        0x89 => Kind::Ping,
        0x8a => Kind::Pong,
        _ => return Err(Broken::Frame),
    };
    let len = match second {
        len @ ..=125 => u64::from(*len),
        126 => match length.first_chunk() {
            Some(len) => u64::from(u16::from_be_bytes(*len)),
            None => return Ok(None),
        },
        127 => match length.first_chunk() {
            Some(len) => u64::from_be_bytes(*len),
            None => return Ok(None),
        },
        // Masked.
        128.. => return Err(Broken::Frame),
    };
    begun(kind, len).map(Some)
}

fn prefix(head: &[u8]) -> Result<Option<Begun>, Broken> {
    let Some(len) = head.first_chunk() else { return Ok(None) };
    begun(Kind::Message, u32::from_le_bytes(*len).into()).map(Some)
}

fn begun(kind: Kind, len: u64) -> Result<Begun, Broken> {
    let len = usize::try_from(len).ok().filter(|len| *len <= BATCH_LEN_MAX);
    let len = len.ok_or(Broken::TooLong)?;
    Ok(Begun { kind, len, missing: len })
}

impl Brief {
    /// Reads the beginning of a batch's message that has `len` bytes in all.
    pub(crate) fn read(message: &[u8], len: usize) -> Option<Self> {
        let mut at = message.get(1..)?;
        let seq = number(&mut at)?;
        let captured_us = number(&mut at)?;
        let _first_frame = number(&mut at)?;
        let _frames = number(&mut at)?;
        at = at.get(1..)?;
        let payload_len = number(&mut at)?;
        let payload_from = message.len() - at.len();
        let adds_up = usize::try_from(payload_len).ok()?.checked_add(payload_from)? == len;
        let stamp = at.first_chunk().map(|stamp| u64::from_le_bytes(*stamp));
        adds_up.then_some(Self { seq, captured_us, stamp, len })
    }
}

/// An integer of variable length, as the protocol writes it.
fn number(at: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = at.split_first()?;
    let (value, len) = match first {
        small @ ..=250 => (u64::from(small), 0),
        251 => (u16::from_le_bytes(*rest.first_chunk()?).into(), 2),
        252 => (u32::from_le_bytes(*rest.first_chunk()?).into(), 4),
        253 => (u64::from_le_bytes(*rest.first_chunk()?), 8),
        254.. => return None,
    };
    *at = &rest[len..];
    Some(value)
}

#[cfg(test)]
mod tests {
    use arena_protocol::{Accepted, FromRelay};

    use super::*;
    use crate::payload::Maker;

    fn messages() -> Vec<Vec<u8>> {
        let mut maker = Maker::new(1200, 10);
        let word = FromRelay::Accepted(Accepted { held: 7, stored: None }).encode().bare();
        let mut tiny = Maker::new(8, 1);
        vec![
            maker.make(0, 1_800_000_000_000_000).message().to_vec(),
            word.to_vec(),
            tiny.make(70_000, 5).message().to_vec(),
            maker.make(300, 1_800_000_000_100_000).message().to_vec(),
        ]
    }

    fn framed(framing: Framing, message: &[u8]) -> Vec<u8> {
        let len = message.len();
        let head = match framing {
            Framing::Prefixed => u32::try_from(len).unwrap().to_le_bytes().to_vec(),
            Framing::WebSocket if len < 126 => vec![0x82, u8::try_from(len).unwrap()],
            Framing::WebSocket => {
                let len = u16::try_from(len).unwrap().to_be_bytes();
                vec![0x82, 126, len[0], len[1]]
            }
        };
        [head, message.to_vec()].concat()
    }

    fn heard(framing: Framing, pieces: &[&[u8]]) -> Result<Vec<String>, Broken> {
        let mut splitter = Splitter::new(framing);
        let mut all = Vec::new();
        for piece in pieces {
            splitter.feed(piece, |heard| all.push(format!("{heard:?}")))?;
        }
        Ok(all)
    }

    #[test]
    fn messages_come_out_the_same_however_the_stream_was_cut() {
        for framing in [Framing::WebSocket, Framing::Prefixed] {
            let stream: Vec<u8> =
                messages().iter().flat_map(|message| framed(framing, message)).collect();
            let whole = heard(framing, &[&stream]).unwrap();
            assert_eq!(whole.len(), 4);
            assert!(whole[1].starts_with("Word"), "{whole:?}");
            for cut in [1, 2, 3, 7, 63, 64, 65, 1000] {
                let pieces: Vec<_> = stream.chunks(cut).collect();
                assert_eq!(heard(framing, &pieces).unwrap(), whole, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_batch_is_read_with_its_stamp_and_its_whole_length() {
        let message = Maker::new(1200, 10).make(70_000, 1_800_000_000_000_000).message().clone();
        let brief = Brief::read(&message[..BRIEF_LEN], message.len()).unwrap();
        let (seq, captured_us, len) = (70_000, 1_800_000_000_000_000, message.len());
        assert_eq!(brief, Brief { seq, captured_us, stamp: Some(captured_us), len });
        assert_eq!(Brief::read(&message[..BRIEF_LEN], len - 1), None);
    }

    #[test]
    fn pings_and_closes_are_told_and_pongs_are_not() {
        let stream = [0x89, 2, b'h', b'i', 0x8a, 0, 0x88, 2, 0x0f, 0xa0, 0x88, 0];
        let told = heard(Framing::WebSocket, &[&stream]).unwrap();
        assert_eq!(told, ["Ping([104, 105])", "Close(4000)", "Close(1005)"]);
    }

    #[test]
    fn what_no_server_sends_is_refused() {
        for bytes in [&[0x81, 1, b'x'][..], &[0x82, 0x81], &[0x02, 1, b'x'], &[0xc2, 0]] {
            assert_eq!(heard(Framing::WebSocket, &[bytes]), Err(Broken::Frame), "{bytes:x?}");
        }
        let endless = [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0];
        assert_eq!(heard(Framing::WebSocket, &[&endless]), Err(Broken::TooLong));
        assert_eq!(heard(Framing::Prefixed, &[&[255; 4]]), Err(Broken::TooLong));
        assert_eq!(heard(Framing::Prefixed, &[&[2, 0, 0, 0, 1, 0]]), Err(Broken::Batch));
    }
}
