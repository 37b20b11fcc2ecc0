//! `loadtest`: puts a load on an arena and says what became of it, and what it cost.
//!
//! | to learn | read |
//! |---|---|
//! | what can be asked for | `arguments.rs` |
//! | the phases of a run | `run.rs`, and `lookout.rs` for what ends one early |
//! | when batches leave | `schedule.rs`, `agents.rs` |
//! | how viewers are kept cheap | `viewers/` |
//! | how figures come about | `account.rs`, `report.rs` |
//! | what it is held against | `floor/`, `compare.rs` |
//! | how a queue is loaded | `queue/` |
//! | how a match is watched as JSON | `lines/` |
//! | how long a chain's record takes | `settle/` |

mod account;
mod agents;
mod arguments;
mod child;
mod clock;
mod compare;
mod floor;
mod lines;
mod lookout;
mod machine;
mod payload;
mod pin;
mod process;
mod progress;
mod queue;
mod report;
mod run;
mod schedule;
mod settle;
mod shared;
mod viewers;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde::Serialize;

use crate::run::Job;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Puts a load on an arena, and says what became of it and what it cost.
///
/// Batches and joins are sent at the moments that were meant, however slow the server is, and latency counts
/// from there. The exit status is zero only if nothing was lost and the figures are whole.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    FanOut(arguments::FanOut),
    Many(arguments::Many),
    Ingest(arguments::Ingest),
    Churn(arguments::Churning),
    Queue(queue::Queue),
    Lines(lines::Lines),
    Settle(settle::Settle),
    Floor(floor::Floor),
    Compare(compare::Compare),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match start(arguments.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            failed(&error);
            ExitCode::FAILURE
        }
    }
}

/// True: the figures are whole, and nothing was lost.
fn start(command: Command) -> anyhow::Result<bool> {
    if let Command::Floor(floor) = &command {
        return floor::run(floor).map(|()| true);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("failed to start")?;
    runtime.block_on(async {
        match command {
            Command::FanOut(asked) => one(asked.common.json.clone(), asked.job()?).await,
            Command::Many(asked) => one(asked.common.json.clone(), asked.job()?).await,
            Command::Ingest(asked) => one(asked.common.json.clone(), asked.job()?).await,
            Command::Churn(asked) => one(asked.common.json.clone(), asked.job()?).await,
            Command::Queue(asked) => {
                let report = queue::run(&asked.job()?, &progress::Progress::new()).await?;
                say(&report.table());
                asked.json.map(|file| write(&file, &report)).transpose()?;
                Ok(report.complete)
            }
            Command::Lines(asked) => {
                let report = lines::run(&asked, &progress::Progress::new()).await?;
                say(&report.table());
                asked.json.map(|file| write(&file, &report)).transpose()?;
                Ok(report.complete)
            }
            Command::Settle(asked) => {
                let report = settle::run(&asked, &progress::Progress::new()).await?;
                say(&report.table());
                asked.json.map(|file| write(&file, &report)).transpose()?;
                Ok(report.complete)
            }
            Command::Compare(asked) => {
                let comparison = compare::compare(&asked).await?;
                say(&comparison.table());
                asked.json.map(|file| write(&file, &comparison)).transpose()?;
                Ok(comparison.complete)
            }
            Command::Floor(_) => unreachable!("it has a runtime of its own"),
        }
    })
}

async fn one(json: Option<std::path::PathBuf>, job: Job) -> anyhow::Result<bool> {
    let report = run::run(&job, &progress::Progress::new()).await?;
    say(&report.table());
    if let Some(file) = json {
        write(&file, &report)?;
    }
    Ok(report.complete)
}

fn write(file: &Path, report: &impl Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_string_pretty(report)?;
    json.push('\n');
    std::fs::write(file, json).with_context(|| format!("failed to write {}", file.display()))
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn say(table: &str) {
    print!("{table}");
}

#[expect(clippy::print_stderr, reason = "the last word of a program that failed")]
fn failed(error: &anyhow::Error) {
    eprintln!("loadtest: {error:#}");
}
