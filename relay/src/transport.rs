//! The seam: what a session needs of a transport. Below it transports differ, above it nothing does.
//!
//! A session is an [`Inlet`], read by the session's own task, and an [`Outlet`], written by whoever
//! holds it: the session, and for a viewer its shard. An outlet never waits: it takes what it is
//! offered up to a bound, writes until the peer's window is full, and says so.

pub mod memory;
pub(crate) mod quic;
pub(crate) mod streams;
pub(crate) mod websocket;
pub(crate) mod webtransport;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arena_protocol::{Code, Delivery, Message};
use bytes::Bytes;

use crate::entry::Entry;
use crate::error::{Ending, Refusal};
use crate::pool::PREFIX_LEN;
use crate::ring::Numbered;

/// Batches, and bytes of them, that an outlet takes before it has to write. One is always taken.
pub(crate) const OFFERED_MAX: usize = 16;
pub(crate) const OFFERED_LEN_MAX: usize = 256 * 1024;
/// How long a peer may take over a word that its session waits to have said.
const WORD: Duration = Duration::from_secs(10);
/// How long a peer may take over the last words of a session.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// One message with its length before it, in one buffer.
#[derive(Clone, Debug)]
pub(crate) struct Framed(pub(crate) Bytes);

/// What comes out of an inlet.
#[derive(Debug)]
pub(crate) enum Received {
    Message(Framed),
    /// A sign of life that wants an answer with the same bytes.
    Ping(Bytes),
    /// A sign of life.
    Pong,
    /// A sign of life: some of what is not whole yet.
    Part,
    /// A sign of life: something whole of a peer that speaks nothing of ours.
    Spoken,
    /// The peer says nothing more; it may go on listening.
    Finished,
}

/// What is said on a session's own stream.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Message(Message),
    Ping,
    Pong(Bytes),
    /// Whole frames, to a peer that speaks nothing of ours.
    Frames(Bytes),
}

/// The peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// What became of a batch that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Taken,
    /// Flush first.
    Full,
    /// It could only have gone now, and there was no room.
    Dropped,
}

/// The reading half of a session.
pub(crate) trait Inlet: Send + 'static {
    /// The next thing, of at most `len_max` bytes. Safe to drop and call again.
    fn recv(&mut self, len_max: usize) -> impl Future<Output = Result<Received, Ending>> + Send;

    /// Resolves when the peer is gone, after it said that it says nothing more.
    fn gone(&mut self) -> impl Future<Output = ()> + Send;
}

/// The writing half of a session.
pub(crate) trait Outlet: Send + 'static {
    /// Whether silence has to be broken by us. Elsewhere the transport finds dead peers itself.
    const PINGS: bool;

    /// Takes a word of ours. On one stream it leaves behind what was taken before.
    fn say(&mut self, said: Said);

    /// Takes a batch, if there is room.
    fn offer(&mut self, batch: &Arc<Numbered<Entry>>, delivery: Delivery) -> Offer;

    /// Writes what was taken. Pending: the peer's window is full, and the waker will be called.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>>;

    /// What is flushed from here on may wait for [`Outlet::uncork`], so that what several outlets
    /// of one connection have leaves together. Where a connection has one outlet it is nothing.
    fn cork(&self) {}

    fn uncork(&self) {}

    /// Grows whenever a batch, or what belongs to it, was written whole: whether a peer that takes
    /// not everything takes something.
    fn written(&self) -> u64;

    /// Drops the batches that the peer has not got yet, as far as the transport can, and returns
    /// the first that may not arrive.
    fn skip(&mut self) -> Option<u64>;

    /// Closes the session in the transport's own way, after the last words were flushed.
    fn close(self, refusal: Option<&Refusal>) -> impl Future<Output = ()> + Send;
}

impl Framed {
    pub(crate) fn message(&self) -> Bytes {
        self.0.slice(PREFIX_LEN..)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len() - PREFIX_LEN
    }
}

/// Says something and waits until it left, for a bounded time.
pub(crate) async fn say(outlet: &mut impl Outlet, said: Said) -> Result<(), Ending> {
    outlet.say(said);
    let left = poll_fn(|cx| outlet.poll_flush(cx));
    let left = tokio::time::timeout(WORD, left).await;
    let late = |_| Refusal::new(Code::Timeout, "what was said was not read");
    left.map_err(late)?.map_err(|_gone| Ending::Left)
}

/// The last words of a session: why it ends, if there is a why, and its close. Takes a bounded time.
pub(crate) async fn part(mut outlet: impl Outlet, refusal: Option<&Refusal>) {
    let words = async {
        if let Some(refusal) = refusal {
            outlet.skip();
            say(&mut outlet, Said::Message(refusal.message())).await?;
        }
        Ok::<_, Ending>(())
    };
    // A peer that takes nothing gets the close all the same.
    let _late_or_gone = tokio::time::timeout(LAST_WORDS, words).await;
    let _late = tokio::time::timeout(LAST_WORDS, outlet.close(refusal)).await;
}
