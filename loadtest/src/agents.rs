//! Publishers: one session for each channel, sending at the moments that the schedule names.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use arena_client::{
    ChannelName, Connection, FromClient, FromRelay, PublishOptions, Receiver, Sender, Server,
    Session, Transport,
};
use hdrhistogram::Histogram;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::clock::micros;
use crate::payload::Maker;
use crate::report::histogram;
use crate::schedule::Schedule;
use crate::shared::{Shared, add};

/// Connections that are being made at once.
const CONNECTING_MAX: usize = 32;
/// Above so many batches a second the timer's own steps, a millisecond, are fine enough.
const EXACT_PER_S_MAX: f64 = 500.0;
/// What the timer may be late, and a little more.
const TIMER_STEP: Duration = Duration::from_millis(2);
/// Time for the last batches to be accepted.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What publishers do, and where.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) server: Server,
    pub(crate) transport: Transport,
    pub(crate) channels: Vec<ChannelName>,
    pub(crate) token: Option<String>,
    /// The publishers are what is measured: count them as connected, and what is accepted.
    pub(crate) measured: bool,
}

/// A thread of publishers.
pub(crate) struct Agents {
    thread: JoinHandle<anyhow::Result<Vec<Sent>>>,
    orders: watch::Sender<Order>,
    ready: watch::Receiver<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Wait,
    Play(Schedule),
    Finish,
}

/// What one publisher did.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Batches that were handed to the transport.
    pub(crate) count: u64,
    /// Batches that the relay said it has.
    pub(crate) accepted: u64,
    pub(crate) connect_us: u64,
    /// How much later than meant they were handed over.
    pub(crate) late_us: Histogram<u64>,
    /// From the moment that was meant to the relay's word that it has them.
    pub(crate) accept_us: Histogram<u64>,
}

impl Agents {
    /// Starts a thread, which opens the channels.
    pub(crate) fn start(task: Task, shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let (orders, ordered) = watch::channel(Order::Wait);
        let (tell_ready, ready) = watch::channel(0);
        let shared = Arc::clone(shared);
        let body = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.context("failed to start the publishers' thread")?;
            runtime.block_on(work(task, shared, ordered, tell_ready))
        };
        let thread = std::thread::Builder::new().name("agents".to_owned()).spawn(body);
        let thread = thread.context("failed to start the publishers' thread")?;
        Ok(Self { thread, orders, ready })
    }

    /// How many channels are open.
    pub(crate) fn ready(&self) -> usize {
        *self.ready.borrow()
    }

    pub(crate) fn play(&self, schedule: Schedule) {
        self.orders.send_replace(Order::Play(schedule));
    }

    /// Ends the channels, and collects what was done.
    pub(crate) fn finish(self) -> anyhow::Result<Vec<Sent>> {
        self.orders.send_replace(Order::Finish);
        self.thread.join().map_err(|_panic| anyhow!("the publishers' thread panicked"))?
    }
}

