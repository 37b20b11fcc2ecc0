//! The questions of [`Node`] as JSON-RPC.

use alloy::primitives::{Address, B256, Bytes, TxKind, U64, U128, U256};
use serde_json::{Value as Json, json};

use super::node::{Blocks, Error, Head, Log, Node, Receipt};
use super::rpc::Rpc;

/// Answers of `eth_getLogs` that are taken at most; more is refused like a range that is too long.
const LOGS_MAX: usize = 50_000;

impl Rpc {
    /// Whether a contract stands at an address.
    pub(super) async fn has_code(&self, at: Address) -> Result<bool, Error> {
        let code: Bytes = self.ask("eth_getCode", json!([at, "latest"])).await?;
        Ok(!code.is_empty())
    }

    /// How much gas any transaction would use; refused if it would revert.
    pub(super) async fn estimate_all(
        &self,
        from: Address,
        to: TxKind,
        value: U256,
        data: &Bytes,
    ) -> Result<u64, Error> {
        let mut call = json!({ "from": from, "value": value, "data": data });
        if let TxKind::Call(to) = to {
            call["to"] = json!(to);
        }
        let gas: U64 = self.ask("eth_estimateGas", json!([call, "latest"])).await?;
        Ok(gas.to())
    }
}

impl Node for Rpc {
    async fn head(&self) -> Result<Head, Error> {
        self.newest().await
    }

    async fn block(&self, number: u64) -> Result<Option<Head>, Error> {
        self.ask("eth_getBlockByNumber", json!([U64::from(number), false])).await
    }

    async fn nonce(&self, of: Address) -> Result<u64, Error> {
        let nonce: U64 = self.ask("eth_getTransactionCount", json!([of, "latest"])).await?;
        Ok(nonce.to())
    }

    async fn balance(&self, of: Address) -> Result<U256, Error> {
        self.ask("eth_getBalance", json!([of, "latest"])).await
    }

    async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, Error> {
        self.ask("eth_getTransactionReceipt", json!([hash])).await
    }

    async fn tip(&self) -> Result<u128, Error> {
        /// Where a node does not say: a gwei, which is what most others give.
        const USUAL: u128 = 1_000_000_000;
        match self.ask::<U128>("eth_maxPriorityFeePerGas", json!([])).await {
            Ok(tip) => Ok(tip.to()),
            Err(Error::Refused { .. }) => Ok(USUAL),
            Err(error) => Err(error),
        }
    }

    async fn call(&self, to: Address, data: Bytes) -> Result<Bytes, Error> {
        self.ask("eth_call", json!([{ "to": to, "data": data }, "latest"])).await
    }

    async fn call_at(&self, to: Address, data: Bytes, number: u64) -> Result<Bytes, Error> {
        self.ask("eth_call", json!([{ "to": to, "data": data }, U64::from(number)])).await
    }

    async fn estimate(
        &self,
        from: Address,
        to: Address,
        value: U256,
        data: Bytes,
    ) -> Result<u64, Error> {
        self.estimate_all(from, TxKind::Call(to), value, &data).await
    }

    async fn send(&self, raw: Bytes) -> Result<(), Error> {
        self.ask::<Json>("eth_sendRawTransaction", json!([raw])).await.map(|_hash| ())
    }

    async fn logs(&self, of: &[Address], blocks: Blocks) -> Result<Vec<Log>, Error> {
        let filter = match blocks {
            Blocks::Range(from, to) => {
                json!([{ "address": of, "fromBlock": U64::from(from), "toBlock": U64::from(to) }])
            }
            Blocks::Hash(hash) => json!([{ "address": of, "blockHash": hash }]),
        };
        let logs: Vec<Log> = self.ask("eth_getLogs", filter).await?;
        if logs.len() > LOGS_MAX {
            let message = "more logs than are taken at once".to_owned();
            return Err(Error::Refused { message, data: None });
        }
        Ok(logs)
    }
}
