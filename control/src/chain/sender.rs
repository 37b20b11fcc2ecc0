//! The one owner of a key's nonces: gives them to effects, and looks after each until the chain has
//! settled it.
//!
//! Invariant: what is sent was written down before, bytes and all, by whoever holds the key's lease.
//! So whatever is lost, and whoever dies, the same bytes are there to be sent again; an effect has
//! one nonce at a time, and gets another only when the chain has used the first for something else.

mod sight;
mod starting;
mod tending;

use std::sync::Arc;

use alloy::primitives::B256;

use self::sight::Sight;
use super::contracts::Contracts;
use super::effects::Asking;
use super::intents::{JobId, Particulars};
use super::key::{Key, Signed, Unsigned};
use super::ledger::{self, Attempt, Change, Held, NotKept, Writer};
use super::node::{self, Meaning, Node};
use super::rules::{GAP, Heal, Limits, Refusal, heal};
use crate::context::Ctx;
use crate::jobs::pause;
use crate::store::chain::{self as rows, Account};
use crate::store::{self, jobs, leases};
use crate::time::{At, Span};

/// Transactions that are sent and in no block, at most: what a node keeps of one account.
pub const IN_FLIGHT_MAX: usize = 64;
/// An effect that the chain will not have after so many attempts needs somebody to look at it: with
/// the pauses between them, some two hours.
const ATTEMPTS_MAX: i64 = 30;
/// How long a process that died keeps others from going on for it.
const LEASE: Span = Span::seconds(15);
/// A lease is renewed once less than this is left of it.
const RENEW: Span = Span::seconds(10);

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
    ctx: Ctx,
    node: Arc<N>,
    particulars: Arc<P>,
    key: Arc<Key>,
    chain: Chain,
    writer: Arc<Writer>,
    /// None while another process has it.
    leased_until: Option<At>,
    /// The newest block that what had counted was looked at under.
    looked_at: Option<B256>,
    /// What is amiss with the nonces, and since when.
    gap: Option<(Heal, At)>,
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
        let account = Account::new(chain.id, key.address());
        let lease = format!("chain {} key {}", chain.id, key.address());
        let owner = format!("{:032x}", u128::from_be_bytes(ctx.chance.bytes()));
        let writer = Arc::new(Writer { account, lease, owner });
        let (leased_until, looked_at, gap) = (None, None, None);
        Self { ctx, node, particulars, key, chain, writer, leased_until, looked_at, gap }
    }

    /// Looks after what is under way, and begins what there is room for.
    ///
    /// # Errors
    /// The chain or the database does not answer; the next turn takes it up.
    pub async fn turn(&mut self) -> Result<Turn, Trouble> {
        let now = self.ctx.clock.now();
        if !self.lease(now).await? {
            return Ok(Turn::NotOurs);
        }
        let (held, next) = self.held().await?;
        let room = IN_FLIGHT_MAX.saturating_sub(held.iter().filter(|tx| tx.is_pending()).count());
        let limit = i64::try_from(room).unwrap_or(0);
        let idle = self.ctx.store.read(async move |tx| jobs::idle(tx, now, limit).await).await?;
        if held.is_empty() && idle.is_empty() {
            return Ok(Turn::Idle);
        }
        let sight = self.look(&held).await?;
        let tended = self.tend(&held, &sight, now)?;
        self.keep(tended.changes).await?;
        self.send(tended.sending, now).await?;
        self.looked_at = Some(sight.head.hash);
        // Not before the first nonce is known can a job be given one.
        let next = next.unwrap_or(sight.nonce);
        if !self.heal(&held, &sight, next, now).await? {
            let next = next.max(sight.nonce);
            self.start(idle, &held, &sight, next, now).await?;
        }
        Ok(Turn::Busy)
    }

    /// Lets another process go on at once.
    pub async fn give_back(&mut self) {
        let by = Arc::clone(&self.writer);
        let give = async move |tx: &mut store::Tx| {
            leases::give_back(tx, &by.lease, &by.owner);
            Ok::<_, store::Error>(())
        };
        self.leased_until = None;
        if let Err(error) = self.ctx.store.write(give).await {
            tracing::debug!(%error, "the lease of the chain's key ends by itself");
        }
    }

    async fn lease(&mut self, now: At) -> Result<bool, Trouble> {
        if self.leased_until.is_some_and(|until| until > now + RENEW) {
            return Ok(true);
        }
        let by = Arc::clone(&self.writer);
        let take = async move |tx: &mut store::Tx| {
            leases::take(tx, &by.lease, &by.owner, now, now + LEASE).await
        };
        let ours = self.ctx.store.write(take).await?;
        if ours && self.leased_until.is_none() {
            tracing::info!(key = %self.key.address(), "this process sends to the chain now");
            (self.looked_at, self.gap) = (None, None);
        }
        self.leased_until = ours.then_some(now + LEASE);
        Ok(ours)
    }

    async fn held(&self) -> Result<(Vec<Held>, Option<u64>), Trouble> {
        let by = Arc::clone(&self.writer);
        let read = async move |tx: &mut store::Tx| {
            let held = rows::held(tx, &by.account).await?;
            Ok::<_, store::Error>((held, rows::next_nonce(tx, &by.account).await?))
        };
        Ok(self.ctx.store.read(read).await?)
    }

    async fn keep(&mut self, changes: Vec<Change>) -> Result<(), Trouble> {
        if changes.is_empty() {
            return Ok(());
        }
        let (by, tell) = (Arc::clone(&self.writer), Arc::clone(&self.particulars));
        let now = self.ctx.clock.now();
        let keep =
            async move |tx: &mut store::Tx| ledger::keep(tx, &by, &changes, &*tell, now).await;
        let kept = self.ctx.store.write(keep).await;
        if matches!(kept, Err(NotKept::LeaseLost)) {
            self.leased_until = None;
        }
        for took in kept? {
            self.ctx.metrics.chain.done(took);
        }
        Ok(())
    }

    /// Gives nodes what was written down, in the order of nonces, and writes down what they say.
    async fn send(&mut self, mut sending: Vec<Sending>, now: At) -> Result<(), Trouble> {
        sending.sort_by_key(|it| it.nonce);
        let mut said = Vec::with_capacity(sending.len());
        let mut trouble = None;
        for Sending { id, signed, refused_since, .. } in sending {
            let refused = match self.node.send(signed.raw).await {
                // An answer that makes no sense may be that of a node that has it now.
                Ok(()) | Err(node::Error::Strange(_)) => None,
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
        tracing::warn!(?amiss, key = %self.key.address(), "nonces are missing and are mended");
        match amiss {
            Heal::FreeFrom(nonce) => self.keep(vec![Change::NextNonce(nonce)]).await?,
            Heal::Fill(nonces) => {
                let filled = nonces.into_iter().map(|nonce| self.fill(nonce, sight, now));
                let (changes, sending) = filled.collect::<Result<(Vec<_>, Vec<_>), _>>()?;
                self.keep(changes).await?;
                self.send(sending, now).await?;
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
        let call = if fills { super::effects::nothing(self.key.address()) } else { call.clone() };
        let (chain_id, to) = (self.chain.id, call.to.into());
        let super::effects::Call { gas, value, data, .. } = call;
        let signed = self.key.sign(&Unsigned { chain_id, nonce, fees, gas, to, value, data })?;
        Ok(Attempt { signed, fees, fills, signed_at: at })
    }

    fn asking(&self) -> Asking<'_, N> {
        let Chain { id: chain_id, contracts, .. } = &self.chain;
        Asking { node: &self.node, chain_id: *chain_id, contracts, key: &self.key }
    }
}

/// What is offered for a transaction, and for which.
#[derive(Clone, Copy)]
struct Offer {
    fees: super::fees::Fees,
    fills: bool,
    at: At,
}

/// Why a node did not take a transaction; none if it has it, had it or will take it later.
fn refusal(message: &str) -> Option<Refusal> {
    match node::meaning(message) {
        Meaning::Known | Meaning::Used | Meaning::Later => None,
        Meaning::Refused(refusal) => Some(refusal),
    }
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
