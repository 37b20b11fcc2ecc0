//! Follows what the contracts tell, by block hash, and takes it back when the chain does.
//!
//! Invariant: what the sink was told and was not asked to forget is what is told by the blocks that
//! are written down, and those are of one chain. The logs of a block, and that it was read, are
//! written in one transaction, so that a restart neither misses nor repeats one.

mod events;
mod rakes;
mod range;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::{Address, B256};

pub use self::events::{Event, Place, Sink, Told};
use self::range::Range;
use super::contracts::Contracts;
use super::lease::{Held, Lease};
use super::node::{self, Blocks, Head, Log, Node};
use crate::context::Ctx;
use crate::store;
use crate::store::chain as rows;
use crate::time::At;

/// Blocks this close to the newest are read one by one, by their hash; others cannot change.
const NEAR: u64 = 128;
/// Blocks that are written down, so that a reorganisation is told from an extension.
const KEPT: u64 = 2 * NEAR;

/// See the module.
pub struct Follower<N, S> {
    ctx: Ctx,
    node: Arc<N>,
    sink: Arc<S>,
    chain_id: u64,
    contracts: Contracts,
    /// The first block that may tell something; none begins at the newest.
    first: Option<u64>,
    range: Range,
    /// The newest block, when it was looked at last.
    newest: Option<u64>,
    /// What the pool contract keeps, once it has been asked.
    rake_bps: Option<u16>,
    lease: Lease,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another process does it.
    NotOurs,
    /// There is nothing new.
    UpToDate,
    /// There is more.
    More,
}

/// Why a step was not taken; the next takes it.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The chain.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// Another process took over.
    #[error("another process follows the chain")]
    LeaseLost,
}

/// What a step writes.
enum Write {
    /// These blocks were read, the last of them up to here.
    Read { told: Vec<Told>, blocks: Vec<(u64, B256)> },
    /// These blocks are not of the chain any more, the newest first.
    Forget(Vec<(u64, B256)>),
}

