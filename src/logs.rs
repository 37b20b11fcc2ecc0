//! Where logs go: stderr, as text for people or as JSON for programs.

use clap::ValueEnum;
use serde::Deserialize;
use tokio::task::JoinSet;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::otlp;
use arena_client::http::Client;

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// For people
    #[default]
    Text,
    /// For programs, one object a line
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// What somebody has to do something about
    Error,
    /// What may become that
    Warn,
    /// What an operator would tell a colleague
    #[default]
    Info,
    /// For finding out why
    Debug,
    /// Every packet
    Trace,
}

/// Called once, by the commands that serve. What sends traces is polled for as long as they are wanted.
pub(crate) fn start(form: Form, level: Level, collector: Option<Client>, tasks: &mut JoinSet<()>) {
    let (traces, exporter) = collector.map(otlp::export).unzip();
    if let Some(exporter) = exporter {
        tasks.spawn(exporter.run());
    }
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    // What strangers make libraries say is no news, unless somebody is finding out why.
    let others = if level >= LevelFilter::DEBUG { level } else { LevelFilter::ERROR };
    let ours = Targets::new().with_default(others).with_target("arena", level);
    let logs = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    let color = std::io::IsTerminal::is_terminal(&std::io::stderr());
    match form {
        Form::Text => {
            logs.with_target(false).with_ansi(color).finish().with(ours).with(traces).init()
        }
        Form::Json => logs.json().flatten_event(true).finish().with(ours).with(traces).init(),
    }
}
