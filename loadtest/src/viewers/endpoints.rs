//! UDP sockets that many connections share, with buffers that hold a burst for all of them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections of one socket: what comes for all of them at once has to fit into its buffer.
pub(crate) const CONNECTIONS_PER_SOCKET: usize = 128;
/// Half a batch of 64 KiB for each of them; kernels grant less by default, and that will do.
const BUFFER_LEN: usize = 4 * 1024 * 1024;

/// The sockets of one thread.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    all: Vec<quinn::Endpoint>,
    /// Connections that were given the last one.
    used: usize,
}

impl Endpoints {
    /// A socket for one more connection to this address. Must be called within a runtime.
    pub(crate) fn next(&mut self, towards: SocketAddr) -> anyhow::Result<quinn::Endpoint> {
        if self.all.is_empty() || self.used == CONNECTIONS_PER_SOCKET {
            self.all.push(endpoint(towards).context("failed to open a UDP socket")?);
            self.used = 0;
        }
        self.used += 1;
        Ok(self.all[self.all.len() - 1].clone())
    }

    pub(crate) fn into_all(self) -> Vec<quinn::Endpoint> {
        self.all
    }
}

fn endpoint(towards: SocketAddr) -> std::io::Result<quinn::Endpoint> {
    let any = match towards {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = Socket::new(Domain::for_address(any), Type::DGRAM, Some(Protocol::UDP))?;
    let _less = socket.set_recv_buffer_size(BUFFER_LEN);
    let _less = socket.set_send_buffer_size(BUFFER_LEN);
    socket.bind(&any.into())?;
    let runtime = Arc::new(quinn::TokioRuntime);
    quinn::Endpoint::new(quinn::EndpointConfig::default(), None, socket.into(), runtime)
}
