//! Coin for new wallets, so that an agent can stake without having bought any: each once, and only
//! so many of them. An operator may have those topped up that were given some.
//!
//! Invariant: what is given is a job of the chain; no request waits until it is there.

pub mod http;
mod service;

pub(crate) use self::service::to_give;

use crate::uint::Wei;

/// What is given, and to how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// To each wallet.
    pub amount: Wei,
    /// Wallets, at most.
    pub cap: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { amount: Wei::coins(50), cap: 50 }
    }
}
