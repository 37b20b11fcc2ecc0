//! A real relay on free ports, and a bare client for each transport. No test knows which it has.

mod memory;
pub mod quic;
mod websocket;

use std::net::SocketAddr;
use std::time::Duration;

use arena_protocol::{
    Batch, Delivery, FromClient, FromRelay, Header, Hello, Intent, Refused, Start, Welcome,
};
use arena_relay::{Config, Connector, Relay};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a session comes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Quic,
    WebTransport,
    WebSocket,
    Memory,
}

/// A relay that runs.
pub struct Arena {
    pub http: SocketAddr,
    pub quic: SocketAddr,
    connector: Connector,
    stop: Option<oneshot::Sender<()>>,
    running: JoinSet<()>,
}

/// What comes from the relay.
#[derive(Debug)]
pub enum Event {
    Message(FromRelay),
    Datagram(Batch),
    /// The session's own stream ended; with the close code, where the transport has one at once.
    Closed(Option<u16>),
}

/// One session, from its client's side.
pub struct Client {
    to_relay: mpsc::Sender<Bytes>,
    events: mpsc::Receiver<Event>,
    /// Batches that overtook the Welcome on streams of their own.
    early: std::collections::VecDeque<Event>,
    /// Set to false to stop reading the socket.
    reading: watch::Sender<bool>,
    _tasks: JoinSet<()>,
}

/// What a transport's tasks work with.
pub struct Ends {
    to_relay: mpsc::Receiver<Bytes>,
    events: mpsc::Sender<Event>,
    reading: watch::Receiver<bool>,
}

impl Arena {
    pub async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            quic: SocketAddr::from(([127, 0, 0, 1], 0)),
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..Config::default()
        };
        config.limits.lag_allowance = Duration::from_millis(200);
        config.limits.drain_timeout = Duration::from_millis(500);
        change(&mut config);
        let relay = Relay::bind(config).await.expect("ports are free");
        let (http, quic, connector) =
            (relay.http_address(), relay.quic_address(), relay.connector());
        let router = relay.routes();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut running = JoinSet::new();
        running.spawn(async {
            let stop = async {
                let _dropped = stopped.await;
            };
            relay.run(router, stop).await.expect("no part of it dies");
        });
        Self { http, quic, connector, stop: Some(stop), running }
    }

    /// Opens a session and says nothing yet.
    pub async fn open(&self, via: Via) -> Client {
        let (to_relay, from_test) = mpsc::channel(64);
        let (events_in, events) = mpsc::channel(4096);
        let (reading, read) = watch::channel(true);
        let ends = Ends { to_relay: from_test, events: events_in, reading: read };
        let mut tasks = JoinSet::new();
        match via {
            Via::Quic => quic::raw(self.quic, ends, &mut tasks).await,
            Via::WebTransport => quic::webtransport(self.quic, ends, &mut tasks).await,
            Via::WebSocket => websocket::open(self.http, ends, &mut tasks).await,
            Via::Memory => memory::open(&self.connector, ends, &mut tasks),
        }
        let early = std::collections::VecDeque::new();
        Client { to_relay, events, early, reading, _tasks: tasks }
    }

    pub async fn publish(&self, via: Via, channel: &str) -> Client {
        let (client, _) = self.publish_as(via, channel, false).await.expect("it may be published");
        client
    }

    pub async fn publish_as(
        &self,
        via: Via,
        channel: &str,
        resume: bool,
    ) -> Result<(Client, Welcome), Refused> {
        let intent = Intent::Publish { schema: "opaque".into(), meta: b"{}".to_vec(), resume };
        self.hello(via, channel, None, intent).await
    }

    pub async fn watch(&self, via: Via, channel: &str, after: Option<u64>) -> (Client, Welcome) {
        let watched = self.watch_as(via, channel, after, Delivery::Live).await;
        watched.expect("it may be watched")
    }

    pub async fn watch_as(
        &self,
        via: Via,
        channel: &str,
        after: Option<u64>,
        delivery: Delivery,
    ) -> Result<(Client, Welcome), Refused> {
        self.hello(via, channel, None, Intent::Watch { after, delivery }).await
    }

    pub async fn hello(
        &self,
        via: Via,
        channel: &str,
        token: Option<&str>,
        intent: Intent,
    ) -> Result<(Client, Welcome), Refused> {
        let mut client = self.open(via).await;
        let (channel, token) = (channel.to_owned(), token.map(str::to_owned));
        client.send(FromClient::Hello(Hello { version: 1, channel, token, intent })).await;
        let mut early = std::collections::VecDeque::new();
        let answer = loop {
            match client.event().await {
                batch @ (Event::Message(FromRelay::Batch(_)) | Event::Datagram(_)) => {
                    early.push_back(batch);
                }
                Event::Message(message) => break message,
                Event::Closed(code) => panic!("closed with {code:?}"),
            }
        };
        client.early = early;
        match answer {
            FromRelay::Welcome(welcome) => Ok((client, welcome)),
            FromRelay::Refused(refused) => Err(refused),
            other => panic!("{other:?} in answer to Hello"),
        }
    }

    /// Begins to drain.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the relay is done.
    pub async fn stopped(mut self) {
        self.stop();
        while let Some(done) = self.running.join_next().await {
            done.expect("the relay does not panic");
        }
    }

    pub async fn page(&self, path: &str) -> String {
        websocket::get(self.http, path).await
    }

    /// The value of a series that has no labels.
    pub async fn metric(&self, name: &str) -> i64 {
        let page = self.page("/metrics").await;
        let line = page.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {page}")).trim().parse().expect("a number")
    }
}

