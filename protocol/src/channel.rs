//! A channel's name: what agents publish to and viewers watch.
//!
//! Invariant: a [`ChannelName`] is safe in a URL, a file's name and a log line.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::CHANNEL_LEN_MAX;

/// What the channels of matches begin with; the match's id follows. Only its players publish there.
pub const OF_MATCHES: &str = "match/";

/// The checked name of a channel; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(Arc<str>);

/// Why a text is no channel's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, or over the limit.
    #[error("a channel's name has 1 to {CHANNEL_LEN_MAX} characters")]
    Length,
    /// A character that may not stand in a name.
    #[error("a channel's name is made of A-Z a-z 0-9 . _ ~ / and -")]
    Character,
    /// `a//b`, `/a`, `a/`, `.` or `..` between slashes.
    #[error("a channel's name has no empty or dotted segment")]
    Segment,
}

impl ChannelName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        if name.is_empty() || name.len() > CHANNEL_LEN_MAX {
            return Err(NameError::Length);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._~/-".contains(&byte);
        if !name.bytes().all(allowed) {
            return Err(NameError::Character);
        }
        if name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(NameError::Segment);
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_rules() {
        let long = "a".repeat(CHANNEL_LEN_MAX);
        for good in ["demo", "a", "m/7f3a", "A-Z_0.9~x", "...", long.as_str()] {
            assert_eq!(good.parse::<ChannelName>().unwrap().as_str(), good);
        }
        let longer = "a".repeat(CHANNEL_LEN_MAX + 1);
        let bad = [
            ("", NameError::Length),
            (longer.as_str(), NameError::Length),
            ("a b", NameError::Character),
            ("a\0", NameError::Character),
            ("а", NameError::Character),
            ("a%2f", NameError::Character),
            ("../etc", NameError::Segment),
            ("a/./b", NameError::Segment),
            ("/a", NameError::Segment),
            ("a/", NameError::Segment),
            ("a//b", NameError::Segment),
        ];
        for (name, error) in bad {
            assert_eq!(name.parse::<ChannelName>(), Err(error), "{name:?}");
        }
    }
}
