//! Who may publish and watch, and from which pages.
//!
//! Rules only: tokens against keys; origins are `protocol`'s business. The clock is handed in.

use std::fmt;
use std::sync::Arc;

pub(crate) use arena_protocol::origin::allowed as origin_allowed;
use arena_protocol::token::{self, Act, KeySet};
use arena_protocol::{ChannelName, Code};
use axum::http::{HeaderMap, header};

use crate::clock::OnceASecond;
use crate::error::Refusal;

/// Told once a second, as strangers can cause it.
static NO_KEYS: OnceASecond = OnceASecond::new();

/// Whether a token is needed.
#[derive(Clone)]
pub enum Access {
    /// Nobody needs a token. For loopback, or where the operator says so.
    Open,
    /// As [`Access::Open`], but who publishes below a prefix needs a token. Who watches there may
    /// have one, for what it waives.
    Guarded {
        /// Such as `match/`.
        prefix: &'static str,
        /// What tokens are checked with.
        keys: Arc<dyn Keys>,
    },
    /// A token signed by one of these keys; asked for each session, so keys can rotate.
    Required(Arc<dyn Keys>),
}

/// Where the public keys come from.
pub trait Keys: Send + Sync {
    /// The keys that hold now; the error tells the operator why there are none.
    fn keys(&self) -> Result<KeySet, String>;
}

impl Keys for KeySet {
    fn keys(&self) -> Result<KeySet, String> {
        Ok(self.clone())
    }
}

/// What a session may do, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Empty with open access, where everybody is the same to us.
    pub(crate) subject: String,
    /// Unix seconds at which the session ends.
    pub(crate) expires_at: Option<u64>,
    pub(crate) delay_ms: Option<u32>,
}

impl Access {
    /// Whether sessions can be decided about at all.
    pub(crate) fn is_able(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Guarded { keys, .. } | Self::Required(keys) => keys.keys().is_ok(),
        }
    }

    /// Decides about one session. `now` is in Unix seconds.
    pub(crate) fn grant(
        &self,
        token: Option<&str>,
        act: Act,
        channel: &ChannelName,
        now: u64,
    ) -> Result<Grant, Refusal> {
        let Some(keys) = self.asks(token, act, channel) else { return Ok(Grant::default()) };
        let keys = keys.keys().map_err(|cause| {
            if NO_KEYS.lets() {
                tracing::error!(cause, "no keys to check tokens with");
            }
            Refusal::new(Code::Internal, "tokens cannot be checked at present")
        })?;
        let grant = token::check(token, &keys, act, channel, now)
            .map_err(|denied| Refusal::new(denied.code(), denied.to_string()))?;
        let token::Grant { subject, expires_at, delay_ms } = grant;
        Ok(Grant { subject, expires_at: Some(expires_at), delay_ms })
    }

    /// The keys that the token has to be checked with, if it has to be.
    fn asks(&self, token: Option<&str>, act: Act, channel: &ChannelName) -> Option<&Arc<dyn Keys>> {
        match self {
            Self::Open => None,
            Self::Guarded { prefix, keys } => {
                let guarded = channel.as_str().starts_with(prefix);
                let asked = match act {
                    Act::Publish => true,
                    Act::Watch => token.is_some(),
                };
                (guarded && asked).then_some(keys)
            }
            Self::Required(keys) => Some(keys),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Guarded { .. } => "Guarded",
            Self::Required(_) => "Required",
        })
    }
}

/// The `Origin` of a request: none, or exactly one that can be read.
pub(crate) fn origin(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => Ok(None),
        (Some(origin), None) => origin.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use arena_protocol::token::{Claims, SigningKey};

    use super::*;

    #[test]
    fn below_the_guarded_prefix_only_a_token_publishes_and_everybody_watches() {
        const NOW: u64 = 1_800_000_000;
        let key = SigningKey::from_seed(&[1; 32]);
        let guarded = Access::Guarded { prefix: "match/", keys: Arc::new(key.public()) };
        let signed = |act, channel| Claims::new("p1", act, channel, NOW + 60).sign(&key);
        let (player, spectator) = (signed(Act::Publish, "match/1"), signed(Act::Watch, "match/1"));
        let outcome = |act, channel: &str, token: Option<&str>| {
            let grant = guarded.grant(token, act, &channel.parse().unwrap(), NOW);
            grant.map(|grant| grant.subject).map_err(|refusal| refusal.code)
        };
        for (act, channel, token, expected) in [
            (Act::Publish, "demo", None, Ok("")),
            (Act::Publish, "demo", Some("any"), Ok("")),
            (Act::Publish, "matches", None, Ok("")),
            (Act::Publish, "match/1", None, Err(Code::BadToken)),
            (Act::Publish, "match/1", Some("any"), Err(Code::BadToken)),
            (Act::Publish, "match/1", Some(&spectator), Err(Code::Forbidden)),
            (Act::Publish, "match/2", Some(&player), Err(Code::Forbidden)),
            (Act::Publish, "match/1", Some(&player), Ok("p1")),
            (Act::Watch, "match/1", None, Ok("")),
            (Act::Watch, "match/1", Some(&spectator), Ok("p1")),
            (Act::Watch, "match/1", Some("any"), Err(Code::BadToken)),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(outcome(act, channel, token), expected, "{act:?} {channel} {token:?}");
        }
    }
}
