//! The nodes of a chain over JSON-RPC: the first that answers is asked, and the next one if it
//! does not.
//!
//! Invariant: a node that says it is of another chain is never asked anything else, and a node
//! that did not answer rests for a while that grows up to a limit. What a node refuses is an
//! answer: no other node is asked for a better one.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use alloy::primitives::Bytes;

use super::node::{Error, number};
use crate::clock::Clock;
use crate::random::Chance;
use crate::time::{At, Span};

/// For a connection, and for a whole answer.
const CONNECT_TIME: Duration = Duration::from_secs(3);
const ANSWER_TIME: Duration = Duration::from_secs(10);
const ANSWER_LEN_MAX: usize = 16 * 1024 * 1024;
/// How long a node rests after it did not answer: doubled from the first up to the last.
const REST: Span = Span(250);
const REST_MAX: Span = Span::seconds(15);
/// A node of another chain is asked again whether it is, after so long.
const WRONG_REST: Span = Span::seconds(60);

/// The nodes of a chain.
pub struct Rpc {
    http: reqwest::Client,
    chain_id: u64,
    clock: Arc<dyn Clock>,
    chance: Arc<Chance>,
    nodes: Vec<Endpoint>,
}

struct Endpoint {
    url: reqwest::Url,
    health: Mutex<Health>,
    /// How often it did not answer.
    failures: AtomicU64,
}

#[derive(Clone, Debug, Default)]
struct Health {
    /// Whether it has said that it is of our chain since it last failed.
    known: bool,
    failures: u32,
    rests_until: At,
    trouble: Option<String>,
}

/// How a node is, for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Which, without what may be a secret in its address.
    pub host: String,
    /// What is wrong with it, if something is.
    pub trouble: Option<String>,
    /// How often it did not answer.
    pub failures: u64,
}

