//! The least that can be done to send a batch to many viewers: what an arena's cost is held against.
//!
//! A floor speaks just enough of the protocol for the same viewers to be its viewers. It has no
//! publisher: it makes a batch each period, and writes the same bytes to everybody.

mod quic;
mod websocket;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use arena_protocol::{FromRelay, Message, Start, Welcome};
use clap::{Args, ValueEnum};

use crate::arguments::Shape;
use crate::clock::Clock;
use crate::payload::Maker;
use crate::schedule::{Load, Schedule};

/// Run the least server there can be, to hold an arena against
#[derive(Debug, Args)]
pub(crate) struct Floor {
    /// What it speaks
    #[arg(value_enum)]
    kind: Kind,
    /// Where it listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    listen: SocketAddr,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A loop that writes to each of its sockets
    Ws,
    /// A loop that writes to a stream of each of its quinn connections
    Quic,
}

/// Runs it until it is killed.
pub(crate) fn run(floor: &Floor) -> anyhow::Result<()> {
    let load = floor.shape.load()?;
    match floor.kind {
        Kind::Ws => websocket::run(floor.listen, load),
        Kind::Quic => quic::run(floor.listen, load),
    }
}

/// The line that is waited for.
fn say_ready(address: &str) {
    crate::say(&format!("floor ready {address}\n"));
}

/// Makes a batch each period.
struct Ticker {
    clock: Clock,
    schedule: Schedule,
    maker: Maker,
    seq: u64,
}

impl Ticker {
    fn new(load: Load) -> Self {
        let clock = Clock::new();
        let schedule = Schedule { start_us: clock.now_us(), load, channels: 1 };
        Self { clock, schedule, maker: Maker::new(load.size, load.group), seq: 0 }
    }

    /// When the next batch is due.
    fn due(&self) -> Instant {
        self.clock.instant(self.schedule.at_us(0, self.seq))
    }

    fn make(&mut self) -> arena_protocol::Batch {
        let batch = self.maker.make(self.seq, self.schedule.at_us(0, self.seq));
        self.seq += 1;
        batch
    }
}

/// Before the next batch there is so much time.
fn time_until(due: Instant) -> Duration {
    due.saturating_duration_since(Instant::now())
}

/// The answer to every Hello.
fn welcome(next_seq: u64) -> Message {
    let start = Start { epoch: 1, schema: "opaque".to_owned(), meta: Vec::new() };
    let welcome = Welcome {
        subscription: 0,
        epoch: 1,
        start: Some(start),
        oldest_seq: next_seq,
        next_seq,
        delay_ms: 0,
    };
    FromRelay::Welcome(welcome).encode()
}
