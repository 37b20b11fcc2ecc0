//! Why there is no session, or none any more.

use std::time::Duration;

use arena_protocol::{Code, Malformed, Refused, Retry};

/// Why no session came about.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConnectError {
    /// The relay answered with a refusal.
    #[error("refused: {}", words(.0))]
    Refused(Refused),
    /// The server's certificate and port could not be read.
    #[error("no answer from {url}: {reason}")]
    Discovery {
        /// What was asked.
        url: String,
        /// What came instead.
        reason: String,
    },
    /// This way to the relay does not exist at this server.
    #[error("{0}")]
    Unsupported(&'static str),
    /// No answer in time.
    #[error("no answer in {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection failed, or ended before the answer.
    #[error(transparent)]
    Lost(#[from] Lost),
}

/// Why a session is over.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Lost {
    /// The relay says why.
    #[error("refused: {}", words(.0))]
    Refused(Refused),
    /// The relay has nothing more to say.
    #[error("the relay ended the session")]
    Finished,
    /// The relay sent what is no message.
    #[error("malformed message: {0}")]
    Malformed(#[from] Malformed),
    /// The transport failed.
    #[error("{0}")]
    Transport(String),
}

/// Why a [`Watcher`](crate::Watcher) gave up.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WatchError {
    /// Asking again would not help.
    #[error("refused: {}", words(.0))]
    Refused(Refused),
    /// No session came about for longer than the options allow.
    #[error("no session for {} s: {last}", .after.as_secs())]
    OutOfPatience {
        /// How long was tried.
        after: Duration,
        /// Why the last attempt failed.
        last: ConnectError,
    },
}

/// Why a [`Publisher`](crate::Publisher) gave up.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PublishError {
    /// Asking again would not help.
    #[error("refused: {}", words(.0))]
    Refused(Refused),
    /// No session came about for longer than the options allow.
    #[error("no session for {} s: {last}", .after.as_secs())]
    OutOfPatience {
        /// How long was tried.
        after: Duration,
        /// Why the last attempt failed.
        last: ConnectError,
    },
    /// A batch needs a payload.
    #[error("the payload is empty")]
    Empty,
    /// The queue of batches that are not accepted yet is full.
    #[error("the queue is full")]
    Full,
}

impl ConnectError {
    /// The refusal, if asking again would not help.
    pub(crate) fn final_refusal(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) | Self::Lost(Lost::Refused(refused)) => {
                (retry(refused) == Retry::No).then_some(refused)
            }
            Self::Discovery { .. } | Self::Unsupported(_) | Self::TimedOut(_) | Self::Lost(_) => {
                None
            }
        }
    }
}

impl Lost {
    /// What an application's close code says; a relay's are those of the registry.
    pub(crate) fn closed(code: u64, reason: &[u8]) -> Self {
        let known = u16::try_from(code).ok().and_then(Code::from_number);
        let reason = String::from_utf8_lossy(reason).into_owned();
        match known {
            Some(code) => Self::Refused(Refused { code: code.number(), reason }),
            None => {
                Self::Transport(format!("closed with code {code} {reason}").trim_end().to_owned())
            }
        }
    }

    pub(crate) fn transport(error: impl std::fmt::Display) -> Self {
        Self::Transport(error.to_string())
    }
}

/// Whether to ask again; a number that the registry does not have is taken as final.
pub(crate) fn retry(refused: &Refused) -> Retry {
    refused.code().map_or(Retry::No, Code::retry)
}

fn words(refused: &Refused) -> String {
    let code = match refused.code() {
        Some(code) => code.to_string(),
        None => refused.code.to_string(),
    };
    if refused.reason.is_empty() { code } else { format!("{code}: {}", refused.reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_code_of_the_registry_is_a_refusal() {
        let lost = Lost::closed(409, b"replaced");
        assert!(matches!(&lost, Lost::Refused(refused) if refused.code == 409));
        assert_eq!(lost.to_string(), "refused: 409 conflict: replaced");
        assert_eq!(Lost::closed(0, b"").to_string(), "closed with code 0");
    }

    #[test]
    fn only_a_refusal_that_stands_is_final() {
        let refused = |code| ConnectError::Refused(Refused { code, reason: String::new() });
        assert!(refused(401).final_refusal().is_some());
        assert!(refused(418).final_refusal().is_some(), "unknown numbers are final");
        assert!(refused(503).final_refusal().is_none());
        assert!(ConnectError::Lost(Lost::Finished).final_refusal().is_none());
    }
}
