//! One run, phase after phase: connect, make a past, warm up, measure, wait for news, ask for all.
//!
//! Nothing waits without an end: a phase ends by itself, or by what [`Lookout`] sees. What goes
//! wrong before anything is measured is an error; after that it stands in the report, which then is
//! not complete.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::future::join;
use tokio::sync::mpsc;

use super::arguments::{Job, Pace};
use super::audit;
use super::book::Book;
use super::gateway::Gateway;
use super::http::{Connection, Place};
use super::past;
use super::players::Players;
use super::report::{Report, Sample};
use crate::clock::Clock;
use crate::lookout::Lookout;
use crate::process::Process;
use crate::progress::Progress;
use crate::shared::Shared;

/// After the last join there may be news of matches, for as long as this.
const NEWS_TIME: Duration = Duration::from_secs(5);
/// Between looks at whether everybody who joined over a socket has heard of a match.
const HEAR_PAUSE: Duration = Duration::from_millis(5);
/// Where one is left over, nobody comes for him; but there may be a word under way.
const LAST_NEWS_TIME: Duration = Duration::from_millis(500);

/// Runs it.
pub(crate) async fn run(job: &Job, progress: &Progress) -> anyhow::Result<Report> {
    let shared = Arc::new(Shared::new(Clock::new()));
    let mut lookout = Lookout::new(&shared, job.process.clone())?;
    let place = Arc::new(job.place.clone());
    let mut connections = connect(job, &place).await?;
    let mut notes = Vec::new();
    if job.old_rows > 0 {
        notes = make_past(job, &mut connections, &shared, &mut lookout, progress).await?;
    }
    let prefix = format!("q{:x}", shared.clock.now_us());
    let book = Book::new(prefix, job.warm_up + job.joins);
    let server_bytes =
        || job.process.as_ref().and_then(|it| it.memory().ok()).map(|it| it.rss_bytes);
    let before = server_bytes();
    let gateway = match job.gateway {
        0 => None,
        all => {
            let say = |open| progress.say(format!("sockets: {open} of {all}"));
            Some(Gateway::open(job, say).await?)
        }
    };
    let sockets = gateway.as_ref().map_or(0, Gateway::count);
    let grown = before.zip(server_bytes()).map(|(before, after)| after.saturating_sub(before));
    let socket_bytes = grown.filter(|_| sockets > 0).map(|grown| grown as f64 / sockets as f64);
    let via = gateway.as_ref();
    let mut run = Run { job, place, book: &book, shared: &shared, progress, lookout, via };
    let phases = async {
        let from = run.warm_up(&mut connections).await?;
        let (to, trouble) = run.measure(&mut connections).await;
        let trouble = match trouble {
            Some(trouble) => Some(trouble),
            None => run.ask_for_all(&mut connections).await,
        };
        anyhow::Ok((from, to, trouble))
    };
    let driving = async {
        match via {
            Some(gateway) => gateway.drive(&book, &shared).await,
            None => std::future::pending().await,
        }
    };
    let (from, to, trouble) = tokio::select! {
        done = phases => done?,
        () = driving => bail!("the sockets are gone"),
    };
    let open_at_end = via.map_or(0, Gateway::count);
    if open_at_end < sockets {
        notes.push(format!("{} of {sockets} sockets broke", sockets - open_at_end));
    }
    let verdict = audit::judge(&book.entries(), |code| book.number(code));
    let mut report = Report::new(job, &book, (from, to));
    (report.sockets, report.socket_bytes) = (sockets, socket_bytes);
    report.notes.extend(notes);
    report.judge(verdict, trouble);
    Ok(report)
}

/// Opens the connections that joins leave over.
async fn connect(job: &Job, place: &Arc<Place>) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::with_capacity(job.at_once);
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / job.ramp));
    for _ in 0..job.at_once {
        ticks.tick().await;
        let mut connection = Connection::new(place);
        let address = place.address;
        connection.open().await.with_context(|| format!("failed to connect to {address}"))?;
        connections.push(connection);
    }
    Ok(connections)
}

