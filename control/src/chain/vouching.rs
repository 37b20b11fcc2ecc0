//! Whether an account that is a contract vouches for a signature (ERC-1271).
//!
//! Invariant: a request waits a bounded time for it, what the contract may use is bounded, and so is
//! how many are asked at once.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, FixedBytes, U64};
use alloy::sol;
use alloy::sol_types::{SolCall as _, SolValue as _};
use serde_json::json;
use tokio::sync::Semaphore;

use super::node::Error;
use super::rpc::Rpc;
use crate::clock::Clock;
use crate::signatures::contract::{Answer, Contracts};
use crate::time::{At, Span};

/// A request waits for it, unlike for anything else of the chain.
const TIME: Duration = Duration::from_secs(3);
/// Wallets of several owners, or of passkeys checked in Solidity, take less.
const GAS: u64 = 1_000_000;
/// Contracts that are asked at once; others wait for their turn, within their time.
const AT_ONCE: usize = 16;
/// For so long after no contract stood at an account, none is thought to stand there while nobody can
/// be asked; of so many accounts.
const KEPT: Span = Span::seconds(600);
const KEPT_MAX: usize = 1_024;

sol! {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
}

/// See the module.
pub(super) struct Vouching {
    rpc: Arc<Rpc>,
    clock: Arc<dyn Clock>,
    door: Semaphore,
    /// Accounts at which no contract stood, and when.
    bare: Mutex<BTreeMap<Address, At>>,
}

impl Vouching {
    pub(super) fn new(rpc: Arc<Rpc>, clock: Arc<dyn Clock>) -> Self {
        Self { rpc, clock, door: Semaphore::new(AT_ONCE), bare: Mutex::default() }
    }

    async fn answer(&self, account: Address, call: Bytes) -> Answer {
        let params = json!([{ "to": account, "data": call, "gas": U64::from(GAS) }, "latest"]);
        let asked = tokio::time::timeout(TIME, async {
            let _turn = self.door.acquire().await;
            self.rpc.ask::<Bytes>("eth_call", params).await
        });
        let answer = match asked.await {
            Ok(Ok(answer)) => said(&answer),
            Ok(Err(error)) if is_of_the_contract(&error) => Answer::Refuses,
            Ok(Err(_)) | Err(_) => Answer::Unreachable,
        };
        let now = self.clock.now();
        match answer {
            Answer::NoContract => self.note(account, now),
            Answer::Unreachable if self.was_bare(account, now) => return Answer::NoContract,
            Answer::Accepts | Answer::Refuses | Answer::Unreachable => {}
        }
        answer
    }

    fn note(&self, account: Address, now: At) {
        let mut bare = self.bare();
        if bare.len() >= KEPT_MAX {
            bare.retain(|_, at| *at + KEPT > now);
        }
        if bare.len() < KEPT_MAX {
            bare.insert(account, now);
        }
    }

    fn was_bare(&self, account: Address, now: At) -> bool {
        self.bare().get(&account).is_some_and(|at| *at + KEPT > now)
    }

    fn bare(&self) -> MutexGuard<'_, BTreeMap<Address, At>> {
        self.bare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contracts for Vouching {
    fn ask<'a>(
        &'a self,
        account: Address,
        digest: B256,
        signature: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        let signature = Bytes::copy_from_slice(signature);
        let call = isValidSignatureCall { hash: digest, signature }.abi_encode();
        Box::pin(self.answer(account, call.into()))
    }
}

impl fmt::Debug for Vouching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vouching").field("rpc", &self.rpc).finish_non_exhaustive()
    }
}

/// It reverted, or came to no end within its gas: what else a node refuses is no word of it.
fn is_of_the_contract(error: &Error) -> bool {
    let ended =
        |message: &str| ["gas", "opcode", "evm error"].iter().any(|it| message.contains(it));
    match error {
        Error::Refused { message, .. } => error.is_a_revert() || ended(&message.to_lowercase()),
        Error::Unreachable(_) | Error::Strange(_) | Error::NoContract(_) => false,
    }
}

/// The magic value and nothing else counts.
fn said(answer: &Bytes) -> Answer {
    let magic = FixedBytes::<4>::from(isValidSignatureCall::SELECTOR).abi_encode();
    if answer.is_empty() {
        Answer::NoContract
    } else if answer.as_ref() == magic {
        Answer::Accepts
    } else {
        Answer::Refuses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_magic_value_vouches() {
        let magic = Bytes::from(alloy::primitives::hex!(
            "1626ba7e00000000000000000000000000000000000000000000000000000000"
        ));
        assert_eq!(said(&magic), Answer::Accepts);
        assert_eq!(said(&Bytes::new()), Answer::NoContract);
        for wrong in
            [vec![0; 32], vec![1; 32], magic[..4].to_vec(), [&magic[..], &[0; 32]].concat()]
        {
            assert_eq!(said(&wrong.into()), Answer::Refuses);
        }
    }
}
