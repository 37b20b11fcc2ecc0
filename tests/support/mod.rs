//! A relay on free ports, a proxy that can be cut, and an account of what a watcher was told.
#![expect(clippy::unwrap_used, reason = "only tests call this")]

use std::net::SocketAddr;

use arena_client::{
    Draft, Event, PublishOptions, Publisher, Server, Transport, WatchOptions, Watcher,
};
use arena_relay::{Config, Relay};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// A relay that runs.
pub(crate) struct Running {
    pub(crate) http: SocketAddr,
    quic: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinSet<()>,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = Config { quic: any, http: any, ..Config::default() };
        config.limits.drain_timeout = std::time::Duration::from_millis(50);
        change(&mut config);
        let relay = Relay::bind(config).await.unwrap();
        let (http, quic) = (relay.http_address(), relay.quic_address());
        let router = relay.routes();
        let (stop, stopped) = oneshot::channel();
        let mut running = JoinSet::new();
        running.spawn(async {
            let stop = async {
                stopped.await.ok();
            };
            relay.run(router, stop).await.expect("no part of it dies");
        });
        Self { http, quic, stop, running }
    }

    pub(crate) fn server(&self) -> Server {
        format!("http://{}", self.http).parse().unwrap()
    }

    pub(crate) async fn stop(mut self) {
        self.stop.send(()).ok();
        while self.running.join_next().await.is_some() {}
    }

    /// Another relay, with other keys and no memory, at the same addresses.
    pub(crate) async fn restart(self) -> Self {
        let (http, quic) = (self.http, self.quic);
        self.stop().await;
        Self::start_with(|config| (config.http, config.quic) = (http, quic)).await
    }
}

/// A TCP proxy.
pub(crate) struct Proxy {
    address: SocketAddr,
    cut: mpsc::Sender<oneshot::Sender<()>>,
    _running: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn start(to: SocketAddr) -> Self {
        Self::run(to, None).await
    }

    /// Claims that the relay's QUIC port is another one.
    pub(crate) async fn start_lying(to: SocketAddr, quic_port: u16) -> Self {
        Self::run(to, Some(quic_port)).await
    }

    pub(crate) fn server(&self) -> Server {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// Cuts every connection.
    pub(crate) async fn cut(&mut self) {
        let (done, is_done) = oneshot::channel();
        self.cut.send(done).await.unwrap();
        is_done.await.unwrap();
    }

    async fn run(to: SocketAddr, lie: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, mut cuts) = mpsc::channel::<oneshot::Sender<()>>(1);
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let (stream, _) = accepted.unwrap();
                        connections.spawn(forward(stream, to, lie));
                    }
                    Some(done) = cuts.recv() => {
                        connections.shutdown().await;
                        done.send(()).unwrap();
                    }
                }
            }
        });
        Self { address, cut, _running: running }
    }
}

async fn forward(mut stream: TcpStream, to: SocketAddr, lie: Option<u16>) {
    if let Some(port) = lie {
        let mut begin = [0; 19];
        if stream.peek(&mut begin).await.is_ok() && begin.starts_with(b"GET /v1/certificate") {
            let body = format!(r#"{{"sha256":null,"not_after":0,"next":null,"port":{port}}}"#);
            let len = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {len}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.ok();
            stream.read_to_end(&mut Vec::new()).await.ok();
            return;
        }
    }
    let mut relay = TcpStream::connect(to).await.unwrap();
    tokio::io::copy_bidirectional(&mut stream, &mut relay).await.ok();
}

/// What a watcher was told: of each life the payloads, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) lives: Vec<Vec<u64>>,
    pub(crate) missing: Vec<u64>,
    pub(crate) reconnected: usize,
    pub(crate) ended: bool,
    pub(crate) next: Option<u64>,
}

impl Account {
    /// Checks the order as well.
    pub(crate) fn note(&mut self, event: Event) {
        let (from, to) = match &event {
            Event::Batch(batch) => (batch.header().seq, batch.header().seq),
            Event::Gap(gap) => (gap.from, gap.to),
            Event::Start(_) => {
                self.lives.push(Vec::new());
                self.next = None;
                return;
            }
            Event::Reconnecting { .. } => {
                self.reconnected += 1;
                return;
            }
            Event::Ended(_) => {
                self.ended = true;
                self.next = None;
                return;
            }
        };
        assert_eq!(from, self.next.unwrap_or(from), "{event:?} behind {self:?}");
        self.next = Some(to + 1);
        let Event::Batch(batch) = event else {
            self.missing.extend(from..=to);
            return;
        };
        let number = batch.payload().as_ref().try_into().map(u64::from_le_bytes).unwrap();
        self.lives.last_mut().unwrap().push(number);
    }

    pub(crate) fn knows(&self, number: u64) -> bool {
        self.lives.iter().flatten().chain(&self.missing).any(|known| *known == number)
    }
}

/// Everything that a watcher is told, to the end.
pub(crate) async fn account(mut watcher: Watcher) -> Account {
    let mut account = Account::default();
    while let Some(event) = watcher.next().await.unwrap() {
        account.note(event);
    }
    Account { next: None, ..account }
}

pub(crate) async fn publish(server: &Server, channel: &str, transport: Transport) -> Publisher {
    let options = PublishOptions::new(channel.parse().unwrap(), "opaque");
    Publisher::connect(server, PublishOptions { transport, ..options }).await.unwrap()
}

pub(crate) fn watch(channel: &str) -> WatchOptions {
    WatchOptions::new(channel.parse().unwrap())
}

/// The batch whose payload is a number; every fourth is a key batch.
pub(crate) fn draft(number: u64) -> Draft<'static> {
    let payload: &'static [u8] = Box::leak(Box::new(number.to_le_bytes()));
    Draft { captured_us: 1, first_frame: 0, frames: 1, key: number.is_multiple_of(4), payload }
}
