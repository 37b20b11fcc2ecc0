//! Connections of both kinds over UDP, and the sessions in them.
//!
//! The protocol is quinn's; what drives it is ours: quinn's own driver has a task, a queue and a
//! timer for each connection, which cost a third of what a batch costs.

pub(crate) mod conn;
mod deadlines;
mod incoming;
pub(crate) mod port;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arena_protocol::limits::SUBSCRIPTIONS_MAX;
use arena_protocol::{ALPN_WEBTRANSPORT, Code};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use quinn_proto::{Dir, StreamId, TransportConfig, VarInt};
use tokio::task::JoinSet;

use self::conn::Conn;
use self::incoming::Incoming;
use self::port::Port;

use super::streams::{self, Dialect};
use super::webtransport;
use crate::config::Limits;
use crate::core::{Core, closing};
use crate::error::{Ending, Refusal};
use crate::session::{self, Peer};
use crate::shard::Shards;

/// Handshakes at once above which a client first has to show that its address is its own.
const UNVALIDATED_MAX: usize = 256;
/// Streams that a connection may open at first; more as it uses them. Each costs memory unused.
const STREAMS_AT_FIRST: u32 = 8;
/// Streams beyond the subscriptions of a connection.
const MORE: usize = 64;
/// Time for a client to ask for something else after it was refused.
const AFTER_REFUSAL: Duration = Duration::from_secs(1);

/// Windows and buffers of a connection: what one peer can make the relay hold.
pub(crate) fn transport_config(limits: &Limits) -> TransportConfig {
    let mut config = TransportConfig::default();
    let window = |len: usize| u32::try_from(len).map_or(VarInt::MAX, VarInt::from_u32);
    let idle = quinn_proto::IdleTimeout::try_from(limits.idle_timeout);
    config
        .max_idle_timeout(Some(idle.unwrap_or_else(|_| VarInt::MAX.into())))
        .keep_alive_interval(Some(limits.idle_timeout / 3))
        .max_concurrent_bidi_streams(STREAMS_AT_FIRST.into())
        .max_concurrent_uni_streams(16_u32.into())
        .stream_receive_window(window(limits.message_len_max + 64 * 1024))
        .receive_window(window(2 * limits.message_len_max))
        .send_window(limits.viewer_bytes_max as u64)
        .datagram_receive_buffer_size(Some(16 * 1024))
        .datagram_send_buffer_size(limits.viewer_bytes_max.min(64 * 1024));
    config
}

/// Accepts until the relay closes; resolves when every session is over.
pub(crate) async fn serve(core: Arc<Core>, shards: Arc<Shards<streams::Outlet>>, port: Arc<Port>) {
    let mut connections = JoinSet::new();
    let mut phase = core.phase();
    let handshakes = Arc::new(AtomicUsize::new(0));
    loop {
        tokio::select! {
            biased;
            () = closing(&mut phase) => break,
            Some(_done) = connections.join_next() => {}
            incoming = port.accept() => {
                let Some(incoming) = incoming else { break };
                if connections.len() >= core.config.limits.sessions_max {
                    incoming.refuse();
                    core.metrics.connection_refused();
                    continue;
                }
                let unvalidated = handshakes.load(Ordering::Relaxed);
                if unvalidated >= UNVALIDATED_MAX && incoming.may_retry() {
                    incoming.retry();
                    continue;
                }
                let (core, shards) = (Arc::clone(&core), Arc::clone(&shards));
                let counted = Handshake::new(&handshakes);
                connections.spawn(async move {
                    if connection(&core, &shards, incoming, counted).await.is_none() {
                        core.metrics.handshake_failed();
                    }
                });
            }
        }
    }
    port.refuse();
    while connections.join_next().await.is_some() {}
    let draining = u32::from(Code::Draining.number()).into();
    let closed = port.close(draining, b"this relay is going away");
    // Clients that read their close leave at once; nobody waits for the others.
    let _late = tokio::time::timeout(Duration::from_millis(500), closed).await;
    port.forget();
}

/// Counts a handshake for as long as it lasts.
struct Handshake(Arc<AtomicUsize>);

