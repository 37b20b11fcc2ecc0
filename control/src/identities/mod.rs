//! Who somebody is: by name and password, by wallet, or by API key.
//!
//! Invariant: of a sign-in only its newest refresh token holds; an old one that is shown again
//! ends the sign-in, because then two have it. The one in a browser's cookie stays the newest. Secrets are kept as hashes, but for the keys that
//! tokens are signed with.

pub mod auth;
pub mod browser;
pub mod http;
mod keyring;
mod passwords;
pub mod rules;
pub(crate) mod service;
mod siwe;
pub(crate) mod wallet;

pub(crate) use keyring::Keyring;
pub(crate) use passwords::Passwords;
use serde::{Deserialize, Serialize};
pub(crate) use siwe::rfc3339;
use utoipa::ToSchema;

use crate::ids::PlayerId;
use crate::time::At;

/// Somebody who has an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Identity {
    /// Its id.
    #[schema(value_type = String)]
    pub id: PlayerId,
    /// What others see.
    pub name: String,
    /// Lower case, with 0x.
    pub wallet: Option<String>,
    /// What it may do.
    pub role: Role,
    /// When it registered, in Unix milliseconds.
    #[schema(value_type = i64)]
    pub created_at: At,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Play.
    Player,
    /// What an operator does.
    Admin,
    /// Report about streams.
    Relay,
}

/// A family of refresh tokens.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) id: String,
    pub(crate) identity: PlayerId,
    pub(crate) token_hash: String,
    pub(crate) expires_at: At,
}

/// A key of a program; its secret is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKey {
    /// Its id.
    pub id: String,
    #[serde(skip)]
    pub(crate) identity: PlayerId,
    /// What its owner calls it.
    pub name: String,
    /// What its bearer may do: `queue`, `agents`, `reports`.
    pub scopes: Vec<String>,
    /// When it was made, in Unix milliseconds.
    #[schema(value_type = i64)]
    pub created_at: At,
}

impl Role {
    const ALL: [Self; 3] = [Self::Player, Self::Admin, Self::Relay];

    /// As it stands in tokens and rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::Admin => "admin",
            Self::Relay => "relay",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
