//! A session over QUIC streams, raw or in WebTransport: one bidirectional stream for words, one
//! unidirectional stream for each group of batches.
//!
//! The two differ only in the bytes a viewer's stream and a datagram begin with, and in how error
//! codes are written: the [`Dialect`].

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use arena_protocol::{Code, Delivery};
use bytes::{Bytes, BytesMut};
use quinn_proto::{Dir, StreamId, VarInt};

use super::quic::conn::{Conn, Held};
use super::{Framed, Gone, OFFERED_LEN_MAX, OFFERED_MAX, Offer, Received, Said};
use crate::entry::Entry;
use crate::error::{Ending, Refusal};
use crate::pool::{Filling, PREFIX_LEN, Pool};
use crate::ring::Numbered;

/// How a connection writes what QUIC leaves open.
#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    /// What a viewer's stream begins with.
    pub(crate) stream_head: Bytes,
    /// What a datagram begins with.
    pub(crate) datagram_head: Bytes,
    /// How an error code is written.
    pub(crate) code: fn(u32) -> VarInt,
}

/// The code that the session ends with, from the outlet, which knows it, to the inlet, which stops
/// the peer with it.
type LastCode = Arc<AtomicU32>;

pub(crate) struct Inlet {
    conn: Arc<Conn>,
    stream: StreamId,
    pool: Pool,
    prefix: [u8; PREFIX_LEN],
    prefix_len: usize,
    filling: Option<Filling>,
    code: fn(u32) -> VarInt,
    last_code: LastCode,
}

pub(crate) struct Outlet {
    conn: Arc<Conn>,
    control: StreamId,
    dialect: Dialect,
    said: VecDeque<Bytes>,
    /// Batches that were taken and are not written.
    queue: VecDeque<Arc<Numbered<Entry>>>,
    group: Option<Group>,
    written: u64,
    last_code: LastCode,
}

/// The stream of a group, while batches are written to it.
struct Group {
    stream: StreamId,
    first: u64,
    /// The batch that would follow on.
    next: u64,
    chunks: Vec<Bytes>,
}

/// A session over a stream that the peer has opened.
pub(crate) fn pair(
    conn: &Arc<Conn>,
    stream: StreamId,
    dialect: Dialect,
    pool: &Pool,
) -> (Inlet, Outlet) {
    let last_code = LastCode::default();
    let inlet = Inlet {
        conn: Arc::clone(conn),
        stream,
        pool: pool.clone(),
        prefix: [0; PREFIX_LEN],
        prefix_len: 0,
        filling: None,
        code: dialect.code,
        last_code: Arc::clone(&last_code),
    };
    let outlet = Outlet {
        conn: Arc::clone(conn),
        control: stream,
        dialect,
        said: VecDeque::new(),
        queue: VecDeque::new(),
        group: None,
        written: 0,
        last_code,
    };
    (inlet, outlet)
}

impl super::Inlet for Inlet {
    async fn recv(&mut self, len_max: usize) -> Result<Received, Ending> {
        while self.prefix_len < PREFIX_LEN {
            let rest = &mut self.prefix[self.prefix_len..];
            match read(&self.conn, self.stream, rest).await? {
                Some(len) => self.prefix_len += len,
                None if self.prefix_len == 0 => return Ok(Received::Finished),
                None => return Err(half()),
            }
        }
        let len = u32::from_le_bytes(self.prefix) as usize;
        if len > len_max {
            return Err(Refusal::too_large(len, len_max).into());
        }
        let filling = self.filling.get_or_insert_with(|| self.pool.take(len));
        while !filling.rest().is_empty() {
            match read(&self.conn, self.stream, filling.rest()).await? {
                Some(len) => filling.advance(len),
                None => return Err(half()),
            }
        }
        self.prefix_len = 0;
        let whole = self.filling.take().expect("it was put there above");
        Ok(Received::Message(Framed(whole.freeze())))
    }

    async fn gone(&mut self) {
        self.conn.closed().await;
    }
}

async fn read(conn: &Arc<Conn>, id: StreamId, buf: &mut [u8]) -> Result<Option<usize>, Ending> {
    poll_fn(|cx| conn.poll_read(id, buf, cx)).await.map_err(|Gone| Ending::Left)
}

fn half() -> Ending {
    Refusal::new(Code::BadMessage, "the stream ends within a message").into()
}

impl Drop for Inlet {
    fn drop(&mut self) {
        let code = (self.code)(self.last_code.load(Ordering::Relaxed));
        self.conn.hold().stop(self.stream, code);
    }
}

impl super::Outlet for Outlet {
    const PINGS: bool = false;

    fn say(&mut self, said: Said) {
        if let Said::Message(message) = said {
            self.said.push_back(message.framed().clone());
        }
    }