async fn work(
    task: Task,
    shared: Arc<Shared>,
    orders: watch::Receiver<Order>,
    ready: watch::Sender<usize>,
) -> anyhow::Result<Vec<Sent>> {
    let room = Arc::new(Semaphore::new(CONNECTING_MAX));
    let ready = Arc::new(ready);
    let mut agents = JoinSet::new();
    for (at, channel) in task.channels.iter().enumerate() {
        let agent = Agent { at, channel: channel.clone(), shared: Arc::clone(&shared) };
        let (task, orders) = (task.clone(), orders.clone());
        let (room, ready) = (Arc::clone(&room), Arc::clone(&ready));
        agents.spawn(async move {
            let permit = room.acquire_owned().await?;
            let since = Instant::now();
            let (_connection, session) = agent.open(&task).await?;
            drop(permit);
            let connect_us = micros(since.elapsed());
            if task.measured {
                agent.shared.connected.fetch_add(1, Ordering::Relaxed);
            }
            ready.send_modify(|ready| *ready += 1);
            let mut sent = Sent::new(connect_us);
            agent.perform(session, orders, task.measured, &mut sent).await;
            anyhow::Ok(sent)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = agents.join_next().await {
        match done.context("a publisher panicked")? {
            Ok(sent) => all.push(sent),
            Err(error) => shared.fail(format!("{error:#}")),
        }
    }
    Ok(all)
}

struct Agent {
    at: usize,
    channel: ChannelName,
    shared: Arc<Shared>,
}

impl Agent {
    async fn open(&self, task: &Task) -> anyhow::Result<(Connection, Session)> {
        let connection = Connection::connect(&task.server, task.transport).await;
        let connection = connection
            .with_context(|| format!("a publisher failed to connect over {}", task.transport))?;
        let options = PublishOptions {
            token: task.token.clone(),
            ..PublishOptions::new(self.channel.clone(), "opaque")
        };
        let session = connection.publish(&options).await;
        let session = session.with_context(|| format!("failed to publish {}", self.channel))?;
        Ok((connection, session))
    }

    /// Waits for its part, plays it, and takes its leave. What goes wrong is told to everybody.
    async fn perform(
        &self,
        session: Session,
        mut orders: watch::Receiver<Order>,
        measured: bool,
        sent: &mut Sent,
    ) {
        let (mut sender, mut receiver) = session.split();
        let mut accepted = Accepted { measured, upto: 0, latency_us: histogram(), schedule: None };
        let shared = &self.shared;
        let told = orders.wait_for(|order| !matches!(order, Order::Wait));
        let order = tokio::select! {
            order = told => order.map_or(Order::Finish, |order| *order),
            lost = accepted.listen(shared, self.at, &mut receiver) => {
                return shared.fail(format!("a publisher lost its session: {lost:#}"));
            }
        };
        if let Order::Play(schedule) = order {
            accepted.schedule = Some(schedule);
            let mut cut = orders.clone();
            let finished = |order: &Order| matches!(order, Order::Finish);
            let playing = async {
                self.play(schedule, &orders, &mut sender, sent).await?;
                let _main_is_gone = orders.wait_for(finished).await.is_err();
                anyhow::Ok(())
            };
            let cut_short = async {
                let _main_is_gone = cut.wait_for(finished).await.is_err();
                tokio::time::sleep(LAST_WORDS).await;
            };
            let trouble = tokio::select! {
                played = playing => played.err(),
                lost = accepted.listen(shared, self.at, &mut receiver) => Some(lost),
                () = cut_short => None,
            };
            if let Some(trouble) = trouble {
                shared.fail(format!("a publisher lost its session: {trouble:#}"));
            }
        }
        let leave = async {
            sender.send(&FromClient::End("the load is over".to_owned()).encode()).await?;
            sender.finish().await?;
            anyhow::Ok(accepted.listen(shared, self.at, &mut receiver).await)
        };
        let _late = tokio::time::timeout(LAST_WORDS, leave).await;
        (sent.accepted, sent.accept_us) = (accepted.upto, accepted.latency_us);
    }

    async fn play(
        &self,
        schedule: Schedule,
        orders: &watch::Receiver<Order>,
        sender: &mut Sender,
        sent: &mut Sent,
    ) -> anyhow::Result<()> {
        let load = &schedule.load;
        let clock = self.shared.clock;
        let mut maker = Maker::new(load.size, load.group);
        let exact = load.rate * schedule.channels as f64 <= EXACT_PER_S_MAX;
        for seq in 0..schedule.seqs().end {
            let at_us = schedule.at_us(self.at, seq);
            until(clock.instant(at_us), exact).await;
            if matches!(*orders.borrow(), Order::Finish) {
                break;
            }
            let batch = maker.make(seq, at_us);
            let late_us = clock.now_us().saturating_sub(at_us);
            sender.send(&FromClient::Batch(batch).encode()).await?;
            // Whoever is behind sends what is due first.
            if schedule.at_us(self.at, seq + 1) > clock.now_us() {
                sender.flush().await?;
            }
            sent.count += 1;
            add(&self.shared.sent, 1);
            if seq >= schedule.seqs().start {
                sent.late_us.saturating_record(late_us);
            }
        }
        Ok(sender.flush().await?)
    }
}

/// Waits; exactly, where that does not keep others waiting.
async fn until(at: Instant, exact: bool) {
    if !exact {
        tokio::time::sleep_until(at.into()).await;
        return;
    }
    if let Some(early) = at.checked_sub(TIMER_STEP)
        && early > Instant::now()
    {
        tokio::time::sleep_until(early.into()).await;
    }
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}

/// What the relay says that it has.
struct Accepted {
    measured: bool,
    /// Everything below this number.
    upto: u64,
    latency_us: Histogram<u64>,
    schedule: Option<Schedule>,
}

impl Accepted {
    /// Listens until the session is over.
    async fn listen(
        &mut self,
        shared: &Shared,
        at: usize,
        receiver: &mut Receiver,
    ) -> anyhow::Error {
        loop {
            match receiver.recv().await {
                Ok(FromRelay::Accepted(accepted)) => self.upto(shared, at, accepted.held + 1),
                Ok(_) => {}
                Err(lost) => return lost.into(),
            }
        }
    }

    fn upto(&mut self, shared: &Shared, at: usize, upto: u64) {
        let before = std::mem::replace(&mut self.upto, upto);
        let Some(schedule) = self.schedule.filter(|_| self.measured) else { return };
        let now_us = shared.clock.now_us();
        let (mut measured, len) = (0, upto.saturating_sub(before));
        for seq in before..upto.min(schedule.seqs().end) {
            if schedule.seqs().contains(&seq) {
                measured += 1;
                let latency_us = now_us.saturating_sub(schedule.at_us(at, seq));
                self.latency_us.saturating_record(latency_us);
            }
        }
        add(&shared.measured, measured);
        add(&shared.delivered, len);
        add(&shared.bytes, len * schedule.load.size as u64);
    }
}

impl Sent {
    fn new(connect_us: u64) -> Self {
        let (late_us, accept_us) = (histogram(), histogram());
        Self { count: 0, accepted: 0, connect_us, late_us, accept_us }
    }
}
