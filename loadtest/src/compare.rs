//! An arena against the floor below it: both started in turn, on this machine, several times.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use arena_client::{ChannelName, Delivery, Trust};
use clap::Args;
use serde::Serialize;

use crate::arguments::{Shape, few, seat};
use crate::child::Server;
use crate::machine::{Machine, Need};
use crate::pin::Pin;
use crate::progress::Progress;
use crate::report::{Report, round};
use crate::run::{Job, run};
use crate::viewers::{Seat, Way};

/// Hold an arena against the least server there can be, each started in turn on this machine
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Way of the viewers; what QUIC and WebTransport are held against is raw QUIC
    #[arg(long, value_enum, default_value = "quic")]
    transport: Way,
    /// Viewers of one channel
    #[arg(long, default_value_t = 1000)]
    viewers: usize,
    /// How often each is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The arena's program [default: the one beside this one]
    #[arg(long, value_name = "PATH")]
    arena: Option<PathBuf>,
    /// Processors of the server, and behind a colon our own, e.g. 0:1 or 0; both servers alike
    #[arg(long, value_name = "SERVER[:OWN]")]
    pin: Option<Pin>,
    /// Threads of viewers [default: half of the processors]
    #[arg(long)]
    threads: Option<usize>,
    /// Write the report there, too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    shape: Shape,
}

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    transport: String,
    floor: String,
    viewers: usize,
    rate: f64,
    size: usize,
    /// All rounds were measured, and every figure in them is whole.
    pub(crate) complete: bool,
    /// Processor time for each delivered batch, the arena's by the floor's.
    cpu_ratio: Option<Spread>,
    latency_p50_ratio: Option<Spread>,
    latency_p99_ratio: Option<Spread>,
    arena_cpu_us_per_delivered: Option<Spread>,
    floor_cpu_us_per_delivered: Option<Spread>,
    rounds: Vec<Round>,
    notes: Vec<String>,
}

/// One measurement of each.
#[derive(Debug, Serialize)]
struct Round {
    arena: Report,
    floor: Report,
}

/// Of several values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Arena,
    Floor,
}

/// Measures all rounds, or as many as go well.
pub(crate) async fn compare(asked: &Compare) -> anyhow::Result<Comparison> {
    asked.check()?;
    let mut rounds = Vec::new();
    let mut notes = Vec::new();
    for at in 0..asked.rounds {
        match asked.round(at).await {
            Ok(round) => rounds.push(round),
            Err(error) => {
                notes.push(format!("PARTIAL: round {} of {}: {error:#}", at + 1, asked.rounds));
                break;
            }
        }
    }
    Ok(Comparison::new(asked, rounds, notes))
}

impl Compare {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.viewers > 0 && self.rounds > 0, "a comparison needs a viewer and a round");
        few("--viewers", self.viewers)?;
        self.shape.load()?;
        // Both ends of every connection are here.
        let viewers = self.viewers as u64;
        let (websockets, quic) =
            if self.transport == Way::Ws { (viewers, 0) } else { (0, viewers) };
        let need = Need { websockets, quic, publishers: 1, loopback: true };
        Machine::look(None).check(&need)
    }

    /// Who comes first changes from round to round, so that a machine that gets slower or faster
    /// meanwhile does it to both.
    async fn round(&self, at: usize) -> anyhow::Result<Round> {
        let order = if at.is_multiple_of(2) {
            [Side::Floor, Side::Arena]
        } else {
            [Side::Arena, Side::Floor]
        };
        let (mut arena, mut floor) = (None, None);
        for side in order {
            let report = self.measure(side).await?;
            match side {
                Side::Arena => arena = Some(report),
                Side::Floor => floor = Some(report),
            }
        }
        let (arena, floor) = arena.zip(floor).context("each has its turn")?;
        Ok(Round { arena, floor })
    }

    async fn measure(&self, side: Side) -> anyhow::Result<Report> {
        let server = self.start(side)?;
        let job = self.job(side, &server)?;
        let report = run(&job, &Progress::new()).await;
        let report = report.with_context(|| format!("measuring the {}", side.name()))?;
        crate::say(&format!("\n{}", report.table()));
        Ok(report)
    }

    fn start(&self, side: Side) -> anyhow::Result<Server> {
        // What is started inherits it.
        self.pin.as_ref().map(Pin::as_server).transpose()?;
        let server = match side {
            Side::Arena => {
                let program = self.arena_program()?;
                let arguments = ["relay", "--http", "127.0.0.1:0", "--quic", "127.0.0.1:0"];
                Server::start(&program, &arguments.map(str::to_owned), "arena ready")
            }
            Side::Floor => {
                let program = std::env::current_exe().context("where is this program?")?;
                Server::start(&program, &self.floor_arguments(), "floor ready")
            }
        };
        self.pin.as_ref().map(Pin::as_client).transpose()?;
        server
    }

    fn arena_program(&self) -> anyhow::Result<PathBuf> {
        if let Some(program) = &self.arena {
            return Ok(program.clone());
        }
        let own = std::env::current_exe().context("where is this program?")?;
        let beside = own.with_file_name("arena");
        if !beside.is_file() {
            bail!("there is no {}: build it, or name it with --arena", beside.display());
        }
        Ok(beside)
    }

    fn floor_arguments(&self) -> Vec<String> {
        let Shape { rate, size, group, .. } = self.shape;
        let numbers = [("--rate", rate.to_string()), ("--size", size.to_string())];
        let numbers = numbers.into_iter().chain([("--group", group.to_string())]);
        let numbers = numbers.flat_map(|(name, value)| [name.to_owned(), value]);
        ["floor".to_owned(), self.floor_name().to_owned()].into_iter().chain(numbers).collect()
    }

    fn floor_name(&self) -> &'static str {
        if self.transport == Way::Ws { "ws" } else { "quic" }
    }

    fn job(&self, side: Side, server: &Server) -> anyhow::Result<Job> {
        let way = match side {
            Side::Arena => self.transport,
            Side::Floor if self.transport == Way::Ws => Way::Ws,
            Side::Floor => Way::Quic,
        };
        let url = match (side, way) {
            (Side::Floor, Way::Quic | Way::Webtransport) => {
                let url = format!("quic://{}", server.said("quic")?);
                let url: arena_client::Server = url.parse()?;
                url.with_trust(Trust::Pinned(vec![sum(server.said("sha256")?)?]))
            }
            (Side::Floor | Side::Arena, _) => server.said("http")?.parse()?,
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Job {
            scenario: side.name(),
            server: url,
            ways: vec![way],
            publish: (side == Side::Arena).then_some(way),
            channels: vec!["floor".parse::<ChannelName>()?],
            seats: vec![Seat { way, ..seat(vec![0]) }; self.viewers],
            load: self.shape.load()?,
            delivery: Delivery::Live,
            token: None,
            publish_token: None,
            threads: self.threads.unwrap_or(processors / 2).max(1),
            ramp: 1000.0,
            process: Some(server.process()?),
            guests: None,
        })
    }
}

