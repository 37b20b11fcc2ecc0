//! `arena watch`: a channel as lines, for people or for programs.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use arena_client::{
    Batch, ChannelName, Delivery, Event, FROM_THE_FIRST, Server, Transport, WatchOptions, Watcher,
    Why, unix_us,
};
use serde::Serialize;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::json_lines;

/// What a shell says of a program that was interrupted.
const INTERRUPTED: u8 = 130;

/// Arguments of `arena watch`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The channel
    #[arg(value_name = "CHANNEL")]
    channel: ChannelName,
    /// The arena
    #[arg(long, default_value = "http://127.0.0.1:8000", env = "ARENA_SERVER", value_name = "URL")]
    server: Server,
    /// The way there: auto, quic, webtransport or ws
    #[arg(long, default_value_t, value_name = "NAME")]
    transport: Transport,
    /// Begin behind batch N, or with the `first` that is held [default: the newest group]
    #[arg(long, value_name = "N|first", value_parser = after)]
    after: Option<u64>,
    /// What to get when too slow: live, complete, latest or datagram
    #[arg(long, default_value = "live", value_name = "NAME", value_parser = delivery)]
    delivery: Delivery,
    /// The right to watch, where the arena asks for one
    #[arg(long, env = "ARENA_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
    /// Stop after N batches
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// A JSON object a line
    #[arg(long)]
    json: bool,
}

/// One line for programs.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Start {
        channel: &'a str,
        epoch: u64,
        schema: &'a str,
        meta: Value,
    },
    Batch {
        channel: &'a str,
        epoch: u64,
        seq: u64,
        bytes: usize,
        frames: u16,
        key: bool,
        captured_us: u64,
        received_us: u64,
        /// Of the payload, 16 hexadecimal digits.
        xxh3: String,
    },
    Gap {
        channel: &'a str,
        epoch: u64,
        from: u64,
        to: u64,
        why: &'static str,
    },
    Reconnecting {
        channel: &'a str,
        attempt: u32,
        delay_ms: u128,
        reason: &'a str,
    },
    End {
        channel: &'a str,
        epoch: u64,
        last_seq: Option<u64>,
        reason: &'a str,
    },
}

/// What was seen, for the last line.
struct Seen {
    channel: ChannelName,
    json: bool,
    since: Instant,
    epoch: u64,
    batches: u64,
    bytes: u64,
    missing: u64,
    reconnections: u32,
}

/// Runs `arena watch`: until the channel's end, or it is interrupted.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { channel, server, transport, after, delivery, token, count, json } = args;
    let failed = format!("failed to watch {channel} at {server}");
    let options =
        WatchOptions { token, after, delivery, transport, ..WatchOptions::new(channel.clone()) };
    let since = Instant::now();
    let mut seen =
        Seen { channel, json, since, epoch: 0, batches: 0, bytes: 0, missing: 0, reconnections: 0 };
    let watching = async {
        let mut watcher = Watcher::connect(&server, options).await.context(failed.clone())?;
        while count.is_none_or(|count| seen.batches < count)
            && let Some(event) = watcher.next().await.context(failed.clone())?
        {
            seen.note(&event)?;
        }
        anyhow::Ok(ExitCode::SUCCESS)
    };
    let outcome = tokio::select! {
        biased;
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("failed to wait for Ctrl-C").map(|()| INTERRUPTED.into())
        }
        outcome = watching => outcome,
    };
    match outcome {
        Err(error) if json_lines::nobody_reads(&error) => Ok(ExitCode::SUCCESS),
        Err(error) if seen.epoch == 0 => Err(error),
        outcome => {
            seen.summarize()?;
            outcome
        }
    }
}

