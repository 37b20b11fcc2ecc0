//! What an HTTP server says of its relay: `GET /v1/certificate`.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use super::Server;
use crate::error::ConnectError;
use crate::tcp;
use crate::trust::{Trust, sum_from_hex};

const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_LEN_MAX: usize = 16 * 1024;

/// Where the relay listens, and how to know it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) port: u16,
    pub(super) trust: Trust,
}

#[derive(Deserialize)]
struct Answer {
    port: u16,
    sha256: Option<String>,
    next: Option<Next>,
}

/// The certificate that will take the place of the present one.
#[derive(Deserialize)]
struct Next {
    sha256: String,
}

/// Asks it.
pub(super) async fn ask(server: &Server) -> Result<Found, ConnectError> {
    let answer = tokio::time::timeout(TIMEOUT, get(server)).await;
    let body = answer.map_err(|_late| ConnectError::TimedOut(TIMEOUT))??;
    read(&body).map_err(|reason| server.unreachable(reason))
}

async fn get(server: &Server) -> Result<Bytes, ConnectError> {
    let failed = |error: &dyn std::fmt::Display| server.unreachable(error);
    let tls = server.https()?;
    let stream = tcp::connect(&server.host, server.port, tls).await.map_err(|e| failed(&e))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| failed(&e))?;
    let request = Request::get("/v1/certificate")
        .header("host", server.authority(server.port))
        .body(Empty::<Bytes>::new())
        .map_err(|e| failed(&e))?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|e| failed(&e))?;
        if response.status() != StatusCode::OK {
            return Err(failed(&response.status()));
        }
        let body = Limited::new(response.into_body(), ANSWER_LEN_MAX);
        Ok(body.collect().await.map_err(|e| failed(&e))?.to_bytes())
    };
    // The connection is driven until the answer is whole; what becomes of it then does not matter.
    let driver = async {
        let _over = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        answer = exchange => answer,
        never = driver => match never {},
    }
}

fn read(body: &[u8]) -> Result<Found, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let Some(sum) = answer.sha256 else {
        return Ok(Found { port: answer.port, trust: Trust::System });
    };
    let sums = std::iter::once(sum).chain(answer.next.map(|next| next.sha256));
    let sums = sums.map(|sum| sum_from_hex(&sum).ok_or_else(|| format!("{sum} is no SHA-256 sum")));
    let trust = Trust::Pinned(sums.collect::<Result<_, _>>()?);
    Ok(Found { port: answer.port, trust })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_and_the_next_certificate_are_pinned() {
        let (now, next) = ("01".repeat(32), "02".repeat(32));
        let body = format!(
            r#"{{"sha256":"{now}","not_after":1,"next":{{"sha256":"{next}","not_after":2}},"port":4}}"#
        );
        let trust = Trust::Pinned(vec![[1; 32], [2; 32]]);
        assert_eq!(read(body.as_bytes()), Ok(Found { port: 4, trust }));
    }

    #[test]
    fn without_a_sum_the_authorities_vouch() {
        let body = br#"{"sha256":null,"not_after":1,"next":null,"port":4433}"#;
        assert_eq!(read(body), Ok(Found { port: 4433, trust: Trust::System }));
    }

    #[test]
    fn nonsense_is_no_answer() {
        for body in ["", "{}", r#"{"port":99999}"#, r#"{"port":1,"sha256":"00"}"#] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