/// Nodes that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Not an address, or not of HTTP.
    #[error("the address of node {0} is not http:// or https://")]
    Address(usize),
    /// None is named.
    #[error("no node of the chain is named")]
    None,
    /// The client does not start.
    #[error("failed to start the HTTP client")]
    Client(#[from] reqwest::Error),
    /// TLS does not start.
    #[error("failed to start TLS")]
    Tls(#[from] rustls::Error),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Json,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Json,
}

impl Rpc {
    /// Nodes of a chain, the one to be asked first in front.
    ///
    /// # Errors
    /// An address cannot be used, or there is none.
    pub fn new(
        urls: &[String],
        chain_id: u64,
        clock: Arc<dyn Clock>,
        chance: Arc<Chance>,
    ) -> Result<Self, Unusable> {
        let node = |(place, url): (usize, &String)| {
            let url = reqwest::Url::parse(url).ok();
            let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            let url = url.ok_or(Unusable::Address(place + 1))?;
            Ok(Endpoint { url, health: Mutex::default(), failures: AtomicU64::new(0) })
        };
        let nodes: Vec<_> = urls.iter().enumerate().map(node).collect::<Result<_, Unusable>>()?;
        if nodes.is_empty() {
            return Err(Unusable::None);
        }
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIME)
            .timeout(ANSWER_TIME)
            .build()?;
        Ok(Self { http, chain_id, clock, chance, nodes })
    }

    /// How the nodes are.
    pub fn conditions(&self) -> Vec<Condition> {
        let condition = |node: &Endpoint| Condition {
            host: node.host(),
            trouble: node.health().trouble.clone(),
            failures: node.failures.load(Ordering::Relaxed),
        };
        self.nodes.iter().map(condition).collect()
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Json,
    ) -> Result<T, Error> {
        let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let question = question.to_string();
        for node in &self.nodes {
            let now = self.clock.now();
            if node.health().rests_until > now {
                continue;
            }
            if let Err(why) = self.check(node).await {
                node.failed(now, why, &self.chance);
                continue;
            }
            match self.post(node, &question).await {
                Ok(Answer { error: Some(error), .. }) if error.is_ours_to_retry() => {
                    node.failed(now, error.message, &self.chance);
                }
                Ok(Answer { error: Some(error), .. }) => return Err(error.into()),
                Ok(Answer { result, error: None }) => {
                    node.went_well();
                    return serde_json::from_value(result)
                        .map_err(|error| Error::Strange(format!("{method}: {error}")));
                }
                Err(why) => node.failed(now, why, &self.chance),
            }
        }
        Err(Error::Unreachable(self.troubles()))
    }

    /// That a node is of our chain, before anything else is asked of it.
    async fn check(&self, node: &Endpoint) -> Result<(), String> {
        if node.health().known {
            return Ok(());
        }
        const QUESTION: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
        let answer = self.post(node, QUESTION).await?;
        let id = answer.result.as_str().and_then(number);
        let Some(id) = id else { return Err("it does not say of which chain it is".to_owned()) };
        if id != u128::from(self.chain_id) {
            node.health().failures = u32::MAX;
            return Err(format!("it is of chain {id}, not of chain {}", self.chain_id));
        }
        node.health().known = true;
        Ok(())
    }

    async fn post(&self, node: &Endpoint, question: &str) -> Result<Answer, String> {
        let request = self.http.post(node.url.clone()).header("content-type", "application/json");
        // The error's own words name the address, which may hold a secret.
        let words = |error: reqwest::Error| match error.is_timeout() {
            true => "it takes too long".to_owned(),
            false => format!("it cannot be reached: {}", error.without_url()),
        };
        let mut response = request.body(question.to_owned()).send().await.map_err(words)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(words)? {
            if body.len() + chunk.len() > ANSWER_LEN_MAX {
                return Err("its answer is too long".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        if matches!(status.as_u16(), 429 | 502..=504) {
            return Err(format!("it answers with HTTP status {}", status.as_u16()));
        }
        // Some nodes put a refusal into a status of 400 or 500.
        serde_json::from_slice(&body)
            .map_err(|_| format!("it answers with HTTP status {} and no JSON-RPC", status.as_u16()))
    }

    fn troubles(&self) -> String {
        let trouble = |node: &Endpoint| {
            let trouble = node.health().trouble.clone();
            format!("{}: {}", node.host(), trouble.unwrap_or_else(|| "it is well".to_owned()))
        };
        self.nodes.iter().map(trouble).collect::<Vec<_>>().join("; ")
    }
}

impl Endpoint {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    fn went_well(&self) {
        let mut health = self.health();
        if health.trouble.is_some() {
            tracing::info!(node = self.host(), "a node of the chain answers again");
        }
        *health = Health { known: true, ..Health::default() };
    }

    fn failed(&self, now: At, why: String, chance: &Chance) {
        // A count, and nothing that it publishes.
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut health = self.health();
        if health.trouble.as_ref() != Some(&why) {
            tracing::warn!(node = self.host(), why, "a node of the chain does not answer");
        }
        let wrong = health.failures == u32::MAX;
        health.known = false;
        health.trouble = Some(why);
        health.failures = if wrong { 0 } else { health.failures.saturating_add(1) };
        health.rests_until =
            now + if wrong { WRONG_REST } else { rest(health.failures, chance.bytes()) };
    }
}

/// A pause that doubles, of which half is left to chance, so that many do not return together.
fn rest(failures: u32, chance: [u8; 1]) -> Span {
    let doubled = REST.0.saturating_mul(1 << failures.clamp(1, 16).saturating_sub(1));
    let whole = doubled.min(REST_MAX.0);
    Span(whole / 2 + whole * u64::from(chance[0]) / 512)
}

impl Refusal {
    /// A node that is asked too often speaks for itself, not for the chain.
    fn is_ours_to_retry(&self) -> bool {
        let message = self.message.to_lowercase();
        self.code == 429
            || message.contains("too many requests")
            || message.contains("rate limit")
            || message.contains("requests per second")
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        // Some nodes wrap it once more.
        let data = refusal.data.as_str().or_else(|| refusal.data["data"].as_str());
        let data = data.and_then(|data| data.parse::<Bytes>().ok());
        let message = refusal.message.chars().take(300).collect();
        Self::Refused { message, data }
    }
}

/// One implementation of TLS' cryptography, the one that everything else here uses, and the
/// machine's own certificates.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

impl fmt::Debug for Rpc {
    /// Addresses of nodes hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.nodes.iter().map(Endpoint::host).collect();
        f.debug_struct("Rpc").field("chain_id", &self.chain_id).field("nodes", &hosts).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_up_to_a_limit_and_half_of_them_is_chance() {
        let rests = |chance| [1, 2, 3, 40].map(|failures| rest(failures, [chance]).0);
        assert_eq!(rests(0), [125, 250, 500, 7_500]);
        assert!(rests(255).into_iter().all(|span| span < REST_MAX.0));
        assert!(rest(3, [255]) > rest(3, [0]));
    }

    #[test]
    fn a_key_in_an_address_is_not_shown() {
        let clock = Arc::new(crate::clock::SystemClock);
        let chance = Arc::new(Chance::of_the_system());
        let url = "https://node.example/v2/a-secret".to_owned();
        let rpc = Rpc::new(&[url], 1, clock, chance).unwrap();
        assert!(!format!("{rpc:?}{:?}", rpc.conditions()).contains("secret"));
    }

    #[test]
    fn addresses_that_cannot_be_asked_are_refused() {
        for url in ["", "node.example", "ws://node.example", "file:///etc/passwd"] {
            let clock = Arc::new(crate::clock::SystemClock);
            let chance = Arc::new(Chance::of_the_system());
            assert!(Rpc::new(&[url.to_owned()], 1, clock, chance).is_err(), "{url}");
        }
    }
}
