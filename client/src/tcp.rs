//! A TCP connection, with TLS where it is asked for.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::race;

/// How long one address has to answer before the next one is tried as well.
pub(crate) const ADDRESS_HEAD_START: Duration = Duration::from_millis(250);

/// A byte stream in both directions.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// Connects to whichever of the host's addresses answers first.
pub(crate) async fn connect(
    host: &str,
    port: u16,
    tls: Option<Arc<rustls::ClientConfig>>,
) -> io::Result<Box<dyn Socket>> {
    let attempts = resolve(host, port).await?.into_iter().map(TcpStream::connect).collect();
    let stream = race::first_ok(attempts, ADDRESS_HEAD_START).await;
    let stream = stream.unwrap_or_else(|| Err(no_address(host)))?;
    // Batches are small and due now.
    stream.set_nodelay(true)?;
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = tokio_rustls::TlsConnector::from(tls).connect(name, stream).await?;
    Ok(Box::new(stream))
}

/// The host's addresses, in the order of the system's choice.
pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let addresses: Vec<_> = tokio::net::lookup_host((host, port)).await?.collect();
    if addresses.is_empty() { Err(no_address(host)) } else { Ok(addresses) }
}

fn no_address(host: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"))
}
