//! The UDP port: what arrives is given to the connection that it is for, and what has a time is
//! looked at. Sends nothing of its own but answers to strangers.
//!
//! One task reads. A connection is worked on by whoever has something for it: this task with
//! packets and timers, sessions with words, shards with batches; see [`Conn`]. Locks are taken in
//! this order: a connection, then the table.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use quinn_proto::{ConnectionEvent, ConnectionHandle, DatagramEvent, Endpoint, EndpointEvent};
use quinn_udp::{RecvMeta, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::Notify;

use super::conn::Conn;
use super::deadlines::Deadlines;
use super::incoming::Incoming;

/// Datagrams to one address that leave with one call.
const SEGMENTS_MAX: usize = 10;
/// Calls for datagrams before others get their turn.
const TURN: usize = 16;

/// The port and its connections.
pub(crate) struct Port {
    io: UdpSocket,
    udp: UdpSocketState,
    table: Mutex<Table>,
    pub(crate) deadlines: Deadlines,
    /// Told of each new client, and of the end.
    came: Notify,
    /// Connections with a packet that the socket had no room for.
    unsent: Mutex<Vec<Arc<Conn>>>,
    /// Told of each of those.
    full: Notify,
    /// Told when the last connection is gone.
    empty: Notify,
}

/// Who is here, by the numbers that the endpoint gives: small ones, used again.
pub(super) struct Table {
    pub(super) endpoint: Endpoint,
    conns: Vec<Option<Arc<Conn>>>,
    len: usize,
    /// Clients that nobody has answered yet; the endpoint bounds them.
    incoming: VecDeque<quinn_proto::Incoming>,
    closing: bool,
}

/// What one reader keeps from one turn to the next.
struct Inbox {
    buf: Vec<u8>,
    buf_len: usize,
    answer: Vec<u8>,
    events: Vec<(Arc<Conn>, ConnectionEvent)>,
    due: Vec<usize>,
}

impl Port {
    /// Must be called within a tokio runtime.
    pub(crate) fn new(
        socket: std::net::UdpSocket,
        config: quinn_proto::ServerConfig,
    ) -> io::Result<Arc<Self>> {
        socket.set_nonblocking(true)?;
        let io = UdpSocket::from_std(socket)?;
        let udp = UdpSocketState::new((&io).into())?;
        let endpoint =
            Endpoint::new(Arc::default(), Some(Arc::new(config)), !udp.may_fragment(), None);
        let table = Table {
            endpoint,
            conns: Vec::new(),
            len: 0,
            incoming: VecDeque::new(),
            closing: false,
        };
        Ok(Arc::new(Self {
            io,
            udp,
            table: Mutex::new(table),
            deadlines: Deadlines::new(Instant::now()),
            came: Notify::new(),
            unsent: Mutex::default(),
            full: Notify::new(),
            empty: Notify::new(),
        }))
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// Reads, and looks at what is due, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        // What peers are told is the longest that they may send.
        let datagram_len_max = self.table().endpoint.config().get_max_udp_payload_size();
        let datagram_len_max = usize::try_from(datagram_len_max).unwrap_or(0xffff);
        let mut inbox = Inbox::new(datagram_len_max * self.udp.gro_segments());
        loop {
            tokio::select! {
                biased;
                () = self.deadlines.due() => self.look(&mut inbox),
                () = self.room() => self.resend(),
                readable = self.io.readable() => {
                    if readable.is_err() {
                        // The runtime is going down, and everything with it.
                        return;
                    }
                }
            }
            // Whatever woke it: what waits to be read is not kept waiting by deadlines.
            for _ in 0..TURN {
                if !self.receive(&mut inbox) {
                    break;
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// The next client; `None` when the port is closing.
    pub(crate) async fn accept(self: &Arc<Self>) -> Option<Incoming> {
        loop {
            {
                let mut table = self.table();
                if let Some(incoming) = table.incoming.pop_front() {
                    return Some(Incoming::new(Arc::clone(self), incoming));
                }
                if table.closing {
                    return None;
                }
            }
            self.came.notified().await;
        }
    }

    /// Takes nobody any more: who waits to be accepted is refused, and who comes.
    pub(crate) fn refuse(self: &Arc<Self>) {
        let waiting = {
            let mut table = self.table();
            table.closing = true;
            std::mem::take(&mut table.incoming)
        };
        self.came.notify_one();
        for incoming in waiting {
            Incoming::new(Arc::clone(self), incoming).refuse();
        }
    }

    /// Closes every connection, and resolves when all are gone.
    pub(crate) async fn close(&self, code: quinn_proto::VarInt, reason: &'static [u8]) {
        let conns: Vec<_> = self.table().conns.iter().flatten().map(Arc::clone).collect();
        for conn in conns {
            conn.hold().close(code, reason);
        }
        while self.table().len > 0 {
            self.empty.notified().await;
        }
    }

    /// Lets go of the connections that are left. Nothing holds the port then but its users.
    pub(crate) fn forget(&self) {
        let conns = std::mem::take(&mut self.table().conns);
        let unsent = std::mem::take(&mut *self.unsent());
        drop((conns, unsent));
    }

    /// Sends what fits into the socket; `false`: nothing fits now.
    ///
    /// Past the runtime, which would only be asked whether it believes that there is room.
    pub(super) fn send(&self, transmit: &quinn_proto::Transmit, packets: &[u8]) -> bool {
        fits(self.udp.send((&self.io).into(), &datagram(transmit, packets)))
    }

    /// The same for packets that found no room: the runtime learns when there is still none.
    pub(super) fn send_again(&self, transmit: &quinn_proto::Transmit, packets: &[u8]) -> bool {
        let send = || self.udp.send((&self.io).into(), &datagram(transmit, packets));
        fits(self.io.try_io(Interest::WRITABLE, send))
    }

    /// How many datagrams may leave with one call.
    pub(super) fn segments_max(&self) -> usize {
        self.udp.max_gso_segments().min(SEGMENTS_MAX)
    }

    /// A connection waits for room in the socket.
    pub(super) fn wait_for_room(&self, conn: &Arc<Conn>) {
        self.unsent().push(Arc::clone(conn));
        self.full.notify_one();
    }

    /// Tells the endpoint what a connection has for it.
    pub(super) fn tell(
        &self,
        handle: ConnectionHandle,
        event: EndpointEvent,
    ) -> Option<ConnectionEvent> {
        let mut table = self.table();
        if event.is_drained() && table.conns.get_mut(handle.0).and_then(Option::take).is_some() {
            // Before the number is given to somebody else.
            self.deadlines.set(handle.0, None);
            table.len -= 1;
            if table.len == 0 {
                self.empty.notify_one();
            }
        }
        table.endpoint.handle_event(handle, event)
    }

    /// Resolves when there is room for a packet that found none.
    async fn room(&self) {
        if self.unsent().is_empty() {
            self.full.notified().await;
        }
        // True at first, whatever the socket says; sending again sets it right.
        let _io = self.io.writable().await;
    }

    fn resend(&self) {
        let waiting = std::mem::take(&mut *self.unsent());
        for conn in waiting {
            conn.hold().resend();
        }
    }

    fn look(&self, inbox: &mut Inbox) {
        let now = Instant::now();
        self.deadlines.look(now, &mut inbox.due);
        for handle in inbox.due.drain(..) {
            let conn = self.table().conns.get(handle).cloned().flatten();
            if let Some(conn) = conn {
                conn.hold().time_passed(now);
            }
        }
    }

    /// Reads once, and hands on what came. `false`: nothing is left.
    fn receive(&self, inbox: &mut Inbox) -> bool {
        let Inbox { buf, buf_len, answer, events, .. } = inbox;
        let mut metas = [RecvMeta::default(); quinn_udp::BATCH_SIZE];
        let received = {
            let mut bufs = buf.chunks_exact_mut(*buf_len).map(io::IoSliceMut::new);
            let mut bufs: [_; quinn_udp::BATCH_SIZE] =
                std::array::from_fn(|_| bufs.next().expect("there are as many, see Inbox::new"));
            let read = || self.udp.recv((&self.io).into(), &mut bufs, &mut metas);
            self.io.try_io(Interest::READABLE, read)
        };
        // What a peer's network says of a packet of ours is none of ours.
        let Ok(received) = received else { return false };
        let now = Instant::now();
        {
            let mut table = self.table();
            for (meta, buf) in metas.iter().zip(buf.chunks_exact(*buf_len)).take(received) {
                for packet in buf[..meta.len].chunks(meta.stride.max(1)) {
                    match table.handle(now, meta, packet, answer) {
                        Some(Came::For(conn, event)) => events.push((conn, event)),
                        Some(Came::New) => self.came.notify_one(),
                        Some(Came::Answer(transmit)) => {
                            // Strangers who get no answer ask again.
                            self.send(&transmit, answer);
                        }
                        None => {}
                    }
                }
            }
        }
        let mut arrived = events.drain(..).peekable();
        while let Some((conn, event)) = arrived.next() {
            let mut held = conn.hold();
            held.arrived(event);
            while let Some((_, event)) = arrived.next_if(|(next, _)| Arc::ptr_eq(next, &conn)) {
                held.arrived(event);
            }
        }
        true
    }

    fn unsent(&self) -> MutexGuard<'_, Vec<Arc<Conn>>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a datagram turned out to be.
enum Came {
    For(Arc<Conn>, ConnectionEvent),
    New,
    Answer(quinn_proto::Transmit),
}

impl Table {
    /// Lets a connection in, at the number that the endpoint gave it.
    pub(super) fn seat(&mut self, handle: ConnectionHandle, conn: &Arc<Conn>) {
        if self.conns.len() <= handle.0 {
            self.conns.resize(handle.0 + 1, None);
        }
        self.conns[handle.0] = Some(Arc::clone(conn));
        self.len += 1;
    }

    fn handle(
        &mut self,
        now: Instant,
        meta: &RecvMeta,
        packet: &[u8],
        answer: &mut Vec<u8>,
    ) -> Option<Came> {
        answer.clear();
        let ecn = meta.ecn.and_then(|ecn| quinn_proto::EcnCodepoint::from_bits(ecn as u8));
        match self.endpoint.handle(now, meta.addr, meta.dst_ip, ecn, packet.into(), answer)? {
            DatagramEvent::ConnectionEvent(handle, event) => {
                let conn = self.conns.get(handle.0)?.as_ref()?;
                Some(Came::For(Arc::clone(conn), event))
            }
            DatagramEvent::NewConnection(incoming) if self.closing => {
                Some(Came::Answer(self.endpoint.refuse(incoming, answer)))
            }
            DatagramEvent::NewConnection(incoming) => {
                self.incoming.push_back(incoming);
                Some(Came::New)
            }
            DatagramEvent::Response(transmit) => Some(Came::Answer(transmit)),
        }
    }
}

impl Inbox {
    /// `buf_len` is the most that the kernel hands over as one: segments to one address.
    fn new(buf_len: usize) -> Self {
        Self {
            buf: vec![0; buf_len * quinn_udp::BATCH_SIZE],
            buf_len,
            answer: Vec::new(),
            events: Vec::new(),
            due: Vec::new(),
        }
    }
}

/// Other errors are the network's, which loses packets in many ways.
fn fits(sent: io::Result<()>) -> bool {
    !sent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

fn datagram<'a>(transmit: &quinn_proto::Transmit, packets: &'a [u8]) -> quinn_udp::Transmit<'a> {
    quinn_udp::Transmit {
        destination: transmit.destination,
        ecn: transmit.ecn.and_then(|ecn| quinn_udp::EcnCodepoint::from_bits(ecn as u8)),
        contents: &packets[..transmit.size],
        segment_size: transmit.segment_size,
        src_ip: transmit.src_ip,
    }
}

impl std::fmt::Debug for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Port").field("io", &self.io).finish_non_exhaustive()
    }
}
