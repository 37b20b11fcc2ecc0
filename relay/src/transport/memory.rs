//! Sessions inside the process: for tests with a clock that stands still, and for benchmarks.
//!
//! The client's window is counted in messages, so a viewer that does not read blocks as it would
//! behind a socket.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use arena_protocol::Delivery;
use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use super::{Framed, Gone, Offer, Received, Said};
use crate::entry::Entry;
use crate::error::{Ending, Refusal};
use crate::pool::Pool;
use crate::ring::Numbered;

/// The client's end of a session in memory.
#[derive(Debug)]
pub struct Client {
    to_relay: mpsc::Sender<Bytes>,
    pipe: Arc<Pipe>,
}

/// What a client finds in its pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// A message on the session's own stream.
    Message(Bytes),
    /// A batch, with whether it came as a datagram.
    Batch(Bytes, bool),
    /// The session was closed; with the refusal's number if it was refused.
    Closed(Option<u16>),
}

#[derive(Debug)]
struct Pipe {
    inner: Mutex<Inner>,
    arrived: Notify,
}

#[derive(Debug)]
struct Inner {
    items: VecDeque<Delivered>,
    window: usize,
    blocked: Option<Waker>,
    client_gone: bool,
}

pub(crate) struct Inlet {
    from_client: mpsc::Receiver<Bytes>,
    pool: Pool,
}

#[derive(Debug)]
pub(crate) struct Outlet {
    pipe: Arc<Pipe>,
    queue: VecDeque<Leaving>,
    written: u64,
    closed: bool,
}

#[derive(Debug)]
enum Leaving {
    Word(Bytes),
    Batch { batch: Arc<Numbered<Entry>>, datagram: bool },
}

/// A session's two ends. The client holds at most `window` messages that it has not read.
pub(crate) fn pair(window: usize, pool: &Pool) -> (Client, Inlet, Outlet) {
    let (to_relay, from_client) = mpsc::channel(window);
    let inner = Inner { items: VecDeque::new(), window, blocked: None, client_gone: false };
    let pipe = Arc::new(Pipe { inner: Mutex::new(inner), arrived: Notify::new() });
    let client = Client { to_relay, pipe: Arc::clone(&pipe) };
    let inlet = Inlet { from_client, pool: pool.clone() };
    (client, inlet, Outlet { pipe, queue: VecDeque::new(), written: 0, closed: false })
}

impl Client {
    /// Sends one message; false when the session is over.
    pub async fn send(&self, message: Bytes) -> bool {
        self.to_relay.send(message).await.is_ok()
    }

    /// Waits for the next thing from the relay; `None` after the close.
    pub async fn recv(&self) -> Option<Delivered> {
        loop {
            let arrived = self.pipe.arrived.notified();
            {
                let mut inner = self.pipe.lock();
                if let Some(item) = inner.items.pop_front() {
                    if let Delivered::Closed(_) = item {
                        inner.client_gone = true;
                    }
                    if let Some(waker) = inner.blocked.take() {
                        waker.wake();
                    }
                    return Some(item);
                }
                if inner.client_gone {
                    return None;
                }
            }
            arrived.await;
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let mut inner = self.pipe.lock();
        inner.client_gone = true;
        if let Some(waker) = inner.blocked.take() {
            waker.wake();
        }
    }
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, item: Delivered) {
        self.lock().items.push_back(item);
        self.arrived.notify_one();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        let mut inner = self.lock();
        if inner.client_gone {
            return Poll::Ready(Err(Gone));
        }
        if inner.items.len() < inner.window {
            return Poll::Ready(Ok(()));
        }
        inner.blocked = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl super::Inlet for Inlet {
    async fn recv(&mut self, len_max: usize) -> Result<Received, Ending> {
        let message = self.from_client.recv().await.ok_or(Ending::Left)?;
        if message.len() > len_max {
            return Err(Refusal::too_large(message.len(), len_max).into());
        }
        let mut filling = self.pool.take(message.len());
        filling.copy(&message);
        Ok(Received::Message(Framed(filling.freeze())))
    }

    async fn gone(&mut self) {
        while self.from_client.recv().await.is_some() {}
    }
}

impl super::Outlet for Outlet {
    const PINGS: bool = false;

    fn say(&mut self, said: Said) {
        if let Said::Message(message) = said {
            self.queue.push_back(Leaving::Word(message.bare()));
        }
    }

    fn offer(&mut self, batch: &Arc<Numbered<Entry>>, delivery: Delivery) -> Offer {
        if self.queue.len() >= super::OFFERED_MAX {
            return Offer::Full;
        }
        let datagram = delivery == Delivery::Datagram;
        self.queue.push_back(Leaving::Batch { batch: Arc::clone(batch), datagram });
        Offer::Taken
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        while !self.queue.is_empty() {
            std::task::ready!(self.pipe.poll_room(cx))?;
            match self.queue.pop_front() {
                Some(Leaving::Word(word)) => self.pipe.put(Delivered::Message(word)),
                Some(Leaving::Batch { batch, datagram }) => {
                    let message = batch.item.framed().slice(crate::pool::PREFIX_LEN..);
                    self.pipe.put(Delivered::Batch(message, datagram));
                    self.written += 1;
                }
                None => {}
            }
        }
        Poll::Ready(Ok(()))
    }

    fn written(&self) -> u64 {
        self.written
    }

    fn skip(&mut self) -> Option<u64> {
        let mut first = None;
        self.queue.retain(|leaving| {
            if let Leaving::Batch { batch, .. } = leaving {
                first.get_or_insert(batch.seq);
            }
            matches!(leaving, Leaving::Word(_))
        });
        first
    }

    async fn close(mut self, refusal: Option<&Refusal>) {
        self.closed = true;
        self.pipe.put(Delivered::Closed(refusal.map(|refusal| refusal.code.number())));
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if !self.closed {
            self.pipe.put(Delivered::Closed(None));
        }
    }
}
