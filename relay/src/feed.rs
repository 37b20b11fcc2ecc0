//! A feed: frames that were made elsewhere, for WebSockets that speak nothing of ours.
//!
//! What is pushed goes to everybody who joined, as it is, by the same rings, shards and patience as
//! the batches of a channel. A feed is a life in no table: only who holds it can watch it. Nobody
//! is told of gaps, for there are no words for them: who is too slow misses something, then is
//! closed. Invariant: who joins is greeted with what holds at one number, and gets everything
//! behind it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arena_protocol::{Batch, ChannelName, Delivery, Header};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use tokio::time::Instant;

use crate::channels::Channel;
use crate::clock::unix_us;
use crate::entry::FrameHead;
use crate::http::Http;
use crate::life::Publishing;
use crate::session::{self, Nudge};
use crate::shard::Wish;
use crate::transport::websocket;

/// How long a viewer may say nothing before it is told something.
const SILENCE: Duration = Duration::from_secs(30);

/// Opens feeds.
#[derive(Clone, Debug)]
pub struct Feeds {
    pub(crate) http: Arc<Http>,
}

/// A handle of a feed; it ends with its last one.
#[derive(Clone, Debug)]
pub struct Feed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: Arc<Http>,
    channel: Arc<Channel>,
    publishing: Publishing,
    turn: Mutex<Turn>,
}

/// What changes with each push, together.
#[derive(Debug, Default)]
struct Turn {
    greeting: Bytes,
    next_seq: u64,
}

/// A text as a whole WebSocket frame, appended to others.
pub fn text_frame(text: &[u8], to: &mut Vec<u8>) {
    const TEXT: u8 = 0x81;
    to.extend_from_slice(FrameHead::new(TEXT, text.len()).as_ref());
    to.extend_from_slice(text);
}

impl Feeds {
    /// A feed without viewers.
    #[must_use]
    pub fn open(&self, name: ChannelName) -> Feed {
        let core = &self.http.core;
        let (channel, publishing) = core.channels.unlisted(name, core.next_session(), unix_us());
        let http = Arc::clone(&self.http);
        Feed(Arc::new(Inner { http, channel, publishing, turn: Mutex::default() }))
    }
}

impl Feed {
    /// Sends whole frames to everybody. A greeting is what is said from now on to who joins.
    pub fn push(&self, frames: &[u8], greeting: Option<Bytes>) {
        let core = &self.0.http.core;
        let mut turn = self.turn();
        if let Some(greeting) = greeting {
            turn.greeting = greeting;
        }
        if frames.is_empty() {
            return;
        }
        // Every push is a place to go on from for who has fallen behind.
        let header = Header {
            seq: turn.next_seq,
            captured_us: unix_us(),
            first_frame: 0,
            frames: 1,
            key: true,
        };
        let batch = Batch::new(header, frames);
        let mut framed = core.pool.take(batch.message().len());
        framed.copy(batch.message());
        let Publishing { life, session, .. } = &self.0.publishing;
        if life.push(*session, framed.freeze(), &batch, Instant::now()).is_ok() {
            turn.next_seq += 1;
        }
    }

    /// Opens a viewer's socket. Whenever it has said nothing for 30 s, it is sent `silence`: whole
    /// frames.
    pub fn join(&self, request: Request, silence: Bytes) -> Response {
        let http = Arc::clone(&self.0.http);
        let feed = self.clone();
        websocket::upgrade_foreign(&self.0.http, request, async move |peer, inlet, outlet| {
            let greeted = move |outlet: &mut websocket::Outlet| feed.greet(outlet);
            let nudge = Nudge::new(SILENCE, silence);
            session::attend(&http.core, &http.shards, peer, inlet, outlet, nudge, greeted).await
        })
    }

    /// Says what holds now, and asks for what comes behind that.
    fn greet(self, outlet: &mut websocket::Outlet) -> Wish {
        let turn = self.turn();
        outlet.greet(turn.greeting.clone());
        let after = turn.next_seq.checked_sub(1);
        drop(turn);
        let watching = self.0.channel.watched();
        let session = self.0.http.core.next_session();
        Wish { session, after, delivery: Delivery::Live, waiver_ms: None, watching }
    }

    /// Whom it goes to.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.0.channel.viewers()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.publishing.life.end().is_some()
    }

    /// Closes everybody's socket, once what was pushed has left.
    pub fn end(&self) {
        self.0.publishing.life.finish("the end");
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.0.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.publishing.life.finish("the end");
    }
}
