//! One run, phase after phase: open the channels, connect, settle, warm up, measure, collect.
//!
//! Nothing waits without an end: a phase ends by itself, or by what [`Lookout`] sees. What goes
//! wrong before anything is measured is an error; after that it stands in the report, which then is
//! not complete.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::bail;
use arena_client::{ChannelName, Delivery, Server};

use crate::account::{self, Collected, Sample};
use crate::agents::{Agents, Task};
use crate::clock::Clock;
use crate::lookout::Lookout;
use crate::process::{Memory, Process};
use crate::progress::Progress;
use crate::report::Report;
use crate::schedule::{Load, Schedule};
use crate::shared::{Shared, load};
use crate::viewers::{Crew, Pace, Seat, Target, Way};

/// From the last connection to the first batch.
const SETTLE: Duration = Duration::from_millis(500);
/// After the window batches may still come, for as long as this, …
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// … but not after so much silence.
const DRAIN_SILENCE: Duration = Duration::from_secs(1);
/// Connecting may take any time while somebody connects in this one.
const CONNECT_SILENCE: Duration = Duration::from_secs(15);
/// Some time ahead, for everybody to get ready.
const START_AHEAD_US: u64 = 100_000;

/// What is to be done.
pub(crate) struct Job {
    pub(crate) scenario: &'static str,
    pub(crate) server: Server,
    pub(crate) ways: Vec<Way>,
    /// Over which the channels are published; absent: somebody else publishes them.
    pub(crate) publish: Option<Way>,
    pub(crate) channels: Vec<ChannelName>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) load: Load,
    pub(crate) delivery: Delivery,
    pub(crate) token: Option<String>,
    pub(crate) publish_token: Option<String>,
    pub(crate) threads: usize,
    /// Connections a second while the viewers come.
    pub(crate) ramp: f64,
    pub(crate) process: Option<Process>,
    pub(crate) guests: Option<Guests>,
}

/// Viewers who come and go beside those who stay.
#[derive(Clone, Debug)]
pub(crate) struct Guests {
    pub(crate) per_second: f64,
    pub(crate) stay: Duration,
    pub(crate) seats: Vec<Seat>,
}

/// Those who are at it, while it lasts.
struct Cast {
    agents: Option<Agents>,
    crew: Crew,
    /// Counted apart from those who stay.
    guests: Option<(Crew, Arc<Shared>)>,
}

/// Runs it.
pub(crate) async fn run(job: &Job, progress: &Progress) -> anyhow::Result<Report> {
    let shared = Arc::new(Shared::new(Clock::new()));
    let mut lookout = Lookout::new(&shared, job.process.clone())?;
    let mut target = Target::find(&job.server, &job.ways).await?;
    target.channels.clone_from(&job.channels);
    target.token.clone_from(&job.token);
    target.delivery = job.delivery;
    target.stamped = job.publish.is_some();
    if !target.is_loopback() {
        shared.note(
            "the server is elsewhere: its clock may be off, latencies compare only with each other",
        );
    }
    let target = Arc::new(target);
    let agents = open(job, &shared, &mut lookout, progress).await?;
    let before = job.process.as_ref().map(Process::memory).transpose()?.unwrap_or_default();
    let crew = connect(job, &target, &shared, &mut lookout, progress).await?;
    tokio::time::sleep(SETTLE).await;

    let start_us = shared.clock.now_us() + START_AHEAD_US;
    let schedule = Schedule { start_us, load: job.load, channels: job.channels.len() };
    shared.set_window(schedule.window_us());
    if let Some(agents) = &agents {
        agents.play(schedule);
    }
    let guests = guests(job, &target, &shared, schedule)?;
    let cast = Cast { agents, crew, guests };
    let measured = measure(job, &cast, schedule, &shared, &mut lookout, progress).await;
    progress.say("collecting");
    collect(job, cast, schedule, &shared, measured, before)
}

/// Opens the channels.
async fn open(
    job: &Job,
    shared: &Arc<Shared>,
    lookout: &mut Lookout,
    progress: &Progress,
) -> anyhow::Result<Option<Agents>> {
    let Some(way) = job.publish else { return Ok(None) };
    let task = Task {
        server: job.server.clone(),
        transport: way.transport(),
        channels: job.channels.clone(),
        token: job.publish_token.clone(),
        measured: job.seats.is_empty(),
    };
    let agents = Agents::start(task, shared)?;
    let total = job.channels.len();
    let mut moved = Moved::new();
    let open = || agents.ready() == total || moved.stuck(agents.ready());
    let trouble = lookout
        .until(open, || progress.say(format!("opening channels: {} of {total}", agents.ready())))
        .await;
    if let Some(trouble) = trouble {
        bail!("{} of {total} channels were open: {trouble}", agents.ready());
    }
    if agents.ready() < total {
        bail!("{} of {total} channels were open, and nothing moved on", agents.ready());
    }
    Ok(Some(agents))
}

