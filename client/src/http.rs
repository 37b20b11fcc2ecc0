//! Asks an HTTP server: for what an agent or an operator wants of an arena, and for what a relay
//! tells control. One connection for each request; nothing of it is on the way of a batch.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, InvalidHeaderValue,
};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;

use crate::tcp;

/// Time for a request, from the first packet to the last byte of the answer.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const ANSWER_LEN_MAX: usize = 16 * 1024 * 1024;

/// A server, and what it is shown.
#[derive(Clone)]
pub struct Client {
    base: String,
    uri: Uri,
    bearer: Option<HeaderValue>,
    tls: Option<Arc<rustls::ClientConfig>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Whether it did what was asked.
    pub status: StatusCode,
    /// The whole of it.
    pub body: Bytes,
}

/// Why a server cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Not a URL.
    #[error("{0} is no URL")]
    Url(String),
    /// Neither `http` nor `https`.
    #[error("{0}: expected a URL that begins with http:// or https://")]
    Scheme(String),
    /// What it is to be shown does not fit.
    #[error("the token is no text that fits into a header")]
    Token(#[from] InvalidHeaderValue),
    /// Nobody vouches for certificates here.
    #[error("this system trusts nobody: there are no certificates to check https with")]
    NoTrust,
    /// TLS does not start.
    #[error("failed to start TLS")]
    Tls(#[from] rustls::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("failed to ask {url}: {reason}")]
pub struct NoAnswer {
    url: String,
    reason: String,
}

type Reason = Box<dyn std::error::Error + Send + Sync>;

impl Client {
    /// Of a server at `http://HOST:PORT` or `https://…`, with a path below which everything is.
    ///
    /// # Errors
    /// It is no such URL, or there is nothing to check https with.
    pub fn new(base: &str, bearer: Option<&str>) -> Result<Self, Unusable> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| Unusable::Url(base.clone()))?;
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(Arc::new(system_trust()?)),
            Some(_) | None => return Err(Unusable::Scheme(base)),
        };
        let bearer = bearer.map(|token| {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
            value.set_sensitive(true);
            Ok::<_, InvalidHeaderValue>(value)
        });
        Ok(Self { base, uri, bearer: bearer.transpose()?, tls })
    }

    /// Asks, with a JSON body or none, and waits for the whole answer.
    ///
    /// # Errors
    /// None came within half a minute.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, NoAnswer> {
        let url = format!("{}{path}", self.base);
        let asked = tokio::time::timeout(REQUEST_TIME, self.ask_once(method, &url, body)).await;
        let asked = asked.unwrap_or_else(|_late| Err("no answer within 30 s".into()));
        asked.map_err(|reason| NoAnswer { url, reason: reason.to_string() })
    }

    async fn ask_once(
        &self,
        method: Method,
        url: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Reason> {
        let uri: Uri = url.parse()?;
        let (host, port) = (self.host(), self.port());
        let socket = tcp::connect(&host, port, self.tls.clone()).await?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, uri.authority().map_or("", |authority| authority.as_str()))
            .header(ACCEPT, "application/json")
            .header(CONNECTION, "close");
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, bearer);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        let answer = async {
            let answer = sender.send_request(request).await?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_LEN_MAX).collect().await?;
            Ok::<_, Reason>(Answer { status, body: body.to_bytes() })
        };
        let mut answer = std::pin::pin!(answer);
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            // The server may close right behind the last byte.
            closed = connection => match closed {
                Ok(()) => answer.await,
                Err(error) => Err(error.into()),
            },
        }
    }

    fn host(&self) -> String {
        self.uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned()
    }

    fn port(&self) -> u16 {
        let default = if self.tls.is_some() { 443 } else { 80 };
        self.uri.port_u16().unwrap_or(default)
    }
}

/// Collectors and proxies may speak no more than TLS 1.2, unlike a relay.
fn system_trust() -> Result<rustls::ClientConfig, Unusable> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Unusable::NoTrust);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}
