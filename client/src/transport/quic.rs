//! Raw QUIC.

use std::net::SocketAddr;
use std::sync::Arc;

use super::mux::Mux;
use super::streams::{Link, by_quic};
use crate::error::{ConnectError, Lost};
use crate::race;
use crate::server::Server;
use crate::tcp::{ADDRESS_HEAD_START, resolve};

/// Connects.
pub(crate) async fn connect(server: &Server) -> Result<Arc<Mux>, ConnectError> {
    let route = server.route().await?;
    let conn = dial(server, route.port, &route.quic).await?;
    Ok(Mux::new(Link::Quic(conn)))
}

/// A QUIC connection to whichever of the server's addresses answers first.
pub(super) async fn dial(
    server: &Server,
    port: u16,
    config: &quinn::ClientConfig,
) -> Result<quinn::Connection, Lost> {
    let addresses = resolve(&server.host, port).await.map_err(Lost::transport)?;
    let attempt = |address: SocketAddr| async move {
        let endpoint = server.endpoint.towards(address).map_err(Lost::transport)?;
        let connecting = endpoint.connect_with(config.clone(), address, &server.host);
        connecting.map_err(Lost::transport)?.await.map_err(|error| by_quic(&error))
    };
    let attempts = addresses.into_iter().map(attempt).collect();
    let won = race::first_ok(attempts, ADDRESS_HEAD_START).await;
    won.unwrap_or_else(|| Err(Lost::transport("the host has no address")))
}
