//! Accounts that are contracts (ERC-1271): no key makes their signatures, so the contract is asked.
//!
//! Only a client of the chain can ask. Without one such a signature is refused in words that say so.

use std::fmt;
use std::pin::Pin;

use arena_protocol::result::{Address, B256};

/// What a contract says of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is its own: it answered with the magic value, exactly.
    Accepts,
    /// It is not; or it answered something else, reverted, or took too much gas.
    Refuses,
    /// There is no contract at this address.
    NoContract,
    /// Nobody could be asked in time.
    Unreachable,
}

/// Who can ask a contract.
pub trait Contracts: fmt::Debug + Send + Sync {
    /// Asks whether a signature over a digest is the account's. It bounds the time and the gas of it.
    fn ask<'a>(
        &'a self,
        account: Address,
        digest: B256,
        signature: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;
}

/// A signature for which a contract has vouched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    account: Address,
    signature: Vec<u8>,
}

impl Vouched {
    /// Asks a contract.
    ///
    /// # Errors
    /// It does not vouch.
    pub(super) async fn by(
        contracts: &dyn Contracts,
        account: Address,
        digest: B256,
        signature: Vec<u8>,
    ) -> Result<Self, Answer> {
        match contracts.ask(account, digest, &signature).await {
            Answer::Accepts => Ok(Self { account, signature }),
            refused @ (Answer::Refuses | Answer::NoContract | Answer::Unreachable) => Err(refused),
        }
    }

    /// One that was kept when its contract vouched for it. The contract is asked again by who
    /// records the match.
    pub(super) fn kept(account: Address, signature: Vec<u8>) -> Self {
        Self { account, signature }
    }

    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> Address {
        self.account
    }

    /// As the contract takes it.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}
