//! A session over QUIC streams, raw or in WebTransport: one bidirectional stream for words, one
//! unidirectional stream for each group of batches.
//!
//! The two differ only in the bytes a viewer's stream and a datagram begin with, and in how error
//! codes are written: the [`Dialect`].

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use arena_protocol::{Code, Delivery};
use bytes::{Bytes, BytesMut};

use super::{Framed, Gone, OFFERED_LEN_MAX, OFFERED_MAX, Offer, Received, Said};
use crate::entry::Entry;
use crate::error::{Ending, Refusal};
use crate::pool::{Filling, PREFIX_LEN, Pool};
use crate::ring::Numbered;

/// The sending half of a session's own stream.
pub(crate) trait SendHalf: Send + 'static {
    /// Writes chunks from the front; returns how many are written whole. The next may have begun.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        chunks: &mut [Bytes],
    ) -> Poll<Result<usize, Gone>>;

    fn finish(&mut self);

    /// Resolves when the peer has everything, or does not want it.
    fn finished(&mut self) -> impl Future<Output = ()> + Send;
}

/// The receiving half of a session's own stream.
pub(crate) trait RecvHalf: Send + 'static {
    /// `None` is the end of the stream.
    fn read(&mut self, buf: &mut [u8]) -> impl Future<Output = Result<Option<usize>, Gone>> + Send;

    fn stop(&mut self, code: u32);
}

/// How a connection writes what QUIC leaves open.
#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    /// What a viewer's stream begins with.
    pub(crate) stream_head: Bytes,
    /// What a datagram begins with.
    pub(crate) datagram_head: Bytes,
    /// How an error code is written.
    pub(crate) code: fn(u32) -> quinn::VarInt,
}

/// The code that the session ends with, from the outlet, which knows it, to the inlet, which stops
/// the peer with it.
type LastCode = Arc<AtomicU32>;

pub(crate) struct Inlet<R: RecvHalf> {
    conn: quinn::Connection,
    recv: R,
    pool: Pool,
    prefix: [u8; PREFIX_LEN],
    prefix_len: usize,
    filling: Option<Filling>,
    last_code: LastCode,
}

pub(crate) struct Outlet<S> {
    conn: quinn::Connection,
    control: S,
    dialect: Dialect,
    said: VecDeque<Bytes>,
    /// Batches that were taken and are not written.
    queue: VecDeque<Arc<Numbered<Entry>>>,
    group: Option<Group>,
    opening: Option<Opening>,
    written: u64,
    last_code: LastCode,
}

/// The stream of a group, while batches are written to it.
struct Group {
    stream: quinn::SendStream,
    first: u64,
    /// The batch that would follow on.
    next: u64,
    chunks: Vec<Bytes>,
}

type Opening =
    Pin<Box<dyn Future<Output = Result<quinn::SendStream, quinn::ConnectionError>> + Send>>;

pub(crate) fn pair<S: SendHalf, R: RecvHalf>(
    conn: &quinn::Connection,
    (control, recv): (S, R),
    dialect: Dialect,
    pool: &Pool,
) -> (Inlet<R>, Outlet<S>) {
    let last_code = LastCode::default();
    let inlet = Inlet {
        conn: conn.clone(),
        recv,
        pool: pool.clone(),
        prefix: [0; PREFIX_LEN],
        prefix_len: 0,
        filling: None,
        last_code: Arc::clone(&last_code),
    };
    let outlet = Outlet {
        conn: conn.clone(),
        control,
        dialect,
        said: VecDeque::new(),
        queue: VecDeque::new(),
        group: None,
        opening: None,
        written: 0,
        last_code,
    };
    (inlet, outlet)
}

