//! The registry of refusals: one number for each, wherever it is spoken.

use std::fmt;

/// Why a relay refuses, or closes. [`Code::number`] is the same on every transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Malformed, half, with trailing bytes, of an unknown kind, or with a lying length.
    BadMessage,
    /// The token is missing, expired or forged.
    BadToken,
    /// The token does not cover this, or a foreign page asks.
    Forbidden,
    /// Nothing of that name, where waiting for it is not allowed.
    NoChannel,
    /// No Hello in time, or no sign of life.
    Timeout,
    /// Somebody else publishes this channel, or a batch is out of order.
    Conflict,
    /// The channel has ended and nothing of it is kept.
    Ended,
    /// A message over its limit.
    TooLarge,
    /// A name or a field out of its rules.
    Invalid,
    /// Another version of the protocol.
    Version,
    /// Too many sessions, subscriptions, messages or bytes from one peer.
    RateLimited,
    /// A viewer that lagged and was skipped too often.
    TooSlow,
    /// Ours.
    Internal,
    /// This relay takes nobody at present.
    Overloaded,
    /// This relay is going away.
    Draining,
}

/// Whether asking again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request will be refused again.
    No,
    /// The same request may succeed later; wait, with jitter.
    Later,
}

impl Code {
    /// Every code, in the order of the numbers.
    pub const ALL: [Self; 15] = [
        Self::BadMessage,
        Self::BadToken,
        Self::Forbidden,
        Self::NoChannel,
        Self::Timeout,
        Self::Conflict,
        Self::Ended,
        Self::TooLarge,
        Self::Invalid,
        Self::Version,
        Self::RateLimited,
        Self::TooSlow,
        Self::Internal,
        Self::Overloaded,
        Self::Draining,
    ];

    /// The number in the registry.
    pub const fn number(self) -> u16 {
        match self {
            Self::BadMessage => 400,
            Self::BadToken => 401,
            Self::Forbidden => 403,
            Self::NoChannel => 404,
            Self::Timeout => 408,
            Self::Conflict => 409,
            Self::Ended => 410,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::Version => 426,
            Self::RateLimited => 429,
            Self::TooSlow => 430,
            Self::Internal => 500,
            Self::Overloaded => 503,
            Self::Draining => 512,
        }
    }

    /// The code of a number, if the registry has it.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The name that stands in logs, metrics and problems.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadMessage => "bad_message",
            Self::BadToken => "bad_token",
            Self::Forbidden => "forbidden",
            Self::NoChannel => "no_channel",
            Self::Timeout => "timeout",
            Self::Conflict => "conflict",
            Self::Ended => "ended",
            Self::TooLarge => "too_large",
            Self::Invalid => "invalid",
            Self::Version => "version",
            Self::RateLimited => "rate_limited",
            Self::TooSlow => "too_slow",
            Self::Internal => "internal",
            Self::Overloaded => "overloaded",
            Self::Draining => "draining",
        }
    }

    /// What a client that was refused with this should do.
    pub const fn retry(self) -> Retry {
        match self {
            Self::BadMessage
            | Self::BadToken
            | Self::Forbidden
            | Self::Ended
            | Self::TooLarge
            | Self::Invalid
            | Self::Version => Retry::No,
            Self::NoChannel
            | Self::Timeout
            | Self::Conflict
            | Self::RateLimited
            | Self::TooSlow
            | Self::Internal
            | Self::Overloaded
            | Self::Draining => Retry::Later,
        }
    }

    /// The close code of a WebSocket.
    pub const fn websocket(self) -> u16 {
        4000 + self.number()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_code() {
        for code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(code));
        }
        assert_eq!(Code::from_number(418), None);
    }
}