impl Comparison {
    fn new(asked: &Compare, rounds: Vec<Round>, mut notes: Vec<String>) -> Self {
        let cpu = |report: &Report| report.cpu_us_per_delivered.map(|cpu| cpu.total);
        let p50 = |report: &Report| report.latency_us.map(|latency| latency.p50 as f64);
        let p99 = |report: &Report| report.latency_us.map(|latency| latency.p99 as f64);
        let ratio = |of: &dyn Fn(&Report) -> Option<f64>| {
            Spread::of(
                rounds.iter().filter_map(|round| Some(of(&round.arena)? / of(&round.floor)?)),
            )
        };
        let bound = |round: &Round| round.arena.harness_bound || round.floor.harness_bound;
        if rounds.iter().any(bound) {
            notes
                .push("this program was near a full core: do not believe the latencies".to_owned());
        }
        let whole = |round: &Round| round.arena.complete && round.floor.complete;
        Self {
            transport: asked.transport.to_string(),
            floor: asked.floor_name().to_owned(),
            viewers: asked.viewers,
            rate: asked.shape.rate,
            size: asked.shape.size,
            complete: rounds.len() == asked.rounds && rounds.iter().all(whole),
            cpu_ratio: ratio(&cpu),
            latency_p50_ratio: ratio(&p50),
            latency_p99_ratio: ratio(&p99),
            arena_cpu_us_per_delivered: Spread::of(rounds.iter().filter_map(|r| cpu(&r.arena))),
            floor_cpu_us_per_delivered: Spread::of(rounds.iter().filter_map(|r| cpu(&r.floor))),
            rounds,
            notes,
        }
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let Self { transport, floor, viewers, rate, size, .. } = self;
        let lost: u64 = self.rounds.iter().map(|round| round.arena.lost + round.floor.lost).sum();
        let rows = [
            (
                "load",
                format!(
                    "{transport} against floor {floor}: {viewers} viewers, {rate}/s × {size} B"
                ),
            ),
            ("arena CPU", line(self.arena_cpu_us_per_delivered, " µs per delivered")),
            ("floor CPU", line(self.floor_cpu_us_per_delivered, " µs per delivered")),
            ("CPU ratio", line(self.cpu_ratio, "")),
            ("p50 ratio", line(self.latency_p50_ratio, "")),
            ("p99 ratio", line(self.latency_p99_ratio, "")),
            ("lost", lost.to_string()),
        ];
        let rows = rows.iter().map(|(name, value)| format!("{name:>12}  {value}\n"));
        let notes = self.notes.iter().map(|note| format!("{:>12}  {note}\n", "!"));
        std::iter::once("\n".to_owned()).chain(rows).chain(notes).collect()
    }
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Self { median: round(f64::midpoint(low, high)), min: round(min), max: round(max) })
    }
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Arena => "arena",
            Self::Floor => "floor",
        }
    }
}

fn line(spread: Option<Spread>, unit: &str) -> String {
    let Some(Spread { median, min, max }) = spread else { return "not measured".to_owned() };
    format!("{median}{unit} (from {min} to {max})")
}

fn sum(hex: &str) -> anyhow::Result<[u8; 32]> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(byte).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).context("it named no SHA-256 sum")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_between_the_ends() {
        let spread = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[f64::INFINITY]), None, "nothing by nothing is no ratio");
        let of = |median, min, max| Some(Spread { median, min, max });
        assert_eq!(spread(&[3.0, 1.0, 2.0]), of(2.0, 1.0, 3.0));
        assert_eq!(spread(&[1.0, 2.0]), of(1.5, 1.0, 2.0));
    }

    #[test]
    fn a_sum_has_its_length() {
        assert_eq!(sum(&"0a".repeat(32)).unwrap(), [10; 32]);
        assert!(sum(&"0a".repeat(31)).is_err());
        assert!(sum("zz").is_err());
    }
}
