//! Asks an HTTP server: for what an operator wants of a running arena, and for what a relay tells
//! control. One connection for each request; nothing of it is on the way of a batch.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Time for a request, from the first packet to the last byte of the answer.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const ANSWER_LEN_MAX: usize = 16 * 1024 * 1024;

/// A server, and what it is shown.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    uri: Uri,
    bearer: Option<HeaderValue>,
    tls: Option<Arc<rustls::ClientConfig>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

impl Client {
    /// Of a server at `http://HOST:PORT` or `https://…`, with a path below which everything is.
    pub(crate) fn new(base: &str, bearer: Option<&str>) -> anyhow::Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().with_context(|| format!("{base} is no URL"))?;
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(Arc::new(system_trust()?)),
            Some(_) | None => bail!("{base}: expected a URL that begins with http:// or https://"),
        };
        let bearer = bearer.map(|token| {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .context("the token is no text that fits into a header")?;
            value.set_sensitive(true);
            anyhow::Ok(value)
        });
        Ok(Self { base, uri, bearer: bearer.transpose()?, tls })
    }

    /// Asks, with a JSON body or none, and waits for the whole answer.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<Answer> {
        let url = format!("{}{path}", self.base);
        let asked = tokio::time::timeout(REQUEST_TIME, self.ask_once(method, &url, body)).await;
        let asked = asked.unwrap_or_else(|_late| bail!("no answer within 30 s"));
        asked.with_context(|| format!("failed to ask {url}"))
    }

    async fn ask_once(
        &self,
        method: Method,
        url: &str,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<Answer> {
        let uri: Uri = url.parse()?;
        let (host, port) = (self.host(), self.port());
        let tcp = TcpStream::connect((host.as_str(), port)).await?;
        let socket: Box<dyn Socket> = match &self.tls {
            None => Box::new(tcp),
            Some(tls) => {
                let connector = tokio_rustls::TlsConnector::from(Arc::clone(tls));
                Box::new(connector.connect(ServerName::try_from(host)?, tcp).await?)
            }
        };
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
            let body = Limited::new(answer.into_body(), ANSWER_LEN_MAX).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
            anyhow::Ok(Answer { status, body })
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

fn system_trust() -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        bail!("this system trusts nobody: there are no certificates to check https with");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}
