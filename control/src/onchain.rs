//! What a chain says, in this crate's own words: accounts, blocks, and events with their place.
//!
//! Whoever follows a chain hands events to the domains that they concern, and takes a block's
//! events back when that block is no longer part of the chain. It knows the chain; the domains know
//! what the events mean.

use std::fmt;
use std::str::FromStr;

use alloy::primitives::{self, B256};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::identities::wallet::Address;
use crate::ids::MatchId;
use crate::time::At;

/// An account of a chain: 0x and 40 digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Account(String);

/// The text names no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an account: 0x and 40 hexadecimal digits; digits of both cases are a checksum")]
pub struct NotAnAccount;

impl Account {
    /// Whether it is the one that nobody has, which contracts write for "anybody".
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.0.bytes().skip(2).all(|digit| digit == b'0')
    }
}

impl From<primitives::Address> for Account {
    fn from(address: primitives::Address) -> Self {
        Self(format!("{address:#x}"))
    }
}

impl From<&Account> for primitives::Address {
    fn from(account: &Account) -> Self {
        account.0.parse().expect("an account is 0x and 40 digits")
    }
}

impl FromStr for Account {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        Address::parse(text).map(|address| Self(address.lower())).ok_or(NotAnAccount)
    }
}

impl TryFrom<String> for Account {
    type Error = NotAnAccount;

    fn try_from(text: String) -> Result<Self, NotAnAccount> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A block that was part of the chain when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub number: i64,
    /// Its hash, as text that is the same whenever it is told.
    pub hash: String,
    /// The time that it claims.
    pub at: At,
}

/// Where an event stands; the order in which the chain has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The block's height.
    pub block: i64,
    /// Its number among the block's events.
    pub log: i64,
}

/// The contracts whose events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contract {
    /// That of wagers between two.
    Wager,
    /// That of the spectators' pools.
    Pool,
    /// That of the stakes of matches.
    Escrow,
}

impl Contract {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wager => "wager",
            Self::Pool => "pool",
            Self::Escrow => "escrow",
        }
    }
}

/// What there is to do on a chain for a job, by what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<T> {
    /// This.
    Now(T),
    /// Nothing yet.
    Later,
    /// Nothing, or nothing any more.
    Done,
}

/// What a contract calls a match: the SHA-256 of its id's text, 0x and 64 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MatchKey(pub String);

impl MatchKey {
    /// That of a match.
    #[must_use]
    pub fn of(id: MatchId) -> Self {
        let sum = digest(&SHA256, id.to_string().as_bytes());
        let digits: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("0x{digits}"))
    }

    /// As contracts take it; none if it is no key that a contract has given.
    #[must_use]
    pub fn hash(&self) -> Option<B256> {
        self.0.parse().ok()
    }
}

impl From<B256> for MatchKey {
    fn from(hash: B256) -> Self {
        Self(format!("{hash:#x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_has_the_key_that_clients_sign() {
        let id: MatchId = "00000000-0000-4000-8000-000000000001".parse().unwrap();
        let key = "0x11e594f481958c10e3015d0bf0447a22f068a8a647f475df15ce2c7ab4b8f3f1";
        assert_eq!(MatchKey::of(id).0, key);
    }

    #[test]
    fn an_account_has_one_spelling() {
        let account: Account = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf".parse().unwrap();
        assert_eq!(account.to_string(), "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
        assert!(!account.is_nobody());
        let nobody: Account = format!("0x{}", "0".repeat(40)).parse().unwrap();
        assert!(nobody.is_nobody());
        let address: primitives::Address = (&account).into();
        assert_eq!(Account::from(address), account);
        for text in ["", "0x", "7e5f4552091a69125d5dfcb7b8c2659029395bdf", "fox.eth"] {
            assert_eq!(text.parse::<Account>(), Err(NotAnAccount), "{text}");
        }
    }
}
