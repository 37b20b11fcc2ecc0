//! What is asked of a chain, whoever answers: the nodes of the configuration, or a test's.

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;

use super::rules::Refusal;
use crate::time::At;

/// A block, as far as anybody looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Its place.
    #[serde(with = "quantity")]
    pub number: u64,
    /// Itself.
    pub hash: B256,
    /// The one before it.
    pub parent_hash: B256,
    /// What a unit of gas costs in it.
    #[serde(default, with = "quantity")]
    pub base_fee_per_gas: u128,
    /// Seconds since 1970.
    #[serde(default, with = "quantity")]
    pub timestamp: u64,
}

/// A block, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its place.
    pub number: u64,
    /// Itself.
    pub hash: B256,
}

impl Head {
    /// Which block it is.
    #[must_use]
    pub fn block(&self) -> Block {
        Block { number: self.number, hash: self.hash }
    }

    /// The time that it claims.
    #[must_use]
    pub fn time(&self) -> At {
        At(i64::try_from(self.timestamp.saturating_mul(1_000)).unwrap_or(i64::MAX))
    }
}

/// Where a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Which.
    pub transaction_hash: B256,
    /// In which block.
    pub block_hash: B256,
    /// Its place.
    #[serde(with = "quantity")]
    pub block_number: u64,
    /// One if it did what it was to do.
    #[serde(with = "quantity")]
    pub status: u64,
}

/// What a contract told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// What it is about; the first is the kind of event.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Bytes,
    /// In which block.
    pub block_hash: B256,
    /// Its place.
    #[serde(with = "quantity")]
    pub block_number: u64,
    /// By which transaction.
    pub transaction_hash: B256,
    /// Its place in the block.
    #[serde(with = "quantity")]
    pub log_index: u64,
}

/// Which blocks' logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// From one to another, both included.
    Range(u64, u64),
    /// One, whichever chain it is on.
    Hash(B256),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No node answers, or none that is believed.
    #[error("no node of the chain answers: {0}")]
    Unreachable(String),
    /// A node answers that it will not.
    #[error("the node refuses: {message}")]
    Refused {
        /// Its words.
        message: String,
        /// What a contract gave back, when it reverted.
        data: Option<Bytes>,
    },
    /// A node answers something else.
    #[error("the node's answer makes no sense: {0}")]
    Strange(String),
    /// Nothing answers at an address.
    #[error("the chain has no contract at {0}: name its address in [chain], or put it there")]
    NoContract(Address),
}

impl Error {
    /// Whether the contract reverted: its answer, and no fault of the node.
    #[must_use]
    pub fn is_a_revert(&self) -> bool {
        match self {
            Self::Refused { data: Some(_), .. } => true,
            Self::Refused { message, data: None } => message.to_lowercase().contains("revert"),
            Self::Unreachable(_) | Self::Strange(_) | Self::NoContract(_) => false,
        }
    }

    /// A revert without a word, which is how a contract answers to a call that it does not have.
    #[must_use]
    pub fn is_a_bare_revert(&self) -> bool {
        let bare = match self {
            Self::Refused { data, .. } => data.as_ref().is_none_or(|data| data.is_empty()),
            Self::Unreachable(_) | Self::Strange(_) | Self::NoContract(_) => false,
        };
        bare && self.is_a_revert()
    }
}

