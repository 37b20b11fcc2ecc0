//! One connection to a relay, over whatever transport, and the sessions that are opened on it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arena_protocol::{FromClient, FromRelay, Hello, Intent, VERSION};

use crate::error::{ConnectError, Lost};
use crate::options::{PublishOptions, WatchOptions};
use crate::race;
use crate::server::{Scheme, Server};
use crate::session::{Receiver, Receiving, Sender, Sending, Session};
use crate::transport::{Mux, Socket, Transport, quic, webtransport};

/// How long a connection, and then the answer to a Hello, may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// UDP is given so long before TCP is tried as well.
const QUIC_HEAD_START: Duration = Duration::from_millis(300);

/// A connection to a relay, without reconnecting; closes when it and its sessions are dropped.
///
/// Over QUIC and WebTransport it carries up to 256 sessions, over WebSocket one.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use arena_client::{Connection, Server, Transport, WatchOptions};
///
/// let server: Server = "http://127.0.0.1:8000".parse()?;
/// let connection = Connection::connect(&server, Transport::Quic).await?;
/// let mut first = connection.watch(&WatchOptions::new("match/1".parse()?)).await?;
/// let mut second = connection.watch(&WatchOptions::new("match/2".parse()?)).await?;
/// tokio::select! {
///     message = first.recv() => println!("{message:?}"),
///     message = second.recv() => println!("{message:?}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Connection {
    kind: Kind,
    transport: Transport,
}

enum Kind {
    Streams(Arc<Mux>),
    /// Until its session takes it.
    Socket(Mutex<Option<Socket>>),
}

impl Connection {
    /// Connects. `Auto` races raw QUIC and WebSocket.
    pub async fn connect(server: &Server, transport: Transport) -> Result<Self, ConnectError> {
        let connected = tokio::time::timeout(TIMEOUT, Self::dial(server, transport)).await;
        let connected = connected.unwrap_or(Err(ConnectError::TimedOut(TIMEOUT)));
        match &connected {
            Ok(connection) => {
                tracing::debug!(%server, transport = %connection.transport, "connected");
            }
            Err(error) => {
                tracing::debug!(%server, %transport, %error, "failed to connect");
                server.forget();
            }
        }
        connected
    }

    /// The transport that it uses; never `Auto`.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The QUIC connection below, for its statistics; a WebSocket has none.
    pub fn quinn(&self) -> Option<&quinn::Connection> {
        match &self.kind {
            Kind::Streams(mux) => Some(mux.link.quinn()),
            Kind::Socket(_) => None,
        }
    }

    /// Subscribes to a channel. Of the options, `transport` and `patience` play no part here.
    pub async fn watch(&self, options: &WatchOptions) -> Result<Session, ConnectError> {
        let WatchOptions { channel, token, after, delivery, .. } = options;
        let intent = Intent::Watch { after: *after, delivery: *delivery };
        self.open(hello(channel, token.clone(), intent)).await
    }

    /// Opens a publication. Of the options, `transport`, `patience` and `queue_len` play no part.
    pub async fn publish(&self, options: &PublishOptions) -> Result<Session, ConnectError> {
        let PublishOptions { channel, token, schema, meta, resume, .. } = options;
        let (schema, meta, resume) = (schema.clone(), meta.clone(), *resume);
        self.open(hello(channel, token.clone(), Intent::Publish { schema, meta, resume })).await
    }

    /// Closes it at once, with all its sessions.
    pub fn close(&self) {
        match &self.kind {
            Kind::Streams(mux) => mux.link.close(),
            Kind::Socket(socket) => {
                socket.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
        }
    }

    /// Whether one more session can be opened.
    pub(crate) fn has_room(&self) -> bool {
        match &self.kind {
            Kind::Streams(_) => true,
            Kind::Socket(socket) => socket.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
        }
    }

    async fn dial(server: &Server, transport: Transport) -> Result<Self, ConnectError> {
        let ways = match (transport, server.scheme) {
            (Transport::Auto, Scheme::Http | Scheme::Https) => {
                &[Transport::Quic, Transport::WebSocket][..]
            }
            (Transport::Auto | Transport::Quic, _) => &[Transport::Quic],
            (Transport::WebTransport, _) => &[Transport::WebTransport],
            (Transport::WebSocket, _) => &[Transport::WebSocket],
        };
        // Connections are raced, not sessions: two Hellos of one publisher would meet.
        let attempts = ways.iter().map(|&way| Self::dial_one(server, way)).collect();
        let won = race::first_ok(attempts, QUIC_HEAD_START).await;
        won.unwrap_or(Err(ConnectError::Unsupported("there is no way to this server")))
    }

    async fn dial_one(server: &Server, transport: Transport) -> Result<Self, ConnectError> {
        let kind = match transport {
            Transport::Auto | Transport::Quic => Kind::Streams(quic::connect(server).await?),
            Transport::WebTransport => Kind::Streams(webtransport::connect(server).await?),
            Transport::WebSocket => Kind::Socket(Mutex::new(Some(Socket::connect(server).await?))),
        };
        Ok(Self { kind, transport })
    }

    async fn open(&self, hello: Hello) -> Result<Session, ConnectError> {
        let opened = tokio::time::timeout(TIMEOUT, self.greet(hello)).await;
        opened.unwrap_or(Err(ConnectError::TimedOut(TIMEOUT)))
    }

    async fn greet(&self, hello: Hello) -> Result<Session, ConnectError> {
        let watches = matches!(hello.intent, Intent::Watch { .. });
        let hello = FromClient::Hello(hello).encode();
        let (mut sender, mut receiver) = match &self.kind {
            Kind::Streams(mux) => {
                let (send, streams) = mux.open().await?;
                let receiving = Receiving::Streams(Box::new(streams));
                (Sender(Sending::Stream(send)), Receiver(receiving))
            }
            Kind::Socket(socket) => {
                let socket = socket.lock().unwrap_or_else(PoisonError::into_inner).take();
                let socket = socket
                    .ok_or(ConnectError::Unsupported("a WebSocket carries one session only"))?;
                let receiving = Receiving::Socket(Box::new(socket.receiver));
                (Sender(Sending::Socket(socket.sender)), Receiver(receiving))
            }
        };
        // A relay that refuses before it reads says why on the way back.
        let unsent = match sender.send(&hello).await {
            Ok(()) => sender.flush().await.err(),
            Err(lost) => Some(lost),
        };
        match (receiver.recv().await, unsent) {
            (Ok(FromRelay::Welcome(welcome)), _) => {
                if let (Receiving::Streams(streams), true) = (&mut receiver.0, watches) {
                    streams.subscribe(welcome.subscription);
                }
                Ok(Session { welcome, sender, receiver })
            }
            (Ok(_), _) => Err(Lost::transport("the relay did not begin with Welcome").into()),
            (Err(Lost::Refused(refused)), _) => Err(ConnectError::Refused(refused)),
            (Err(lost), None) => Err(lost.into()),
            (Err(_), Some(lost)) => Err(lost.into()),
        }
    }
}

fn hello(channel: &arena_protocol::ChannelName, token: Option<String>, intent: Intent) -> Hello {
    Hello { version: VERSION, channel: channel.to_string(), token, intent }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("transport", &self.transport).finish_non_exhaustive()
    }
}
