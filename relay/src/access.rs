//! Who may publish and watch, and from which pages.
//!
//! Rules only: tokens against keys, an `Origin` against a list. The clock is handed in.

use std::fmt;
use std::sync::Arc;

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
            Self::Required(keys) => keys.keys().is_ok(),
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
        let Self::Required(keys) = self else { return Ok(Grant::default()) };
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
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
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

/// Whether a page may open a session. No `Origin` means no browser.
///
/// Scheme, host and port are compared as a whole; only letters' case is ignored.
pub(crate) fn origin_allowed(origin: Option<&str>, own: &[String], listed: &[String]) -> bool {
    let Some(origin) = origin else { return true };
    own.iter().chain(listed).any(|allowed| with_port(allowed) == with_port(origin))
}

fn with_port(origin: &str) -> Option<String> {
    let origin = origin.to_ascii_lowercase();
    let (scheme, host) = origin.split_once("://")?;
    let default = match scheme {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    Some(if has_port { origin } else { format!("{origin}:{default}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_scheme_host_and_port() {
        let own = ["http://127.0.0.1:8000".to_owned()];
        let listed = ["https://arena.example".to_owned()];
        let table = [
            (None, true),
            (Some("http://127.0.0.1:8000"), true),
            (Some("HTTP://127.0.0.1:8000"), true),
            (Some("https://ARENA.example"), true),
            (Some("https://arena.example:443"), true),
            (Some("https://127.0.0.1:8000"), false),
            (Some("http://127.0.0.1:8001"), false),
            (Some("http://127.0.0.1"), false),
            (Some("http://arena.example"), false),
            (Some("https://arena.example.evil.com"), false),
            (Some("https://evil.com/https://arena.example"), false),
            (Some("null"), false),
            (Some(""), false),
        ];
        for (origin, allowed) in table {
            assert_eq!(origin_allowed(origin, &own, &listed), allowed, "{origin:?}");
        }
    }
}
