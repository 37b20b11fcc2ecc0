//! One connection to an arena's HTTP side, kept alive, and opened again after it broke.
//!
//! Invariant: a request is sent at most once; one that broke under way is not repeated here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Bytes of an answer.
const ANSWER_LEN_MAX: usize = 64 * 1024;
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Where an arena is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// As requests name it.
    pub(crate) host: String,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    /// In JSON; empty where there is nothing to say.
    pub(crate) body: String,
    /// How long the answer may take.
    pub(crate) time: Duration,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The request did not leave.
    #[error("no connection")]
    NotSent,
    #[error("the connection broke")]
    Broke,
    #[error("no answer in time")]
    Late,
}

/// A connection, or the place of one.
#[derive(Debug)]
pub(crate) struct Connection {
    place: Arc<Place>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    requests: SendRequest<Full<Bytes>>,
    /// Reads and writes for it; ends with it.
    _driver: JoinSet<()>,
}

impl Place {
    pub(crate) fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }
}

impl Connection {
    /// Opens nothing yet.
    pub(crate) fn new(place: &Arc<Place>) -> Self {
        Self { place: Arc::clone(place), open: None }
    }

    /// Opens it, unless it is open.
    pub(crate) async fn open(&mut self) -> Result<(), NoAnswer> {
        if let Some(open) = &mut self.open {
            match open.requests.ready().await {
                Ok(()) => return Ok(()),
                Err(_closed_meanwhile) => self.open = None,
            }
        }
        let connecting = timeout(CONNECT_TIME, TcpStream::connect(self.place.address)).await;
        let tcp = connecting.ok().and_then(Result::ok).ok_or(NoAnswer::NotSent)?;
        // Only slower without it.
        let _slower = tcp.set_nodelay(true);
        let (requests, connection) =
            handshake(TokioIo::new(tcp)).await.map_err(|_closed| NoAnswer::NotSent)?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // Whoever waits for an answer hears of it.
            let _broke = connection.await;
        });
        self.open = Some(Open { requests, _driver: driver });
        Ok(())
    }

    /// Asks, and waits for the whole answer.
    pub(crate) async fn ask(&mut self, ask: Ask<'_>) -> Result<Answer, NoAnswer> {
        self.open().await?;
        let Some(open) = &mut self.open else { return Err(NoAnswer::NotSent) };
        let request = Request::builder()
            .method(ask.method)
            .uri(ask.path)
            .header(HOST, &self.place.host)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(ask.body));
        let Ok(request) = request else { return Err(NoAnswer::NotSent) };
        let answer = async {
            let (head, body) = open.requests.send_request(request).await.ok()?.into_parts();
            let body = Limited::new(body, ANSWER_LEN_MAX).collect().await.ok()?.to_bytes();
            Some(Answer { status: head.status, body })
        };
        let answer = timeout(ask.time, answer).await;
        // What comes late, or half, would be taken for the answer to what is asked next.
        if !matches!(answer, Ok(Some(_))) {
            self.open = None;
        }
        answer.map_err(|_elapsed| NoAnswer::Late)?.ok_or(NoAnswer::Broke)
    }
}