/// Lets the viewers in.
async fn connect(
    job: &Job,
    target: &Arc<Target>,
    shared: &Arc<Shared>,
    lookout: &mut Lookout,
    progress: &Progress,
) -> anyhow::Result<Crew> {
    let pace = Pace { per_second: job.ramp, stay: None, may_fail: false };
    let crew = Crew::start(target, job.seats.clone(), job.threads, pace, shared)?;
    if job.seats.is_empty() {
        return Ok(crew);
    }
    let total = job.seats.len();
    let connected = || shared.connected.load(Ordering::Relaxed);
    let mut moved = Moved::new();
    let trouble = lookout
        .until(
            || connected() == total || moved.stuck(connected()),
            || progress.say(format!("connecting: {} of {total}", connected())),
        )
        .await;
    if let Some(trouble) = trouble {
        bail!("{} of {total} viewers were connected: {trouble}", connected());
    }
    if connected() < total {
        bail!("{} of {total} viewers were connected, and nothing moved on", connected());
    }
    Ok(crew)
}

fn guests(
    job: &Job,
    target: &Arc<Target>,
    shared: &Arc<Shared>,
    schedule: Schedule,
) -> anyhow::Result<Option<(Crew, Arc<Shared>)>> {
    let Some(guests) = &job.guests else { return Ok(None) };
    let apart = Arc::new(Shared::new(shared.clock));
    apart.set_window(schedule.window_us());
    let pace = Pace { per_second: guests.per_second, stay: Some(guests.stay), may_fail: true };
    let crew = Crew::start(target, guests.seats.clone(), 1, pace, &apart)?;
    Ok(Some((crew, apart)))
}

/// What the window gave.
struct Measured {
    from: Sample,
    to: Sample,
    trouble: Option<String>,
}

async fn measure(
    job: &Job,
    cast: &Cast,
    schedule: Schedule,
    shared: &Shared,
    lookout: &mut Lookout,
    progress: &Progress,
) -> Measured {
    let window = schedule.window_us();
    let sample = || {
        let guests = cast.guests.as_ref().map_or(0, |(_, apart)| load(&apart.delivered));
        let delivered = load(&shared.delivered) + guests;
        Sample::take(job.process.as_ref(), &cast.crew.processes, delivered)
    };
    let moment = |at_us| shared.clock.instant(at_us);
    let period = Duration::from_secs_f64(1.0 / job.load.rate);
    lookout.expect_batches(period);
    let trouble = lookout.until_moment(moment(window.start), || progress.say("warming up")).await;
    let from = sample();
    if trouble.is_some() {
        return Measured { to: from.clone(), from, trouble };
    }
    let mut last = (Instant::now(), load(&shared.delivered));
    let say = || {
        let left = moment(window.end).saturating_duration_since(Instant::now());
        let (since, delivered) = (last.0.elapsed().as_secs_f64(), load(&shared.delivered));
        if since >= 1.0 {
            let per_s = (delivered - last.1) as f64 / since;
            let gone = shared.gone.load(Ordering::Relaxed);
            progress.say(format!("{left:.0?} left, {per_s:.0} batches/s, {gone} viewers gone"));
            last = (Instant::now(), delivered);
        }
    };
    let trouble = lookout.until_moment(moment(window.end), say).await;
    let to = sample();
    if trouble.is_some() {
        return Measured { from, to, trouble };
    }
    progress.say("waiting for the last batches");
    let expected = schedule.load.len() * job.expecting() as u64;
    let (began, mut heard) = (Instant::now(), (0, Instant::now()));
    let drained = || {
        let measured = load(&shared.measured);
        if measured != heard.0 {
            heard = (measured, Instant::now());
        }
        let silent = heard.1.elapsed() > DRAIN_SILENCE.max(period);
        measured >= expected || silent || began.elapsed() > DRAIN_MAX
    };
    lookout.expect_nothing();
    let trouble = lookout.until(drained, || {}).await;
    Measured { from, to, trouble }
}

fn collect(
    job: &Job,
    cast: Cast,
    schedule: Schedule,
    shared: &Shared,
    measured: Measured,
    before: Memory,
) -> anyhow::Result<Report> {
    let Measured { from, to, trouble } = measured;
    let now_us = shared.clock.now_us();
    let seen = cast.crew.stop()?;
    let guests = cast.guests.map(|(crew, apart)| anyhow::Ok((crew.stop()?, apart))).transpose()?;
    let sent = cast.agents.map(Agents::finish).transpose()?;
    let seqs = if trouble.is_some() { schedule.seqs_until(now_us) } else { schedule.seqs() };
    let collected = Collected { seqs, seen, sent, from, to, before };
    let mut report = account::report(job, &collected, shared);
    if let (Some(who), Some((seen, apart))) = (&job.guests, guests) {
        report.churn = Some(account::churn(who, &seen));
        report.notes.extend(apart.happened());
    }
    report.judge(trouble);
    Ok(report)
}

impl Job {
    /// Who is expected to get, or to have accepted, everything.
    pub(crate) fn expecting(&self) -> usize {
        if self.seats.is_empty() {
            return self.channels.len();
        }
        self.seats.iter().filter(|seat| !seat.stalled).map(|seat| seat.channels.len()).sum()
    }
}

/// Sees whether a number still changes.
struct Moved(usize, Instant);

impl Moved {
    fn new() -> Self {
        Self(0, Instant::now())
    }

    fn stuck(&mut self, now: usize) -> bool {
        if now != self.0 {
            *self = Self(now, Instant::now());
        }
        self.1.elapsed() > CONNECT_SILENCE
    }
}
