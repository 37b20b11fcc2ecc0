//! For those who drive the transports themselves, as a load generator does: where to go, and with
//! which certificates believed.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Scheme, Server};
use crate::error::{ConnectError, Lost};
use crate::tcp::resolve;
use crate::transport::Transport;

/// What a connection over UDP needs.
#[derive(Clone, Debug)]
pub struct Direct {
    /// Where the relay listens.
    pub addresses: Vec<SocketAddr>,
    /// The name that is asked for in the handshake.
    pub host: String,
    /// Trust and application protocol; the transport's parameters may be replaced.
    pub config: quinn::ClientConfig,
}

impl Server {
    /// How to connect with quinn: raw, or, for `Transport::WebTransport`, below HTTP/3. Asks the
    /// server if that is not known yet.
    pub async fn direct(&self, transport: Transport) -> Result<Direct, ConnectError> {
        let route = self.route().await?;
        let config = match transport {
            Transport::Auto | Transport::Quic => &route.quic,
            Transport::WebTransport => &route.webtransport,
            Transport::WebSocket => {
                return Err(ConnectError::Unsupported("a WebSocket does not go over UDP"));
            }
        };
        let addresses = resolve(&self.host, route.port).await.map_err(Lost::transport)?;
        Ok(Direct { addresses, host: self.host.clone(), config: config.clone() })
    }

    /// Host and port of the TCP side, and how TLS is spoken there, if it is.
    pub fn tcp(&self) -> Result<(&str, u16, Option<Arc<rustls::ClientConfig>>), ConnectError> {
        if self.scheme == Scheme::Quic {
            return Err(ConnectError::Unsupported("a quic:// server has no WebSocket"));
        }
        Ok((&self.host, self.port, self.https()?))
    }
}
