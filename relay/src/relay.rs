//! A relay from its start to its end: who binds, starts and stops its parts.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arena_protocol::{ALPN_QUIC, ALPN_WEBTRANSPORT};
use axum::Router;
use quinn_proto::crypto::rustls::QuicServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::census::Census;
use crate::clock::unix_s;
use crate::config::Config;
use crate::core::{Core, Phase, Reached};
use crate::feed::Feeds;
use crate::http::{self, Http};
use crate::session::Peer;
use crate::shard::Shards;
use crate::tls::{Certificates, TlsError};
use crate::transport::quic::port::Port;
use crate::transport::{memory, quic, streams};
use crate::{session, socket};

/// How often what has a time is looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Time for the last words of all sessions together, after draining.
const CLOSE_TIME: Duration = Duration::from_secs(4);

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The TCP port.
    #[error("failed to listen on TCP {address} for HTTP")]
    Http {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The UDP port.
    #[error("failed to listen on UDP {address} for QUIC")]
    Quic {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// TLS as such.
    #[error("failed to set up TLS")]
    Rustls(#[from] rustls::Error),
}

/// A part of the relay has died, by a fault of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the relay has died")]
pub struct Died;

/// A relay that is bound and does not serve yet.
pub struct Relay {
    core: Arc<Core>,
    http: Arc<Http>,
    memory: Arc<Shards<memory::Outlet>>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    port: Arc<Port>,
    streams: Arc<Shards<streams::Outlet>>,
    /// Shards and what else runs as long as the relay.
    tasks: JoinSet<()>,
}

/// Opens sessions in memory.
#[derive(Clone, Debug)]
pub struct Connector {
    core: Arc<Core>,
    http: Arc<Http>,
    memory: Arc<Shards<memory::Outlet>>,
}

impl Relay {
    /// Binds both ports. Must be called within a tokio runtime.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        let listener = TcpListener::bind(config.http).await;
        let http_failed = |source| BindError::Http { address: config.http, source };
        let listener = listener.map_err(http_failed)?;
        let http_address = listener.local_addr().map_err(http_failed)?;
        let certificates = Certificates::new(&config.tls, names(&config, http_address), unix_s())?;
        let quic_failed = |source| BindError::Quic { address: config.quic, source };
        let (socket, udp_receive_buffer) = socket::udp(config.quic).map_err(quic_failed)?;
        let quic_config = quic_config(&certificates, &config)?;
        let port = Port::new(socket, quic_config).map_err(quic_failed)?;
        let quic_address = port.local_addr().map_err(quic_failed)?;
        let tls = if config.http_tls {
            Some(TlsAcceptor::from(Arc::new(certificates.server(&[b"http/1.1"])?)))
        } else {
            None
        };
        let reached = Reached { http: http_address, quic: quic_address, udp_receive_buffer };
        let core = Arc::new(Core::new(config, certificates, reached));
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&port).run());
        let streams = Arc::new(start(&core, &mut tasks));
        let shards = start(&core, &mut tasks);
        let memory = Arc::new(start(&core, &mut tasks));
        let http = Arc::new(Http { core: Arc::clone(&core), shards, sessions: Mutex::default() });
        Ok(Self { core, http, memory, listener, tls, port, streams, tasks })
    }

    /// Where HTTP and WebSocket are served.
    pub fn http_address(&self) -> SocketAddr {
        self.core.reached.http
    }

    /// Where QUIC and WebTransport are served.
    pub fn quic_address(&self) -> SocketAddr {
        self.core.reached.quic
    }

    /// Whose pages may open sessions: its own, and those that it was told.
    pub fn origins(&self) -> Vec<String> {
        let mut origins = self.core.own_origins();
        origins.extend(self.core.config.origins.iter().cloned());
        origins
    }

    /// SHA-256 sums of the certificates that it serves with, now and next.
    pub fn pins(&self) -> Vec<[u8; 32]> {
        self.core.certificates.sums()
    }

    /// The relay's own routes, to which others can be added.
    pub fn routes(&self) -> Router {
        http::routes(Arc::clone(&self.http))
    }

    /// What goes on in its channels.
    pub fn census(&self) -> Census {
        Census::new(Arc::clone(&self.core))
    }

    /// Opens sessions in memory while the relay runs.
    pub fn connector(&self) -> Connector {
        let (core, http) = (Arc::clone(&self.core), Arc::clone(&self.http));
        Connector { core, http, memory: Arc::clone(&self.memory) }
    }

    /// Opens feeds while the relay runs.
    pub fn feeds(&self) -> Feeds {
        Feeds { http: Arc::clone(&self.http) }
    }

    /// Serves until `shutdown` resolves, then drains, and returns when everybody is gone. The error
    /// says that it could not go on.
    pub async fn run(
        mut self,
        router: Router,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Died> {
        let mut serving = JoinSet::new();
        let core = Arc::clone(&self.core);
        serving.spawn(http::serve(Arc::clone(&self.http), self.listener, self.tls, router));
        serving.spawn(quic::serve(Arc::clone(&core), self.streams, self.port));
        self.tasks.spawn(sweep(Arc::clone(&core)));
        let died = tokio::select! {
            () = shutdown => Ok(()),
            // Parts of a relay end when it does; before that, none may be missing.
            Some(_part) = self.tasks.join_next() => Err(Died),
            Some(_part) = serving.join_next() => Err(Died),
        };
        tracing::info!(sessions = core.sessions(), "draining");
        core.enter(Phase::Draining);
        let everybody_left = async {
            while core.sessions() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let drain_timeout = core.config.limits.drain_timeout;
        let _late = tokio::time::timeout(drain_timeout, everybody_left).await;
        core.enter(Phase::Closing);
        let closed = async { while serving.join_next().await.is_some() {} };
        let _late = tokio::time::timeout(CLOSE_TIME, closed).await;
        tracing::info!("stopped");
        died
    }
}

impl Connector {
    /// Opens a session. The client holds at most `window` messages that it has not read.
    pub fn open(&self, window: usize) -> memory::Client {
        let (client, inlet, outlet) = memory::pair(window, &self.core.pool);
        let (core, memory) = (Arc::clone(&self.core), Arc::clone(&self.memory));
        let address = IpAddr::from([127, 0, 0, 1]);
        let peer = Peer { address, connection: core.next_connection(), subscription: 0 };
        core.metrics.session("memory");
        self.http.spawn(async move {
            session::run(&core, &memory, peer, inlet, outlet).await;
        });
        client
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("core", &self.core).finish_non_exhaustive()
    }
}

fn start<O: crate::transport::Outlet>(core: &Core, tasks: &mut JoinSet<()>) -> Shards<O> {
    let (shards, runners) = Shards::new(&core.config.limits, &core.metrics);
    for shard in runners {
        // A shard touches thousands of sockets in a turn; it yields by itself.
        tasks.spawn(tokio::task::unconstrained(shard.run()));
    }
    shards
}

/// Once a second: what is due in the table of channels, and the certificate.
async fn sweep(core: Arc<Core>) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let now = Instant::now();
        core.channels.sweep(now, now.saturating_duration_since(last).as_secs_f64());
        last = now;
        match core.certificates.renew(unix_s()) {
            Ok(false) => {}
            Ok(true) => tracing::info!("the certificate was renewed"),
            Err(error) => {
                core.metrics.certificate_not_reloaded();
                tracing::error!(%error, "the certificate was not renewed, the old one is kept");
            }
        }
    }
}

/// What a certificate of our own is made out to, beside localhost.
fn names(config: &Config, http: SocketAddr) -> Vec<String> {
    let ips = [config.quic.ip(), http.ip()];
    let ips = ips.iter().filter(|ip| !ip.is_unspecified()).map(ToString::to_string);
    config.names.iter().cloned().chain(ips).collect()
}

fn quic_config(
    certificates: &Certificates,
    config: &Config,
) -> Result<quinn_proto::ServerConfig, rustls::Error> {
    let tls = certificates.server(&[ALPN_QUIC, ALPN_WEBTRANSPORT])?;
    let crypto = QuicServerConfig::try_from(tls)
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let mut quic = quinn_proto::ServerConfig::with_crypto(Arc::new(crypto));
    quic.transport_config(Arc::new(quic::transport_config(&config.limits)));
    quic.max_incoming(1024)
        .incoming_buffer_size(16 * 1024)
        .incoming_buffer_size_total(4 * 1024 * 1024);
    Ok(quic)
}
