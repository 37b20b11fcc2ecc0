//! The fallback for browsers, and for networks without UDP: one socket, everything in order.
//!
//! Batches leave as frames whose header and payload were made once for everybody; what is due goes
//! out in one vectored write. permessage-deflate is never agreed to.

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

use self::frames::{Frame, Frames};
pub(crate) use self::io::Io;
pub(crate) use self::upgrade::upgrade;
use super::{Framed, Gone, OFFERED_MAX, Offer, Received, Said};
use crate::entry::{Entry, FrameHead};
use crate::error::{Ending, Refusal};
use crate::pool::{PREFIX_LEN, Pool};
use crate::ring::Numbered;

const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const CLOSE: u8 = 0x88;
/// Words that wait to leave; a peer that makes us say more than this without reading is not heard.
const SAID_MAX: usize = 64;
/// How long a peer may take to close after we did.
const CLOSE_TIME: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Inlet {
    io: Arc<Io>,
    frames: Frames,
}

#[derive(Debug)]
pub(crate) struct Outlet {
    io: Arc<Io>,
    said: VecDeque<Word>,
    queue: VecDeque<Arc<Numbered<Entry>>>,
    /// Bytes of the front of `said`, else of `queue`, that are written already.
    written: usize,
    /// What `written` counts in.
    within: Within,
}

/// A frame of our own.
#[derive(Debug)]
struct Word {
    head: FrameHead,
    payload: Bytes,
}

/// Which queue's front is written in part. Nothing may come between the two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Neither,
    Said,
    Queue,
}

pub(crate) fn pair(io: Io, read: &[u8], pool: &Pool) -> (Inlet, Outlet) {
    let io = Arc::new(io);
    let inlet = Inlet { io: Arc::clone(&io), frames: Frames::new(read, pool) };
    let (said, queue) = (VecDeque::new(), VecDeque::new());
    (inlet, Outlet { io, said, queue, written: 0, within: Within::Neither })
}

impl super::Inlet for Inlet {
    async fn recv(&mut self, len_max: usize) -> Result<Received, Ending> {
        loop {
            match self.frames.next(len_max)? {
                Some(Frame::Message(framed)) => return Ok(Received::Message(framed)),
                Some(Frame::Ping(payload)) => return Ok(Received::Ping(payload)),
                Some(Frame::Pong) => return Ok(Received::Pong),
                Some(Frame::Close) => return Err(Ending::Left),
                None => {}
            }
            if self.frames.fill(&self.io).await.map_err(|_| Ending::Left)? == 0 {
                return Err(Ending::Left);
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
            Said::Message(message) => (0x82, message.bare()),
            Said::Ping => (PING, Bytes::new()),
            Said::Pong(payload) => (PONG, payload),
        };
        if self.said.len() < SAID_MAX || first == 0x82 {
            let head = FrameHead::new(first, payload.len());
            self.said.push_back(Word { head, payload });
        }
    }

    fn offer(&mut self, batch: &Arc<Numbered<Entry>>, _: Delivery) -> Offer {
        if self.queue.len() >= OFFERED_MAX {
            return Offer::Full;
        }
        self.queue.push_back(Arc::clone(batch));
        Offer::Taken
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        while !self.said.is_empty() || !self.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); 2 * OFFERED_MAX];
            let (count, within) = self.gather(&mut slices);
            let len = ready!(self.io.poll_write(cx, &slices[..count])).map_err(|_| Gone)?;
            if len == 0 {
                return Poll::Ready(Err(Gone));
            }
            self.wrote(len, within);
        }
        Poll::Ready(Ok(()))
    }

    fn skip(&mut self) -> Option<u64> {
        // A frame that has begun has to be finished.
        let begun = usize::from(self.within == Within::Queue);
        let first = self.queue.get(begun).map(|batch| batch.seq);
        self.queue.truncate(begun);
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
        self.queue.clear();
        let head = FrameHead::new(CLOSE, payload.len());
        self.said.push_back(Word { head, payload: payload.into() });
        let sent = std::future::poll_fn(|cx| super::Outlet::poll_flush(&mut self, cx)).await;
        if sent.is_ok() {
            // Closing with unread bytes in the socket would reset it, and the peer would not see
            // why it was closed.
            let _late = tokio::time::timeout(CLOSE_TIME, self.io.drain()).await;
        }
    }
}

impl Outlet {
    /// The frames that leave next: one queue at a time, the one first that is written in part.
    fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> (usize, Within) {
        let within = match self.within {
            Within::Neither if self.said.is_empty() => Within::Queue,
            Within::Neither => Within::Said,
            begun @ (Within::Said | Within::Queue) => begun,
        };
        let mut skip = self.written;
        let mut count = 0;
        let mut add = |bytes: &'a [u8]| {
            let skipped = skip.min(bytes.len());
            skip -= skipped;
            if skipped < bytes.len() && count < slices.len() {
                slices[count] = IoSlice::new(&bytes[skipped..]);
                count += 1;
            }
        };
        if within == Within::Said {
            for word in self.said.iter().take(OFFERED_MAX) {
                add(word.head.as_ref());
                add(&word.payload);
            }
        } else {
            // A word of ours waits for the frame that has begun, not for those behind it.
            let due = if self.said.is_empty() { OFFERED_MAX } else { 1 };
            for batch in self.queue.iter().take(due) {
                add(batch.item.frame_head());
                add(batch.item.message());
            }
        }
        (count, within)
    }

    fn wrote(&mut self, len: usize, within: Within) {
        self.written += len;
        self.within = within;
        loop {
            let front = match within {
                Within::Said => {
                    self.said.front().map(|word| word.head.as_ref().len() + word.payload.len())
                }
                Within::Queue | Within::Neither => self
                    .queue
                    .front()
                    .map(|batch| batch.item.frame_head().len() + batch.item.message().len()),
            };
            match front {
                Some(front) if self.written >= front => {
                    self.written -= front;
                    match within {
                        Within::Said => drop(self.said.pop_front()),
                        Within::Queue | Within::Neither => drop(self.queue.pop_front()),
                    }
                }
                _ => break,
            }
        }
        if self.written == 0 {
            self.within = Within::Neither;
        }
    }
}

/// A message as it came in frames, in a buffer of its own.
fn framed(bytes: Bytes) -> Framed {
    debug_assert!(bytes.len() >= PREFIX_LEN, "a length stands before every message");
    Framed(bytes)
}
