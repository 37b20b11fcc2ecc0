//! One connection: what the protocol keeps of it, behind a lock, and who waits for it.
//!
//! Whoever has something for a connection takes hold of it, does what there is to do, and lets go.
//! That is when its packets are made and sent, at once and together, while what they need is in the
//! cache: there is no task, queue or timer for a connection alone.

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use quinn_proto::crypto::rustls::HandshakeData;
use quinn_proto::{
    Connection, ConnectionEvent, ConnectionHandle, Dir, Event, FinishError, ReadError, StreamEvent,
    StreamId, VarInt, WriteError,
};

use super::super::Gone;
use super::port::Port;
use super::waiting::{For, Waiting};

/// A connection, as everybody shares it.
pub(crate) struct Conn {
    port: Arc<Port>,
    handle: ConnectionHandle,
    remote: SocketAddr,
    state: Mutex<State>,
}

/// A connection in somebody's hands. What there is to send is sent when it is let go.
pub(crate) struct Held<'a> {
    conn: &'a Arc<Conn>,
    state: MutexGuard<'a, State>,
}

struct State {
    proto: Connection,
    waiting: Waiting,
    /// Packets that the socket had no room for; nothing is sent before them.
    unsent: Option<(quinn_proto::Transmit, Vec<u8>)>,
    /// Whoever corked it sends.
    corked: bool,
    connected: bool,
    closed: bool,
    /// The endpoint has forgotten it, and its number may be somebody else's.
    drained: bool,
}