impl<R: RecvHalf> super::Inlet for Inlet<R> {
    async fn recv(&mut self, len_max: usize) -> Result<Received, Ending> {
        while self.prefix_len < PREFIX_LEN {
            let rest = &mut self.prefix[self.prefix_len..];
            match self.recv.read(rest).await.map_err(|_gone| Ending::Left)? {
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
            match self.recv.read(filling.rest()).await.map_err(|_gone| Ending::Left)? {
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

fn half() -> Ending {
    Refusal::new(Code::BadMessage, "the stream ends within a message").into()
}

impl<R: RecvHalf> Drop for Inlet<R> {
    fn drop(&mut self) {
        self.recv.stop(self.last_code.load(Ordering::Relaxed));
    }
}

impl<S: SendHalf> super::Outlet for Outlet<S> {
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
        while !self.said.is_empty() {
            let written = ready!(self.control.poll_write(cx, self.said.make_contiguous()))?;
            self.said.drain(..written);
        }
        loop {
            if let Some(group) = &mut self.group {
                let whole = |batch: &Arc<Numbered<Entry>>| batch.item.framed().clone();
                let first = group.next;
                let follows = |(seq, batch): &(u64, &Arc<Numbered<Entry>>)| {
                    batch.seq == *seq && !batch.item.key
                };
                let count = (first..).zip(&self.queue).take_while(follows).count();
                group.chunks.extend(self.queue.drain(..count).map(|batch| whole(&batch)));
                group.next += count as u64;
                ready!(group.poll_write(cx, &mut self.written))?;
            }
            if self.queue.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let stream = ready!(self.poll_open(cx))?;
            self.begin_group(stream);
        }
    }

    fn written(&self) -> u64 {
        self.written
    }

    fn skip(&mut self) -> Option<u64> {
        let queued = self.queue.front().map(|batch| batch.seq);
        self.queue.clear();
        let Some(mut group) = self.group.take() else { return queued };
        // Closed already: then there is nothing to take back.
        let _closed = group.stream.reset((self.dialect.code)(Code::TooSlow.number().into()));
        Some(group.first)
    }

    async fn close(mut self, refusal: Option<&Refusal>) {
        if let Some(refusal) = refusal {
            self.last_code.store(refusal.code.number().into(), Ordering::Relaxed);
        }
        if let Some(mut group) = self.group.take() {
            let _closed = group.stream.finish();
        }
        self.control.finish();
        self.control.finished().await;
    }
}

impl<S: SendHalf> Outlet<S> {
    fn is_full(&self) -> bool {
        let begun = self.group.as_ref().map_or(&[][..], |group| &group.chunks);
        let begun = begun.iter().map(Bytes::len);
        let queued = self.queue.iter().map(|batch| batch.item.framed().len());
        self.queue.len() + begun.len() >= OFFERED_MAX
            || begun.chain(queued).sum::<usize>() >= OFFERED_LEN_MAX
    }

    fn begin_group(&mut self, stream: quinn::SendStream) {
        if let Some(mut old) = self.group.take() {
            let _closed = old.stream.finish();
        }
        let Some(batch) = self.queue.pop_front() else { return };
        let chunks = vec![self.dialect.stream_head.clone(), batch.item.framed().clone()];
        self.group = Some(Group { stream, first: batch.seq, next: batch.seq + 1, chunks });
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<quinn::SendStream, Gone>> {
        if self.opening.is_none() {
            // Nearly always there is credit, and nothing has to be kept.
            if let Poll::Ready(opened) = pin!(self.conn.open_uni()).poll(cx) {
                return Poll::Ready(opened.map_err(|_| Gone));
            }
            let conn = self.conn.clone();
            self.opening = Some(Box::pin(async move { conn.open_uni().await }));
        }
        let Some(opening) = &mut self.opening else { return Poll::Ready(Err(Gone)) };
        let opened = ready!(opening.as_mut().poll(cx));
        self.opening = None;
        Poll::Ready(opened.map_err(|_| Gone))
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
        if self.conn.max_datagram_size().is_none_or(|len_max| len > len_max) {
            return None;
        }
        if self.conn.datagram_send_buffer_space() < len {
            return Some(Offer::Dropped);
        }
        let lent = framed.slice(PREFIX_LEN - head.len().min(PREFIX_LEN)..);
        let datagram = if lent.starts_with(head) {
            lent
        } else {
            let mut copy = BytesMut::with_capacity(len);
            copy.extend_from_slice(head);
            copy.extend_from_slice(batch.item.message());
            copy.freeze()
        };
        // A connection that is gone says so at the next flush.
        Some(self.conn.send_datagram(datagram).map_or(Offer::Dropped, |()| Offer::Taken))
    }
}

impl Group {
    /// Writes what the window takes, and counts the chunks that are whole in `written`.
    fn poll_write(&mut self, cx: &mut Context<'_>, written: &mut u64) -> Poll<Result<(), Gone>> {
        while !self.chunks.is_empty() {
            let whole = ready!(self.stream.poll_write(cx, &mut self.chunks))?;
            self.chunks.drain(..whole);
            *written += whole as u64;
        }
        Poll::Ready(Ok(()))
    }
}

/// The two kinds of streams have the same methods and no trait.
macro_rules! send_half {
    ($stream:ty) => {
        impl SendHalf for $stream {
            fn poll_write(
                &mut self,
                cx: &mut Context<'_>,
                chunks: &mut [Bytes],
            ) -> Poll<Result<usize, Gone>> {
                let written = ready!(pin!(self.write_chunks(chunks)).poll(cx));
                Poll::Ready(written.map(|written| written.chunks).map_err(|_| Gone))
            }

            fn finish(&mut self) {
                // Closed already: finished all the same.
                let _closed = <$stream>::finish(self);
            }

            async fn finished(&mut self) {
                let _done = self.stopped().await;
            }
        }
    };
}

send_half!(quinn::SendStream);
send_half!(web_transport_quinn::SendStream);

impl RecvHalf for quinn::RecvStream {
    async fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>, Gone> {
        Self::read(self, buf).await.map_err(|_| Gone)
    }

    fn stop(&mut self, code: u32) {
        let _closed = Self::stop(self, code.into());
    }
}

impl<R: RecvHalf> std::fmt::Debug for Inlet<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inlet").finish_non_exhaustive()
    }
}

impl<S> std::fmt::Debug for Outlet<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").finish_non_exhaustive()
    }
}
