//! `arena publish`: a match from lines of JSON, or batches of noise, onto a channel.

mod source;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use arena_client::{
    ChannelName, Draft, Progress, PublishOptions, Publisher, Server, Transport, unix_us,
};
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use self::source::Source;
use crate::json_lines;
use crate::melee_batches::Piece;

/// What a shell says of a program that was interrupted.
const INTERRUPTED: u8 = 130;
/// Batches of noise a second.
const NOISE_RATE: u32 = 20;
/// How long an interrupted publisher tries to end its channel.
const END_TIME: Duration = Duration::from_secs(5);

/// Arguments of `arena publish`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The channel
    #[arg(value_name = "CHANNEL")]
    channel: ChannelName,
    /// Lines of JSON: match_start, frame, game_end, match_end; `-` is stdin
    #[arg(value_name = "FILE", default_value = "-", conflicts_with = "synthetic")]
    file: PathBuf,
    /// Publish batches of noise instead, the same for the same seed
    #[arg(long)]
    synthetic: bool,
    /// Seed of the noise
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Batches a second [default: 20 of noise, lines as they come]
    #[arg(long, value_name = "R")]
    rate: Option<u32>,
    /// Bytes of a batch of noise
    #[arg(long, default_value_t = 512, value_name = "B", value_parser = clap::value_parser!(u32).range(1..))]
    size: u32,
    /// Stop after N batches
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// What noise is called [default: opaque]; lines become melee/1
    #[arg(long, value_name = "NAME", requires = "synthetic")]
    schema: Option<String>,
    /// What a late joiner must know [default: from the first match_start]
    #[arg(long, value_name = "JSON")]
    meta: Option<String>,
    /// Take the channel over where it stands
    #[arg(long)]
    resume: bool,
    /// The arena
    #[arg(long, default_value = "http://127.0.0.1:8000", env = "ARENA_SERVER", value_name = "URL")]
    server: Server,
    /// The way there: auto, quic, webtransport or ws
    #[arg(long, default_value_t, value_name = "NAME")]
    transport: Transport,
    /// The right to publish, where the arena asks for one
    #[arg(long, env = "ARENA_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
    /// A JSON object a line: acknowledgements, and what came of it
    #[arg(long)]
    json: bool,
}

/// One line for programs.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Accepted {
        channel: &'a str,
        epoch: u64,
        held: Option<u64>,
        stored: Option<u64>,
        sessions: u32,
        renumbered: u32,
    },
    Done {
        channel: &'a str,
        epoch: u64,
        sent: u64,
        accepted: u64,
        sessions: u32,
        renumbered: u32,
    },
}

/// Runs `arena publish`: until the source's end, or it is interrupted.
pub(crate) async fn run(mut args: Args) -> anyhow::Result<ExitCode> {
    let failed = format!("failed to publish {} at {}", args.channel, args.server);
    let mut source = match args.synthetic {
        true => Source::noise(args.seed, args.size as usize),
        false => Source::lines(&args.file).context(failed.clone())?,
    };
    let rate = args.rate.or_else(|| args.synthetic.then_some(NOISE_RATE));
    let first = source.next().await?;
    let schema = args.schema.take().unwrap_or_else(|| source.schema().to_owned());
    let meta = args.meta.take().map_or_else(|| source.meta(), String::into_bytes);
    let options = PublishOptions {
        token: args.token.take(),
        meta,
        resume: args.resume,
        transport: args.transport,
        ..PublishOptions::new(args.channel.clone(), &schema)
    };
    let connecting = Publisher::connect(&args.server, options);
    let publisher = connecting.await.context(failed.clone())?;
    let before = publisher.accepted().borrow().held.map_or(0, |held| held + 1);
    let mut publishing = Publishing { source, first, rate, sent: 0, before };
    let outcome = publishing.run(publisher, &args).await;
    match outcome {
        Err(error) if json_lines::nobody_reads(&error) => Ok(ExitCode::SUCCESS),
        outcome => outcome.context(failed),
    }
}