    fn offer(&mut self, batch: &Arc<Numbered<Entry>>, delivery: Delivery) -> Offer {
        if delivery == Delivery::Datagram
            && let Some(offer) = self.datagram(batch)
        {
            return offer;
        }
        if self.is_full() {
            return Offer::Full;
        }
        self.queue.push_back(Arc::clone(batch));
        Offer::Taken
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        let Self { conn, control, dialect, said, queue, group, written, .. } = self;
        // Everything leaves together, when this is let go.
        let mut held = conn.hold();
        while !said.is_empty() {
            let whole = ready!(held.poll_write(*control, said.make_contiguous(), cx))?;
            said.drain(..whole);
        }
        loop {
            if let Some(group) = group {
                group.follow_on(queue);
                ready!(group.poll_write(&mut held, written, cx))?;
            }
            let Some(first) = queue.front() else { return Poll::Ready(Ok(())) };
            let stream = ready!(held.poll_open(Dir::Uni, cx))?;
            let next = Group::begin(stream, first.seq, dialect.stream_head.clone());
            if let Some(old) = group.replace(next) {
                held.finish(old.stream);
            }
        }
    }

    fn cork(&self) {
        self.conn.hold().cork();
    }

    fn uncork(&self) {
        self.conn.hold().uncork();
    }

    fn written(&self) -> u64 {
        self.written
    }

    fn skip(&mut self) -> Option<u64> {
        let queued = self.queue.front().map(|batch| batch.seq);
        self.queue.clear();
        let Some(group) = self.group.take() else { return queued };
        let code = (self.dialect.code)(Code::TooSlow.number().into());
        self.conn.hold().reset(group.stream, code);
        Some(group.first)
    }

    async fn close(mut self, refusal: Option<&Refusal>) {
        if let Some(refusal) = refusal {
            self.last_code.store(refusal.code.number().into(), Ordering::Relaxed);
        }
        self.finish();
        self.conn.stopped(self.control).await;
    }
}

impl Outlet {
    fn finish(&mut self) {
        let mut held = self.conn.hold();
        if let Some(group) = self.group.take() {
            held.finish(group.stream);
        }
        held.finish(self.control);
    }

    fn is_full(&self) -> bool {
        let begun = self.group.as_ref().map_or(&[][..], |group| &group.chunks);
        let begun = begun.iter().map(Bytes::len);
        let queued = self.queue.iter().map(|batch| batch.item.framed().len());
        self.queue.len() + begun.len() >= OFFERED_MAX
            || begun.chain(queued).sum::<usize>() >= OFFERED_LEN_MAX
    }

    /// `None` if the batch does not fit into a datagram.
    ///
    /// What stands before a message in its buffer is its length, little-endian; of a message that
    /// fits into a datagram its upper bytes are zero, as are the numbers of a connection's first
    /// session and first subscription. So nearly always the datagram is a view of the buffer.
    fn datagram(&self, batch: &Numbered<Entry>) -> Option<Offer> {
        let head = &self.dialect.datagram_head;
        let framed = batch.item.framed();
        let len = head.len() + framed.len() - PREFIX_LEN;
        let taken = self.conn.take_datagram(len, || {
            let lent = framed.slice(PREFIX_LEN - head.len().min(PREFIX_LEN)..);
            if lent.starts_with(head) {
                return lent;
            }
            let mut copy = BytesMut::with_capacity(len);
            copy.extend_from_slice(head);
            copy.extend_from_slice(batch.item.message());
            copy.freeze()
        })?;
        Some(if taken { Offer::Taken } else { Offer::Dropped })
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Group {
    fn begin(stream: StreamId, first: u64, head: Bytes) -> Self {
        Self { stream, first, next: first, chunks: vec![head] }
    }

    /// Takes from the queue what belongs onto this stream.
    fn follow_on(&mut self, queue: &mut VecDeque<Arc<Numbered<Entry>>>) {
        let follows = |(seq, batch): &(u64, &Arc<Numbered<Entry>>)| {
            batch.seq == *seq && (batch.seq == self.first || !batch.item.key)
        };
        let count = (self.next..).zip(queue.iter()).take_while(follows).count();
        self.chunks.extend(queue.drain(..count).map(|batch| batch.item.framed().clone()));
        self.next += count as u64;
    }

    /// Writes what the window takes, and counts the chunks that are whole in `written`.
    fn poll_write(
        &mut self,
        held: &mut Held<'_>,
        written: &mut u64,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Gone>> {
        while !self.chunks.is_empty() {
            let whole = ready!(held.poll_write(self.stream, &mut self.chunks, cx))?;
            self.chunks.drain(..whole);
            *written += whole as u64;
        }
        Poll::Ready(Ok(()))
    }
}

impl std::fmt::Debug for Inlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inlet").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").finish_non_exhaustive()
    }
}
