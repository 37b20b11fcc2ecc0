//! Whose rating it is: an account's, or else a wallet's, or else a connect code's.
//!
//! Each kind has its own names, so nobody who only claims a wallet or a code moves the rating of
//! who is logged in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::PlayerId;
use crate::queue::rules::Owner;

const IDENTITY: &str = "identity:";
const WALLET: &str = "wallet:";
const CODE: &str = "code:";

/// The name of somebody who is rated, such as `code:FOX#123`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Of who is logged in.
    #[must_use]
    pub fn of_identity(id: PlayerId) -> Self {
        Self(format!("{IDENTITY}{id}"))
    }

    /// Of who entered a queue; nobody enters one without any of the three.
    #[must_use]
    pub fn of(owner: &Owner) -> Self {
        match (owner.identity, &owner.wallet, &owner.connect_code) {
            (Some(id), _, _) => Self::of_identity(id),
            (None, Some(wallet), _) => Self(format!("{WALLET}{}", wallet.to_ascii_lowercase())),
            (None, None, code) => Self(format!("{CODE}{}", code.as_deref().unwrap_or_default())),
        }
    }

    /// One that is kept, or asked for.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The account, if it is one's.
    #[must_use]
    pub fn identity(&self) -> Option<PlayerId> {
        self.0.strip_prefix(IDENTITY)?.parse().ok()
    }

    /// As it is kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_never_names_who_is_logged_in() {
        let id = PlayerId::random(7);
        let owner = |identity, wallet: Option<&str>, code: &str| Owner {
            identity,
            wallet: wallet.map(str::to_owned),
            connect_code: Some(code.to_owned()),
        };
        let account = Name::of(&owner(Some(id), Some("0xAB"), "A#1"));
        assert_eq!(account.identity(), Some(id));
        assert_eq!(Name::of(&owner(None, Some("0xAB"), "A#1")).as_str(), "wallet:0xab");
        let pretender = Name::of(&owner(None, None, account.as_str()));
        assert_eq!(pretender.identity(), None);
        assert_ne!(pretender, account);
    }
}
