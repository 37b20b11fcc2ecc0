//! The chain of this process: its nodes, its key, and how it goes. Starts what talks to the chain.
//!
//! Without a chain there is none of it: jobs wait, and an operator sees them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy::primitives::{Address, U256};

use super::contracts::Contracts;
use super::follower::{self, Follower, Sink, Step};
use super::intents::Particulars;
use super::key::{self, Key};
use super::looking::Missing;
use super::rpc::{self, Rpc};
use super::rules::Limits;
use super::sender::{self, Chain, Sender, Turn};
use super::vouching::Vouching;
use crate::context::Ctx;
use crate::store::{self, home};

/// Between looks at jobs and at what is under way: it is a part of what a match waits for its
/// record.
const TURN_EVERY: Duration = Duration::from_millis(200);
/// Between looks for a new block, and how long trouble is given to pass.
const STEP_EVERY: Duration = Duration::from_millis(500);
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

/// For giving a lease back; it ends by itself a little later.
const GIVE_BACK_TIME: Duration = Duration::from_secs(2);

/// What the operator said of a chain.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Its number; nodes that are of another are not asked.
    pub id: u64,
    /// Its nodes, the one to be asked first in front.
    pub rpc: Vec<String>,
    /// Where the contracts are.
    pub contracts: Contracts,
    /// When something counts, and what it may cost.
    pub limits: Limits,
    /// The key that sends. None only follows.
    pub key: Option<key::Source>,
    /// The first block that may tell something; none begins at the newest, unless some were read
    /// before.
    pub first_block: Option<u64>,
}

/// A chain that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Its nodes.
    #[error(transparent)]
    Rpc(#[from] rpc::Unusable),
    /// Its key.
    #[error(transparent)]
    Key(#[from] key::Unusable),
    /// A second one.
    #[error("there is a chain already")]
    Twice,
    /// The database is of another one.
    #[error(
        "the database keeps pools and wagers of chain {of}, whose numbers mean others on chain {is}: \
         use another database for chain {is}, or configure chain {of} again"
    )]
    OfAnother {
        /// That one.
        of: u64,
        /// The one of the configuration.
        is: u64,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) settings: Settings,
    pub(crate) rpc: Arc<Rpc>,
    pub(crate) key: Option<Arc<Key>>,
    seen: Mutex<Seen>,
}

/// How it goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) balance: Option<U256>,
    /// Whether this process is the one that sends.
    pub(crate) sends: bool,
    pub(crate) sender_trouble: Option<String>,
    pub(crate) follower_trouble: Option<String>,
    /// The newest block, if this process is the one that follows.
    pub(crate) newest: Option<u64>,
    /// Contracts that are not where the configuration says.
    pub(crate) missing: Vec<Missing>,
}

impl Seen {
    /// Blocks that are still to be read.
    pub(crate) fn behind(&self, followed: Option<u64>) -> Option<u64> {
        Some(self.newest?.saturating_sub(followed?))
    }

    /// What is wrong just now, in words.
    pub(crate) fn trouble(&self) -> Vec<String> {
        let goes = [&self.sender_trouble, &self.follower_trouble].into_iter().flatten().cloned();
        goes.chain(self.missing.iter().map(Missing::words)).collect()
    }
}

impl Link {
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether everything goes on, for who asks for no particulars.
    pub(crate) fn is_well(&self) -> bool {
        let answers = self.rpc.conditions().iter().any(|node| node.trouble.is_none());
        answers && self.seen().trouble().is_empty()
    }

    pub(crate) fn address(&self) -> Option<Address> {
        self.key.as_ref().map(|key| key.address())
    }
}

/// Opens the chain of the configuration, if there is one. To be done once, before [`keep_sending`]
/// and [`keep_following`].
///
/// # Errors
/// Its nodes or its key cannot be used, or the database keeps stakes of another chain.
pub async fn open(ctx: &Ctx, settings: Option<Settings>) -> Result<(), Unusable> {
    let Some(settings) = settings else { return Ok(()) };
    let is = settings.id;
    if let Some(of) = ctx.store.write(async move |tx| home::is_of(tx, is).await).await? {
        return Err(Unusable::OfAnother { of, is });
    }
    let (clock, chance) = (Arc::clone(&ctx.clock), Arc::clone(&ctx.chance));
    let rpc = Arc::new(Rpc::new(&settings.rpc, settings.id, clock, chance)?);
    let key = settings.key.as_ref().map(Key::read).transpose()?.map(Arc::new);
    // Signatures of accounts that are contracts can be checked from now on.
    let vouching = Vouching::new(Arc::clone(&rpc), Arc::clone(&ctx.clock));
    ctx.contracts.set(Arc::new(vouching)).map_err(|_| Unusable::Twice)?;
    let link = Link { settings, rpc, key, seen: Mutex::default() };
    ctx.chain.set(link).map_err(|_| Unusable::Twice)
}