thread_local! {
    /// Where packets are made. One for each thread: it is only used while they are sent.
    static PACKETS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Conn {
    pub(super) fn new(port: &Arc<Port>, handle: ConnectionHandle, proto: Connection) -> Arc<Self> {
        let remote = proto.remote_address();
        let state = State {
            proto,
            waiting: Waiting::default(),
            unsent: None,
            corked: false,
            connected: false,
            closed: false,
            drained: false,
        };
        Arc::new(Self { port: Arc::clone(port), handle, remote, state: Mutex::new(state) })
    }

    /// Where the peer was when it came.
    pub(crate) fn remote_address(&self) -> SocketAddr {
        self.remote
    }

    pub(crate) fn hold(self: &Arc<Self>) -> Held<'_> {
        Held { conn: self, state: self.state() }
    }

    /// Resolves at the end of the handshake, or of the connection.
    pub(crate) async fn connected(&self) -> Result<(), Gone> {
        poll_fn(|cx| {
            let mut state = self.state();
            match (state.closed, state.connected) {
                (true, _) => Poll::Ready(Err(Gone)),
                (false, true) => Poll::Ready(Ok(())),
                (false, false) => state.waiting.wait(For::Connected, cx),
            }
        })
        .await
    }

    /// Resolves when the connection is over.
    pub(crate) async fn closed(&self) {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.closed { Poll::Ready(()) } else { state.waiting.wait(For::Closed, cx) }
        })
        .await;
    }

    /// The protocol that was agreed on, once connected.
    pub(crate) fn alpn(&self) -> Option<Vec<u8>> {
        let data = self.state().proto.crypto_session().handshake_data()?;
        data.downcast::<HandshakeData>().ok()?.protocol
    }

    /// The next stream that the peer opens; `None` when the connection is over.
    pub(crate) async fn accept(self: &Arc<Self>, dir: Dir) -> Option<StreamId> {
        poll_fn(|cx| {
            let mut state = self.state();
            match state.proto.streams().accept(dir) {
                Some(id) => {
                    // The peer may open another one now.
                    self.drive(&mut state);
                    Poll::Ready(Some(id))
                }
                None if state.closed => Poll::Ready(None),
                None => state.waiting.wait(For::Accept(dir), cx),
            }
        })
        .await
    }

    /// Reads from a stream; `None` is its end.
    pub(crate) fn poll_read(
        self: &Arc<Self>,
        id: StreamId,
        buf: &mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<usize>, Gone>> {
        let mut state = self.state();
        let state = &mut *state;
        let mut stream = state.proto.recv_stream(id);
        let Ok(mut chunks) = stream.read(true) else {
            return Poll::Ready(Ok(None));
        };
        let read = chunks.next(buf.len());
        let credit = chunks.finalize().should_transmit();
        let read = match read {
            Ok(Some(chunk)) => {
                buf[..chunk.bytes.len()].copy_from_slice(&chunk.bytes);
                Poll::Ready(Ok(Some(chunk.bytes.len())))
            }
            Ok(None) => Poll::Ready(Ok(None)),
            Err(ReadError::Reset(_)) => Poll::Ready(Err(Gone)),
            Err(ReadError::Blocked) if state.closed => Poll::Ready(Err(Gone)),
            Err(ReadError::Blocked) => state.waiting.wait(For::Read(id), cx),
        };
        // Most reads give the peer no credit that it has to be told of.
        if credit {
            self.drive(state);
        }
        read
    }

    /// Resolves when the peer has everything of a finished stream, or does not want it.
    pub(crate) async fn stopped(&self, id: StreamId) {
        poll_fn(|cx| {
            let mut state = self.state();
            match state.proto.send_stream(id).stopped() {
                Ok(None) if !state.closed => state.waiting.wait(For::Stopped(id), cx),
                Ok(_) | Err(_) => Poll::Ready(()),
            }
        })
        .await;
    }

    /// Takes a datagram, to be sent with what is sent next. `None`: it is too long.
    pub(crate) fn take_datagram(&self, len: usize, make: impl FnOnce() -> Bytes) -> Option<bool> {
        let mut state = self.state();
        let mut datagrams = state.proto.datagrams();
        if datagrams.max_size().is_none_or(|len_max| len > len_max) {
            return None;
        }
        // A connection that is over says so at the next flush.
        Some(datagrams.send_buffer_space() >= len && datagrams.send(make(), false).is_ok())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what there is to send, tells who waited for what came, and sets the next deadline.
    fn drive(self: &Arc<Self>, state: &mut State) {
        if state.drained || state.corked {
            return;
        }
        loop {
            self.transmit(state);
            let mut answered = false;
            while let Some(event) = state.proto.poll_endpoint_events() {
                // It may say so twice, and its number may be somebody else's by then.
                if state.drained {
                    continue;
                }
                state.drained = event.is_drained();
                if let Some(answer) = self.port.tell(self.handle, event) {
                    state.proto.handle_event(answer);
                    answered = true;
                }
            }
            state.wake();
            if !answered {
                break;
            }
        }
        if !state.drained {
            self.port.deadlines.set(self.handle.0, state.proto.poll_timeout());
        }
    }

    /// As much leaves as the peer's windows and the network take; both are bounded.
    fn transmit(self: &Arc<Self>, state: &mut State) {
        if state.unsent.is_some() {
            return;
        }
        let (now, segments_max) = (Instant::now(), self.port.segments_max());
        PACKETS.with_borrow_mut(|packets| {
            loop {
                packets.clear();
                let Some(transmit) = state.proto.poll_transmit(now, segments_max, packets) else {
                    return;
                };
                if !self.port.send(&transmit, packets) {
                    state.unsent = Some((transmit, packets.clone()));
                    self.port.wait_for_room(self);
                    return;
                }
            }
        });
    }
}

impl Held<'_> {
    /// A packet of the peer's.
    pub(super) fn arrived(&mut self, event: ConnectionEvent) {
        if self.state.proto.is_drained() {
            return;
        }
        self.state.proto.handle_event(event);
    }

    pub(super) fn time_passed(&mut self, now: Instant) {
        // It may have been moved since the look.
        if self.state.proto.poll_timeout().is_some_and(|due| due <= now) {
            self.state.proto.handle_timeout(now);
        }
    }

    /// There is room in the socket again, or was.
    pub(super) fn resend(&mut self) {
        let Some((transmit, packets)) = self.state.unsent.take() else { return };
        if !self.conn.port.send_again(&transmit, &packets) {
            self.state.unsent = Some((transmit, packets));
            self.conn.port.wait_for_room(self.conn);
        }
    }

    /// Opens a stream, when the peer lets us.
    pub(crate) fn poll_open(
        &mut self,
        dir: Dir,
        cx: &mut Context<'_>,
    ) -> Poll<Result<StreamId, Gone>> {
        if self.state.closed {
            return Poll::Ready(Err(Gone));
        }
        match self.state.proto.streams().open(dir) {
            Some(id) => Poll::Ready(Ok(id)),
            None => self.state.waiting.wait(For::Open(dir), cx),
        }
    }

    /// Writes chunks from the front; returns how many are written whole. The next may have begun.
    pub(crate) fn poll_write(
        &mut self,
        id: StreamId,
        chunks: &mut [Bytes],
        cx: &mut Context<'_>,
    ) -> Poll<Result<usize, Gone>> {
        if self.state.closed {
            return Poll::Ready(Err(Gone));
        }
        match self.state.proto.send_stream(id).write_chunks(chunks) {
            Ok(written) => Poll::Ready(Ok(written.chunks)),
            Err(WriteError::Blocked) => self.state.waiting.wait(For::Write(id), cx),
            Err(WriteError::Stopped(_) | WriteError::ClosedStream) => Poll::Ready(Err(Gone)),
        }
    }

    /// Nothing more is written to the stream.
    pub(crate) fn finish(&mut self, id: StreamId) {
        match self.state.proto.send_stream(id).finish() {
            // A stream that the peer does not want is done with when it is reset.
            Err(FinishError::Stopped(code)) => self.reset(id, code),
            Ok(()) | Err(FinishError::ClosedStream) => {}
        }
    }

    /// What was written and has not arrived does not matter any more.
    pub(crate) fn reset(&mut self, id: StreamId, code: VarInt) {
        // Closed already: then there is nothing to take back.
        let _closed = self.state.proto.send_stream(id).reset(code);
        self.state.waiting.nobody(For::Write(id));
    }

    /// What the peer still writes is not read any more.
    pub(crate) fn stop(&mut self, id: StreamId, code: VarInt) {
        // Finished already: then there is nothing to stop.
        let _closed = self.state.proto.recv_stream(id).stop(code);
        self.state.waiting.nobody(For::Read(id));
    }

    /// Streams that the peer may have open at a time.
    pub(crate) fn allow_streams(&mut self, dir: Dir, count: u32) {
        self.state.proto.set_max_concurrent_streams(dir, count.into());
    }

    /// Nothing is sent until it is uncorked.
    pub(crate) fn cork(&mut self) {
        self.state.corked = true;
    }

    pub(crate) fn uncork(&mut self) {
        self.state.corked = false;
    }

    /// Ends the connection. What has not arrived is lost.
    pub(crate) fn close(&mut self, code: VarInt, reason: &[u8]) {
        if !self.state.closed {
            self.state.proto.close(Instant::now(), code, Bytes::copy_from_slice(reason));
            self.state.end();
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.conn.drive(&mut self.state);
    }
}

impl State {
    /// Wakes who waited for what the protocol says has happened.
    fn wake(&mut self) {
        while let Some(event) = self.proto.poll() {
            match event {
                Event::Connected => {
                    self.connected = true;
                    self.waiting.happened(For::Connected);
                }
                Event::ConnectionLost { .. } => self.end(),
                // Nobody here has a use for a peer's datagrams.
                Event::DatagramReceived => while self.proto.datagrams().recv().is_some() {},
                Event::HandshakeDataReady | Event::DatagramsUnblocked => {}
                Event::Stream(StreamEvent::Opened { dir }) => {
                    self.waiting.happened(For::Accept(dir))
                }
                Event::Stream(StreamEvent::Available { dir }) => {
                    self.waiting.happened(For::Open(dir))
                }
                Event::Stream(StreamEvent::Readable { id }) => self.waiting.happened(For::Read(id)),
                Event::Stream(StreamEvent::Writable { id }) => {
                    self.waiting.happened(For::Write(id))
                }
                Event::Stream(StreamEvent::Finished { id }) => {
                    self.waiting.happened(For::Stopped(id))
                }
                Event::Stream(StreamEvent::Stopped { id, .. }) => {
                    self.waiting.happened(For::Stopped(id));
                    self.waiting.happened(For::Write(id));
                }
            }
        }
    }

    fn end(&mut self) {
        self.closed = true;
        self.waiting.all();
    }
}

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conn").field("handle", &self.handle).finish_non_exhaustive()
    }
}
