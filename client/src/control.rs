//! What an agent asks of the control plane: to meet somebody, to publish the match, to stake, to
//! report, and to sign the result.
//!
//! - `control/words.rs`: what is sent and what is answered.
//! - `control/wallet.rs`: the key that signs results.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use arena_client::control::{Control, Join, Report, Wallet};
//!
//! let control = Control::new("http://127.0.0.1:8000", None)?;
//! let wallet = Wallet::from_hex("…")?;
//! let join = Join { wallet_address: Some(wallet.address()), ..Join::new("FOX#123") };
//! let met = control.meet(&join).await?;
//! // … play, and publish what happens with `control.stream(&met)` …
//! control.report(&met, &Report::new("won", 3, 1)).await?;
//! let to_sign = control.to_sign(&met).await?;
//! control.sign(&met, &to_sign, &wallet).await?;
//! # Ok(())
//! # }
//! ```

mod wallet;
mod words;

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::http::{self, Answer, Client};

pub use self::wallet::{NotAKey, Wallet};
pub use self::words::{
    Entry, Join, Met, NotSignable, Report, Signed, Status, Stream, ToSign, Token, Wager,
};
pub use arena_protocol::result::Address;

/// How long a question about an entry is held while nothing happens.
const HELD: Duration = Duration::from_secs(20);

/// The control plane of an arena.
#[derive(Clone, Debug)]
pub struct Control {
    http: Client,
}

