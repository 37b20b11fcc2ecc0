//! An account that sends by itself, one transaction after the other: what deploys contracts, and
//! what the agents of a development chain do. Jobs have the [`sender`](super::sender), which keeps
//! what it sent.

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, TxKind, U64, U256};
use serde::Deserialize;
use serde_json::json;

use super::fees::{Fees, Market};
use super::key::{Key, Unsigned};
use super::node::{self, Log, Node as _};
use super::rpc::Rpc;

/// Between looks for a receipt, and how many.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS_MAX: u32 = 1_200;

/// See the module.
#[derive(Clone, Debug)]
pub struct Spender {
    rpc: Arc<Rpc>,
    key: Arc<Key>,
    chain_id: u64,
    /// Wei for a unit of gas, at most.
    fee_max: u128,
}

/// What a transaction is to do.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) to: TxKind,
    pub(super) value: U256,
    pub(super) data: Bytes,
}

/// What became of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Landed {
    status: U64,
    pub(super) block_number: U64,
    #[serde(default)]
    pub(super) logs: Vec<Log>,
}

/// Why it came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The chain.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// The key.
    #[error("the key does not sign")]
    Key(#[from] alloy::signers::Error),
    /// A contract changed its mind.
    #[error("transaction {0} reverted")]
    Reverted(B256),
    /// No block took it.
    #[error("transaction {0} is in no block after a minute")]
    Late(B256),
    /// It did something else than what it was sent for.
    #[error("transaction {0} did not do what it was sent for")]
    Strange(B256),
}

impl Spender {
    /// Of a key.
    #[must_use]
    pub fn new(rpc: Arc<Rpc>, key: Arc<Key>, chain_id: u64, fee_max: u128) -> Self {
        Self { rpc, key, chain_id, fee_max }
    }

    /// Who pays.
    #[must_use]
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// What is left, in wei.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn balance(&self) -> Result<U256, node::Error> {
        self.rpc.balance(self.address()).await
    }

    pub(super) async fn nonce(&self) -> Result<u64, node::Error> {
        self.rpc.nonce(self.address()).await
    }

    /// Asks a contract nothing, but that it does this; what it told, once it is in a block.
    pub(super) async fn act(&self, act: &Act) -> Result<(B256, Landed), Failed> {
        let hash = self.send(act, self.nonce().await?).await?;
        Ok((hash, self.landed(hash).await?))
    }

    /// Sends it under a nonce, without waiting for a block.
    pub(super) async fn send(&self, act: &Act, nonce: u64) -> Result<B256, Failed> {
        let Act { to, value, data } = act.clone();
        let gas = self.rpc.estimate_all(self.address(), to, value, &data).await?;
        let head = self.rpc.head().await?;
        let market = Market { base: head.base_fee_per_gas, tip: self.rpc.tip().await? };
        let fees = Fees::first(market, self.fee_max);
        // What is used may differ a little from what was estimated.
        let gas = gas.saturating_add(gas / 4);
        let tx = Unsigned { chain_id: self.chain_id, nonce, fees, gas, to, value, data };
        let signed = self.key.sign(&tx)?;
        self.rpc.send(signed.raw).await?;
        Ok(signed.hash)
    }

    /// Waits until it is in a block.
    pub(super) async fn landed(&self, hash: B256) -> Result<Landed, Failed> {
        for _ in 0..LOOKS_MAX {
            let landed: Option<Landed> =
                self.rpc.ask("eth_getTransactionReceipt", json!([hash])).await?;
            if let Some(landed) = landed {
                let done = landed.status == U64::from(1);
                return if done { Ok(landed) } else { Err(Failed::Reverted(hash)) };
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(Failed::Late(hash))
    }
}
