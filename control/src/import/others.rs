//! What is taken beside matches, and what is only counted.

use super::report::{Fate, Report, Tally};
use super::service::{Error, NO_COLUMN, Stop};
use crate::context::Ctx;
use crate::onchain::Account;
use crate::store::foreign::{Source, Table};
use crate::store::{self, Tx, faucet as rows};

const QUEUE: Table = Table {
    name: "queue",
    needed: &["id", "status"],
    columns: &["id", "status"],
    order: "id",
    len_max: 64,
};
const FAUCET: Table = Table {
    name: "faucet_wallets",
    needed: &["address"],
    columns: &["address"],
    order: "address",
    len_max: 64,
};

/// Whom the faucet has given; entries without a match are counted.
pub(super) async fn take(ctx: &Ctx, source: &mut Source, report: &mut Report) -> Result<(), Error> {
    waiting(source, &mut report.queue).await?;
    faucet(ctx, source, report).await
}

/// Entries without a match are counted; who waited waits no more.
async fn waiting(source: &mut Source, waiting: &mut Tally) -> Result<(), Error> {
    let unread = source.out_of_reach(&QUEUE).await?;
    waiting.read += unread;
    waiting.leave_all(NO_COLUMN, unread);
    if !source.offers(&QUEUE) {
        return Ok(());
    }
    source
        .read(&QUEUE, async |_looking, page| {
            for record in page {
                let why = match record.text("status") {
                    Some("waiting") => "who waits joins again",
                    // They come with their matches.
                    Some("matched") => continue,
                    Some(_) | None => "it was over: who asks for it is told that there is none",
                };
                waiting.count(Fate::Left(why.to_owned()), record.text("id").unwrap_or_default());
            }
            Ok(())
        })
        .await
}

/// Whom the faucet has given is not given again.
async fn faucet(ctx: &Ctx, source: &mut Source, report: &mut Report) -> Result<(), Error> {
    let unread = source.out_of_reach(&FAUCET).await?;
    report.faucet_wallets.read += unread;
    report.faucet_wallets.leave_all(NO_COLUMN, unread);
    if !source.offers(&FAUCET) {
        return Ok(());
    }
    let (dry_run, tally) = (report.dry_run, &mut report.faucet_wallets);
    source
        .read(&FAUCET, async |_looking, page| {
            let mut accounts = Vec::new();
            for record in page {
                let text = record.text("address").unwrap_or_default();
                match text.parse::<Account>() {
                    Ok(account) => accounts.push(account),
                    Err(wrong) => tally.count(Fate::Left(wrong.to_string()), text),
                }
            }
            for (account, fate) in given(ctx, accounts, dry_run).await? {
                tally.count(fate, &account.to_string());
            }
            Ok(())
        })
        .await
}

async fn given(
    ctx: &Ctx,
    accounts: Vec<Account>,
    dry_run: bool,
) -> Result<Vec<(Account, Fate)>, store::Error> {
    let now = ctx.clock.now();
    let work = async move |tx: &mut Tx| {
        tx.lock("faucet").await?;
        let mut fates = Vec::new();
        for account in &accounts {
            let known = rows::has(tx, account).await?;
            if !known {
                rows::insert(tx, account, now);
            }
            fates.push((account.clone(), if known { Fate::Known } else { Fate::Taken }));
        }
        if dry_run { Err(Stop::Tried(fates)) } else { Ok(fates) }
    };
    match ctx.store.write(work).await {
        Ok(fates) | Err(Stop::Tried(fates)) => Ok(fates),
        Err(Stop::Store(error)) => Err(error),
    }
}
