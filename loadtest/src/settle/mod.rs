//! Matches that both sides sign, and how long the chain's record of each takes.
//!
//! - `sides`: agents with wallets that meet, report, and sign.
//! - `news`: what the arena's log and the chain tell of it.
//! - `report`: the figures.
//!
//! Invariant: a match counts as recorded only when the arena's log says by which transaction, and
//! it is complete only if every match was recorded once.

mod news;
mod report;
mod sides;

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use arena_client::control::Control;
use arena_client::http::Client;
use clap::Args;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::Semaphore;
use url::Url;

use self::news::{Book, News};
use self::report::Report;
use self::sides::Signable;
use crate::clock::Clock;
use crate::machine::{Machine, Need};
use crate::process::Process;
use crate::progress::Progress;

/// Requests that are under way at once.
const REQUESTS: usize = 64;
const MATCHES_MAX: usize = 20_000;
/// Without a single record for so long, it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Matches that both sides have signed, and how long the chain's record of each takes
///
/// Every match is met, reported, and signed by one side first; what is measured begins when the
/// second signature leaves, and ends when the arena's log names the transaction.
#[derive(Debug, Args)]
pub(crate) struct Settle {
    /// The arena: http://host:port, with a chain; joining has to be open to everybody
    #[arg(default_value = "http://127.0.0.1:8000", value_name = "URL")]
    url: Url,
    /// How many matches
    #[arg(long, default_value_t = 200)]
    matches: usize,
    /// Matches that are signed and not recorded yet, at most; as many as there are signs all at once
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// What an operator's calls have to bear: the log and the state of the chain are read with it
    #[arg(long, env = "ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    admin_token: String,
    /// Node of the chain: then records are counted there, too
    #[arg(long, value_name = "URL")]
    rpc: Option<Url>,
    /// The server's process, if it is on this machine: says what it used
    #[arg(long)]
    pid: Option<u32>,
    /// Write the report there, too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// Runs it.
pub(crate) async fn run(asked: &Settle, progress: &Progress) -> anyhow::Result<Report> {
    ensure!((1..=MATCHES_MAX).contains(&asked.matches), "--matches is 1 to {MATCHES_MAX}");
    ensure!(asked.at_once > 0, "--at-once is at least 1");
    let process = asked.pid.map(Process::new).transpose()?;
    let need = Need { websockets: REQUESTS as u64, ..Need::default() };
    Machine::look(process.as_ref()).check(&need)?;
    let base = asked.url.as_str().trim_end_matches('/');
    let control = Control::new(base, None)?;
    let operator = Client::new(base, Some(&asked.admin_token))?;
    let mut news = News::begin(operator, asked.rpc.as_ref()).await?;
    let matches = prepare(asked, &control, progress).await?;
    // What meeting has made the arena send, such as pools for bets, is not what is measured.
    news.calm().await?;
    news.skip().await?;
    let records_before = news.records(&matches).await?;
    let clock = Clock::new();
    let began_us = clock.now_us();
    let book = RefCell::new(Book::new(clock, matches.iter().map(|it| it.id().to_owned())));
    let used = || process.as_ref().and_then(|it| it.used().ok());
    let (from, own_from) = (used(), Process::own().used().unwrap_or_default());
    let open = Semaphore::new(asked.at_once);
    let signing = sign(&control, &matches, &book, &open);
    let listening = async {
        let (mut quiet_since, mut recorded) = (clock.now_us(), 0);
        while book.borrow().recorded() < matches.len() {
            let names = news.next().await?;
            for name in names {
                if book.borrow_mut().is_recorded(&name) {
                    open.add_permits(1);
                }
            }
            let now = book.borrow().recorded();
            progress.say(format!("recorded: {now} of {}", matches.len()));
            if now > recorded {
                (recorded, quiet_since) = (now, clock.now_us());
            }
            let quiet = Duration::from_micros(clock.now_us().saturating_sub(quiet_since));
            ensure!(quiet < PATIENCE, "nothing was recorded for {PATIENCE:?}");
        }
        anyhow::Ok(())
    };
    let outcome = tokio::try_join!(signing, listening);
    let took = Duration::from_micros(clock.now_us().saturating_sub(began_us));
    // What would be recorded twice would be so by now.
    news.skip().await?;
    let mut report = Report::new(&book.borrow(), asked.at_once, took, news.in_flight_max());
    let own = (own_from, Process::own().used().unwrap_or_default());
    report.cost(from.zip(used()), own);
    if let Err(error) = outcome {
        report.trouble(&format!("{error:#}"));
    }
    if let Some(before) = records_before {
        let after = news.records(&matches).await?.context("the node has answered before")?;
        report.counted(after.saturating_sub(before));
    }
    Ok(report)
}

/// Each match is signed by one side.
async fn prepare(
    asked: &Settle,
    control: &Control,
    progress: &Progress,
) -> anyhow::Result<Vec<Signable>> {
    let run = std::process::id();
    let mut met = Vec::with_capacity(asked.matches);
    // One after the other, so that the two of a match meet each other.
    for number in 0..asked.matches {
        met.push(sides::meet(control, run, number).await?);
        progress.say(format!("met: {} of {}", number + 1, asked.matches));
    }
    let signable = stream::iter(met).map(|met| met.report_and_sign(control));
    signable.buffer_unordered(REQUESTS).try_collect().await
}

/// The second signatures, as many at once as is allowed.
async fn sign(
    control: &Control,
    matches: &[Signable],
    book: &RefCell<Book>,
    open: &Semaphore,
) -> anyhow::Result<()> {
    let signing = matches.iter().map(async |it| {
        open.acquire().await?.forget();
        book.borrow_mut().is_signed(it.id());
        it.sign_second(control).await
    });
    stream::iter(signing).buffer_unordered(REQUESTS).try_collect::<Vec<()>>().await?;
    Ok(())
}