impl Seen {
    fn note(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Start(start) => self.epoch = start.epoch,
            Event::Batch(batch) => {
                self.batches += 1;
                self.bytes += batch.payload().len() as u64;
            }
            Event::Gap(gap) => self.missing += gap.to - gap.from + 1,
            Event::Reconnecting { .. } => self.reconnections += 1,
            Event::Ended(_) => {}
        }
        if self.json { json_lines::print(&self.line(event)) } else { self.tell(event) }
    }

    fn line<'a>(&'a self, event: &'a Event) -> Line<'a> {
        let (channel, epoch) = (self.channel.as_str(), self.epoch);
        match event {
            Event::Start(start) => {
                // Meta ought to be JSON; nobody checked.
                let meta = serde_json::from_slice(&start.meta)
                    .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&start.meta)));
                Line::Start { channel, epoch, schema: &start.schema, meta }
            }
            Event::Batch(batch) => Line::Batch {
                channel,
                epoch,
                seq: batch.header().seq,
                bytes: batch.payload().len(),
                frames: batch.header().frames,
                key: batch.header().key,
                captured_us: batch.header().captured_us,
                received_us: unix_us(),
                xxh3: format!("{:016x}", xxh3_64(&batch.payload())),
            },
            Event::Gap(gap) => {
                Line::Gap { channel, epoch, from: gap.from, to: gap.to, why: word(gap.why) }
            }
            Event::Reconnecting { attempt, delay, reason } => {
                let delay_ms = delay.as_millis();
                Line::Reconnecting { channel, attempt: *attempt, delay_ms, reason }
            }
            Event::Ended(end) => {
                Line::End { channel, epoch, last_seq: end.last_seq, reason: &end.reason }
            }
        }
    }

    fn tell(&self, event: &Event) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match event {
            Event::Start(start) => {
                let meta = String::from_utf8_lossy(&start.meta);
                writeln!(
                    stdout,
                    "{}: life {} of {} {meta}",
                    self.channel, start.epoch, start.schema
                )
            }
            Event::Batch(batch) => tell_batch(&mut stdout, batch),
            Event::Gap(gap) => {
                writeln!(stdout, "{:>8}  to {} will not come: {}", gap.from, gap.to, word(gap.why))
            }
            Event::Reconnecting { attempt, delay, reason } => {
                let ms = delay.as_millis();
                writeln!(stdout, "lost: {reason}; attempt {attempt} in {ms} ms")
            }
            Event::Ended(end) => writeln!(stdout, "{} ended: {}", self.channel, end.reason),
        }
    }

    /// To stderr, where it is in no program's way.
    fn summarize(&self) -> io::Result<()> {
        let Self { batches, bytes, missing, reconnections, .. } = self;
        let seconds = self.since.elapsed().as_secs_f64();
        writeln!(
            io::stderr(),
            "{batches} batches, {bytes} bytes, {missing} missing, {reconnections} reconnections in \
             {seconds:.1} s"
        )
    }
}

fn tell_batch(stdout: &mut impl io::Write, batch: &Batch) -> io::Result<()> {
    let header = batch.header();
    let key = if header.key { "key" } else { "" };
    let age_us = unix_us().saturating_sub(header.captured_us);
    let (ms, tenths) = (age_us / 1000, age_us / 100 % 10);
    let (seq, frames, bytes) = (header.seq, header.frames, batch.payload().len());
    writeln!(stdout, "{seq:>8}  {key:3}  {frames:>3} frames  {bytes:>6} bytes  {ms:>6}.{tenths} ms")
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Lagged => "lagged",
        Why::Expired => "expired",
        Why::Restarted => "restarted",
    }
}

fn after(text: &str) -> Result<u64, String> {
    match text {
        "first" => Ok(FROM_THE_FIRST),
        number => number.parse().map_err(|_| "a batch's number, or `first`".to_owned()),
    }
}

fn delivery(text: &str) -> Result<Delivery, String> {
    match text {
        "live" => Ok(Delivery::Live),
        "complete" => Ok(Delivery::Complete),
        "latest" => Ok(Delivery::Latest),
        "datagram" => Ok(Delivery::Datagram),
        _ => Err("live, complete, latest or datagram".to_owned()),
    }
}
