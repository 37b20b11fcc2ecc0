//! The one owner of a key's nonces: gives them to effects, and looks after each until the chain has
//! settled it.
//!
//! Invariant: what is sent was written down before, bytes and all, by whoever holds the key's lease.
//! So whatever is lost, and whoever dies, the same bytes are there to be sent again; an effect has
//! one nonce at a time, and gets another only when the chain has used the first for something else.

mod former;
mod sight;
mod starting;
mod tending;
mod watch;

use std::sync::Arc;

use self::former::Former;
use self::sight::Sight;
use self::tending::of_found;
use self::watch::{Stock, Watch};
use super::contracts::Contracts;
use super::effects::Asking;
use super::intents::{JobId, Particulars};
use super::key::{Key, Signed, Unsigned};
use super::lease;
use super::ledger::{Attempt, Change, Found, Held, NotKept};
use super::node::{self, Node};
use super::rules::{GAP, Heal, Limits, heal};
use crate::context::Ctx;
use crate::jobs::pause;
use crate::store::{self, jobs};
use crate::time::{At, Span};

/// Transactions that are sent and in no block, at most: what a node keeps of one account.
pub const IN_FLIGHT_MAX: usize = 64;
/// An effect that the chain will not have after so many attempts needs somebody to look at it: with
/// the pauses between them, some two hours.
const ATTEMPTS_MAX: i64 = 30;
/// Between looks at what was found there: nothing but a reorganisation changes it.
const FOUND_EVERY: Span = Span::seconds(3);

/// Which chain, and how it is dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// Its number.
    pub id: u64,
    /// Where the contracts are.
    pub contracts: Contracts,
    /// When something counts, and what it may cost.
    pub limits: Limits,
}

/// See the module.
pub struct Sender<N, P> {
    watch: Watch<N, P>,
    key: Arc<Key>,
    chain: Chain,
    former: Former<N, P>,
    /// What is amiss with the nonces, and since when.
    gap: Option<(Heal, At)>,
    /// When what was found there was looked at last.
    found_at: Option<At>,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Another process does it.
    NotOurs,
    /// There is nothing to do.
    Idle,
    /// Something is under way.
    Busy,
}

/// Why a turn was not taken to its end. What was begun is taken up by the next.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The chain.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// The key.
    #[error("the key does not sign")]
    Key(#[from] alloy::signers::Error),
    /// Another process took over.
    #[error("another process has the key's lease")]
    LeaseLost,
}

impl From<NotKept> for Trouble {
    fn from(why: NotKept) -> Self {
        match why {
            NotKept::LeaseLost => Self::LeaseLost,
            NotKept::Store(error) => Self::Store(error),
        }
    }
}

/// What goes to a node once it is written down.
struct Sending {
    id: String,
    nonce: u64,
    signed: Signed,
    /// Since when nodes have refused it.
    refused_since: Option<At>,
}

