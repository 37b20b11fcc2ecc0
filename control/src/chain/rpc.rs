//! The nodes of a chain over JSON-RPC: the first that answers is asked, and the next one if it
//! does not.
//!
//! Invariant: a node that says it is of another chain is never asked anything else, nor is one whose
//! newest block stands still while another's does not; and a node that did not answer rests for a
//! while that grows up to a limit. What the chain refuses is an answer: no other node is asked for a
//! better one. What may be the node's own fault is one only where no other answers.

mod answer;
mod endpoint;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use self::answer::{Said, said};
pub use self::endpoint::Condition;
use self::endpoint::{Endpoint, Unwell};
use super::node::{Error, Head, number};
use crate::clock::Clock;
use crate::random::Chance;

/// For a connection, and for a whole answer.
const CONNECT_TIME: Duration = Duration::from_secs(3);
const ANSWER_TIME: Duration = Duration::from_secs(10);
const ANSWER_LEN_MAX: usize = 16 * 1024 * 1024;
/// Blocks that a node may be behind another while its own newest stands still.
const BEHIND: u64 = 2;
const LAGS: &str = "its newest block stands still, and another node's does not";
const CHAIN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
const NEWEST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}"#;

/// The nodes of a chain.
pub struct Rpc {
    http: reqwest::Client,
    chain_id: u64,
    clock: Arc<dyn Clock>,
    chance: Arc<Chance>,
    nodes: Vec<Endpoint>,
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
            Ok(Endpoint::new(url))
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
        self.nodes.iter().map(Endpoint::condition).collect()
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Json,
    ) -> Result<T, Error> {
        self.answer(method, params).await.map(|(answer, _by)| answer)
    }

    /// The newest block. A node whose newest block stands still is left alone until it has caught up
    /// with the others, if another goes on.
    pub(super) async fn newest(&self) -> Result<Head, Error> {
        const QUESTION: &str = "eth_getBlockByNumber";
        let params = json!(["latest", false]);
        let none = || Error::Strange("the chain has no block".to_owned());
        let (head, by) = self.answer::<Option<Head>>(QUESTION, params.clone()).await?;
        let head = head.ok_or_else(none)?;
        let now = self.clock.now();
        if !by.stands_still(head.number, now) {
            return Ok(head);
        }
        let Some(ahead) = self.ahead_of(by, head.number).await else { return Ok(head) };
        by.health().owes = Some(ahead);
        by.failed(now, Unwell::Passing(LAGS.to_owned()), &self.chance);
        self.ask::<Option<Head>>(QUESTION, params).await?.ok_or_else(none)
    }

    /// The newest block of another node, if that is well ahead.
    async fn ahead_of(&self, one: &Endpoint, number: u64) -> Option<u64> {
        let now = self.clock.now();
        let others = self.nodes.iter().filter(|node| !std::ptr::eq(*node, one));
        for node in others.filter(|node| !node.rests(now)) {
            let newest = match self.check(node).await {
                Ok(()) => self.number(node, NEWEST).await.map_err(Unwell::Passing),
                Err(unwell) => Err(unwell),
            };
            match newest {
                Ok(newest) if newest > u128::from(number.saturating_add(BEHIND)) => {
                    return u64::try_from(newest).ok();
                }
                Ok(_) => {}
                Err(unwell) => node.failed(now, unwell, &self.chance),
            }
        }
        None
    }

    /// An answer, and whose it is.
    async fn answer<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Json,
    ) -> Result<(T, &Endpoint), Error> {
        let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let question = question.to_string();
        let mut doubted: Vec<(&Endpoint, Error)> = Vec::new();
        for node in &self.nodes {
            let now = self.clock.now();
            if node.rests(now) {
                continue;
            }
            if let Err(unwell) = self.check(node).await {
                node.failed(now, unwell, &self.chance);
                continue;
            }
            let said = self.post(node, &question).await;
            if matches!(said, Said::Result(_) | Said::Refused(_)) {
                // Another knew better: it was those nodes, not the chain.
                for (node, error) in doubted.drain(..) {
                    node.failed(now, Unwell::Passing(error.to_string()), &self.chance);
                }
            }
            match said {
                Said::Result(result) => {
                    node.went_well();
                    let answer = serde_json::from_value(result);
                    let answer =
                        answer.map_err(|error| Error::Strange(format!("{method}: {error}")))?;
                    return Ok((answer, node));
                }
                Said::Refused(error) => return Err(error),
                Said::Doubtful(error) => doubted.push((node, error)),
                Said::Unwell(why) => node.failed(now, Unwell::Passing(why), &self.chance),
            }
        }
        match doubted.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Err(Error::Unreachable(self.troubles())),
        }
    }

    /// That a node is of our chain, and has caught up, before anything else is asked of it.
    async fn check(&self, node: &Endpoint) -> Result<(), Unwell> {
        if node.health().known {
            return Ok(());
        }
        let id = self.number(node, CHAIN).await.map_err(Unwell::Passing)?;
        if id != u128::from(self.chain_id) {
            let why = format!("it is of chain {id}, not of chain {}", self.chain_id);
            return Err(Unwell::OfAnother(why));
        }
        let owes = node.health().owes;
        if let Some(owed) = owes
            && self.number(node, NEWEST).await.map_err(Unwell::Passing)? < u128::from(owed)
        {
            return Err(Unwell::Passing(LAGS.to_owned()));
        }
        let mut health = node.health();
        (health.known, health.owes) = (true, None);
        Ok(())
    }

    async fn number(&self, node: &Endpoint, question: &str) -> Result<u128, String> {
        match self.post(node, question).await {
            Said::Result(answer) => {
                let number = answer.as_str().and_then(number);
                number.ok_or_else(|| "it does not answer with a number".to_owned())
            }
            Said::Refused(error) | Said::Doubtful(error) => Err(error.to_string()),
            Said::Unwell(why) => Err(why),
        }
    }

    async fn post(&self, node: &Endpoint, question: &str) -> Said {
        // The error's own words name the address, which may hold a secret.
        let words = |error: reqwest::Error| match error.is_timeout() {
            true => "it takes too long".to_owned(),
            false => format!("it cannot be reached: {}", error.without_url()),
        };
        match self.exchange(node, question).await {
            Ok(Some((status, body))) => said(status, &body),
            Ok(None) => Said::Unwell("its answer is too long".to_owned()),
            Err(error) => Said::Unwell(words(error)),
        }
    }

    /// The status and the body of its answer; none if that is too long.
    async fn exchange(
        &self,
        node: &Endpoint,
        question: &str,
    ) -> Result<Option<(u16, Vec<u8>)>, reqwest::Error> {
        let request = self.http.post(node.url.clone()).header("content-type", "application/json");
        let mut response = request.body(question.to_owned()).send().await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_LEN_MAX {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some((status, body)))
    }

    fn troubles(&self) -> String {
        let trouble = |node: &Endpoint| {
            let Condition { host, trouble, .. } = node.condition();
            format!("{host}: {}", trouble.unwrap_or_else(|| "it is well".to_owned()))
        };
        self.nodes.iter().map(trouble).collect::<Vec<_>>().join("; ")
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
