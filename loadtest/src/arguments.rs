//! The command line, and what can be wrong with it, up to a [`Job`].

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use arena_client::{ChannelName, Delivery, Server};
use arena_protocol::limits::{MESSAGE_LEN_MAX, SUBSCRIPTIONS_MAX};
use clap::{Args, ValueEnum};

use crate::machine::{Machine, Need};
use crate::payload::STAMP_LEN;
use crate::process::Process;
use crate::run::{Guests, Job};
use crate::schedule::Load;
use crate::viewers::{Seat, Way};

/// What stands around a payload.
const HEADER_LEN_MAX: usize = 64;
/// Batches that one subscription's account can span.
const BATCHES_MAX: u64 = 1 << 23;
/// Beyond this it is not even asked what the machine has.
const VIEWERS_MAX: usize = 1_000_000;

/// What is measured, and where.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The arena: http://host:port, https://host:port or quic://host:port
    #[arg(default_value = "http://127.0.0.1:8000", value_name = "URL")]
    pub(crate) url: Server,
    /// Ways to the arena; viewers take turns if there are several
    #[arg(long, value_enum, value_delimiter = ',', default_value = "quic")]
    pub(crate) transport: Vec<Way>,
    /// Way of the publishers [default: the first of --transport]
    #[arg(long, value_enum)]
    pub(crate) publish_over: Option<Way>,
    /// Connections a second while viewers come
    #[arg(long, default_value_t = 1000.0)]
    pub(crate) ramp: f64,
    /// What a viewer gets when it is too slow
    #[arg(long, value_enum, default_value = "live")]
    pub(crate) delivery: Wanted,
    /// Token of the viewers
    #[arg(long, env = "ARENA_WATCH_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Token of the publishers
    #[arg(long, env = "ARENA_PUBLISH_TOKEN", hide_env_values = true)]
    pub(crate) publish_token: Option<String>,
    /// Channels are named by this, and a number behind it [default: new ones each time]
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
    /// Threads of viewers [default: half of the processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// The server's process, if it is on this machine: says what it used
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// Write the report there, too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

/// How much is sent.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Shape {
    /// Batches a second, of each channel
    #[arg(long, default_value_t = 10.0)]
    pub(crate) rate: f64,
    /// Bytes of a batch's payload
    #[arg(long, default_value_t = 1200)]
    pub(crate) size: usize,
    /// Batches from one key batch to the next
    #[arg(long, default_value_t = 20)]
    pub(crate) group: u64,
    /// How long to measure
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// How long to send before that
    #[arg(long, default_value_t = 2.0)]
    pub(crate) warm_up: f64,
    /// All channels send at the same moments instead of taking turns
    #[arg(long)]
    pub(crate) aligned: bool,
}

/// One channel, many viewers
#[derive(Debug, Args)]
pub(crate) struct FanOut {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Viewers of the channel
    #[arg(long, default_value_t = 100)]
    pub(crate) viewers: usize,
    /// Viewers beside these that never read
    #[arg(long, default_value_t = 0)]
    pub(crate) stalled: usize,
    /// Do not publish: watch the channel that --channel names
    #[arg(long, requires = "channel")]
    pub(crate) watch_only: bool,
}

/// Many channels, some viewers each
#[derive(Debug, Args)]
pub(crate) struct Many {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Channels, each with a publisher
    #[arg(long, default_value_t = 200)]
    pub(crate) channels: usize,
    /// Viewers of each channel
    #[arg(long, default_value_t = 5)]
    pub(crate) viewers: usize,
    /// Channels that a viewer watches on one connection
    #[arg(long, default_value_t = 1)]
    pub(crate) channels_per_connection: usize,
}

/// Publishers alone; what counts is what the arena accepts
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Publishers, each with a channel
    #[arg(long, default_value_t = 10)]
    pub(crate) publishers: usize,
}

/// One channel whose viewers come and go, beside some that stay
#[derive(Debug, Args)]
pub(crate) struct Churning {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Viewers that stay, and are measured
    #[arg(long, default_value_t = 100)]
    pub(crate) viewers: usize,
    /// Viewers that come each second
    #[arg(long, default_value_t = 50.0)]
    pub(crate) per_second: f64,
    /// Seconds that each of them stays
    #[arg(long, default_value_t = 2.0)]
    pub(crate) stay: f64,
}

/// [`Delivery`], as it is asked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Wanted {
    /// Skip to the newest group
    Live,
    /// Skip nothing that is held
    Complete,
    /// Only the newest batch
    Latest,
    /// A datagram for each batch that fits
    Datagram,
}

