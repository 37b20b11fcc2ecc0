//! A shard: one task that serves many viewers of one transport.
//!
//! A batch wakes a shard once, however many viewers it has; the shard then offers the batch to each
//! and writes until the viewer's window is full. Only such a viewer waits alone, by its own waker.
//! Nothing here waits for a viewer.

mod siblings;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arena_protocol::{Delivery, FROM_THE_FIRST, FromRelay};
use slab::Slab;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::siblings::{Connections, Gathering, Siblings};
use crate::channels::Watching;
use crate::config::Limits;
use crate::error::Ending;
use crate::lanes::{Lanes, Source};
use crate::metrics::Metrics;
use crate::transport::{Outlet, Said};
use crate::viewer::{Pumped, Tally, Viewer, too_slow};
use crate::wake::{Queue, Signal, Work};

/// Sessions that may ask something of a shard at once; more of them wait.
const ASKS_MAX: usize = 1024;
/// How often it is looked for viewers that stand still.
const ROUND: Duration = Duration::from_secs(1);
/// Viewers that are served before other tasks get their turn.
const TURN: usize = 128;

/// The shards of one transport.
#[derive(Debug)]
pub(crate) struct Shards<O>(Vec<mpsc::Sender<Ask<O>>>);

/// A viewer's seat in a shard, as its session holds it.
#[derive(Debug)]
pub(crate) struct Seat<O> {
    session: u64,
    shard: mpsc::Sender<Ask<O>>,
    /// Resolves when the viewer is over; gives the outlet back.
    pub(crate) over: oneshot::Receiver<(O, Ending)>,
}

/// What a viewer asked for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) session: u64,
    pub(crate) after: Option<u64>,
    pub(crate) delivery: Delivery,
    /// The delay is waived down to this.
    pub(crate) waiver_ms: Option<u32>,
    pub(crate) watching: Watching,
}

#[derive(Debug)]
enum Ask<O> {
    Seat { connection: u64, wish: Wish, outlet: O, over: oneshot::Sender<(O, Ending)> },
    Say { session: u64, said: Said },
    Leave { session: u64 },
}

struct Seated<O> {
    viewer: Viewer<O>,
    wish: Wish,
    lane: usize,
    /// Its place among the viewers of the lane.
    place: usize,
    connection: u64,
    /// The next viewer of the same connection, in a circle: itself if there is no other.
    sibling: usize,
    /// The last round of work in which it was served with its siblings.
    served: u64,
    over: oneshot::Sender<(O, Ending)>,
}

/// The task's own state; see [`Shard::run`].
pub(crate) struct Shard<O> {
    asks: mpsc::Receiver<Ask<O>>,
    queue: Arc<Queue>,
    seated: Slab<Seated<O>>,
    by_session: HashMap<u64, usize>,
    connections: Connections,
    lanes: Lanes,
    gathering: Gathering,
    /// Rounds of work, counted.
    round: u64,
    limits: Limits,
    metrics: Arc<Metrics>,
    tally: Tally,
}

/// What there is to serve in one round.
#[derive(Debug, Default)]
struct Due {
    lanes: Vec<usize>,
    viewers: Vec<usize>,
}

/// How long viewers of a life wait, given its policy and what a token waives.
pub(crate) fn delay(policy_ms: u32, waiver_ms: Option<u32>) -> Duration {
    Duration::from_millis(policy_ms.min(waiver_ms.unwrap_or(policy_ms)).into())
}

impl<O: Outlet> Shards<O> {
    /// The way to the shards, and the shards, to be run by whoever asked for them.
    pub(crate) fn new(limits: &Limits, metrics: &Arc<Metrics>) -> (Self, Vec<Shard<O>>) {
        let pairs = (0..limits.shards.max(1)).map(|_| {
            let (sender, asks) = mpsc::channel(ASKS_MAX);
            let shard = Shard {
                asks,
                queue: Arc::default(),
                seated: Slab::new(),
                by_session: HashMap::new(),
                connections: Connections::default(),
                lanes: Lanes::default(),
                gathering: Gathering::default(),
                round: 0,
                limits: limits.clone(),
                metrics: Arc::clone(metrics),
                tally: Tally::default(),
            };
            (sender, shard)
        });
        let (senders, shards) = pairs.unzip();
        (Self(senders), shards)
    }