impl Handshake {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One connection, from its handshake to its end. `None`: it never got as far as a session.
async fn connection(
    core: &Arc<Core>,
    shards: &Shards<streams::Outlet>,
    incoming: Incoming,
    handshake: Handshake,
) -> Option<()> {
    let time = core.config.limits.connection_timeout;
    let conn = Owned(incoming.accept()?);
    tokio::time::timeout(time, conn.0.connected()).await.ok()?.ok()?;
    if conn.0.alpn().as_deref() == Some(ALPN_WEBTRANSPORT) {
        // Boxed and freed, like all that passes: the task stays as large as its long wait.
        let asked = Box::pin(webtransport::accept(core, &conn.0));
        let Ok(session) = tokio::time::timeout(time, asked).await else {
            conn.0
                .hold()
                .close(u32::from(Code::Timeout.number()).into(), b"no session was asked for");
            return None;
        };
        let session = session?;
        drop(handshake);
        sessions(core, shards, session).await;
    } else {
        drop(handshake);
        sessions(core, shards, Raw(Arc::clone(&conn.0))).await;
    }
    Some(())
}

/// Closes a connection when nobody cares for it any more.
struct Owned(Arc<Conn>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.hold().close(VarInt::from_u32(0), b"");
    }
}

/// What the two kinds of connections do differently.
pub(super) trait Connection: Send {
    const NAME: &str;

    fn conn(&self) -> &Arc<Conn>;
    /// The next stream that the client opens; `None` when the connection is over.
    fn accept(&mut self) -> impl Future<Output = Option<StreamId>> + Send;
    fn dialect(&self, subscription: u8) -> Dialect;
    fn close(self, refusal: &Refusal) -> impl Future<Output = ()> + Send;
}

struct Raw(Arc<Conn>);

/// Runs every session of a connection; returns when it is closed.
async fn sessions<C: Connection>(core: &Arc<Core>, shards: &Shards<streams::Outlet>, mut conn: C) {
    let address = conn.conn().remote_address().ip();
    let number = core.next_connection();
    let mut running = FuturesUnordered::new();
    let mut opened = 0_usize;
    let mut last_refusal = None;
    let mut phase = core.phase();
    let refusal = loop {
        let idle = running.is_empty();
        let patience = match last_refusal {
            Some(_) => AFTER_REFUSAL,
            None => core.config.limits.connection_timeout,
        };
        tokio::select! {
            biased;
            Some(ending) = running.next() => {
                last_refusal = if let Ending::Refused(refusal) = ending { Some(refusal) } else { None };
            }
            () = closing(&mut phase), if idle => {
                break Refusal::draining();
            }
            () = tokio::time::sleep(patience), if idle => {
                let asleep = || Refusal::new(Code::Timeout, "the connection asked for nothing");
                break last_refusal.unwrap_or_else(asleep);
            }
            accepted = conn.accept() => {
                let Some(stream) = accepted else {
                    while running.next().await.is_some() {}
                    return;
                };
                if opened >= 2 * SUBSCRIPTIONS_MAX {
                    break Refusal::new(Code::RateLimited, "too many streams");
                }
                last_refusal = None;
                core.metrics.session(C::NAME);
                grow(conn.conn(), running.len());
                let subscription = u8::try_from(opened).ok();
                opened += 1;
                let dialect = conn.dialect(subscription.unwrap_or_default());
                let (inlet, outlet) = streams::pair(conn.conn(), stream, dialect, &core.pool);
                // Boxed: a FuturesUnordered keeps room for one more future than it has.
                running.push(Box::pin(async move {
                    let Some(subscription) = subscription else {
                        let reason = "a connection carries 256 subscriptions, open another one";
                        let ending = Ending::from(Refusal::new(Code::RateLimited, reason));
                        return session::refuse(core, ending, inlet, outlet).await;
                    };
                    let peer = Peer { address, connection: number, subscription };
                    session::run(core, shards, peer, inlet, outlet).await
                }));
            }
        }
    };
    conn.close(&refusal).await;
    // A session that is dropped would not give back what it holds.
    while running.next().await.is_some() {}
}

/// Lets a client that uses its streams open more of them, and more than it may have, so that it is
/// told. Credit is only sent in lots of an eighth of what is allowed.
fn grow(conn: &Arc<Conn>, running: usize) {
    let wanted = (running + 1).next_power_of_two() * 2;
    let wanted = wanted.clamp(STREAMS_AT_FIRST as usize, SUBSCRIPTIONS_MAX + MORE);
    if let Ok(wanted) = u32::try_from(wanted) {
        conn.hold().allow_streams(Dir::Bi, wanted);
    }
}

impl Connection for Raw {
    const NAME: &str = "quic";

    fn conn(&self) -> &Arc<Conn> {
        &self.0
    }

    async fn accept(&mut self) -> Option<StreamId> {
        self.0.accept(Dir::Bi).await
    }

    fn dialect(&self, subscription: u8) -> Dialect {
        let head = Bytes::copy_from_slice(&[subscription]);
        Dialect { stream_head: head.clone(), datagram_head: head, code: VarInt::from_u32 }
    }

    async fn close(self, refusal: &Refusal) {
        let code = u32::from(refusal.code.number()).into();
        self.0.hold().close(code, refusal.reason.as_bytes());
    }
}
