//! A wallet is given coin once, an operator has all of them topped up: rows and jobs.

use std::time::Duration;

use crate::chain::intents::{Intent, JobId, Kind};
use crate::context::Ctx;
use crate::jobs;
use crate::onchain::Account;
use crate::store::{self, Tx, faucet as rows};
use crate::uint::Wei;

/// How often and how many times it is looked whether the transaction is signed: clients like to
/// know its hash.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// It will be given; how many wallets were.
    Now { wallets: u32 },
    /// It was, once.
    Before,
    /// There is no more for others.
    Nothing,
}

/// A wallet, and whether it is to be topped up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gift {
    to: alloy::primitives::Address,
    tops_up: bool,
}

/// A wallet that is topped up, if it has less than it was given once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TopUp {
    pub(super) address: Account,
    /// False if the one before is still under way.
    pub(super) asked: bool,
}

pub(super) async fn give(ctx: &Ctx, to: &Account) -> Result<Given, store::Error> {
    let (now, cap, to) = (ctx.clock.now(), ctx.config.faucet.cap, to.clone());
    let work = async move |tx: &mut Tx| {
        // Two who ask at once would not see each other.
        tx.lock("faucet").await?;
        if rows::has(tx, &to).await? {
            return Ok::<_, store::Error>(Given::Before);
        }
        let wallets = rows::count(tx).await?;
        if wallets >= cap {
            return Ok(Given::Nothing);
        }
        rows::insert(tx, &to, now);
        jobs::ask(tx, Kind::FundWallet.name(), &to.to_string(), "", now);
        Ok(Given::Now { wallets: wallets + 1 })
    };
    ctx.store.write(work).await
}

/// The hash of what is sent to a wallet, if it is signed within a second.
pub(super) async fn hash(ctx: &Ctx, to: &Account) -> Result<Option<String>, store::Error> {
    let job = JobId { kind: Kind::FundWallet, business_id: to.to_string() };
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let job = job.clone();
        let read = async move |tx: &mut Tx| store::jobs::hash(tx, &job).await;
        if let Some(hash) = ctx.store.read(read).await? {
            return Ok(Some(hash));
        }
    }
    Ok(None)
}

pub(super) async fn top_up(ctx: &Ctx) -> Result<Vec<TopUp>, store::Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        tx.lock("faucet").await?;
        let mut all = Vec::new();
        for (address, top_ups, under_way) in rows::all(tx).await? {
            if !under_way {
                rows::topped_up(tx, &address, top_ups + 1);
                let id = format!("{address}:{}", top_ups + 1);
                jobs::ask(tx, Kind::FundWallet.name(), &id, "", now);
            }
            all.push(TopUp { address, asked: !under_way });
        }
        Ok::<_, store::Error>(all)
    };
    ctx.store.write(work).await
}

/// What a job is about; nothing if no wallet was to be given anything by this id.
///
/// # Errors
/// The database.
pub(crate) async fn to_give(tx: &mut Tx, business_id: &str) -> Result<Option<Gift>, store::Error> {
    let (address, tops_up) = match business_id.split_once(':') {
        Some((address, _number)) => (address, true),
        None => (business_id, false),
    };
    let (Ok(account), Ok(to)) = (address.parse::<Account>(), address.parse()) else {
        return Ok(None);
    };
    let known = rows::has(tx, &account).await?;
    Ok(known.then_some(Gift { to, tops_up }))
}

impl Gift {
    /// What is sent for it.
    pub(crate) fn of(self, amount: Wei) -> Intent {
        let Self { to, tops_up } = self;
        Intent::FundWallet { to, wei: amount.0, tops_up }
    }
}