/// Why something did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came. What was asked may have been done all the same.
    #[error(transparent)]
    NoAnswer(#[from] http::NoAnswer),
    /// The arena will not.
    #[error("{detail} ({status})")]
    Refused {
        /// By which kind of refusal.
        status: StatusCode,
        /// In its words.
        detail: String,
    },
    /// An answer that no arena gives.
    #[error("the answer makes no sense: {0}")]
    Strange(#[from] serde_json::Error),
    /// There is no result that could be signed in what was answered.
    #[error(transparent)]
    NotSignable(#[from] NotSignable),
    /// Nobody was met.
    #[error("the entry was {0} before somebody was met")]
    NotMet(Status),
}

impl Control {
    /// Of an arena at `http://HOST:PORT` or `https://…`; the bearer is an access token or an API
    /// key, for who has an identity.
    ///
    /// # Errors
    /// It is no such URL.
    pub fn new(url: &str, bearer: Option<&str>) -> Result<Self, http::Unusable> {
        Ok(Self { http: Client::new(url, bearer)? })
    }

    /// Joins the queue.
    ///
    /// # Errors
    /// The arena refuses, or does not answer.
    pub async fn join(&self, join: &Join) -> Result<Entry, Error> {
        self.post("/queue/join", join).await
    }

    /// Looks at an entry; the answer is held back for up to `wait` while nothing happens.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub async fn entry(&self, queue_id: &str, wait: Duration) -> Result<Entry, Error> {
        let path = format!("/queue/{queue_id}?wait={}", wait.as_secs());
        self.ask(Method::GET, &path, None).await
    }

    /// Leaves the queue; whether it was still waiting.
    ///
    /// # Errors
    /// No answer.
    pub async fn leave(&self, queue_id: &str) -> Result<bool, Error> {
        let left: Json = self.ask(Method::DELETE, &format!("/queue/{queue_id}"), None).await?;
        Ok(left["success"] == true)
    }

    /// Joins the queue and waits until somebody is met.
    ///
    /// # Errors
    /// The arena refuses, does not answer, or ends the entry.
    pub async fn meet(&self, join: &Join) -> Result<Met, Error> {
        let mut entry = self.join(join).await?;
        loop {
            match entry.status {
                Status::Waiting => entry = self.entry(&entry.queue_id, HELD).await?,
                Status::Matched => return Ok(Met::of(entry)?),
                Status::Cancelled | Status::Expired => return Err(Error::NotMet(entry.status)),
            }
        }
    }

    /// What allows to publish a match, and to watch it.
    ///
    /// # Errors
    /// The match is over, or no answer.
    pub async fn stream(&self, met: &Met) -> Result<Stream, Error> {
        let path = format!("/v1/matches/{}/stream", met.match_id);
        self.post(&path, &json!({ "queue_id": met.queue_id })).await
    }

    /// What allows to watch a match, for anybody.
    ///
    /// # Errors
    /// There is no such match, or no answer.
    pub async fn watch(&self, match_id: &str) -> Result<Stream, Error> {
        self.ask(Method::GET, &format!("/v1/matches/{match_id}/stream"), None).await
    }

    /// Proposes a wager that the contract knows by a number: each side stakes so many wei.
    ///
    /// # Errors
    /// It cannot be proposed (any more), or no answer.
    pub async fn propose(&self, met: &Met, wager_id: &str, wei: &str) -> Result<Wager, Error> {
        let (path, by) = (format!("/matches/{}/wager/propose", met.match_id), &met.queue_id);
        let asked = json!({ "queue_id": by, "wager_id": wager_id, "amount_wei": wei });
        self.post(&path, &asked).await
    }

    /// Agrees to the wager that the other side proposed.
    ///
    /// # Errors
    /// There is none to agree to (any more), or no answer.
    pub async fn accept(&self, met: &Met) -> Result<Wager, Error> {
        let path = format!("/matches/{}/wager/accept", met.match_id);
        self.post(&path, &json!({ "queue_id": met.queue_id })).await
    }

    /// The wager of a match.
    ///
    /// # Errors
    /// There is no such match, or no answer.
    pub async fn wager(&self, match_id: &str) -> Result<Wager, Error> {
        self.ask(Method::GET, &format!("/matches/{match_id}/wager"), None).await
    }

    /// Tells how the match ended. The same again is fine.
    ///
    /// # Errors
    /// It was told otherwise before, or no answer.
    pub async fn report(&self, met: &Met, report: &Report) -> Result<(), Error> {
        let mut asked = serde_json::to_value(report)?;
        asked["queue_id"] = json!(met.queue_id);
        let path = format!("/matches/{}/result", met.match_id);
        self.post::<_, Json>(&path, &asked).await.map(|_taken| ())
    }

    /// The result that both sides sign. There is none before both have reported.
    ///
    /// # Errors
    /// There is nothing to sign (yet), or no answer.
    pub async fn to_sign(&self, met: &Met) -> Result<ToSign, Error> {
        let path = format!("/v1/matches/{}/typed-data", met.match_id);
        let typed: Json = self.ask(Method::GET, &path, None).await?;
        let to_sign = ToSign::of(&typed)?;
        if to_sign.result.match_id != arena_protocol::result::match_id(&met.match_id) {
            return Err(NotSignable::OtherMatch.into());
        }
        Ok(to_sign)
    }

    /// Signs a result. The same again is fine.
    ///
    /// # Errors
    /// The wallet is of no side, or no answer.
    pub async fn sign(
        &self,
        met: &Met,
        to_sign: &ToSign,
        wallet: &Wallet,
    ) -> Result<Signed, Error> {
        let signature = wallet.sign(&to_sign.result.digest(&to_sign.domain));
        let asked = json!({ "address": wallet.address().to_string(), "signature": signature });
        self.post(&format!("/matches/{}/signature", met.match_id), &asked).await
    }

    /// A match as everybody sees it.
    ///
    /// # Errors
    /// There is no such match, or no answer.
    pub async fn look(&self, match_id: &str) -> Result<Json, Error> {
        self.ask(Method::GET, &format!("/v1/matches/{match_id}"), None).await
    }

    /// What the log tells of a match behind a number.
    ///
    /// # Errors
    /// There is no such match, or no answer.
    pub async fn events(&self, match_id: &str, after: u64) -> Result<Vec<Json>, Error> {
        let path = format!("/v1/matches/{match_id}/events?after={after}");
        let mut told: Json = self.ask(Method::GET, &path, None).await?;
        Ok(serde_json::from_value(told["events"].take())?)
    }

    async fn post<A, T>(&self, path: &str, asked: &A) -> Result<T, Error>
    where
        A: Serialize + Sync,
        T: DeserializeOwned,
    {
        self.ask(Method::POST, path, Some(serde_json::to_vec(asked)?)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<T, Error> {
        let Answer { status, body } = self.http.ask(method, path, body).await?;
        if status.is_success() {
            return Ok(serde_json::from_slice(&body)?);
        }
        let told: Json = serde_json::from_slice(&body).unwrap_or_default();
        let detail = match told["detail"].as_str() {
            Some(detail) => detail.to_owned(),
            None => "no arena answers like this: is the URL right?".to_owned(),
        };
        Err(Error::Refused { status, detail })
    }
}
