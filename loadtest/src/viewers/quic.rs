//! Viewers over raw QUIC and WebTransport: many connections on few sockets, a future for each group.
//!
//! Below HTTP/3 the two differ in the bytes that a stream or a datagram begins with.

use std::cell::RefCell;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use arena_client::Direct;
use arena_protocol::{Delivery, SESSION_PATH};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use quinn::{Connection, RecvStream, SendStream, VarInt};

use super::desk::{Desk, Subscription, welcome};
use super::splitter::{Brief, Framing, Heard, Splitter};
use super::{Seat, Way};

/// What a stream may hold for a viewer. Large, because asking for more costs a packet.
const WINDOW_LEN: u32 = 1024 * 1024;
/// What a stream may hold for a viewer that never reads.
const STALLED_WINDOW_LEN: u32 = 4096;
const GROUPS_MAX: u32 = 1024;
const CHUNK_LEN_MAX: usize = 64 * 1024;
/// What opens a bidirectional stream of the first session: 0x41 as two bytes, and its number.
const WEBTRANSPORT_BIDI: &[u8] = &[0x40, 0x41, 0];
/// What opens a unidirectional one; the subscription's number follows.
const WEBTRANSPORT_UNI: &[u8] = &[0x40, 0x54, 0];
/// What a datagram of the first session begins with.
const WEBTRANSPORT_DATAGRAM: &[u8] = &[0];

/// A connected viewer, with one subscription or more.
pub(crate) struct Viewer {
    conn: Connection,
    controls: Vec<Control>,
    way: Way,
    /// Ends the session when it is dropped.
    _session: Option<web_transport_quinn::Session>,
}

/// A session's own stream.
struct Control {
    number: u8,
    subscription: Rc<Subscription>,
    /// Finished when it is dropped, which would end the session.
    _send: SendStream,
    recv: RecvStream,
    splitter: Splitter,
}

/// Windows and timers of a viewer's connection.
pub(crate) fn transport_config(stalled: bool) -> Arc<quinn::TransportConfig> {
    let mut config = quinn::TransportConfig::default();
    let window = if stalled { STALLED_WINDOW_LEN } else { WINDOW_LEN };
    config
        .max_concurrent_uni_streams(GROUPS_MAX.into())
        .stream_receive_window(window.into())
        .receive_window((4 * window).into())
        .keep_alive_interval(Some(Duration::from_secs(10)));
    Arc::new(config)
}

/// Connects, and waits for a Welcome to each subscription.
pub(crate) async fn connect(desk: &Desk, seat: &Seat) -> anyhow::Result<Viewer> {
    let direct = match seat.way {
        Way::Webtransport => &desk.target.webtransport,
        Way::Quic | Way::Ws => &desk.target.quic,
    };
    let direct = direct.as_ref().context("this server does not speak QUIC")?;
    let address = *direct.addresses.first().context("the host has no address")?;
    let conn = dial(desk, seat, direct, address).await?;
    let session = match seat.way {
        Way::Webtransport => {
            let url = format!("https://{}:{}{SESSION_PATH}", direct.host, address.port());
            let connecting =
                web_transport_quinn::Session::connect(conn.clone(), url.parse::<url::Url>()?);
            Some(connecting.await.context("no WebTransport session")?)
        }
        Way::Quic | Way::Ws => None,
    };
    let mut controls = Vec::with_capacity(seat.channels.len());
    for &channel in &seat.channels {
        controls.push(subscribe(desk, &conn, seat, channel).await?);
    }
    Ok(Viewer { conn, controls, way: seat.way, _session: session })
}

async fn dial(
    desk: &Desk,
    seat: &Seat,
    direct: &Direct,
    address: SocketAddr,
) -> anyhow::Result<Connection> {
    let mut config = direct.config.clone();
    let transport = if seat.stalled { &desk.target.stalled } else { &desk.target.reading };
    config.transport_config(Arc::clone(transport));
    let endpoint = desk.endpoints.borrow_mut().next(address)?;
    let connecting = endpoint.connect_with(config, address, &direct.host)?;
    connecting.await.with_context(|| format!("failed to connect to {address} over UDP"))
}

async fn subscribe(
    desk: &Desk,
    conn: &Connection,
    seat: &Seat,
    channel: usize,
) -> anyhow::Result<Control> {
    let (mut send, mut recv) = conn.open_bi().await?;
    if seat.way == Way::Webtransport {
        send.write_all(WEBTRANSPORT_BIDI).await?;
    }
    send.write_all(desk.hello(channel).framed()).await?;
    let mut splitter = Splitter::new(Framing::Prefixed);
    loop {
        let chunk = recv.read_chunk(CHUNK_LEN_MAX, true).await?;
        let chunk = chunk.context("closed instead of a Welcome")?;
        let mut answered = None;
        splitter.feed(&chunk.bytes, |heard| {
            if let (Heard::Word(word), None) = (heard, &answered) {
                answered = Some(welcome(word));
            }
        })?;
        if let Some(welcome) = answered {
            let welcome = welcome?;
            let subscription = desk.subscribe(seat, channel, &welcome);
            let number = welcome.subscription;
            return Ok(Control { number, subscription, _send: send, recv, splitter });
        }
    }
}

impl Viewer {
    /// Reads until the session is over, and says why.
    pub(crate) async fn run(self, desk: &Desk) -> anyhow::Error {
        let Self { conn, mut controls, way, _session } = self;
        let routes = Routes { way, by_number: routes(&controls) };
        let mut groups = FuturesUnordered::new();
        let mut words: FuturesUnordered<_> =
            controls.iter_mut().map(|control| listen(desk, control)).collect();
        let mut datagrams = pin!(datagrams(desk, &conn, &routes));
        // Kept until it resolves, so that a batch does not ask for streams anew.
        let mut accepting = Box::pin(conn.accept_uni());
        loop {
            tokio::select! {
                biased;
                Some(read) = groups.next() => if let Err(error) = read { return error },
                accepted = &mut accepting => match accepted {
                    Ok(stream) => {
                        groups.push(group(desk, stream, &routes));
                        accepting.set(conn.accept_uni());
                    }
                    Err(error) => return error.into(),
                },
                Some(over) = words.next() => return over,
                error = &mut datagrams => return error,
            }
        }
    }