/// What is to be said about it.
async fn make_past(
    job: &Job,
    connections: &mut [Connection],
    shared: &Arc<Shared>,
    lookout: &mut Lookout,
    progress: &Progress,
) -> anyhow::Result<Vec<String>> {
    let book = Book::new(format!("o{:x}", shared.clock.now_us()), job.old_rows);
    lookout.expect_batches(Duration::ZERO);
    let say = || progress.say(format!("old rows: {} of {}", book.answered(), job.old_rows));
    let ended = tokio::select! {
        ended = past::make(&book, connections, shared) => ended?,
        trouble = lookout.until(|| false, say) => {
            bail!("{} of {} old rows came about: {}", book.answered(), job.old_rows, trouble.unwrap_or_default())
        }
    };
    lookout.expect_nothing();
    let go_on = "the arena took no results: the matches of the old rows are still in play";
    Ok(if ended { Vec::new() } else { vec![go_on.to_owned()] })
}

struct Run<'a> {
    job: &'a Job,
    place: Arc<Place>,
    book: &'a Book,
    shared: &'a Shared,
    progress: &'a Progress,
    lookout: Lookout,
    /// What joins leave over, if not over HTTP.
    via: Option<&'a Gateway>,
}

impl Run<'_> {
    /// Joins that do not count, at the pace of those that do.
    async fn warm_up(&mut self, connections: &mut [Connection]) -> anyhow::Result<Sample> {
        let warm_up = 0..self.job.warm_up;
        if let Some(trouble) = self.play(warm_up, connections).await {
            bail!("{} joins were answered: {trouble}", self.book.answered());
        }
        Ok(self.sample())
    }

    /// When it was over, and what went wrong.
    async fn measure(&mut self, connections: &mut [Connection]) -> (Sample, Option<String>) {
        let joins = self.job.warm_up..self.job.warm_up + self.job.joins;
        let trouble = self.play(joins, connections).await;
        (self.sample(), trouble)
    }

    /// These join, and wait for a match.
    async fn play(
        &mut self,
        numbers: std::ops::Range<usize>,
        connections: &mut [Connection],
    ) -> Option<String> {
        let Self { job, place, book, shared, progress, lookout, via } = self;
        let (began, before) = (Instant::now(), book.answered());
        let players = Players { book, shared };
        let (tell, mut told) = mpsc::channel(numbers.len().max(1));
        let joined = Cell::new(None);
        let joining = async {
            match via {
                Some(gateway) => {
                    gateway.join(numbers.clone(), job.pace, shared).await;
                    // Who was answered last may not have heard of its match.
                    while book.waiting() > 1 {
                        tokio::time::sleep(HEAR_PAUSE).await;
                    }
                }
                None => players.join(numbers.clone(), job.pace, connections, &tell).await,
            }
            joined.set(Some(Instant::now()));
            // From here on nobody is told any more.
            drop(tell);
        };
        let watching = players.wait(job.notice, place, job.watchers_max(), &mut told);
        let all = join(joining, watching);
        let over = || {
            let since: Option<Instant> = joined.get();
            let time = if book.waiting() <= 1 { LAST_NEWS_TIME } else { NEWS_TIME };
            since.is_some_and(|at| at.elapsed() > time)
        };
        let say = || progress.say(line(book, before, began));
        lookout.expect_batches(match job.pace {
            Pace::Closed => Duration::ZERO,
            Pace::Open { rate } => Duration::from_secs_f64(1.0 / rate),
        });
        let trouble = tokio::select! {
            trouble = lookout.until(over, say) => trouble,
            _everybody = all => None,
        };
        lookout.expect_nothing();
        trouble
    }

    async fn ask_for_all(&mut self, connections: &mut [Connection]) -> Option<String> {
        let Self { book, shared, progress, lookout, .. } = self;
        let players = Players { book, shared };
        let before = book.looks();
        let asking = async {
            players.ask_for_all(connections, book.len()).await;
            players.leave(connections, book.len()).await;
        };
        let say =
            || progress.say(format!("asking for all: {} of {}", book.looks() - before, book.len()));
        lookout.expect_batches(Duration::ZERO);
        tokio::select! {
            () = asking => None,
            trouble = lookout.until(|| false, say) => trouble,
        }
    }

    fn sample(&self) -> Sample {
        let server = self.job.process.as_ref();
        Sample {
            at_us: self.shared.clock.now_us(),
            server: server.and_then(|server| server.used().ok().zip(server.memory().ok())),
            own: Process::own().used().unwrap_or_default(),
            looks: self.book.looks(),
        }
    }
}

fn line(book: &Book, before: usize, began: Instant) -> String {
    let (answered, len) = (book.answered(), book.len());
    let rate = (answered - before) as f64 / began.elapsed().as_secs_f64().max(1e-3);
    format!("joined: {answered} of {len}, {rate:.0}/s, {} waiting", book.waiting())
}
