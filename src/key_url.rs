//! Public keys at a URL, such as control's `/.well-known/jwks.json`, read again and again.
//!
//! Sessions are decided upon with what was read last, so control may be away for as long as no key
//! is new.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::bail;
use arena_protocol::token::KeySet;
use arena_relay::Keys;
use hyper::{Method, StatusCode};

use arena_client::http::Client;

/// A third of the time between a key's publication and its use.
const EVERY: Duration = Duration::from_secs(20);
/// While there are none at all.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Public keys at a URL.
#[derive(Debug)]
pub(crate) struct KeyUrl {
    url: String,
    client: Client,
    read: RwLock<Option<KeySet>>,
}

impl KeyUrl {
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        Ok(Self { url: url.to_owned(), client: Client::new(url, None)?, read: RwLock::default() })
    }

    /// Reads them for as long as it is polled.
    pub(crate) async fn keep_fresh(&self) {
        let mut told = false;
        loop {
            match self.fetch().await {
                Ok(keys) => {
                    *self.read.write().unwrap_or_else(PoisonError::into_inner) = Some(keys);
                    told = false;
                }
                Err(error) if !told => {
                    let error = format!("{error:#}");
                    tracing::warn!(error, "the keys were not read, those known before are kept");
                    told = true;
                }
                Err(_told) => {}
            }
            tokio::time::sleep(if self.keys().is_ok() { EVERY } else { AGAIN_AFTER }).await;
        }
    }

    async fn fetch(&self) -> anyhow::Result<KeySet> {
        let answer = self.client.ask(Method::GET, "", None).await?;
        if answer.status != StatusCode::OK {
            bail!("{}: answered {}", self.url, answer.status);
        }
        Ok(KeySet::from_jwks(std::str::from_utf8(&answer.body)?)?)
    }
}

impl Keys for KeyUrl {
    fn keys(&self) -> Result<KeySet, String> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        read.clone().ok_or_else(|| format!("{}: not read yet", self.url))
    }
}
