//! Many sessions on one connection: the relay's streams and datagrams find the session they are for.
//!
//! A task per connection reads what says whom it is for; the rest of a stream is read by the session
//! itself, so a batch wakes one task.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};

use super::streams::{Frames, Link, RecvHalf, SendHalf};
use crate::error::Lost;
use crate::server::GROUPS_MAX;

/// Datagrams that wait for their session; further ones are lost, as datagrams may be.
const DATAGRAMS_MAX: usize = 1024;
/// How long groups may still come when the session's own stream has ended.
const LINGER: Duration = Duration::from_secs(1);

/// A connection with many sessions; it closes when the last of them is dropped.
pub(crate) struct Mux {
    pub(crate) link: Link,
    routes: Routes,
    _router: JoinSet<()>,
}

/// By subscription number; a route is made by whoever mentions it first.
type Routes = Arc<Mutex<HashMap<u8, Route>>>;

struct Route {
    streams: mpsc::Sender<RecvHalf>,
    datagrams: mpsc::Sender<Bytes>,
    /// What the session takes; gone when it has.
    inbox: Option<Inbox>,
}

#[derive(Debug)]
struct Inbox {
    streams: mpsc::Receiver<RecvHalf>,
    datagrams: mpsc::Receiver<Bytes>,
}

/// What one session receives.
pub(crate) struct Streams {
    control: Frames,
    /// A publisher has none.
    inbox: Option<Inbox>,
    /// The groups under way, in the order in which they came.
    groups: Vec<Frames>,
    /// The session's own stream has ended; groups may still come until then.
    lingering: Option<std::pin::Pin<Box<Sleep>>>,
    /// Keeps the connection open.
    mux: Arc<Mux>,
}

impl Mux {
    pub(crate) fn new(link: Link) -> Arc<Self> {
        let routes = Routes::default();
        let mut router = JoinSet::new();
        router.spawn(route(link.clone(), Arc::clone(&routes)));
        Arc::new(Self { link, routes, _router: router })
    }

    /// Opens a session's own stream.
    pub(crate) async fn open(self: &Arc<Self>) -> Result<(SendHalf, Streams), Lost> {
        let (send, recv) = self.link.open().await?;
        let control = Frames::new(recv);
        let mux = Arc::clone(self);
        Ok((send, Streams { control, inbox: None, groups: Vec::new(), lingering: None, mux }))
    }
}

impl Streams {
    /// From here on, what comes for this subscription is received as well.
    pub(crate) fn subscribe(&mut self, subscription: u8) {
        let mut routes = self.mux.routes.lock().unwrap_or_else(PoisonError::into_inner);
        self.inbox = routes.entry(subscription).or_insert_with(Route::new).inbox.take();
    }

    /// The next message, wherever it comes from: the oldest group first, the session's own stream
    /// last, so that what is said of batches comes behind those that are here already.
    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Lost>> {
        let polled = self.poll_any(cx);
        let Some(lingering) = &mut self.lingering else { return polled };
        match polled {
            Poll::Ready(Ok(message)) => {
                lingering.as_mut().reset(Instant::now() + LINGER);
                Poll::Ready(Ok(message))
            }
            Poll::Ready(Err(lost)) => Poll::Ready(Err(lost)),
            Poll::Pending => lingering.as_mut().poll(cx).map(|()| Err(Lost::Finished)),
        }
    }

    fn poll_any(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Lost>> {
        loop {
            if let Some(message) = self.poll_groups(cx)? {
                return Poll::Ready(Ok(message));
            }
            let Some(inbox) = &mut self.inbox else { break };
            if let Poll::Ready(Some(datagram)) = inbox.datagrams.poll_recv(cx) {
                return Poll::Ready(Ok(datagram));
            }
            match inbox.streams.poll_recv(cx) {
                Poll::Ready(Some(stream)) => self.groups.push(Frames::new(stream)),
                // The connection is gone; the session's own stream knows why.
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        if self.lingering.is_some() {
            return Poll::Pending;
        }
        match std::task::ready!(self.control.poll_message(cx))? {
            Some(message) => Poll::Ready(Ok(message)),
            None if self.inbox.is_some() => {
                self.lingering = Some(Box::pin(tokio::time::sleep(LINGER)));
                Poll::Pending
            }
            None => Poll::Ready(Err(Lost::Finished)),
        }
    }

    fn poll_groups(&mut self, cx: &mut Context<'_>) -> Result<Option<Bytes>, Lost> {
        let mut at = 0;
        while let Some(group) = self.groups.get_mut(at) {
            match group.poll_message(cx) {
                Poll::Ready(Ok(Some(message))) => return Ok(Some(message)),
                Poll::Ready(Err(lost @ Lost::Malformed(_))) => return Err(lost),
                // It ended, was reset (a gap says what is missing), or the connection is lost.
                Poll::Ready(Ok(None) | Err(_)) => drop(self.groups.remove(at)),
                Poll::Pending => at += 1,
            }
        }
        Ok(None)
    }
}

impl Route {
    fn new() -> Self {
        // There cannot be more streams under way than the relay is allowed to open.
        let (streams, streams_inbox) = mpsc::channel(GROUPS_MAX as usize);
        let (datagrams, datagrams_inbox) = mpsc::channel(DATAGRAMS_MAX);
        let inbox = Inbox { streams: streams_inbox, datagrams: datagrams_inbox };
        Self { streams, datagrams, inbox: Some(inbox) }
    }
}

async fn route(link: Link, routes: Routes) {
    let senders = |subscription| {
        let mut routes = routes.lock().unwrap_or_else(PoisonError::into_inner);
        let route = routes.entry(subscription).or_insert_with(Route::new);
        (route.streams.clone(), route.datagrams.clone())
    };
    let mut unread = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(read) = unread.next() => {
                if let (stream, Some(subscription)) = read {
                    let (streams, _) = senders(subscription);
                    // A session that is gone drops the stream, which stops it.
                    let _gone = streams.send(stream).await;
                }
            }
            accepted = link.accept() => {
                let Ok(mut stream) = accepted else { break };
                unread.push(async move {
                    let subscription = stream.first_byte().await;
                    (stream, subscription)
                });
            }
            datagram = link.datagram() => {
                let Ok(mut datagram) = datagram else { break };
                if let Some(&subscription) = datagram.first() {
                    datagram.advance(1);
                    let (_, datagrams) = senders(subscription);
                    let _lost = datagrams.try_send(datagram);
                }
            }
        }
    }
    // Without their senders the sessions do not wait for more.
    routes.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
