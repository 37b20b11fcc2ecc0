//! The fallback for browsers, and for networks without UDP: one socket, everything in order.
//!
//! Batches leave as frames that were made once for everybody; what is due goes out in one write.
//! permessage-deflate is never agreed to.

mod frames;
mod io;
mod upgrade;

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arena_protocol::Delivery;
use bytes::Bytes;

use self::frames::{Frames, Heard};
pub(crate) use self::io::Io;
pub(crate) use self::upgrade::{upgrade, upgrade_foreign};
use super::{Framed, Gone, OFFERED_LEN_MAX, OFFERED_MAX, Offer, Received, Said};
use crate::entry::{Entry, FrameHead, Whole};
use crate::error::{Ending, Refusal};
use crate::pool::{PREFIX_LEN, Pool};
use crate::ring::Numbered;

const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const CLOSE: u8 = 0x88;
/// Frames that wait; a peer that pings without reading is not answered beyond this.
const WAITING_MAX: usize = 64;
/// Parts of frames that leave in one write.
const SLICES: usize = 2 * OFFERED_MAX;
/// How long a peer may take to close after we did.
const CLOSE_TIME: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Inlet {
    io: Arc<Io>,
    frames: Frames,
    dialect: Dialect,
}

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Messages of the protocol, each in a binary frame.
    Arena,
    /// Nothing of ours: the payload of a batch is whole frames already, and what the peer says is
    /// only a sign of life.
    Foreign,
}

#[derive(Debug)]
pub(crate) struct Outlet {
    io: Arc<Io>,
    /// What leaves, in order.
    queue: VecDeque<Frame>,
    /// Bytes of the front that are written already: nothing may come between its two parts.
    written: usize,
    batches: usize,
    batches_len: usize,
    batches_written: u64,
    dialect: Dialect,
}

/// A frame on its way out.
#[derive(Debug)]
enum Frame {
    Word {
        head: FrameHead,
        payload: Bytes,
    },
    /// Whole frames, at least one.
    Made(Bytes),
    Batch {
        batch: Arc<Numbered<Entry>>,
        /// Header and message in one buffer, if the batch was the newest when it was offered.
        whole: Option<Arc<Whole>>,
    },
    /// A batch whose payload is frames.
    Payload(Arc<Numbered<Entry>>),
}

pub(crate) fn pair(io: Io, read: &[u8], pool: &Pool, dialect: Dialect) -> (Inlet, Outlet) {
    let io = Arc::new(io);
    let frames = Frames::new(read, pool);
    let frames = match dialect {
        Dialect::Arena => frames,
        Dialect::Foreign => frames.with_text(),
    };
    let inlet = Inlet { io: Arc::clone(&io), frames, dialect };
    (
        inlet,
        Outlet {
            io,
            queue: VecDeque::new(),
            written: 0,
            batches: 0,
            batches_len: 0,
            batches_written: 0,
            dialect,
        },
    )
}

impl super::Inlet for Inlet {
    async fn recv(&mut self, len_max: usize) -> Result<Received, Ending> {
        loop {
            match self.frames.next(len_max)? {
                Some(Heard::Message(framed)) => {
                    return Ok(match self.dialect {
                        Dialect::Arena => Received::Message(framed),
                        Dialect::Foreign => Received::Spoken,
                    });
                }
                Some(Heard::Ping(payload)) => return Ok(Received::Ping(payload)),
                Some(Heard::Pong) => return Ok(Received::Pong),
                // A proper close is answered with one.
                Some(Heard::Close) => return Err(Ending::Done),
                None => {}
            }
            if self.frames.fill(&self.io).await.map_err(|_| Ending::Left)? == 0 {
                return Err(Ending::Left);
            }
            if self.frames.is_within() {
                return Ok(Received::Part);
            }
        }
    }

    async fn gone(&mut self) {
        std::future::pending::<()>().await;
    }
}

impl super::Outlet for Outlet {
    const PINGS: bool = true;

    fn say(&mut self, said: Said) {
        let (first, payload) = match said {
            Said::Message(_) if self.dialect == Dialect::Foreign => return,
            Said::Frames(_) if self.queue.len() >= WAITING_MAX => return,
            Said::Frames(frames) => return self.queue.push_back(Frame::Made(frames)),
            Said::Message(message) => (FrameHead::BINARY, message.bare()),
            Said::Ping => (PING, Bytes::new()),
            Said::Pong(payload) => (PONG, payload),
        };
        if self.queue.len() < WAITING_MAX || first == FrameHead::BINARY {
            let head = FrameHead::new(first, payload.len());
            self.queue.push_back(Frame::Word { head, payload });
        }
    }

