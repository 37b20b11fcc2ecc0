//! A match as lines of JSON, sixty frames a second, to viewers that read nothing else.
//!
//! - `socket`: a WebSocket, no more of it than is needed, and cheap to read.
//! - `agents`: two that meet, and one of them streams.
//! - `report`: the figures.

mod agents;
mod report;
mod socket;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use hyper::Method;
use tokio::task::LocalSet;
use tokio::time::{Instant, MissedTickBehavior};
use url::Url;

use self::report::Report;
use self::socket::{Heard, Socket};
use crate::arguments::positive;
use crate::clock::{Clock, micros};
use crate::machine::{Machine, Need};
use crate::process::Process;
use crate::progress::Progress;
use crate::queue::http::{Ask, Connection, Place};
use crate::report::histogram;

/// Frames a second.
const RATE: u32 = 60;
/// The number of a game's first frame.
const FIRST: i32 = -123;
/// How often the arena is asked for its health meanwhile.
const HEALTH_EVERY: Duration = Duration::from_millis(50);
/// How long viewers may take over what was sent last.
const TAIL: Duration = Duration::from_secs(10);
const VIEWERS_MAX: u64 = 20_000;

/// A match as lines of JSON, 60 frames a second, and viewers that count each of them
#[derive(Debug, Args)]
pub(crate) struct Lines {
    /// The arena: http://host:port; joining has to be open to everybody
    #[arg(default_value = "http://127.0.0.1:8000", value_name = "URL")]
    url: Url,
    /// Those who watch
    #[arg(long, default_value_t = 100)]
    viewers: u64,
    /// Of these, so many never read
    #[arg(long, default_value_t = 0)]
    stalled: u64,
    /// How long the match takes
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Connections a second while they are opened
    #[arg(long, default_value_t = 1000.0)]
    ramp: f64,
    /// The server's process, if it is on this machine: says what it used
    #[arg(long)]
    pid: Option<u32>,
    /// Write the report there, too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// What viewers have seen together.
struct Seen {
    clock: Clock,
    /// When the first frame was meant to leave.
    begin_us: u64,
    latency_us: Histogram<u64>,
    frames: u64,
    /// Frames that came twice or out of order.
    strange: u64,
    closed: u64,
}

/// Runs it.
pub(crate) async fn run(asked: &Lines, progress: &Progress) -> anyhow::Result<Report> {
    positive("--seconds", asked.seconds)?;
    positive("--ramp", asked.ramp)?;
    ensure!((1..=VIEWERS_MAX).contains(&asked.viewers), "--viewers is 1 to {VIEWERS_MAX}");
    ensure!(asked.stalled < asked.viewers, "somebody has to read");
    let place = Arc::new(Place::find(&asked.url)?);
    let process = asked.pid.map(Process::new).transpose()?;
    let loopback = place.is_loopback();
    let need = Need { websockets: asked.viewers, loopback, ..Need::default() };
    Machine::look(process.as_ref()).check(&need)?;
    LocalSet::new().run_until(measure(asked, &place, process.as_ref(), progress)).await
}

async fn measure(
    asked: &Lines,
    place: &Arc<Place>,
    process: Option<&Process>,
    progress: &Progress,
) -> anyhow::Result<Report> {
    let id = agents::meet(place).await?;
    let path = format!("/ws/match/{id}");
    let clock = Clock::new();
    let seen = Rc::new(RefCell::new(Seen {
        clock,
        begin_us: 0,
        latency_us: histogram(),
        frames: 0,
        strange: 0,
        closed: 0,
    }));
    let mut viewers = Vec::new();
    let mut stalled = Vec::new();
    let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / asked.ramp));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..asked.viewers {
        pace.tick().await;
        progress.say(format!("{number} viewers of {}", asked.viewers));
        if number < asked.stalled {
            stalled.push(Socket::open(place, &path, socket::Reads::Never).await?);
            continue;
        }
        let socket = Socket::open(place, &path, socket::Reads::Everything).await?;
        viewers.push(tokio::task::spawn_local(watch(socket, Rc::clone(&seen))));
    }
    let path = format!("/ws/stream/{id}");
    let streaming = Socket::open(place, &path, socket::Reads::Everything).await;
    let mut streaming = streaming.context("failed to stream")?;
    let health_us = Rc::new(RefCell::new(histogram()));
    let asking = ask_for_health(Arc::clone(place), Rc::clone(&health_us));
    let health = tokio::task::spawn_local(asking);
    progress.say("streaming");
    let frames = (asked.seconds * f64::from(RATE)).round();
    #[expect(clippy::cast_possible_truncation, reason = "a match is shorter than a year")]
    let frames = (frames as i32).max(1);
    let (before, own_before) = (process.map(Process::used).transpose()?, Process::own().used()?);
    let begin = Instant::now() + Duration::from_millis(50);
    seen.borrow_mut().begin_us = clock.now_us() + 50_000;
    let late_us = agents::stream(&mut streaming, &id, begin, frames).await?;
    let took = begin.elapsed();
    progress.say("waiting for the end");
    let everybody = async {
        for viewer in viewers {
            viewer.await??;
        }
        Ok::<_, anyhow::Error>(())
    };
    let ended = tokio::time::timeout(TAIL, everybody).await;
    let (after, own_after) = (process.map(Process::used).transpose()?, Process::own().used()?);
    health.abort();
    let seen = seen.borrow();
    let mut report = Report::new(asked.viewers - asked.stalled, asked.stalled, frames, took);
    report.saw(seen.frames, seen.strange, seen.closed, &seen.latency_us);
    report.health(&health_us.borrow());
    report.cost(before.zip(after), (own_before, own_after), &late_us);
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => report.trouble(&format!("a viewer failed: {error:#}")),
        Err(_late) => report.trouble("viewers did not see the end in time"),
    }
    Ok(report)
}

/// Reads until the socket is closed.
async fn watch(mut socket: Socket, seen: Rc<RefCell<Seen>>) -> anyhow::Result<()> {
    let mut next = FIRST;
    loop {
        let more = socket
            .read(|heard| {
                let mut seen = seen.borrow_mut();
                match heard {
                    Heard::Text(text) => {
                        let Some(number) = frame_number(text) else { return };
                        seen.frames += 1;
                        seen.strange += u64::from(number < next);
                        next = number + 1;
                        let since = u64::from(number.abs_diff(FIRST));
                        let meant_us = seen.begin_us + since * 1_000_000 / u64::from(RATE);
                        let latency_us = seen.clock.now_us().saturating_sub(meant_us);
                        seen.latency_us.saturating_record(latency_us.max(1));
                    }
                    Heard::Close(_) => seen.closed += 1,
                }
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}

/// Of a line that is a frame.
fn frame_number(text: &[u8]) -> Option<i32> {
    let rest = text.strip_prefix(br#"{"type":"frame","frame":"#)?;
    let end = rest.iter().position(|&byte| byte == b',')?;
    std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
}

/// For as long as it is polled.
async fn ask_for_health(place: Arc<Place>, health_us: Rc<RefCell<Histogram<u64>>>) {
    let mut connection = Connection::new(&place);
    let mut pace = tokio::time::interval(HEALTH_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        pace.tick().await;
        let began = Instant::now();
        let time = Duration::from_secs(5);
        let ask = Ask { method: Method::GET, path: "/health", body: String::new(), time };
        let us = match connection.ask(ask).await {
            Ok(_answered) => micros(began.elapsed()),
            Err(_unanswered) => micros(time),
        };
        health_us.borrow_mut().saturating_record(us.max(1));
    }
}
