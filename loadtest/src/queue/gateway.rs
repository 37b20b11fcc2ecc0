//! Sockets of the gateway: most of them idle, each joins at most once, and hears of its match.
//!
//! Invariant: a join is sent once, over a socket that was open; and every socket answers the pings
//! of the arena for as long as the run goes on.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::arguments::{Job, Pace};
use super::book::{Book, Status, Ticket};
use super::http::Place;
use super::players::ANSWER_TIME;
use crate::machine::Machine;
use crate::shared::{Shared, add};

/// Small, as there are many.
const BUFFER_LEN: usize = 1024;
const CONNECT_TIME: Duration = Duration::from_secs(5);
const PONG: &str = r#"{"type":"pong","id":"pong","data":{}}"#;

type Socket = WebSocketStream<TcpStream>;

/// All sockets, by the numbers of those who join over them.
pub(super) struct Gateway {
    /// Who is told when to join; empty once it was.
    seats: RefCell<Vec<Option<oneshot::Sender<Go>>>>,
    /// Taken by [`Gateway::drive`].
    sockets: RefCell<Vec<(Socket, oneshot::Receiver<Go>)>>,
    /// Joins under way at most.
    at_once: Arc<Semaphore>,
    at_once_max: u32,
    open: Cell<usize>,
}

/// The word to join, with what is given back when it is answered.
struct Go {
    meant_us: u64,
    permit: OwnedSemaphorePermit,
}

/// What is read of a message.
#[derive(Deserialize)]
struct Heard {
    #[serde(rename = "type")]
    kind: Box<str>,
    id: Box<str>,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    queue_id: Option<Box<str>>,
    status: Option<Status>,
    match_id: Option<Box<str>>,
    opponent: Option<Opponent>,
    code: Option<Box<str>>,
}

#[derive(Deserialize)]
struct Opponent {
    connect_code: Option<Box<str>>,
}

impl Gateway {
    /// Opens so many sockets, some at once, as fast as was asked for.
    pub(super) async fn open(job: &Job, say: impl Fn(usize)) -> anyhow::Result<Self> {
        let machine = Machine::look(job.process.as_ref());
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / job.ramp));
        let (mut seats, mut sockets) = (Vec::new(), Vec::new());
        for at in 0..job.gateway {
            ticks.tick().await;
            let source = machine.source(at as u64, job.place.is_loopback());
            let socket = timeout(CONNECT_TIME, connect(&job.place, source)).await;
            let socket = socket.with_context(|| format!("socket {at} did not open in time"))?;
            let socket = socket.with_context(|| format!("failed to open socket {at}"))?;
            let (go, told) = oneshot::channel();
            seats.push(Some(go));
            sockets.push((socket, told));
            say(at + 1);
        }
        Ok(Self {
            open: Cell::new(sockets.len()),
            seats: RefCell::new(seats),
            sockets: RefCell::new(sockets),
            at_once: Arc::new(Semaphore::new(job.at_once)),
            at_once_max: u32::try_from(job.at_once)?,
        })
    }

    /// Sockets that are open.
    pub(super) fn count(&self) -> usize {
        self.open.get()
    }

    /// Reads and writes for all of them, for as long as it is polled.
    pub(super) async fn drive(&self, book: &Book, shared: &Shared) {
        let sockets = self.sockets.take().into_iter().enumerate();
        let run = |(at, (socket, told))| async move {
            let mut seat = Seat { at, socket, asked: None };
            if let Err(error) = seat.run(told, book, shared).await {
                book.erred(format!("gateway: {error:#}"));
            }
            self.open.set(self.open.get() - 1);
        };
        let mut running: FuturesUnordered<_> = sockets.map(run).collect();
        while running.next().await.is_some() {}
        std::future::pending().await
    }

    /// Everybody of these numbers joins; done when the last was answered.
    pub(super) async fn join(&self, numbers: std::ops::Range<usize>, pace: Pace, shared: &Shared) {
        let (first, start_us) = (numbers.start, shared.clock.now_us());
        for at in numbers {
            let meant_us = match pace {
                Pace::Closed => None,
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "saturates"
                )]
                Pace::Open { rate } => Some(start_us + ((at - first) as f64 * 1e6 / rate) as u64),
            };
            if let Some(meant_us) = meant_us.filter(|us| *us > shared.clock.now_us()) {
                sleep_until(shared.clock.instant(meant_us).into()).await;
            }
            let Ok(permit) = Arc::clone(&self.at_once).acquire_owned().await else { return };
            let meant_us = meant_us.unwrap_or_else(|| shared.clock.now_us());
            let seat = self.seats.borrow_mut().get_mut(at).and_then(Option::take);
            // A socket that broke has said so, and its entry counts as one that never left.
            let _broke = seat.map(|seat| seat.send(Go { meant_us, permit }));
        }
        // All of them back: everybody was answered, or its socket broke.
        let _all_answered = timeout(ANSWER_TIME, self.at_once.acquire_many(self.at_once_max)).await;
    }
}