impl FanOut {
    pub(crate) fn job(self) -> anyhow::Result<Job> {
        let publishes = !self.watch_only;
        let mut job = self.common.job("fan-out", 1, publishes)?;
        few("--viewers", self.viewers.saturating_add(self.stalled))?;
        ensure!(self.viewers > 0, "a fan-out needs a viewer");
        let stalled = (0..self.stalled).map(|_| true);
        let all = (0..self.viewers).map(|_| false).chain(stalled);
        job.seats = all.map(|stalled| Seat { stalled, ..seat(vec![0]) }).collect();
        self.common.settle(job)
    }
}

impl Many {
    pub(crate) fn job(self) -> anyhow::Result<Job> {
        let Self { common, channels, viewers, channels_per_connection: together } = self;
        ensure!(channels > 0 && viewers > 0, "many need a channel and a viewer");
        few("--channels times --viewers", channels.saturating_mul(viewers))?;
        ensure!(
            (1..=SUBSCRIPTIONS_MAX).contains(&together),
            "a connection carries 1 to {SUBSCRIPTIONS_MAX} subscriptions"
        );
        ensure!(
            together == 1 || !common.transport.contains(&Way::Ws),
            "a WebSocket carries one subscription"
        );
        let mut job = common.job("many", channels, true)?;
        let all: Vec<_> = (0..channels).collect();
        let connections = all
            .chunks(together)
            .flat_map(|channels| std::iter::repeat_with(|| seat(channels.to_vec())).take(viewers));
        job.seats = connections.collect();
        common.settle(job)
    }
}

impl Ingest {
    pub(crate) fn job(self) -> anyhow::Result<Job> {
        ensure!(self.publishers > 0, "ingest needs a publisher");
        few("--publishers", self.publishers)?;
        let job = self.common.job("ingest", self.publishers, true)?;
        self.common.settle(job)
    }
}

impl Churning {
    pub(crate) fn job(self) -> anyhow::Result<Job> {
        let Self { common, viewers, per_second, stay } = self;
        ensure!(viewers > 0, "some have to stay, or nothing is measured");
        positive("--per-second", per_second)?;
        positive("--stay", stay)?;
        let mut job = common.job("churn", 1, true)?;
        job.seats = vec![seat(vec![0]); viewers];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let come = (per_second * (job.load.seconds + job.load.warm_up)) as usize;
        few("the viewers that stay and come", viewers.saturating_add(come))?;
        let stay = Duration::from_secs_f64(stay);
        job.guests = Some(Guests { per_second, stay, seats: vec![seat(vec![0]); come] });
        common.settle(job)
    }
}

/// The way and the address are settled later, for all of them.
pub(crate) fn seat(channels: Vec<usize>) -> Seat {
    Seat { way: Way::Quic, channels, stalled: false, source: None }
}

impl Common {
    fn job(&self, scenario: &'static str, channels: usize, publishes: bool) -> anyhow::Result<Job> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or(processors / 2).max(1);
        positive("--ramp", self.ramp)?;
        let first = *self.transport.first().context("a transport is needed")?;
        Ok(Job {
            scenario,
            server: self.url.clone(),
            ways: self.transport.clone(),
            publish: publishes.then(|| self.publish_over.unwrap_or(first)),
            channels: self.names(channels, publishes)?,
            seats: Vec::new(),
            load: self.shape.load()?,
            delivery: self.delivery.delivery(),
            token: self.token.clone(),
            publish_token: self.publish_token.clone(),
            threads,
            ramp: self.ramp,
            process: self.pid.map(Process::new).transpose()?,
            guests: None,
        })
    }

    fn names(&self, channels: usize, publishes: bool) -> anyhow::Result<Vec<ChannelName>> {
        let prefix = match &self.channel {
            Some(name) if !publishes => return Ok(vec![name.parse()?]),
            Some(name) => name.clone(),
            None => format!("load/{:x}", arena_client::unix_us()),
        };
        let name = |at| format!("{prefix}/{at}").parse::<ChannelName>();
        (0..channels).map(name).collect::<Result<_, _>>().context("no name for a channel")
    }

    /// Gives every viewer its way and its address, and holds it all against the machine.
    fn settle(&self, mut job: Job) -> anyhow::Result<Job> {
        let machine = Machine::look(job.process.as_ref());
        let loopback = self.url.to_string().contains("://127.");
        let mut websockets = 0;
        let guests = job.guests.as_mut().map(|guests| &mut guests.seats);
        for (at, seat) in job.seats.iter_mut().chain(guests.into_iter().flatten()).enumerate() {
            seat.way = self.transport[at % self.transport.len()];
            if seat.way == Way::Ws {
                seat.source = machine.source(websockets, loopback);
                websockets += 1;
            }
        }
        let at_once = |ws: bool| {
            let staying = job.seats.iter().filter(|seat| (seat.way == Way::Ws) == ws).count();
            staying as u64 + job.guests.as_ref().map_or(0, Guests::at_once)
        };
        machine.check(&Need {
            websockets: at_once(true),
            quic: at_once(false),
            publishers: job.channels.len() as u64,
            loopback,
        })?;
        Ok(job)
    }
}

