//! Frames from a client: their headers checked, their payload unmasked in place, fragments joined.
//!
//! Invariant: what is held is at most one message of the allowed length and one read. A viewer that
//! says nothing costs no buffer.

use std::io::{self, Cursor};

use bytes::Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::Io;
use crate::error::{Ending, Refusal};
use crate::pool::{Filling, Pool};
use crate::transport::Framed;

/// The longest payload of a control frame.
const CONTROL_LEN_MAX: u64 = 125;
/// Frames that one message may come in.
const FRAGMENTS_MAX: usize = 256;

/// What frames amount to.
#[derive(Debug)]
pub(crate) enum Heard {
    Message(Framed),
    Ping(Bytes),
    Pong,
    Close,
}

#[derive(Debug)]
pub(crate) struct Frames {
    pool: Pool,
    /// Bytes that were read and are no frame yet; without an allocation when there are none.
    read: Vec<u8>,
    /// The frame whose header was read.
    frame: Option<Begun>,
    /// Payload of the fragments before it.
    fragments: Vec<u8>,
    fragments_count: usize,
    takes_text: bool,
}

#[derive(Debug)]
struct Begun {
    opcode: OpCode,
    last: bool,
    mask: [u8; 4],
    payload: Filling,
}

impl Frames {
    /// `read` is what was read behind the request.
    pub(crate) fn new(read: &[u8], pool: &Pool) -> Self {
        Self {
            pool: pool.clone(),
            read: read.to_vec(),
            frame: None,
            fragments: Vec::new(),
            fragments_count: 0,
            takes_text: false,
        }
    }

    /// Where text is as good as bytes.
    pub(crate) fn with_text(self) -> Self {
        Self { takes_text: true, ..self }
    }

    /// Reads once: into the payload that is awaited, else into the buffer. 0 is the end.
    pub(crate) async fn fill(&mut self, io: &Io) -> io::Result<usize> {
        if let Some(begun) = &mut self.frame {
            let len = io.read(begun.payload.rest()).await?;
            begun.payload.advance(len);
            return Ok(len);
        }
        if self.read.is_empty() {
            self.read = Vec::new();
        }
        io.read_more(&mut self.read).await
    }

    /// Whether a message has begun and is not whole.
    pub(crate) fn is_within(&mut self) -> bool {
        self.frame.as_mut().is_some_and(|frame| !frame.payload.rest().is_empty())
    }

    /// The next thing that is whole, or `None`: read more.
    pub(crate) fn next(&mut self, len_max: usize) -> Result<Option<Heard>, Ending> {
        loop {
            if self.frame.is_none() && !self.begin(len_max)? {
                return Ok(None);
            }
            let Some(begun) = &mut self.frame else { return Ok(None) };
            let copied = begun.payload.copy(&self.read);
            self.read.drain(..copied);
            if !begun.payload.rest().is_empty() {
                return Ok(None);
            }
            let Some(mut whole) = self.frame.take() else { return Ok(None) };
            unmask(whole.payload.message_mut(), whole.mask);
            if let Some(frame) = self.finish(whole)? {
                return Ok(Some(frame));
            }
        }
    }

    /// Reads a header, if there is a whole one.
    fn begin(&mut self, len_max: usize) -> Result<bool, Ending> {
        let mut cursor = Cursor::new(&self.read);
        let parsed = FrameHeader::parse(&mut cursor);
        let parsed = parsed.map_err(|_| Refusal::websocket(1002, "a frame that is none"))?;
        let Some((header, len)) = parsed else { return Ok(false) };
        let used = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        self.check(&header, len, len_max)?;
        let mask = header.mask.ok_or_else(|| Refusal::websocket(1002, "an unmasked frame"))?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let payload = self.pool.take(len);
        self.frame = Some(Begun { opcode: header.opcode, last: header.is_final, mask, payload });
        self.read.drain(..used);
        Ok(true)
    }

    fn check(&self, header: &FrameHeader, len: u64, len_max: usize) -> Result<(), Ending> {
        let wrong = |reason| Err(Refusal::websocket(1002, reason).into());
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return wrong("reserved bits in a frame, no extension was agreed on");
        }
        let joins = self.fragments_count > 0;
        match header.opcode {
            OpCode::Control(Control::Reserved(_)) | OpCode::Data(Data::Reserved(_)) => {
                return wrong("a reserved opcode");
            }
            OpCode::Control(_) if len > CONTROL_LEN_MAX || !header.is_final => {
                return wrong("a control frame that is long or in fragments");
            }
            OpCode::Control(_) => return Ok(()),
            OpCode::Data(Data::Continue) if !joins => return wrong("a fragment of nothing"),
            OpCode::Data(Data::Text | Data::Binary) if joins => {
                return wrong("a message within a message");
            }
            OpCode::Data(Data::Text) if !self.takes_text => {
                return Err(Refusal::websocket(1003, "text, where messages are binary").into());
            }
            OpCode::Data(Data::Continue | Data::Binary | Data::Text) => {}
        }
        // The top bit of a length has to be zero.
        if len > i64::MAX as u64 {
            return wrong("a length beyond all lengths");
        }
        let len = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(self.fragments.len());
        if len > len_max || self.fragments_count >= FRAGMENTS_MAX {
            return Err(Refusal::too_large(len, len_max).into());
        }
        Ok(())
    }

    fn finish(&mut self, whole: Begun) -> Result<Option<Heard>, Ending> {
        let Begun { opcode, last, mut payload, .. } = whole;
        match opcode {
            OpCode::Control(Control::Close) => {
                check_close(payload.message_mut())?;
                Ok(Some(Heard::Close))
            }
            OpCode::Control(Control::Ping) => {
                Ok(Some(Heard::Ping(Bytes::copy_from_slice(payload.message_mut()))))
            }
            OpCode::Control(Control::Pong | Control::Reserved(_)) => Ok(Some(Heard::Pong)),
            OpCode::Data(_) if last && self.fragments_count == 0 => {
                Ok(Some(Heard::Message(super::framed(payload.freeze()))))
            }
            OpCode::Data(_) => {
                self.fragments.extend_from_slice(payload.message_mut());
                self.fragments_count += 1;
                if !last {
                    return Ok(None);
                }
                let joined = std::mem::take(&mut self.fragments);
                self.fragments_count = 0;
                let mut message = self.pool.take(joined.len());
                message.copy(&joined);
                Ok(Some(Heard::Message(super::framed(message.freeze()))))
            }
        }
    }
}