    /// Holds the connection and reads nothing, until the server has had enough of it.
    pub(crate) async fn stall(self) -> anyhow::Error {
        self.conn.closed().await.into()
    }
}

/// Finds the subscription that a stream is for.
struct Routes {
    way: Way,
    by_number: RefCell<Vec<Option<Rc<Subscription>>>>,
}

fn routes(controls: &[Control]) -> RefCell<Vec<Option<Rc<Subscription>>>> {
    let len = controls.iter().map(|control| usize::from(control.number) + 1).max();
    let mut by_number = vec![None; len.unwrap_or(0)];
    for control in controls {
        by_number[usize::from(control.number)] = Some(Rc::clone(&control.subscription));
    }
    RefCell::new(by_number)
}

impl Routes {
    fn find(&self, number: u8) -> anyhow::Result<Rc<Subscription>> {
        let found = self.by_number.borrow().get(usize::from(number)).cloned().flatten();
        found.with_context(|| format!("something came for subscription {number}"))
    }
}

/// Listens to a session's own stream until it is over.
async fn listen(desk: &Desk, control: &mut Control) -> anyhow::Error {
    let Control { subscription, recv, splitter, .. } = control;
    let heard = async {
        loop {
            let chunk = recv.read_chunk(CHUNK_LEN_MAX, true).await?;
            let chunk = chunk.context("the relay ended the session")?;
            let mut over = Ok(());
            splitter.feed(&chunk.bytes, |heard| {
                if let (Heard::Word(word), true) = (heard, over.is_ok()) {
                    over = desk.word(subscription, word);
                }
            })?;
            over?;
        }
    };
    let heard: Result<std::convert::Infallible, anyhow::Error> = heard.await;
    match heard {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// Reads a stream of batches to its end.
async fn group(desk: &Desk, mut stream: RecvStream, routes: &Routes) -> anyhow::Result<()> {
    let Some(number) = stream_head(&mut stream, routes.way).await? else { return Ok(()) };
    let subscription = routes.find(number)?;
    let mut splitter = Splitter::new(Framing::Prefixed);
    loop {
        let chunk = match stream.read_chunk(CHUNK_LEN_MAX, true).await {
            Ok(Some(chunk)) => chunk,
            // A Gap says what a reset took with it.
            Ok(None) | Err(quinn::ReadError::Reset(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let now_us = desk.shared.clock.now_us();
        splitter.feed(&chunk.bytes, |heard| {
            if let Heard::Batch(brief) = heard {
                desk.batch(&subscription, now_us, brief);
            }
        })?;
    }
}

/// Whom a stream is for; `None` if it is none of ours, or is over already.
async fn stream_head(stream: &mut RecvStream, way: Way) -> anyhow::Result<Option<u8>> {
    let mut head = [0; WEBTRANSPORT_UNI.len() + 1];
    let head = if way == Way::Webtransport { &mut head[..] } else { &mut head[..1] };
    match stream.read_exact(head).await {
        Ok(()) => {}
        Err(quinn::ReadExactError::ReadError(quinn::ReadError::ConnectionLost(error))) => {
            return Err(error.into());
        }
        Err(_) => return Ok(None),
    }
    let Some((&number, before)) = head.split_last() else { return Ok(None) };
    if before.is_empty() || before == WEBTRANSPORT_UNI {
        return Ok(Some(number));
    }
    // HTTP/3's own streams are read past.
    while stream.read_chunk(CHUNK_LEN_MAX, true).await?.is_some() {}
    Ok(None)
}

/// Takes datagrams, if they were asked for, until the connection is gone.
async fn datagrams(desk: &Desk, conn: &Connection, routes: &Routes) -> anyhow::Error {
    if desk.target.delivery != Delivery::Datagram {
        return pending().await;
    }
    loop {
        let datagram = match conn.read_datagram().await {
            Ok(datagram) => datagram,
            Err(error) => return error.into(),
        };
        if let Err(error) = datagram_came(desk, &datagram, routes) {
            return error;
        }
    }
}

fn datagram_came(desk: &Desk, datagram: &[u8], routes: &Routes) -> anyhow::Result<()> {
    let behind = match routes.way {
        Way::Webtransport => datagram.strip_prefix(WEBTRANSPORT_DATAGRAM),
        Way::Quic | Way::Ws => Some(datagram),
    };
    let Some((&number, message)) = behind.and_then(<[u8]>::split_first) else {
        bail!("a datagram of another session");
    };
    ensure!(message.first() == Some(&1), "a datagram that is no batch");
    let brief = Brief::read(message, message.len()).ok_or_else(|| anyhow!("a damaged datagram"))?;
    desk.batch(&*routes.find(number)?, desk.shared.clock.now_us(), brief);
    Ok(())
}

/// Closes what is left, so that the server does not wait for it.
pub(crate) async fn close(endpoints: Vec<quinn::Endpoint>) {
    /// Long enough for a packet to each server, short enough not to be waited for.
    const PATIENCE: Duration = Duration::from_millis(500);
    for endpoint in &endpoints {
        endpoint.close(VarInt::from_u32(0), b"");
    }
    for endpoint in endpoints {
        let _late = tokio::time::timeout(PATIENCE, endpoint.wait_idle()).await;
    }
}