struct Publishing {
    source: Source,
    first: Option<Piece>,
    rate: Option<u32>,
    sent: u64,
    /// What the channel held before.
    before: u64,
}

impl Publishing {
    async fn run(&mut self, mut publisher: Publisher, args: &Args) -> anyhow::Result<ExitCode> {
        let accepted = publisher.accepted();
        let last = accepted.clone();
        let count = args.count;
        let mut telling = std::pin::pin!(tell(accepted, args));
        let sending = async {
            let interrupted = tokio::select! {
                biased;
                interrupted = tokio::signal::ctrl_c() => {
                    interrupted.context("failed to wait for Ctrl-C")?;
                    true
                }
                sent = self.send(&mut publisher, count) => {
                    sent?;
                    false
                }
            };
            if !interrupted {
                publisher.finish("done").await?;
                return Ok(ExitCode::SUCCESS);
            }
            let ended = tokio::time::timeout(END_TIME, publisher.finish("interrupted")).await;
            ended.context("interrupted before everything was accepted")??;
            Ok(INTERRUPTED.into())
        };
        let outcome: anyhow::Result<ExitCode> = tokio::select! {
            outcome = sending => outcome,
            stopped = &mut telling => Err(stopped),
        };
        self.conclude(*last.borrow(), args)?;
        outcome
    }

    async fn send(&mut self, publisher: &mut Publisher, count: Option<u64>) -> anyhow::Result<()> {
        let mut pace = self.rate.map(|rate| {
            let mut pace = tokio::time::interval(Duration::from_secs(1) / rate.max(1));
            pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
            pace
        });
        let mut next = self.first.take();
        while let Some(piece) = next
            && count.is_none_or(|count| self.sent < count)
        {
            if let Some(pace) = &mut pace {
                pace.tick().await;
            }
            let Piece { first_frame, frames, key, payload } = &piece;
            let draft = Draft {
                captured_us: unix_us(),
                first_frame: *first_frame,
                frames: *frames,
                key: *key,
                payload,
            };
            publisher.send(draft).await?;
            self.sent += 1;
            next = self.source.next().await?;
        }
        Ok(())
    }

    fn conclude(&self, last: Progress, args: &Args) -> io::Result<()> {
        // After a renumbering the relay has what it held before as well, under other numbers.
        let held = last.held.map_or(0, |held| held + 1);
        let accepted = if last.renumbered == 0 { held.saturating_sub(self.before) } else { held };
        let Self { sent, .. } = *self;
        if args.json {
            let Progress { epoch, sessions, renumbered, .. } = last;
            let channel = args.channel.as_str();
            return json_lines::print(&Line::Done {
                channel,
                epoch,
                sent,
                accepted,
                sessions,
                renumbered,
            });
        }
        use io::Write as _;
        writeln!(io::stderr(), "{}: {sent} batches sent, {accepted} accepted", args.channel)
    }
}

/// Tells every acknowledgement, for as long as it is polled; resolves only if nobody listens.
async fn tell(mut accepted: watch::Receiver<Progress>, args: &Args) -> anyhow::Error {
    let bar = match !args.json && io::stderr().is_terminal() {
        true => ProgressBar::new_spinner(),
        false => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
    };
    while accepted.changed().await.is_ok() {
        let progress = *accepted.borrow_and_update();
        let Progress { epoch, held, stored, sessions, renumbered } = progress;
        bar.tick();
        bar.set_message(format!(
            "life {epoch}, batch {} accepted, session {sessions}",
            held.map_or_else(|| "none".to_owned(), |held| held.to_string())
        ));
        if args.json {
            let channel = args.channel.as_str();
            let line = Line::Accepted { channel, epoch, held, stored, sessions, renumbered };
            if let Err(error) = json_lines::print(&line) {
                return error.into();
            }
        }
    }
    // The publisher is over, and whoever waits for it knows why.
    std::future::pending().await
}