impl Guests {
    /// Those who are there at any time, and as many on their way out.
    fn at_once(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let at_once = (2.0 * self.per_second * self.stay.as_secs_f64()) as u64;
        at_once.min(self.seats.len() as u64)
    }
}

impl Shape {
    pub(crate) fn load(&self) -> anyhow::Result<Load> {
        let Self { rate, size, group, seconds, warm_up, aligned } = *self;
        positive("--rate", rate)?;
        positive("--seconds", seconds)?;
        ensure!((0.0..=3600.0).contains(&warm_up), "--warm-up is 0 to 3600 seconds");
        let size_max = MESSAGE_LEN_MAX - HEADER_LEN_MAX;
        ensure!((STAMP_LEN..=size_max).contains(&size), "--size is {STAMP_LEN} to {size_max}");
        ensure!(group > 0, "--group is at least 1");
        let load = Load { rate, size, group, seconds, warm_up, aligned };
        ensure!(rate * seconds >= 1.0, "at this rate no batch is sent in {seconds} seconds");
        let batches = load.warm_up_len() + load.len();
        ensure!(batches <= BATCHES_MAX, "{batches} batches of a channel, at most {BATCHES_MAX}");
        Ok(load)
    }
}

impl Wanted {
    fn delivery(self) -> Delivery {
        match self {
            Self::Live => Delivery::Live,
            Self::Complete => Delivery::Complete,
            Self::Latest => Delivery::Latest,
            Self::Datagram => Delivery::Datagram,
        }
    }
}

pub(crate) fn few(name: &str, n: usize) -> anyhow::Result<()> {
    ensure!(n <= VIEWERS_MAX, "{name}: {n}, and one machine is good for {VIEWERS_MAX} at most");
    Ok(())
}

pub(crate) fn positive(name: &str, n: f64) -> anyhow::Result<()> {
    ensure!(n.is_finite() && n > 0.0 && n <= 1e6, "{name} is more than 0, and a million at most");
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    enum Line {
        FanOut(FanOut),
        Many(Many),
        Churn(Churning),
    }

    fn job(line: &str) -> anyhow::Result<Job> {
        match Line::try_parse_from(std::iter::once("loadtest").chain(line.split(' ')))? {
            Line::FanOut(fan_out) => fan_out.job(),
            Line::Many(many) => many.job(),
            Line::Churn(churn) => churn.job(),
        }
    }

    #[test]
    fn viewers_take_turns_and_the_stalled_come_on_top() {
        let job = job("fan-out --viewers 3 --stalled 1 --transport ws,webtransport").unwrap();
        let ways: Vec<_> = job.seats.iter().map(|seat| seat.way).collect();
        assert_eq!(ways, [Way::Ws, Way::Webtransport, Way::Ws, Way::Webtransport]);
        assert_eq!(job.expecting(), 3);
        assert_eq!(job.publish, Some(Way::Ws));
    }

    #[test]
    fn channels_share_connections_as_asked() {
        let job = job("many --channels 5 --viewers 2 --channels-per-connection 2").unwrap();
        let channels: Vec<_> = job.seats.iter().map(|seat| seat.channels.clone()).collect();
        assert_eq!(channels, [vec![0, 1], vec![0, 1], vec![2, 3], vec![2, 3], vec![4], vec![4]]);
        assert_eq!(job.expecting(), 10);
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_sentence() {
        let table = [
            ("fan-out --viewers 0", "needs a viewer"),
            ("fan-out --rate 0", "--rate"),
            ("fan-out --rate nan", "--rate"),
            ("fan-out --size 7", "--size"),
            ("fan-out --size 300000", "--size"),
            ("fan-out --seconds 1 --rate 0.1", "no batch"),
            ("fan-out --viewers 100000000", "at most"),
            ("fan-out --watch-only", "--channel"),
            ("fan-out ftp://host", "begins with"),
            ("fan-out --channel a//b", "no name"),
            ("fan-out --pid 4294967295", "on this machine"),
            ("many --channels-per-connection 257", "subscriptions"),
            ("many --channels-per-connection 2 --transport ws", "one subscription"),
            ("churn --stay 0", "--stay"),
        ];
        for (line, part) in table {
            let error = format!("{:#}", job(line).err().expect(line));
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