impl<N: Node, S: Sink + 'static> Follower<N, S> {
    /// Of the contracts of a chain, from a block on; none is the newest one there is then. Where
    /// some were read before, it goes on behind them.
    pub fn new(
        ctx: Ctx,
        node: Arc<N>,
        sink: Arc<S>,
        chain_id: u64,
        contracts: Contracts,
        first: Option<u64>,
    ) -> Self {
        let lease = Lease::new(&format!("chain {chain_id} logs"), &ctx);
        Self {
            ctx,
            node,
            sink,
            chain_id,
            contracts,
            first,
            range: Range::new(),
            newest: None,
            rake_bps: None,
            lease,
        }
    }

    /// The newest block that it has seen; none if another process follows.
    pub fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// Reads the next block or blocks, or forgets those that are not of the chain any more.
    ///
    /// # Errors
    /// The chain or the database does not answer.
    pub async fn step(&mut self) -> Result<Step, Trouble> {
        let now = self.ctx.clock.now();
        if self.lease.take(&self.ctx, now).await? == Held::No {
            self.newest = None;
            return Ok(Step::NotOurs);
        }
        let head = self.node.head().await?;
        self.newest = Some(head.number);
        let chain_id = self.row_chain_id();
        let read = self.ctx.store.read(async move |tx| rows::blocks(tx, chain_id).await).await?;
        let gone = self.gone(&read, &head).await?;
        if !gone.is_empty() {
            tracing::warn!(blocks = gone.len(), "a reorganisation: blocks are forgotten");
            self.write(Write::Forget(gone)).await?;
            return Ok(Step::More);
        }
        let from = match read.first() {
            Some((number, _)) => number + 1,
            // Where it began is kept: a reorganisation may take back everything that was read.
            None => *self.first.get_or_insert(head.number),
        };
        if from > head.number {
            return Ok(Step::UpToDate);
        }
        if head.number - from >= NEAR {
            self.far(from, head.number - NEAR).await
        } else {
            self.near(from, read.first().map(|(_, hash)| *hash)).await
        }
    }

    /// Which of the blocks that were read, the newest first, are not of the chain any more.
    async fn gone(&self, read: &[(u64, B256)], head: &Head) -> Result<Vec<(u64, B256)>, Trouble> {
        let mut gone = Vec::new();
        for (number, hash) in read {
            let there = match *number {
                number if number == head.number => Some(head.hash),
                number => self.node.block(number).await?.map(|block| block.hash),
            };
            match there {
                Some(there) if there == *hash => break,
                Some(_) => gone.push((*number, *hash)),
                // The chain is shorter, or the node lags: it is gone only if one below is another.
                None => gone.push((*number, *hash)),
            }
        }
        let lags = gone.last().is_some_and(|(number, _)| *number > head.number);
        Ok(if lags { Vec::new() } else { gone })
    }

    /// Blocks that cannot change any more, as many as the node gives at once.
    async fn far(&mut self, from: u64, last: u64) -> Result<Step, Trouble> {
        let to = last.min(from.saturating_add(self.range.len() - 1));
        let logs = match self.node.logs(&self.addresses(), Blocks::Range(from, to)).await {
            Ok(logs) => logs,
            Err(error @ node::Error::Refused { .. }) if from == to => return Err(error.into()),
            Err(node::Error::Refused { message, .. }) => {
                self.range.was_refused(to - from + 1);
                tracing::debug!(message, range = self.range.len(), "the node wants shorter ranges");
                return Ok(Step::More);
            }
            Err(error) => return Err(error.into()),
        };
        let mut wanted: Vec<_> = logs.iter().map(|log| log.block_number).chain([to]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut numbers: BTreeMap<u64, Head> = BTreeMap::new();
        for number in wanted {
            let Some(block) = self.node.block(number).await? else { return Ok(Step::UpToDate) };
            numbers.insert(number, block);
        }
        let of_another =
            |log: &Log| numbers.get(&log.block_number).is_none_or(|it| it.hash != log.block_hash);
        if logs.iter().any(of_another) {
            return Ok(Step::UpToDate);
        }
        let time = |number| numbers.get(&number).map(Head::time).unwrap_or_default();
        let told = self.with_rakes(told(&self.contracts, logs, time)).await?;
        let blocks = numbers.values().map(|block| (block.number, block.hash)).collect();
        self.write(Write::Read { told, blocks }).await?;
        self.range.was_given(to - from + 1);
        Ok(Step::More)
    }

    /// One block, by its hash, if it follows the last one.
    async fn near(&mut self, number: u64, parent: Option<B256>) -> Result<Step, Trouble> {
        let Some(block) = self.node.block(number).await? else { return Ok(Step::UpToDate) };
        // A reorganisation is seen as the next step begins; nodes that do not agree take a while.
        if parent.is_some_and(|parent| parent != block.parent_hash) {
            return Ok(Step::UpToDate);
        }
        let logs = self.node.logs(&self.addresses(), Blocks::Hash(block.hash)).await?;
        let told = self.with_rakes(told(&self.contracts, logs, |_| block.time())).await?;
        self.write(Write::Read { told, blocks: vec![(block.number, block.hash)] }).await?;
        Ok(Step::More)
    }

    async fn write(&mut self, write: Write) -> Result<(), Trouble> {
        let (sink, holder) = (Arc::clone(&self.sink), self.lease.holder());
        let (chain_id, now) = (self.row_chain_id(), self.ctx.clock.now());
        let work = async move |tx: &mut store::Tx| {
            if !holder.holds(tx).await? {
                return Ok(false);
            }
            match &write {
                Write::Read { told, blocks } => {
                    for told in told {
                        sink.observe(tx, told, now).await?;
                    }
                    for (number, hash) in blocks {
                        rows::read_block(tx, chain_id, *number, *hash, number.saturating_sub(KEPT));
                    }
                }
                Write::Forget(blocks) => {
                    for (number, hash) in blocks {
                        sink.forget(tx, *hash, now).await?;
                        rows::forget_block(tx, chain_id, *number);
                    }
                }
            }
            Ok::<_, store::Error>(true)
        };
        if self.ctx.store.write(work).await? {
            return Ok(());
        }
        self.lease.lost();
        Err(Trouble::LeaseLost)
    }

    /// Lets another process go on at once.
    pub async fn give_back(&mut self) {
        self.lease.give_back(&self.ctx).await;
    }

    fn addresses(&self) -> Vec<Address> {
        let Contracts { wager, prediction_pool, duel_escrow, .. } = self.contracts;
        [wager, prediction_pool, duel_escrow].into_iter().flatten().collect()
    }

    fn row_chain_id(&self) -> i64 {
        i64::try_from(self.chain_id).unwrap_or(i64::MAX)
    }
}

/// What logs tell; those that tell nothing that anybody asked for are left out.
fn told(contracts: &Contracts, logs: Vec<Log>, time: impl Fn(u64) -> At) -> Vec<Told> {
    let told = |log: Log| events::decode(contracts, &log, time(log.block_number));
    logs.into_iter().filter_map(told).collect()
}

impl<N, S> std::fmt::Debug for Follower<N, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("chain_id", &self.chain_id).finish_non_exhaustive()
    }
}
