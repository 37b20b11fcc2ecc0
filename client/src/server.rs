//! Where a relay is, and how to get there: from a URL to a QUIC configuration.

mod direct;
mod discovery;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arena_protocol::{ALPN_QUIC, ALPN_WEBTRANSPORT};
use hyper::Uri;
use quinn::crypto::rustls::QuicClientConfig;

use crate::endpoint::Endpoint;
use crate::error::ConnectError;
use crate::trust::Trust;

pub use direct::Direct;

const QUIC_PORT: u16 = 4433;
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Half of what a relay allows: one that was killed says nothing, and this is how long it is missed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// Groups that a relay may have under way at once; each is a stream.
pub(crate) const GROUPS_MAX: u32 = 1024;

/// A relay's address. Cheap to clone; clones share what was learned of it, and its UDP sockets.
///
/// ```
/// use arena_client::Server;
///
/// let server: Server = "http://127.0.0.1:8000".parse()?;
/// assert_eq!(server.to_string(), "http://127.0.0.1:8000");
/// # Ok::<_, arena_client::ServerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) endpoint: Endpoint,
    trust: Option<Trust>,
    /// What was found out; empty before the first use, and again when it did not help.
    route: Arc<Mutex<Option<Arc<Route>>>>,
}

/// What the URL begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
    Quic,
}

/// Why a text is no server's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// Not a URL at all.
    #[error("{0} is no URL")]
    Url(String),
    /// Neither `http`, `https` nor `quic`.
    #[error("a server's URL begins with http://, https:// or quic://")]
    Scheme,
    /// It holds a user's name, a path or a query.
    #[error("a server's URL is only a host and a port")]
    Excess,
}

/// How to reach a relay over UDP.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) port: u16,
    pub(crate) quic: quinn::ClientConfig,
    pub(crate) webtransport: quinn::ClientConfig,
}

impl Server {
    /// Believes in these certificates, whatever the server says of itself.
    ///
    /// Without it, an `http` or `https` server tells which certificate its relay has, and a `quic`
    /// server is held against [`Trust::System`].
    #[must_use]
    pub fn with_trust(self, trust: Trust) -> Self {
        Self { trust: Some(trust), route: Arc::default(), ..self }
    }

    /// Connects from these UDP sockets.
    #[must_use]
    pub fn with_endpoint(self, endpoint: Endpoint) -> Self {
        Self { endpoint, ..self }
    }

    /// A server that this one points to: with the same sockets, and the same trust if it was chosen.
    pub(crate) fn redirected(&self, url: &str) -> Result<Self, ServerError> {
        let other: Self = url.parse()?;
        Ok(Self { endpoint: self.endpoint.clone(), trust: self.trust.clone(), ..other })
    }

    /// How to reach the relay over UDP, asking the server if that is not known.
    pub(crate) async fn route(&self) -> Result<Arc<Route>, ConnectError> {
        if let Some(route) = &*self.known() {
            return Ok(Arc::clone(route));
        }
        let (port, trust) = match (self.scheme, &self.trust) {
            (Scheme::Quic, trust) => (self.port, trust.clone().unwrap_or(Trust::System)),
            (Scheme::Http | Scheme::Https, chosen) => {
                let found = discovery::ask(self).await?;
                (found.port, chosen.clone().unwrap_or(found.trust))
            }
        };
        let failed = |error: rustls::Error| self.unreachable(error);
        let route = Arc::new(Route::new(port, &trust).map_err(failed)?);
        Ok(Arc::clone(self.known().insert(route)))
    }

    /// What was found out did not lead there: the relay may have another certificate by now.
    pub(crate) fn forget(&self) {
        self.known().take();
    }