    /// Hands a viewer to a shard. Viewers of one connection share a shard.
    pub(crate) async fn seat(&self, connection: u64, wish: Wish, outlet: O) -> Option<Seat<O>> {
        let at = usize::try_from(connection % self.0.len() as u64).unwrap_or_default();
        let shard = self.0[at].clone();
        let session = wish.session;
        let (sender, over) = oneshot::channel();
        shard.send(Ask::Seat { connection, wish, outlet, over: sender }).await.ok()?;
        Some(Seat { session, shard, over })
    }
}

impl<O> Seat<O> {
    /// Says something to the viewer, among its batches.
    pub(crate) async fn say(&self, said: Said) {
        // A shard that is gone has given the outlet back.
        if let Ok(permit) = self.shard.reserve().await {
            permit.send(Ask::Say { session: self.session, said });
        }
    }

    /// Takes the viewer off its seat and gets the outlet back.
    pub(crate) async fn leave(self) -> Option<(O, Ending)> {
        let _gone = self.shard.send(Ask::Leave { session: self.session }).await;
        self.over.await.ok()
    }
}

impl<O: Outlet> Shard<O> {
    /// Serves until everybody who could ask for something is gone.
    pub(crate) async fn run(mut self) {
        let mut look_around = Instant::now() + ROUND;
        loop {
            let due = [self.lanes.due(), self.gathering.due(), Some(look_around)];
            let due = due.into_iter().flatten().min().unwrap_or(look_around);
            tokio::select! {
                biased;
                () = self.queue.ready() => {}
                ask = self.asks.recv() => match ask {
                    Some(ask) => self.answer(ask),
                    None => return,
                },
                () = tokio::time::sleep_until(due) => {}
            }
            // A turn of each, so that a busy channel leaves nobody waiting at the door.
            self.work().await;
            for _ in 0..TURN {
                let Ok(ask) = self.asks.try_recv() else { break };
                self.answer(ask);
            }
            if Instant::now() >= look_around {
                self.look_around();
                look_around = Instant::now() + ROUND;
            }
            self.metrics.count(&std::mem::take(&mut self.tally));
            tokio::task::yield_now().await;
        }
    }

