//! The threads that viewers live on, from the first connection to the account of all of them.

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, LocalSet};

use super::desk::{Desk, Tally};
use super::ledger::Ledger;
use super::{Seat, Target, Way, quic, websocket};
use crate::clock::micros;
use crate::process::Process;
use crate::shared::Shared;

/// Connections of one thread that are being made at once.
const CONNECTING_MAX: usize = 32;
/// Time for a connection, its session and its subscriptions.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How viewers come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Connections a second, of all threads together.
    pub(crate) per_second: f64,
    /// How long each stays; absent, until it is told to go.
    pub(crate) stay: Option<Duration>,
    /// A viewer that does not get in is only counted. Otherwise the run is over.
    pub(crate) may_fail: bool,
}

/// Threads full of viewers.
pub(crate) struct Crew {
    threads: Vec<JoinHandle<anyhow::Result<Seen>>>,
    stop: watch::Sender<bool>,
    /// To look at what they use.
    pub(crate) processes: Vec<Process>,
}

/// What the viewers of one thread saw.
pub(crate) struct Seen {
    pub(crate) latency_us: Histogram<u64>,
    pub(crate) connect_us: Histogram<u64>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) refused: u32,
}

/// What became of one subscription.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) channel: usize,
    pub(crate) ledger: Ledger,
    /// The first and the last batch of the window that came.
    pub(crate) window: Option<(u64, u64)>,
}

impl Crew {
    /// Starts the threads, which start to connect.
    pub(crate) fn start(
        target: &Arc<Target>,
        seats: Vec<Seat>,
        threads: usize,
        pace: Pace,
        shared: &Arc<Shared>,
    ) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let mut shares: Vec<Vec<Seat>> = vec![Vec::new(); threads.min(seats.len()).max(1)];
        let share_count = shares.len();
        for (at, seat) in seats.into_iter().enumerate() {
            shares[at % share_count].push(seat);
        }
        let pace = Pace { per_second: pace.per_second / share_count as f64, ..pace };
        let mut crew = Self { threads: Vec::new(), stop, processes: Vec::new() };
        for share in shares {
            let (target, shared, stopped) =
                (Arc::clone(target), Arc::clone(shared), stopped.clone());
            let (tell, told) = mpsc::sync_channel(1);
            let body = move || {
                let _main_is_gone = tell.send(Process::this_thread());
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.context("failed to start a thread of viewers")?;
                let work = work(target, share, pace, shared, stopped);
                runtime.block_on(LocalSet::new().run_until(work))
            };
            let thread = std::thread::Builder::new().name("viewers".to_owned()).spawn(body);
            crew.threads.push(thread.context("failed to start a thread of viewers")?);
            crew.processes.push(told.recv().context("a thread of viewers ended at once")?);
        }
        Ok(crew)
    }

    /// Lets everybody go, and collects what they saw.
    pub(crate) fn stop(self) -> anyhow::Result<Vec<Seen>> {
        self.stop.send_replace(true);
        let joined = self.threads.into_iter().map(|thread| match thread.join() {
            Ok(seen) => seen,
            Err(_panic) => Err(anyhow::anyhow!("a thread of viewers panicked")),
        });
        joined.collect()
    }
}

async fn work(
    target: Arc<Target>,
    seats: Vec<Seat>,
    pace: Pace,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<Seen> {
    let desk = Rc::new(Desk::new(target, shared));
    let room = Arc::new(Semaphore::new(CONNECTING_MAX));
    let refused = Rc::new(AtomicU32::new(0));
    let mut viewers = JoinSet::new();
    let everybody = async {
        let began = Instant::now();
        for (at, seat) in seats.into_iter().enumerate() {
            let due = Duration::try_from_secs_f64(at as f64 / pace.per_second).unwrap_or_default();
            tokio::time::sleep_until((began + due).into()).await;
            // Those who come and go do not wait for each other; they are late instead.
            let permit = match pace.stay {
                None => Some(Arc::clone(&room).acquire_owned().await.expect("it is never closed")),
                Some(_) => None,
            };
            let since = if permit.is_some() { Instant::now() } else { began + due };
            let (desk, refused) = (Rc::clone(&desk), Rc::clone(&refused));
            viewers.spawn_local(async move {
                let entered = enter(&desk, &seat, since).await;
                drop(permit);
                match entered {
                    Ok(viewer) => stay(&desk, &seat, viewer, pace.stay).await,
                    Err(error) if pace.may_fail => {
                        refused.fetch_add(1, Ordering::Relaxed);
                        desk.shared.note(format!("a viewer did not get in: {error:#}"));
                    }
                    Err(error) => desk.shared.fail(format!("a viewer did not get in: {error:#}")),
                }
            });
            while viewers.try_join_next().is_some() {}
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = everybody => {}
    }
    viewers.shutdown().await;
    quic::close(desk.endpoints.take().into_all()).await;
    let desk = Rc::into_inner(desk).context("a viewer outlived its thread")?;
    Ok(Seen::new(desk.into_tally(), refused.load(Ordering::Relaxed)))
}

enum Viewer {
    Websocket(websocket::Viewer),
    Quic(Box<quic::Viewer>),
}

async fn enter(desk: &Desk, seat: &Seat, since: Instant) -> anyhow::Result<Viewer> {
    let connecting = async {
        match seat.way {
            Way::Ws => websocket::connect(desk, seat).await.map(Viewer::Websocket),
            Way::Quic | Way::Webtransport => {
                let viewer = quic::connect(desk, seat).await?;
                Ok(Viewer::Quic(Box::new(viewer)))
            }
        }
    };
    let viewer = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
    let viewer = viewer.with_context(|| format!("no answer in {CONNECT_TIMEOUT:?}"))??;
    desk.connected(micros(since.elapsed()));
    Ok(viewer)
}

async fn stay(desk: &Desk, seat: &Seat, viewer: Viewer, time: Option<Duration>) {
    let watched = async {
        match (viewer, seat.stalled) {
            (Viewer::Websocket(viewer), false) => viewer.run(desk).await,
            (Viewer::Quic(viewer), false) => viewer.run(desk).await,
            (Viewer::Websocket(viewer), true) => viewer.stall().await,
            (Viewer::Quic(viewer), true) => viewer.stall().await,
        }
    };
    let error = match time {
        None => watched.await,
        Some(time) => match tokio::time::timeout(time, watched).await {
            Ok(error) => error,
            Err(_time_to_go) => return,
        },
    };
    if seat.stalled {
        desk.shared.note(format!("a stalled viewer is gone: {error:#}"));
    } else {
        desk.shared.gone.fetch_add(1, Ordering::Relaxed);
        desk.shared.note(format!("a viewer is gone: {error:#}"));
    }
}

impl Seen {
    fn new(tally: Tally, refused: u32) -> Self {
        let Tally { latency_us, connect_us, subscriptions } = tally;
        let accounts = subscriptions.into_iter().map(|subscription| Account {
            channel: subscription.channel,
            ledger: subscription.ledger.take(),
            window: subscription.window.take(),
        });
        Self { latency_us, connect_us, accounts: accounts.collect(), refused }
    }
}