    /// The TLS configuration for its HTTP port, if it speaks TLS there.
    pub(crate) fn https(&self) -> Result<Option<Arc<rustls::ClientConfig>>, ConnectError> {
        match self.scheme {
            Scheme::Http | Scheme::Quic => Ok(None),
            Scheme::Https => {
                let trust = self.trust.as_ref().unwrap_or(&Trust::System);
                let tls = trust.tls(&[b"http/1.1"]).map_err(|error| self.unreachable(error))?;
                Ok(Some(Arc::new(tls)))
            }
        }
    }

    /// Host and port, as they stand in a URL or a Host header.
    pub(crate) fn authority(&self, port: u16) -> String {
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }

    pub(crate) fn unreachable(&self, reason: impl fmt::Display) -> ConnectError {
        ConnectError::Discovery { url: self.to_string(), reason: reason.to_string() }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<Arc<Route>>> {
        self.route.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    fn new(port: u16, trust: &Trust) -> Result<Self, rustls::Error> {
        let quic = quic_config(trust, ALPN_QUIC)?;
        let webtransport = quic_config(trust, ALPN_WEBTRANSPORT)?;
        Ok(Self { port, quic, webtransport })
    }
}

fn quic_config(trust: &Trust, alpn: &[u8]) -> Result<quinn::ClientConfig, rustls::Error> {
    let tls = QuicClientConfig::try_from(trust.tls(&[alpn])?)
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let mut transport = quinn::TransportConfig::default();
    let idle = quinn::IdleTimeout::try_from(IDLE_TIMEOUT).expect("15 s fit into a QUIC timeout");
    transport
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_concurrent_uni_streams(GROUPS_MAX.into());
    let mut config = quinn::ClientConfig::new(Arc::new(tls));
    config.transport_config(Arc::new(transport));
    Ok(config)
}

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(url: &str) -> Result<Self, ServerError> {
        let uri: Uri = url.parse().map_err(|_| ServerError::Url(url.to_owned()))?;
        let (scheme, default_port) = match uri.scheme_str() {
            Some("http") => (Scheme::Http, 80),
            Some("https") => (Scheme::Https, 443),
            Some("quic") => (Scheme::Quic, QUIC_PORT),
            Some(_) | None => return Err(ServerError::Scheme),
        };
        let authority = uri.authority().ok_or_else(|| ServerError::Url(url.to_owned()))?;
        if authority.as_str().contains('@')
            || !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
        {
            return Err(ServerError::Excess);
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let (_, port) = authority.as_str().rsplit_once(':').unwrap_or_default();
        if host.is_empty()
            || (!port.is_empty() && !port.ends_with(']') && authority.port().is_none())
        {
            return Err(ServerError::Url(url.to_owned()));
        }
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(default_port),
            endpoint: Endpoint::new(),
            trust: None,
            route: Arc::default(),
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
            Scheme::Quic => "quic",
        };
        write!(f, "{scheme}://{}", self.authority(self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_a_scheme_a_host_and_a_port() {
        let cases = [
            ("http://127.0.0.1:8000", Ok("http://127.0.0.1:8000")),
            ("http://arena.example/", Ok("http://arena.example:80")),
            ("https://arena.example", Ok("https://arena.example:443")),
            ("quic://[::1]", Ok("quic://[::1]:4433")),
            ("quic://[::1]:9", Ok("quic://[::1]:9")),
            ("ws://127.0.0.1:8000", Err(ServerError::Scheme)),
            ("127.0.0.1:8000", Err(ServerError::Scheme)),
            ("http://me:secret@host", Err(ServerError::Excess)),
            ("http://host/relay", Err(ServerError::Excess)),
            ("http://host?a", Err(ServerError::Excess)),
            ("http://", Err(ServerError::Url("http://".to_owned()))),
            ("http://host:99999", Err(ServerError::Url("http://host:99999".to_owned()))),
            ("", Err(ServerError::Url(String::new()))),
        ];
        for (url, expected) in cases {
            let server = url.parse::<Server>().map(|server| server.to_string());
            assert_eq!(server.as_deref(), expected.as_deref(), "{url}");
        }
    }
}
