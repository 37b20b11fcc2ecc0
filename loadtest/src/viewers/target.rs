//! Where viewers go: what was found out once, for all of them.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use arena_client::{Direct, Server, Transport};
use arena_protocol::{ChannelName, Delivery};
use clap::ValueEnum;

use super::quic::transport_config;

/// A way to a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// Raw QUIC
    Quic,
    /// WebTransport, as browsers speak it
    Webtransport,
    /// WebSocket
    Ws,
}

/// Where viewers go, and what they ask for there.
pub(crate) struct Target {
    pub(crate) channels: Vec<ChannelName>,
    pub(crate) token: Option<String>,
    pub(crate) delivery: Delivery,
    /// The batches are ours: their payload begins with the moment that stands in their header.
    pub(crate) stamped: bool,
    pub(crate) tcp: Option<TcpTarget>,
    pub(crate) quic: Option<Direct>,
    pub(crate) webtransport: Option<Direct>,
    /// Of those who read.
    pub(crate) reading: Arc<quinn::TransportConfig>,
    /// Of those who do not.
    pub(crate) stalled: Arc<quinn::TransportConfig>,
}

/// The TCP side of a server.
pub(crate) struct TcpTarget {
    pub(crate) host: String,
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
}

impl Target {
    /// Finds out what these ways need, and that somebody listens there at all.
    pub(crate) async fn find(server: &Server, ways: &[Way]) -> anyhow::Result<Self> {
        let mut target = Self {
            channels: Vec::new(),
            token: None,
            delivery: Delivery::Live,
            stamped: false,
            tcp: None,
            quic: None,
            webtransport: None,
            reading: transport_config(false),
            stalled: transport_config(true),
        };
        for way in ways {
            match way {
                Way::Quic => target.quic = Some(server.direct(Transport::Quic).await?),
                Way::Webtransport => {
                    target.webtransport = Some(server.direct(Transport::WebTransport).await?);
                }
                Way::Ws => target.tcp = Some(TcpTarget::find(server).await?),
            }
        }
        Ok(target)
    }

    /// Whether every address it leads to is this machine's.
    pub(crate) fn is_loopback(&self) -> bool {
        let tcp = self.tcp.iter().map(|tcp| tcp.address);
        let udp = self.quic.iter().chain(&self.webtransport);
        let udp = udp.flat_map(|direct| direct.addresses.iter().copied());
        tcp.chain(udp).all(|address| address.ip().is_loopback())
    }
}

impl TcpTarget {
    async fn find(server: &Server) -> anyhow::Result<Self> {
        let (host, port, tls) = server.tcp()?;
        let addresses = tokio::net::lookup_host((host, port)).await;
        let addresses = addresses.with_context(|| format!("{host} has no address"))?;
        let mut failed = anyhow::anyhow!("{host} has no address");
        for address in addresses {
            match tokio::net::TcpStream::connect(address).await {
                Ok(_listens) => return Ok(Self { host: host.to_owned(), address, tls }),
                Err(error) => {
                    failed =
                        anyhow::Error::from(error).context(format!("no answer from {address}"));
                }
            }
        }
        Err(failed)
    }
}

impl Way {
    /// As the SDK names it.
    pub(crate) fn transport(self) -> Transport {
        match self {
            Self::Quic => Transport::Quic,
            Self::Webtransport => Transport::WebTransport,
            Self::Ws => Transport::WebSocket,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.transport().fmt(f)
    }
}