impl<N: Node, P: Particulars + 'static> Sender<N, P> {
    /// Of a key on a chain.
    pub fn new(ctx: Ctx, node: Arc<N>, particulars: Arc<P>, key: Arc<Key>, chain: Chain) -> Self {
        let watch = Watch::new((ctx, node, particulars), chain.id, key.address());
        Self { watch, key, chain, former: Former::none(), gap: None, found_at: None }
    }

    /// Looks after what is under way, and begins what there is room for.
    ///
    /// # Errors
    /// The chain or the database does not answer; the next turn takes it up.
    pub async fn turn(&mut self) -> Result<Turn, Trouble> {
        let now = self.watch.ctx.clock.now();
        match self.watch.lease(now).await? {
            lease::Held::No => return Ok(Turn::NotOurs),
            lease::Held::Still => {}
            lease::Held::Renewed => self.former.find(&self.watch, self.chain.id, now).await?,
            lease::Held::Anew => {
                tracing::info!(key = %self.watch.address, "this process sends to the chain now");
                self.gap = None;
                self.found_at = None;
                self.former.find(&self.watch, self.chain.id, now).await?;
            }
        }
        let Stock { held, next } = self.watch.stock().await?;
        let found = self.found(now).await?;
        let room = IN_FLIGHT_MAX.saturating_sub(held.iter().filter(|tx| tx.is_pending()).count());
        let limit = i64::try_from(room).unwrap_or(0);
        let idle = async move |tx: &mut store::Tx| jobs::idle(tx, now, limit).await;
        let idle = self.watch.ctx.store.read(idle).await?;
        if held.is_empty() && idle.is_empty() && found.is_empty() && self.former.is_empty() {
            return Ok(Turn::Idle);
        }
        let sight = self.watch.look(&held, &found).await?;
        let limits = self.chain.limits;
        let mut tended = self.tend(&held, &sight, now)?;
        if !found.is_empty() {
            self.watch.found_under = Some(sight.head.hash);
        }
        let found = found.into_iter().filter_map(|it| of_found(it, &sight, &limits, now));
        tended.changes.extend(found);
        self.watch.keep(tended.changes).await?;
        self.watch.send(tended.sending, now).await?;
        self.watch.looked_at = Some(sight.head.hash);
        // Not before the first nonce is known can a job be given one.
        let next = next.unwrap_or(sight.nonce);
        if !self.heal(&held, &sight, next, now).await? {
            let next = next.max(sight.nonce);
            self.start(idle, &held, &sight, next, now).await?;
        }
        self.former.tend(&limits, now).await?;
        Ok(Turn::Busy)
    }

    /// What was found there, if it is time to look at it: it alone keeps nobody busy.
    async fn found(&mut self, now: At) -> Result<Vec<Found>, Trouble> {
        if self.found_at.is_some_and(|at| now.since(at) < FOUND_EVERY) {
            return Ok(Vec::new());
        }
        let found = self.watch.found().await?;
        self.found_at = Some(now);
        Ok(found)
    }

    /// Lets another process go on at once.
    pub async fn give_back(&mut self) {
        self.former.give_back().await;
        self.watch.give_back().await;
    }

    /// Whether something is amiss with the nonces, after it was mended if it has been for a while.
    async fn heal(
        &mut self,
        held: &[Held],
        sight: &Sight,
        next: u64,
        now: At,
    ) -> Result<bool, Trouble> {
        let nonces: Vec<_> = held.iter().map(|tx| tx.nonce).collect();
        let Some(amiss) = heal(sight.nonce, next, &nonces) else {
            self.gap = None;
            return Ok(false);
        };
        let since = match &self.gap {
            Some((known, since)) if *known == amiss => *since,
            Some(_) | None => now,
        };
        if now.since(since) < GAP {
            self.gap = Some((amiss, since));
            return Ok(true);
        }
        self.gap = None;
        tracing::warn!(?amiss, key = %self.watch.address, "nonces are missing and are mended");
        match amiss {
            Heal::FreeFrom(nonce) => self.watch.keep(vec![Change::NextNonce(nonce)]).await?,
            Heal::Fill(nonces) => {
                let filled = nonces.into_iter().map(|nonce| self.fill(nonce, sight, now));
                let (changes, sending) = filled.collect::<Result<(Vec<_>, Vec<_>), _>>()?;
                self.watch.keep(changes).await?;
                self.watch.send(sending, now).await?;
            }
        }
        Ok(true)
    }

    fn sign(
        &self,
        nonce: u64,
        call: &super::effects::Call,
        offer: Offer,
    ) -> Result<Attempt, Trouble> {
        let Offer { fees, fills, at } = offer;
        let call = if fills { super::effects::nothing(self.watch.address) } else { call.clone() };
        let (chain_id, to) = (self.chain.id, call.to.into());
        let super::effects::Call { gas, value, data, .. } = call;
        let signed = self.key.sign(&Unsigned { chain_id, nonce, fees, gas, to, value, data })?;
        Ok(Attempt { signed, fees, fills, signed_at: at })
    }

    fn asking(&self) -> Asking<'_, N> {
        let Chain { id: chain_id, contracts, limits } = &self.chain;
        let (node, confirmations) = (&*self.watch.node, limits.confirmations);
        Asking { node, chain_id: *chain_id, contracts, key: &self.key, confirmations }
    }
}

/// What is offered for a transaction, and for which.
#[derive(Clone, Copy)]
struct Offer {
    fees: super::fees::Fees,
    fills: bool,
    at: At,
}

/// An attempt came to nothing: the job is tried again later, or given up. `before` is how many have.
fn came_to_nothing(job: JobId, before: i64, why: String, now: At) -> Change {
    if before + 1 >= ATTEMPTS_MAX {
        tracing::warn!(job = name(&job), why, "a job is given up until somebody tries it again");
        return Change::JobFailed { job, error: why };
    }
    Change::JobAgain { job, at: now + pause(before + 1), error: Some(why), counts: true }
}

/// A job, as logs name it.
fn name(job: &JobId) -> String {
    format!("{} {}", job.kind.name(), job.business_id)
}

impl<N, P> std::fmt::Debug for Sender<N, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("key", &self.key)
            .field("chain", &self.chain.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