/// One socket and who joins over it.
struct Seat {
    at: usize,
    socket: Socket,
    /// Held until the answer.
    asked: Option<OwnedSemaphorePermit>,
}

impl Seat {
    async fn run(
        &mut self,
        mut told: oneshot::Receiver<Go>,
        book: &Book,
        shared: &Shared,
    ) -> anyhow::Result<()> {
        let mut waits = true;
        loop {
            tokio::select! {
                go = &mut told, if waits => {
                    waits = false;
                    let Ok(Go { meant_us, permit }) = go else { continue };
                    self.asked = Some(permit);
                    book.sends(self.at, meant_us, shared.clock.now_us());
                    self.socket.send(Frame::text(book.enter(self.at))).await?;
                }
                heard = self.socket.next() => match heard.context("closed")?? {
                    Frame::Text(text) => self.heard(&text, book, shared).await?,
                    Frame::Close(why) => {
                        let code = why.map_or(0, |frame| frame.code.into());
                        anyhow::bail!("closed with {code}");
                    }
                    Frame::Binary(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
                },
            }
        }
    }

    async fn heard(&mut self, text: &str, book: &Book, shared: &Shared) -> anyhow::Result<()> {
        let Heard { kind, id, data } = serde_json::from_str(text).context("no sense")?;
        if &*kind == "ping" {
            return Ok(self.socket.send(Frame::text(PONG)).await?);
        }
        let now_us = shared.clock.now_us();
        let ours = id.parse() == Ok(self.at);
        match (&*kind, data.queue_id, data.status) {
            ("queue.update", Some(queue_id), Some(status)) if ours => {
                add(&shared.delivered, 1);
                self.asked = None;
                let ticket = Ticket { queue_id, status, match_id: None, opponent_code: None };
                book.joined(self.at, ticket, now_us);
            }
            ("match.found", _, _) => {
                add(&shared.delivered, 1);
                let opponent_code = data.opponent.and_then(|opponent| opponent.connect_code);
                let (queue_id, status) = (book.queue_id(self.at), Status::Matched);
                let ticket = Ticket { queue_id, status, match_id: data.match_id, opponent_code };
                book.seen(self.at, ticket, now_us);
            }
            ("error", _, _) => {
                book.erred(format!("gateway: {}", data.code.unwrap_or_default()));
                if self.asked.take().is_some() {
                    book.refused(self.at, now_us);
                }
            }
            _what_is_not_counted => {}
        }
        Ok(())
    }
}

async fn connect(place: &Place, source: Option<std::net::Ipv4Addr>) -> anyhow::Result<Socket> {
    let address = place.address;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = source {
        socket.bind((source, 0).into())?;
    }
    let tcp = socket.connect(address).await?;
    tcp.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(BUFFER_LEN).write_buffer_size(0);
    let url = format!("ws://{}/v1/gateway", place.host);
    let (socket, _) = client_async_with_config(url, tcp, Some(config)).await?;
    Ok(socket)
}