fn check_close(payload: &[u8]) -> Result<(), Ending> {
    let wrong = || Err(Refusal::websocket(1002, "a close that may not be sent").into());
    match payload {
        [] => Ok(()),
        [_] => wrong(),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return wrong();
            }
            match std::str::from_utf8(reason) {
                Ok(_) => Ok(()),
                Err(_) => Err(Refusal::websocket(1007, "a reason that is not UTF-8").into()),
            }
        }
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let (chunks, rest) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(payload.len()).unwrap();
        let mut bytes = vec![first, 0x80 | len];
        bytes.extend_from_slice(&MASK);
        let mut masked = payload.to_vec();
        unmask(&mut masked, MASK);
        bytes.extend_from_slice(&masked);
        bytes
    }

    fn outcome(bytes: &[u8]) -> Result<Vec<String>, u16> {
        let mut frames = Frames::new(bytes, &Pool::new(1024));
        let mut all = Vec::new();
        loop {
            match frames.next(20) {
                Ok(Some(Heard::Message(framed))) => {
                    all.push(format!("message {:?}", framed.message()))
                }
                Ok(Some(other)) => all.push(format!("{other:?}")),
                Ok(None) => return Ok(all),
                Err(Ending::Refused(refusal)) => return Err(refusal.close_code()),
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn messages_are_unmasked_and_fragments_joined_around_control_frames() {
        let bytes = [
            frame(0x82, b"whole"),
            frame(0x02, b"in "),
            frame(0x89, b"!"),
            frame(0x00, b"two"),
            frame(0x80, b" parts"),
            frame(0x8a, b""),
            frame(0x88, &1000_u16.to_be_bytes()),
        ];
        let expected =
            ["message b\"whole\"", "Ping(b\"!\")", "message b\"in two parts\"", "Pong", "Close"];
        assert_eq!(outcome(&bytes.concat()).unwrap(), expected);
    }

    #[test]
    fn a_frame_may_come_byte_by_byte() {
        let mut frames = Frames::new(&[], &Pool::new(1024));
        for byte in frame(0x82, b"slow") {
            assert!(frames.next(20).unwrap().is_none());
            frames.read.push(byte);
        }
        assert!(
            matches!(frames.next(20), Ok(Some(Heard::Message(framed))) if framed.message() == "slow")
        );
    }

    #[test]
    fn violations_are_closed_with_the_standards_codes() {
        let long = [vec![0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], MASK.to_vec()].concat();
        let table: [(Vec<u8>, u16); 14] = [
            (vec![0x82, 1, b'x'], 1002),
            (frame(0xc2, b"x"), 1002),
            (frame(0x83, b"x"), 1002),
            (frame(0x8b, b"x"), 1002),
            (frame(0x09, b"x"), 1002),
            ([vec![0x89, 0xfe, 0, 126], MASK.to_vec()].concat(), 1002),
            (frame(0x80, b"x"), 1002),
            ([frame(0x02, b"x"), frame(0x82, b"y")].concat(), 1002),
            (long, 1002),
            (frame(0x81, b"text"), 1003),
            (frame(0x88, &[3]), 1002),
            (frame(0x88, &1005_u16.to_be_bytes()), 1002),
            (frame(0x88, &[3, 232, 0xff]), 1007),
            (frame(0x82, &[0; 21]), 4413),
        ];
        for (bytes, code) in table {
            assert_eq!(outcome(&bytes), Err(code), "{bytes:x?}");
        }
    }

    #[test]
    fn fragments_count_together_against_the_limit() {
        let mut bytes = frame(0x02, &[0; 15]);
        bytes.extend(frame(0x00, &[0; 6]));
        assert_eq!(outcome(&bytes), Err(4413));
        let endless: Vec<u8> = (0..FRAGMENTS_MAX + 2)
            .flat_map(|at| frame(if at == 0 { 0x02 } else { 0x00 }, b""))
            .collect();
        assert_eq!(outcome(&endless), Err(4413));
    }

    #[test]
    fn frames_of_any_bytes() {
        bolero::check!().for_each(|input: &[u8]| {
            let mut frames = Frames::new(input, &Pool::new(1024));
            while let Ok(Some(_)) = frames.next(1024) {}
        });
    }
}