    /// What is due, and what stands in the queue now.
    async fn work(&mut self) {
        self.round += 1;
        let Due { lanes, viewers } = self.due(Instant::now());
        for lane in lanes {
            self.serve_lane(lane).await;
        }
        for viewers in viewers.chunks(TURN) {
            for &at in viewers {
                if let Some(seated) = self.seated.get_mut(at) {
                    seated.viewer.woken();
                }
                self.serve_viewer(at);
            }
            if viewers.len() == TURN {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Takes what is due. Its lanes have let out what they can, all of them before any is served.
    fn due(&mut self, now: Instant) -> Due {
        let mut due = Due { lanes: self.lanes.past_due(now), viewers: Vec::new() };
        for _ in 0..self.queue.len() {
            match self.queue.pop() {
                Some(Work::Lane(at)) => {
                    if self.lanes.get(at).is_some_and(|lane| lane.gathers) {
                        self.gathering.add(at, now + self.limits.gather);
                    } else {
                        due.lanes.push(at);
                    }
                }
                Some(Work::Viewer(at)) => due.viewers.push(at),
                None => break,
            }
        }
        due.lanes.append(&mut self.gathering.take(now));
        for &at in &due.lanes {
            if let Some(lane) = self.lanes.get(at) {
                lane.woken();
            }
            self.lanes.release(at, now);
        }
        due
    }

    async fn serve_lane(&mut self, at: usize) {
        let now = Instant::now();
        let Some(lane) = self.lanes.get(at) else { return };
        let Some(view) = lane.view(now) else {
            self.begin_waiting(at);
            return;
        };
        let mut over = Vec::new();
        let mut siblings = false;
        for viewers in lane.viewers.chunks(TURN) {
            for &at in viewers {
                let Some(seated) = self.seated.get_mut(at) else { continue };
                if seated.sibling != at {
                    siblings = true;
                    if seated.served != self.round {
                        let serve = Siblings { first: at, round: self.round, now };
                        serve.run(&mut self.seated, &self.lanes, &mut self.tally, &mut over);
                    }
                } else if let Pumped::Over(ending) = seated.viewer.lane_moved(view, &mut self.tally)
                {
                    over.push((at, ending));
                }
            }
            if viewers.len() == TURN {
                tokio::task::yield_now().await;
            }
        }
        if let Some(lane) = self.lanes.get_mut(at) {
            lane.gathers = siblings && !self.limits.gather.is_zero();
        }
        for (viewer, ending) in over {
            self.unseat(viewer, ending);
        }
    }

    /// Lets those go that have taken nothing for too long, whatever their channels do, and those
    /// whose session is gone without a word.
    fn look_around(&mut self) {
        let (now, stall_max) = (Instant::now(), self.limits.stall_max);
        let mut over = Vec::new();
        for (at, seated) in &self.seated {
            if seated.over.is_closed() {
                over.push((at, Ending::Left));
            } else if seated.viewer.is_stalled(now, stall_max) {
                over.push((at, too_slow(&mut self.tally)));
            }
        }
        for (at, ending) in over {
            self.unseat(at, ending);
        }
    }

    fn serve_viewer(&mut self, at: usize) {
        let now = Instant::now();
        let Some(seated) = self.seated.get_mut(at) else { return };
        let Some(lane) = self.lanes.get_mut(seated.lane) else { return };
        if let Pumped::Over(ending) = seated.viewer.pump(lane.view(now), &mut self.tally) {
            self.unseat(at, ending);
        }
    }

    fn answer(&mut self, ask: Ask<O>) {
        match ask {
            Ask::Seat { connection, wish, outlet, over } => {
                let vacant = self.seated.vacant_entry();
                let at = vacant.key();
                self.by_session.insert(wish.session, at);
                let viewer = Viewer::new(outlet, Signal::new(&self.queue, Work::Viewer(at)));
                let (lane, place, sibling, served) = (usize::MAX, 0, at, 0);
                let seated =
                    Seated { viewer, wish, lane, place, connection, sibling, served, over };
                vacant.insert(seated);
                self.connections.join(&mut self.seated, at);
                self.place(at);
            }
            Ask::Say { session, said } => {
                if let Some(&at) = self.by_session.get(&session) {
                    self.seated[at].viewer.say(said);
                    self.serve_viewer(at);
                }
            }
            Ask::Leave { session } => {
                if let Some(&at) = self.by_session.get(&session) {
                    self.unseat(at, Ending::Left);
                }
            }
        }
    }

    /// Puts a viewer into the lane it belongs to, and begins.
    fn place(&mut self, at: usize) {
        let now = Instant::now();
        let seated = &mut self.seated[at];
        let source = seated.wish.source();
        seated.lane = self.lanes.find(&source, &self.queue);
        let Some(lane) = self.lanes.get_mut(seated.lane) else { return };
        seated.place = lane.viewers.len();
        lane.viewers.push(at);
        // A lane with others in it is released when they are served, or they would miss it.
        if seated.place == 0 {
            self.lanes.release(seated.lane, now);
        }
        let Some(lane) = self.lanes.get_mut(seated.lane) else { return };
        if let Some(view) = lane.view(now) {
            let Wish { after, delivery, .. } = seated.wish;
            seated.viewer.begin(after, delivery, &self.limits, view, &mut self.tally);
        } else {
            // A life may have begun between the Welcome and this; then nobody else will say so.
            let lane = seated.lane;
            self.begin_waiting(lane);
            return;
        }
        self.serve_viewer(at);
    }

    /// The channel that a lane's viewers wait for may have begun to live.
    fn begin_waiting(&mut self, at: usize) {
        let Some(lane) = self.lanes.get_mut(at) else { return };
        let Source::Waiting(channel) = &lane.source else { return };
        let Some(life) = channel.life() else { return };
        for viewer in self.lanes.remove(at).viewers {
            let Some(seated) = self.seated.get_mut(viewer) else { continue };
            let start = FromRelay::Start(life.start.clone()).encode();
            seated.viewer.say(Said::Message(start));
            seated.wish.watching.life = Some(Arc::clone(&life));
            // What it asked to go on behind was seen in another life.
            seated.wish.after = seated.wish.after.map(|_| FROM_THE_FIRST);
            self.place(viewer);
        }
    }

    fn unseat(&mut self, at: usize, ending: Ending) {
        self.connections.leave(&mut self.seated, at);
        let Seated { viewer, wish, lane, place, over, .. } = self.seated.remove(at);
        self.by_session.remove(&wish.session);
        if let Some(moved) = self.lanes.leave(lane, place) {
            self.seated[moved].place = place;
        }
        // The session may be gone; then the outlet is dropped, which closes it.
        let _gone = over.send((viewer.outlet, ending));
    }
}

impl Wish {
    fn source(&self) -> Source {
        match &self.watching.life {
            None => Source::Waiting(Arc::clone(&self.watching.channel)),
            Some(life) => {
                Source::Live { life: Arc::clone(life), delay: delay(life.delay_ms, self.waiver_ms) }
            }
        }
    }
}

impl<O> std::fmt::Debug for Shard<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard").field("viewers", &self.seated.len()).finish_non_exhaustive()
    }
}