/// A chain.
pub trait Node: Send + Sync {
    /// The newest block.
    fn head(&self) -> impl Future<Output = Result<Head, Error>> + Send;
    /// The block of a number, if there is one.
    fn block(&self, number: u64) -> impl Future<Output = Result<Option<Head>, Error>> + Send;
    /// The first nonce of an account that is in no block.
    fn nonce(&self, of: Address) -> impl Future<Output = Result<u64, Error>> + Send;
    /// What an account has, in wei.
    fn balance(&self, of: Address) -> impl Future<Output = Result<U256, Error>> + Send;
    /// Where a transaction ended, if it did.
    fn receipt(&self, hash: B256) -> impl Future<Output = Result<Option<Receipt>, Error>> + Send;
    /// What others give on top of a block's fee.
    fn tip(&self) -> impl Future<Output = Result<u128, Error>> + Send;
    /// Asks a contract.
    fn call(&self, to: Address, data: Bytes) -> impl Future<Output = Result<Bytes, Error>> + Send;
    /// Asks a contract as it was after a block.
    fn call_at(
        &self,
        to: Address,
        data: Bytes,
        number: u64,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send;
    /// How much gas a transaction would use that brings along so much, in wei; refused if it would
    /// revert.
    fn estimate(
        &self,
        from: Address,
        to: Address,
        value: U256,
        data: Bytes,
    ) -> impl Future<Output = Result<u64, Error>> + Send;
    /// Gives it a transaction; to have it already is fine.
    fn send(&self, raw: Bytes) -> impl Future<Output = Result<(), Error>> + Send;
    /// What contracts told.
    fn logs(
        &self,
        of: &[Address],
        blocks: Blocks,
    ) -> impl Future<Output = Result<Vec<Log>, Error>> + Send;
}

/// What a node's refusal of a transaction means. Nodes have no numbers for it, only words.
#[must_use]
pub fn meaning(message: &str) -> Meaning {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["already known", "already imported", "known transaction", "already exists"]) {
        Meaning::Known
    } else if says(&[
        "nonce too low",
        "nonce is too low",
        "old nonce",
        "lower than the current nonce",
    ]) {
        Meaning::Used
    } else if says(&[
        "underpriced",
        "fee too low",
        "less than block base fee",
        "lower than the block base fee",
        "fee cap less than",
        "below base fee",
    ]) {
        Meaning::Refused(Refusal::TooCheap)
    } else if says(&["insufficient funds", "insufficient balance", "insufficient mon"]) {
        Meaning::Refused(Refusal::NoFunds)
    } else if says(&["nonce too high", "nonce gap", "txpool is full", "limit exceeded"]) {
        Meaning::Later
    } else {
        let words: String = message.chars().take(200).collect();
        Meaning::Refused(Refusal::Other(words))
    }
}

/// See [`meaning`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It has it already.
    Known,
    /// Another transaction of this nonce, or this one, is in a block.
    Used,
    /// It will take it once it has others, or room.
    Later,
    /// It does not take it as it is.
    Refused(Refusal),
}

/// Numbers as nodes write them: `0x2a`; null is nothing, which is what blocks before there were
/// base fees say.
mod quantity {
    use serde::{Deserialize as _, Deserializer, de::Error as _};

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: TryFrom<u128>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        let number = text.as_deref().map_or(Some(0), super::number);
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| D::Error::custom("not a number such as 0x2a, or too large"))
    }
}

/// Reads `0x2a`.
pub(super) fn number(text: &str) -> Option<u128> {
    u128::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_nodes_have_a_meaning() {
        for (words, expected) in [
            ("already known", Meaning::Known),
            ("transaction already imported", Meaning::Known),
            ("nonce too low", Meaning::Used),
            ("nonce too low: next nonce 5, tx nonce 4", Meaning::Used),
            ("replacement transaction underpriced", Meaning::Refused(Refusal::TooCheap)),
            ("transaction underpriced", Meaning::Refused(Refusal::TooCheap)),
            ("max fee per gas less than block base fee", Meaning::Refused(Refusal::TooCheap)),
            ("Insufficient funds for gas * price + value", Meaning::Refused(Refusal::NoFunds)),
            ("nonce too high", Meaning::Later),
            ("Boo", Meaning::Refused(Refusal::Other("boo".to_owned()))),
        ] {
            assert_eq!(meaning(words), expected, "{words}");
        }
    }

    #[test]
    fn a_revert_is_told_from_a_refusal_of_the_node() {
        let refused = |message: &str, data: Option<&'static [u8]>| Error::Refused {
            message: message.to_owned(),
            data: data.map(Bytes::from_static),
        };
        for (error, reverted, bare) in [
            (refused("execution reverted", None), true, true),
            (refused("execution reverted", Some(&[])), true, true),
            (refused("VM execution error.", Some(&[])), true, true),
            (refused("execution reverted", Some(&[1, 2, 3, 4])), true, false),
            (refused("header not found", None), false, false),
            (refused("your plan has no archive", None), false, false),
            (Error::Strange("it reverted".to_owned()), false, false),
            (Error::Unreachable("it reverted".to_owned()), false, false),
        ] {
            assert_eq!(
                (error.is_a_revert(), error.is_a_bare_revert()),
                (reverted, bare),
                "{error}"
            );
        }
    }

    #[test]
    fn a_block_from_before_base_fees_costs_nothing() {
        let hash = B256::ZERO;
        let block = serde_json::json!({ "number": "0x2a", "hash": hash, "parentHash": hash, "baseFeePerGas": null });
        let block: Head = serde_json::from_value(block).unwrap();
        assert_eq!((block.number, block.base_fee_per_gas, block.timestamp), (42, 0, 0));
        let bad = serde_json::json!({ "number": "0x1ffffffffffffffff", "hash": hash, "parentHash": hash });
        assert!(serde_json::from_value::<Head>(bad).is_err());
    }
}