/// Does jobs until it is to stop, and then lets another process go on at once. Without a chain or a
/// key it does nothing.
pub async fn keep_sending<P: Particulars + 'static>(
    ctx: Ctx,
    particulars: P,
    stop: impl Future<Output = ()>,
) {
    let Some(link) = ctx.chain.get() else { return };
    let Some(key) = &link.key else { return };
    let Settings { id, contracts, limits, .. } = link.settings;
    let chain = Chain { id, contracts, limits };
    let (node, key) = (Arc::clone(&link.rpc), Arc::clone(key));
    let mut sender = Sender::new(ctx.clone(), node, Arc::new(particulars), key, chain);
    tokio::select! {
        () = take_turns(&mut sender, link) => {}
        () = stop => {}
    }
    let _late = tokio::time::timeout(GIVE_BACK_TIME, sender.give_back()).await;
    link.note(|seen| seen.sends = false);
}

async fn take_turns<P: Particulars + 'static>(sender: &mut Sender<Rpc, P>, link: &Link) {
    let mut turns = tokio::time::interval(TURN_EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        match sender.turn().await {
            Ok(turn) => link.note(|seen| {
                seen.sends = !matches!(turn, Turn::NotOurs);
                seen.sender_trouble = None;
            }),
            Err(error) => {
                note_trouble("jobs of the chain wait", &error);
                link.note(|seen| seen.sender_trouble = Some(error.to_string()));
                tokio::time::sleep(TROUBLE_PAUSE).await;
            }
        }
    }
}

/// Tells a sink what the contracts tell until it is to stop, and then lets another process go on at
/// once. Without a chain, or without a contract that tells something, it does nothing.
pub async fn keep_following<S: Sink + 'static>(ctx: Ctx, sink: S, stop: impl Future<Output = ()>) {
    let Some(link) = ctx.chain.get() else { return };
    let Settings { id, contracts, first_block, .. } = link.settings;
    if !contracts.are_followed() {
        return;
    }
    let node = Arc::clone(&link.rpc);
    let mut follower = Follower::new(ctx.clone(), node, Arc::new(sink), id, contracts, first_block);
    tokio::select! {
        () = take_steps(&mut follower, link) => {}
        () = stop => {}
    }
    let _late = tokio::time::timeout(GIVE_BACK_TIME, follower.give_back()).await;
    link.note(|seen| seen.newest = None);
}

async fn take_steps<S: Sink + 'static>(follower: &mut Follower<Rpc, S>, link: &Link) {
    loop {
        let step = follower.step().await;
        link.note(|seen| seen.newest = follower.newest());
        let pause = match step {
            Ok(Step::More) => None,
            Ok(Step::UpToDate | Step::NotOurs) => Some(STEP_EVERY),
            Err(error) => {
                note_trouble("the chain is not followed", &error);
                link.note(|seen| seen.follower_trouble = Some(error.to_string()));
                tokio::time::sleep(TROUBLE_PAUSE).await;
                continue;
            }
        };
        link.note(|seen| seen.follower_trouble = None);
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
}

/// What the nodes do is logged where it is seen; everything else here.
fn note_trouble(what: &'static str, error: &(impl std::error::Error + AsNode)) {
    if error.is_the_nodes() {
        tracing::debug!(%error, "{what}");
    } else {
        tracing::warn!(%error, "{what}");
    }
}

trait AsNode {
    fn is_the_nodes(&self) -> bool;
}

impl AsNode for sender::Trouble {
    fn is_the_nodes(&self) -> bool {
        matches!(self, Self::Node(super::node::Error::Unreachable(_)))
    }
}

impl AsNode for follower::Trouble {
    fn is_the_nodes(&self) -> bool {
        matches!(self, Self::Node(super::node::Error::Unreachable(_)))
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;
    use crate::Config;
    use crate::clock::VirtualClock;
    use crate::onchain::{Block, Contract};
    use crate::random::Chance;
    use crate::store::observed::{self, Label};
    use crate::store::{Store, Tx, chain};
    use crate::time::At;

    fn settings(id: u64) -> Settings {
        Settings {
            name: "a chain".to_owned(),
            id,
            rpc: vec!["http://127.0.0.1:9".to_owned()],
            contracts: Contracts::default(),
            limits: Limits { confirmations: 3, buried: 128, fee_max: 1 },
            key: None,
            first_block: None,
        }
    }

    #[tokio::test]
    async fn a_chain_is_refused_whose_numbers_are_not_those_of_the_database() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let clock = Arc::new(VirtualClock::at(At(1)));
        let ctx = Ctx::open(store, clock, Chance::seeded(1), Config::default()).await.unwrap();
        let said = async |tx: &mut Tx| {
            let block = Block { number: 7, hash: "0x7".to_owned(), at: At(1) };
            let (contract, kind) = (Contract::Wager, "proposed");
            let label = Label { contract, subject: "0", kind, account: None };
            chain::read_block(tx, 143, 7, B256::ZERO, 0);
            observed::insert(tx, label, &block, 0, &()).await
        };
        assert!(ctx.store.write::<_, store::Error, _>(said).await.unwrap());
        let refused = open(&ctx, Some(settings(10_143))).await.unwrap_err().to_string();
        assert!(refused.contains("keeps pools and wagers of chain 143"), "{refused}");
        assert!(refused.contains("another database for chain 10143"), "{refused}");
        assert!(ctx.chain.get().is_none(), "nothing of it has begun");
        open(&ctx, Some(settings(143))).await.unwrap();
    }
}