impl Client {
    pub async fn send(&self, message: FromClient) -> bool {
        self.send_bytes(message.encode().bare()).await
    }

    /// Sends bytes as one message; false when the session is over.
    pub async fn send_bytes(&self, message: Bytes) -> bool {
        self.to_relay.send(message).await.is_ok()
    }

    /// Publishes a batch whose content follows from its number.
    pub async fn batch(&self, seq: u64, key: bool, len: usize) -> bool {
        self.send(FromClient::Batch(batch(seq, key, len))).await
    }

    pub async fn event(&mut self) -> Event {
        tokio::time::timeout(PATIENCE, self.next()).await.expect("something comes in time")
    }

    async fn next(&mut self) -> Event {
        match self.early.pop_front() {
            Some(event) => event,
            None => self.events.recv().await.unwrap_or(Event::Closed(None)),
        }
    }

    /// The next message that is no batch and no acknowledgement.
    pub async fn control(&mut self) -> FromRelay {
        loop {
            match self.event().await {
                Event::Message(FromRelay::Batch(_) | FromRelay::Accepted(_))
                | Event::Datagram(_) => {}
                Event::Message(message) => return message,
                Event::Closed(code) => panic!("closed with {code:?}"),
            }
        }
    }

    /// Waits until everything up to `seq` is acknowledged.
    pub async fn accepted(&mut self, seq: u64) {
        loop {
            match self.event().await {
                Event::Message(FromRelay::Accepted(accepted)) if accepted.held >= seq => return,
                Event::Message(FromRelay::Accepted(_)) => {}
                other => panic!("{other:?} instead of an acknowledgement"),
            }
        }
    }

    pub async fn refused(&mut self) -> u16 {
        match self.control().await {
            FromRelay::Refused(refused) => refused.code,
            other => panic!("{other:?} instead of a refusal"),
        }
    }

    /// Collects what comes until all of the range was delivered or named as missing.
    pub async fn until(&mut self, range: std::ops::RangeInclusive<u64>) -> Seen {
        let mut seen = Seen::default();
        while range.clone().any(|seq| !seen.has(seq)) {
            let event = tokio::time::timeout(PATIENCE, self.next()).await;
            let Ok(event) = event else { panic!("only {:?} {:?}", seen.seqs(), seen.gaps) };
            seen.take(event);
        }
        seen
    }

    pub fn read(&self, reading: bool) {
        self.reading.send_replace(reading);
    }
}

/// What a viewer saw, by the numbers of the batches.
#[derive(Debug, Default)]
pub struct Seen {
    pub batches: std::collections::BTreeMap<u64, Batch>,
    /// The numbers in the order in which they came.
    pub arrivals: Vec<u64>,
    pub gaps: Vec<arena_protocol::Gap>,
    pub datagrams: usize,
    pub start: Option<Start>,
    pub ended: bool,
    pub refused: Option<u16>,
    pub go_away: bool,
}

impl Seen {
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Message(FromRelay::Batch(batch)) => self.batch(batch),
            Event::Datagram(batch) => {
                self.datagrams += 1;
                self.batch(batch);
            }
            Event::Message(FromRelay::Gap(gap)) => self.gaps.push(gap),
            Event::Message(FromRelay::Start(start)) => self.start = Some(start),
            Event::Message(FromRelay::End(_)) => self.ended = true,
            Event::Message(FromRelay::Refused(refused)) => self.refused = Some(refused.code),
            Event::Message(FromRelay::GoAway(_)) => self.go_away = true,
            Event::Message(other) => panic!("{other:?} to a viewer"),
            // Over QUIC the words may be over before the batches are.
            Event::Closed(_) if self.ended => {}
            Event::Closed(code) => panic!("closed with {code:?}, having seen {self:?}"),
        }
    }

    fn batch(&mut self, batch: Batch) {
        let header = *batch.header();
        let sent = self::batch(header.seq, header.key, batch.payload().len());
        assert_eq!(batch.message(), sent.message(), "the bytes pass unchanged");
        let again = self.batches.insert(header.seq, batch);
        assert!(again.is_none(), "batch {} came twice", header.seq);
        self.arrivals.push(header.seq);
    }

    fn has(&self, seq: u64) -> bool {
        self.batches.contains_key(&seq) || self.gapped(seq)
    }

    pub fn gapped(&self, seq: u64) -> bool {
        self.gaps.iter().any(|gap| (gap.from..=gap.to).contains(&seq))
    }

    pub fn seqs(&self) -> Vec<u64> {
        self.batches.keys().copied().collect()
    }
}

/// A batch whose content follows from its number.
pub fn batch(seq: u64, key: bool, len: usize) -> Batch {
    let header = Header { seq, captured_us: seq * 1000, first_frame: -123, frames: 1, key };
    let byte = u8::try_from(seq % 251).expect("below 251");
    Batch::new(header, &vec![byte; len])
}
