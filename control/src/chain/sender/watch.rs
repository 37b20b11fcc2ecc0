//! What is looked after for one account: read, held against the chain, written down, and sent.
//!
//! Invariant: whoever does it has the account's lease, and nothing is sent that is not written down.

use std::sync::Arc;

use alloy::primitives::{Address, B256};

use super::{Found, Held, Sending, Trouble};
use crate::chain::intents::Particulars;
use crate::chain::lease::{self, Lease};
use crate::chain::ledger::{self, Change, NotKept, Writer};
use crate::chain::node::{self, Block, Meaning, Node};
use crate::chain::rules::Refusal;
use crate::context::Ctx;
use crate::store::chain::{self as rows, Account};
use crate::store::{self, jobs};
use crate::time::At;

/// See the module.
pub(super) struct Watch<N, P> {
    pub(super) ctx: Ctx,
    pub(super) node: Arc<N>,
    pub(super) particulars: Arc<P>,
    pub(super) address: Address,
    account: Account,
    lease: Lease,
    /// The newest block that what had counted was looked at under.
    pub(super) looked_at: Option<B256>,
    /// The same of what was found there.
    pub(super) found_under: Option<B256>,
}

/// What there is of it.
pub(super) struct Stock {
    pub(super) held: Vec<Held>,
    /// The next nonce, if one was ever given away.
    pub(super) next: Option<u64>,
}

impl<N: Node, P: Particulars + 'static> Watch<N, P> {
    pub(super) fn new(
        (ctx, node, particulars): (Ctx, Arc<N>, Arc<P>),
        chain_id: u64,
        address: Address,
    ) -> Self {
        let account = Account::new(chain_id, address);
        let lease = Lease::new(&format!("chain {chain_id} key {address}"), &ctx);
        Self { ctx, node, particulars, address, account, lease, looked_at: None, found_under: None }
    }

    /// Of another account, in the same way.
    pub(super) fn of_another(&self, chain_id: u64, address: Address) -> Self {
        let (node, particulars) = (Arc::clone(&self.node), Arc::clone(&self.particulars));
        Self::new((self.ctx.clone(), node, particulars), chain_id, address)
    }

    pub(super) async fn lease(&mut self, now: At) -> Result<lease::Held, Trouble> {
        let held = self.lease.take(&self.ctx, now).await?;
        if held == lease::Held::Anew {
            self.looked_at = None;
            self.found_under = None;
        }
        Ok(held)
    }

    /// Lets another process go on at once.
    pub(super) async fn give_back(&mut self) {
        self.lease.give_back(&self.ctx).await;
    }

    pub(super) async fn stock(&self) -> Result<Stock, Trouble> {
        let of = self.account.clone();
        let read = async move |tx: &mut store::Tx| {
            let held = rows::held(tx, &of).await?;
            Ok::<_, store::Error>(Stock { held, next: rows::next_nonce(tx, &of).await? })
        };
        Ok(self.ctx.store.read(read).await?)
    }

    /// Other open accounts than this one.
    pub(super) async fn others(&self) -> Result<Vec<(u64, Address)>, Trouble> {
        let of = self.account.clone();
        Ok(self.ctx.store.read(async move |tx| rows::others(tx, &of).await).await?)
    }

    /// What was there already when it was wanted, and may still go: of much, the oldest.
    pub(super) async fn found(&self) -> Result<Vec<Found>, Trouble> {
        let chain_id = self.account.chain_id;
        Ok(self.ctx.store.read(async move |tx| jobs::found(tx, chain_id).await).await?)
    }

    /// The last block whose logs were read.
    pub(super) async fn last_read(&self) -> Result<Option<Block>, Trouble> {
        let chain_id = self.account.chain_id;
        Ok(self.ctx.store.read(async move |tx| rows::last_block(tx, chain_id).await).await?)
    }

    pub(super) async fn keep(&mut self, changes: Vec<Change>) -> Result<(), Trouble> {
        if changes.is_empty() {
            return Ok(());
        }
        let by = Writer { account: self.account.clone(), holder: self.lease.holder() };
        let (tell, now) = (Arc::clone(&self.particulars), self.ctx.clock.now());
        let keep =
            async move |tx: &mut store::Tx| ledger::keep(tx, &by, &changes, &*tell, now).await;
        let kept = self.ctx.store.write(keep).await;
        if matches!(kept, Err(NotKept::LeaseLost)) {
            self.lease.lost();
        }
        for took in kept? {
            self.ctx.metrics.chain.done(took);
        }
        Ok(())
    }

    /// Gives nodes what was written down, in the order of nonces, and writes down what they say.
    pub(super) async fn send(&mut self, mut sending: Vec<Sending>, now: At) -> Result<(), Trouble> {
        sending.sort_by_key(|it| it.nonce);
        let mut said = Vec::with_capacity(sending.len());
        let mut trouble = None;
        for Sending { id, signed, refused_since, .. } in sending {
            let refused = match self.node.send(signed.raw).await {
                // An answer that makes no sense may be that of a node that has it now.
                Ok(()) | Err(node::Error::Strange(_) | node::Error::NoContract(_)) => None,
                Err(node::Error::Refused { message, .. }) => refusal(&message),
                Err(error @ node::Error::Unreachable(_)) => {
                    trouble = Some(error);
                    break;
                }
            };
            if let Some(refusal) = &refused {
                tracing::warn!(tx = %signed.hash, ?refusal, "the chain refuses a transaction");
            }
            let refused = refused.map(|why| (why, refused_since.unwrap_or(now)));
            said.push(Change::Sent { id, at: now, refused });
        }
        self.keep(said).await?;
        trouble.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Why a node did not take a transaction; none if it has it, had it or will take it later.
fn refusal(message: &str) -> Option<Refusal> {
    match node::meaning(message) {
        Meaning::Known | Meaning::Used | Meaning::Later => None,
        Meaning::Refused(refusal) => Some(refusal),
    }
}
