//! `arena import FILE`: takes over the file of the arena that this one takes the place of.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use arena_control::Ctx;
use arena_control::clock::SystemClock;
use arena_control::import::{Left, Report, Tally, import, open};
use arena_control::random::Chance;
use arena_control::store::Store;

use crate::config::{self, Foreign};
use crate::serve::say;

/// Arguments of `arena import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The other arena's SQLite file; it is only read, and may be in use
    file: PathBuf,
    #[command(flatten)]
    into: config::Into,
    /// Look at everything and keep nothing; a database that is not there is made all the same
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `arena import`.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { file, into, dry_run, json } = args;
    let settled = into.settle(Foreign::of_the_environment())?;
    let mut source = open(&file).await?;
    let store = Store::open(&settled.db).await?;
    let chance = Chance::of_the_system();
    let ctx = Ctx::open(store, Arc::new(SystemClock), chance, settled.config).await?;
    let report = import(&ctx, &mut source, dry_run).await;
    let report = report.context("not all was taken; what was is kept, and it can be done again")?;
    if json {
        say(&format!("{}\n", serde_json::to_string(&report)?));
    } else {
        say(&text(&report));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(report: &Report) -> String {
    let kinds = [
        ("matches", &report.matches),
        ("signatures", &report.signatures),
        ("wagers", &report.wagers),
        ("pools", &report.pools),
        ("entries without a match", &report.queue),
        ("tournaments", &report.tournaments),
        ("faucet wallets", &report.faucet_wallets),
    ];
    let mut text = String::new();
    if report.dry_run {
        text.push_str("a dry run: nothing of this is kept\n");
    }
    for (name, tally) in kinds {
        let Tally { read, taken, known, left, notes } = tally;
        let not: u64 = left.values().map(|left| left.count).sum();
        text.push_str(&format!("{name}: {read}, {taken} taken, {known} known, {not} not taken\n"));
        for (what, Left { count, examples }) in left.iter().chain(notes) {
            text.push_str(&format!("  {count} × {what}\n"));
            for example in examples {
                text.push_str(&format!("      {example}\n"));
            }
        }
    }
    text
}