    fn offer(&mut self, batch: &Arc<Numbered<Entry>>, _: Delivery) -> Offer {
        if self.batches >= OFFERED_MAX || self.batches_len >= OFFERED_LEN_MAX {
            return Offer::Full;
        }
        self.batches += 1;
        self.batches_len += batch.item.message().len();
        let batch = Arc::clone(batch);
        self.queue.push_back(match self.dialect {
            Dialect::Arena => {
                let whole = Entry::whole(&batch);
                Frame::Batch { batch, whole }
            }
            Dialect::Foreign => Frame::Payload(batch),
        });
        Offer::Taken
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        while !self.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = self.gather(&mut slices);
            let len = ready!(self.io.poll_write(cx, &slices[..count])).map_err(|_| Gone)?;
            if len == 0 {
                return Poll::Ready(Err(Gone));
            }
            self.wrote(len);
        }
        self.io.poll_flush(cx).map_err(|_| Gone)
    }

    fn written(&self) -> u64 {
        self.batches_written
    }

    fn skip(&mut self) -> Option<u64> {
        // A frame that has begun has to be finished.
        let begun = if self.written > 0 { self.queue.pop_front() } else { None };
        let mut first = None;
        self.queue.retain(|frame| {
            if let Some(batch) = frame.batch() {
                first.get_or_insert(batch.seq);
            }
            frame.batch().is_none()
        });
        (self.batches, self.batches_len) = match begun.as_ref().and_then(Frame::batch) {
            Some(batch) => (1, batch.item.message().len()),
            None => (0, 0),
        };
        if let Some(begun) = begun {
            self.queue.push_front(begun);
        }
        first
    }

    async fn close(mut self, refusal: Option<&Refusal>) {
        let code = refusal.map_or(1000, Refusal::close_code);
        let reason = refusal.map_or("", |refusal| &refusal.reason);
        let mut payload = code.to_be_bytes().to_vec();
        let mut len = reason.len().min(arena_protocol::limits::REASON_LEN_MAX);
        while !reason.is_char_boundary(len) {
            len -= 1;
        }
        payload.extend_from_slice(&reason.as_bytes()[..len]);
        super::Outlet::skip(&mut self);
        let head = FrameHead::new(CLOSE, payload.len());
        self.queue.push_back(Frame::Word { head, payload: payload.into() });
        let sent = std::future::poll_fn(|cx| super::Outlet::poll_flush(&mut self, cx)).await;
        if sent.is_ok() {
            // Closing with unread bytes in the socket would reset it, and the peer would not see
            // why it was closed.
            let _late = tokio::time::timeout(CLOSE_TIME, self.io.drain()).await;
        }
    }
}

impl Outlet {
    /// Frames that leave before anything else.
    pub(crate) fn greet(&mut self, frames: Bytes) {
        if !frames.is_empty() {
            self.queue.push_back(Frame::Made(frames));
        }
    }

    /// What leaves with the next write.
    fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        let mut skip = self.written;
        let mut count = 0;
        let parts = self.queue.iter().take(SLICES / 2).flat_map(Frame::parts);
        for part in parts {
            let skipped = skip.min(part.len());
            skip -= skipped;
            if skipped < part.len() {
                slices[count] = IoSlice::new(&part[skipped..]);
                count += 1;
            }
        }
        count
    }

    fn wrote(&mut self, len: usize) {
        self.written += len;
        while let Some(front) = self.queue.front() {
            let len = front.parts().iter().map(|part| part.len()).sum();
            if self.written < len {
                return;
            }
            self.written -= len;
            if let Some(batch) = front.batch() {
                self.batches -= 1;
                self.batches_len -= batch.item.message().len();
                self.batches_written += 1;
            }
            self.queue.pop_front();
        }
    }
}

impl Frame {
    fn parts(&self) -> [&[u8]; 2] {
        match self {
            Self::Word { head, payload } => [head.as_ref(), payload],
            Self::Made(frames) => [frames, &[]],
            Self::Payload(batch) => [batch.item.payload(), &[]],
            Self::Batch { whole: Some(whole), .. } => [whole.as_ref().as_ref(), &[]],
            Self::Batch { batch, whole: None } => [batch.item.frame_head(), batch.item.message()],
        }
    }

    fn batch(&self) -> Option<&Numbered<Entry>> {
        match self {
            Self::Batch { batch, .. } | Self::Payload(batch) => Some(batch),
            Self::Word { .. } | Self::Made(_) => None,
        }
    }
}

/// A message as it came in frames, in a buffer of its own.
fn framed(bytes: Bytes) -> Framed {
    debug_assert!(bytes.len() >= PREFIX_LEN, "a length stands before every message");
    Framed(bytes)
}
