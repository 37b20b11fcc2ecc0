//! WebTransport: the same streams and datagrams, within an HTTP/3 session.

use std::sync::Arc;

use arena_protocol::SESSION_PATH;
use url::Url;
use web_transport_quinn::{ClientError, Session};

use super::mux::Mux;
use super::quic;
use super::streams::{Link, by_quic};
use crate::error::{ConnectError, Lost};
use crate::server::Server;

/// Connects.
pub(crate) async fn connect(server: &Server) -> Result<Arc<Mux>, ConnectError> {
    let route = server.route().await?;
    let conn = quic::dial(server, route.port, &route.webtransport).await?;
    let url = format!("https://{}{SESSION_PATH}", server.authority(route.port));
    let url = Url::parse(&url).map_err(Lost::transport)?;
    let session = Session::connect(conn.clone(), url).await.map_err(|error| {
        // The connection knows better than the handshake that it broke.
        match (conn.close_reason(), error) {
            (Some(reason), _) | (None, ClientError::Connection(reason)) => by_quic(&reason),
            (None, error) => Lost::transport(error),
        }
    })?;
    Ok(Mux::new(Link::WebTransport(Box::new(session))))
}
