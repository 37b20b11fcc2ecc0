//! What the chain says of transactions: asked for as little as will do.

use std::collections::BTreeMap;

use alloy::primitives::B256;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::watch::Watch;
use super::{Found, Held, Node, Particulars, Trouble};
use crate::chain::fees::Market;
use crate::chain::node::{Error, Head, Receipt};
use crate::chain::rules::{Mined, Phase};

/// Questions that are under way at once.
pub(super) const AT_ONCE: usize = 16;

/// What was seen.
pub(super) struct Sight {
    pub(super) head: Head,
    /// The first nonce of the key that is in no block.
    pub(super) nonce: u64,
    pub(super) market: Market,
    /// By the rows' ids: where they are.
    pub(super) mined: BTreeMap<String, Mined>,
    /// Which blocks stand now where something was, as far as that was asked.
    pub(super) stands: BTreeMap<u64, Option<B256>>,
}

impl<N: Node, P: Particulars + 'static> Watch<N, P> {
    pub(super) async fn look(&self, held: &[Held], found: &[Found]) -> Result<Sight, Trouble> {
        let head = self.node.head().await?;
        let nonce = self.node.nonce(self.address).await?;
        let market = Market { base: head.base_fee_per_gas, tip: self.node.tip().await? };
        let newest = Some(head.hash);
        let of_ours = if self.looked_at == newest { &[] } else { held };
        let of_others = if self.found_under == newest { &[] } else { found };
        let stands = self.stands(of_ours, of_others).await?;
        let still =
            |mined: &Mined| stands.get(&mined.number).is_none_or(|hash| *hash == Some(mined.block));
        let (mut mined, mut unknown) = (BTreeMap::new(), Vec::new());
        for tx in held {
            match tx.phase {
                Phase::Mined(at) | Phase::Confirmed(at) if still(&at) => {
                    mined.insert(tx.id.clone(), at);
                }
                // Its nonce is still to come, so it is nowhere.
                Phase::Pending if tx.nonce >= nonce => {}
                Phase::Mined(_) | Phase::Confirmed(_) | Phase::Pending => unknown.push(tx),
            }
        }
        mined.extend(self.receipts(&unknown).await?);
        Ok(Sight { head, nonce, market, mined, stands })
    }

    /// Which blocks stand now at the places where something was. While the newest block is the one of
    /// the last look, no other can have changed.
    async fn stands(
        &self,
        held: &[Held],
        found: &[Found],
    ) -> Result<BTreeMap<u64, Option<B256>>, Error> {
        let number = |tx: &Held| match tx.phase {
            Phase::Mined(at) | Phase::Confirmed(at) => Some(at.number),
            Phase::Pending => None,
        };
        let found = found.iter().map(|it| it.after.number);
        let mut numbers: Vec<_> = held.iter().filter_map(number).chain(found).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.hashes(numbers).await
    }

    async fn hashes(&self, numbers: Vec<u64>) -> Result<BTreeMap<u64, Option<B256>>, Error> {
        let asked = numbers.into_iter().map(async |number| {
            let block = self.node.block(number).await?;
            Ok::<_, Error>((number, block.map(|block| block.hash)))
        });
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Where transactions ended. A receipt of a block that is not of the chain does not count:
    /// nodes keep some for a while.
    async fn receipts(&self, of: &[&Held]) -> Result<Vec<(String, Mined)>, Error> {
        let hashes = of
            .iter()
            .flat_map(|tx| tx.attempts.iter().map(|attempt| (tx.id.clone(), attempt.signed.hash)));
        let asked = hashes.map(async |(id, hash)| {
            Ok::<_, Error>(self.node.receipt(hash).await?.map(|receipt| (id, receipt)))
        });
        let found: Vec<Option<(String, Receipt)>> =
            stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
        let found: Vec<_> = found.into_iter().flatten().collect();
        let mut numbers: Vec<_> = found.iter().map(|(_, receipt)| receipt.block_number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let blocks = self.hashes(numbers).await?;
        let of_the_chain = found.into_iter().filter(|(_, receipt)| {
            blocks.get(&receipt.block_number) == Some(&Some(receipt.block_hash))
        });
        let mined = |(id, receipt): (String, Receipt)| {
            let Receipt { transaction_hash: hash, block_hash: block, block_number, status } =
                receipt;
            (id, Mined { hash, number: block_number, block, ok: status == 1 })
        };
        Ok(of_the_chain.map(mined).collect())
    }
}
