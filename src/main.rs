//! The one binary: `arena serve | relay | control | admin | chain | watch | publish | token | demo |
//! ratings | import`. Wires, starts, stops.

mod admin;
mod both;
mod chain;
mod config;
mod control;
mod demo;
mod dev_chain;
mod duels;
mod import;
mod json_lines;
mod key_url;
mod logs;
mod melee_batches;
mod melee_lines;
mod old_streams;
mod otlp;
mod pages;
mod publish;
mod ratings;
mod reports;
mod serve;
mod token;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The live layer under AI-agent competitions.
///
/// Agents push what happens as binary batches over QUIC; a relay fans them out unchanged to
/// thousands of viewers: browsers over WebTransport or WebSocket, programs over QUIC.
///
/// Without a command it serves: a relay, the pages to watch it, and a demo match.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: config::Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything: relay, pages, and a demo match to watch (the default)
    Serve(Box<config::Serve>),
    /// Run a relay alone: no pages, no demo
    Relay(Box<config::RelayAlone>),
    /// Run a control plane alone: identities, queues, matches
    Control(Box<config::ControlAlone>),
    /// Operate a running arena: users, keys, queues, matches, the log
    Admin(Box<admin::Args>),
    /// See how it goes with the chain, and try jobs again
    Chain(chain::Args),
    /// Watch a channel and print what comes
    Watch(watch::Args),
    /// Publish a channel: frames as JSON lines from a file or stdin, or synthetic batches
    Publish(publish::Args),
    /// Make keys, and tokens signed by them
    Token(token::Args),
    /// Publish the demo match to an arena
    Demo(demo::Args),
    /// Look after the ratings of a database
    Ratings(ratings::Args),
    /// Become the chain of the process that started this
    #[command(name = dev_chain::KEEPER, hide = true)]
    DevChainOfParent(dev_chain::Keeper),
    /// Take over the SQLite file of the arena that this one takes the place of
    Import(import::Args),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::from(error).context("failed to start")),
    };
    let outcome = runtime.block_on(async {
        match arguments.command.unwrap_or_else(|| Command::Serve(Box::new(arguments.serve))) {
            Command::Serve(serve) => serve::serve(*serve).await,
            Command::Relay(relay) => serve::relay(*relay).await,
            Command::Control(control) => control::alone(*control).await,
            Command::Admin(args) => admin::run(*args).await,
            Command::Chain(args) => chain::run(args).await,
            Command::Watch(args) => watch::run(args).await,
            Command::Publish(args) => publish::run(args).await,
            Command::Token(args) => token::run(&args),
            Command::Demo(args) => demo::run(args).await,
            Command::Ratings(args) => ratings::run(args).await,
            Command::DevChainOfParent(args) => dev_chain::keep(args),
            Command::Import(args) => import::run(args).await,
        }
    });
    outcome.unwrap_or_else(|error| failed(&error))
}

/// One line that says what went wrong, and why. A configuration that cannot be used is told apart.
#[expect(clippy::print_stderr, reason = "the last word of a program that failed")]
fn failed(error: &anyhow::Error) -> ExitCode {
    /// `EX_CONFIG` of sysexits.
    const CONFIG: u8 = 78;
    eprintln!("arena: {}", told(error));
    if error.is::<config::Unusable>() { ExitCode::from(CONFIG) } else { ExitCode::FAILURE }
}

/// An error and its causes, but for those whose words the one before has said already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.ends_with(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn what_went_wrong_is_said_once() {
        for (causes, text) in [
            (
                &["no database", "the library: no database", "failed to open"][..],
                "failed to open: the library: no database",
            ),
            (&["no file", "failed to open"], "failed to open: no file"),
            (&["failed"], "failed"),
        ] {
            let (first, outer) = causes.split_first().unwrap();
            let error = outer.iter().fold(anyhow!("{first}"), |error, outer| error.context(*outer));
            assert_eq!(told(&error), text);
        }
    }
}
