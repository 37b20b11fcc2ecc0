//! Name → channel: who may begin or continue a life of it, who finds it, and when it goes.
//!
//! Owns the table, which is touched when sessions begin and end and once a second by the sweep,
//! never by a batch. Invariant: a channel has at most one life that is not over, and that life at
//! most one publisher.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arena_protocol::{ChannelName, Code, Start};
use tokio::time::Instant;

use crate::census::Counted;
use crate::clock::OnceASecond;
use crate::config::Limits;
use crate::error::Refusal;
use crate::life::{Birth, Life, Publishing};
use crate::wake::Signals;

/// All channels of a relay.
#[derive(Debug)]
pub(crate) struct Channels {
    limits: Limits,
    waiting_allowed: bool,
    table: Mutex<BTreeMap<ChannelName, Arc<Channel>>>,
    /// The last epoch that was given out; see `next_epoch`.
    epoch: AtomicU64,
    /// Bytes that all lives hold together.
    held: Arc<AtomicUsize>,
    /// A full table is looked through for room once a second, however many ask.
    tidied: OnceASecond,
}

/// A name that somebody publishes, published, or waits for.
#[derive(Debug)]
pub(crate) struct Channel {
    state: Mutex<State>,
    /// Viewers that wait for a life to begin.
    pub(crate) waiting: Signals,
    viewers: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    life: Option<Arc<Life>>,
    publisher: Publisher,
    /// Batches a second and the head they were counted up to, as of the last sweep.
    rate: (f64, u64),
}

#[derive(Debug, Default)]
enum Publisher {
    /// Nobody has been here yet.
    #[default]
    Never,
    Here {
        session: u64,
    },
    /// It left without an end; it may come back and resume.
    Away {
        since: Instant,
    },
    /// The life is over. Its history goes first, then the memory of it.
    Ended {
        since: Instant,
    },
}

/// What a publisher asks for.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) schema: String,
    pub(crate) meta: Vec<u8>,
    pub(crate) resume: bool,
    pub(crate) subject: String,
    pub(crate) delay_ms: u32,
    pub(crate) session: u64,
    pub(crate) now_us: u64,
}

/// Counts a viewer for as long as it is held.
#[derive(Debug)]
pub(crate) struct Watching {
    pub(crate) channel: Arc<Channel>,
    pub(crate) life: Option<Arc<Life>>,
}

/// A line of the list of live channels.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) life: Arc<Life>,
    pub(crate) viewers: usize,
    pub(crate) publishing: bool,
    pub(crate) rate: f64,
}

impl Channels {
    pub(crate) fn new(limits: Limits, waiting_allowed: bool) -> Self {
        let (table, epoch, held) = (Mutex::default(), AtomicU64::new(0), Arc::default());
        Self { limits, waiting_allowed, table, epoch, held, tidied: OnceASecond::new() }
    }

    /// Begins a life of the channel, or continues the one that is there.
    pub(crate) fn publish(&self, name: &ChannelName, claim: Claim) -> Result<Publishing, Refusal> {
        let mut table = self.table();
        let channel = self.entry(&mut table, name)?;
        let mut state = channel.state();
        if let (Some(life), false) = (&state.life, state.over()) {
            let same = life.subject == claim.subject;
            if claim.resume && same {
                let life = Arc::clone(life);
                state.publisher = Publisher::Here { session: claim.session };
                return Ok(life.take_over(claim.session));
            }
            if matches!(state.publisher, Publisher::Here { .. }) {
                return Err(Refusal::new(Code::Conflict, "the channel is being published"));
            }
            if !same {
                return Err(Refusal::new(Code::Conflict, "somebody else's channel"));
            }
            life.finish("restarted");
        }
        let epoch = self.next_epoch(claim.now_us);
        let birth = Birth {
            channel: name.clone(),
            start: Start { epoch, schema: claim.schema, meta: claim.meta },
            subject: claim.subject,
            delay_ms: claim.delay_ms,
            since_ms: claim.now_us / 1000,
        };
        let publishing = Life::begin(birth, claim.session, &self.limits, &self.held);
        let life = Some(Arc::clone(&publishing.life));
        let publisher = Publisher::Here { session: claim.session };
        *state = State { life, publisher, rate: (0.0, 0) };
        drop(state);
        channel.waiting.raise();
        Ok(publishing)
    }

    /// A life that is in no table: only who holds it can watch it, or write into it.
    pub(crate) fn unlisted(
        &self,
        name: ChannelName,
        session: u64,
        now_us: u64,
    ) -> (Arc<Channel>, Publishing) {
        let start =
            Start { epoch: self.next_epoch(now_us), schema: String::new(), meta: Vec::new() };
        let birth = Birth {
            channel: name,
            start,
            subject: String::new(),
            delay_ms: 0,
            since_ms: now_us / 1000,
        };
        let publishing = Life::begin(birth, session, &self.limits, &self.held);
        let life = Some(Arc::clone(&publishing.life));
        let publisher = Publisher::Here { session };
        let state = Mutex::new(State { life, publisher, rate: (0.0, 0) });
        let channel = Channel { state, waiting: Signals::default(), viewers: AtomicUsize::new(0) };
        (Arc::new(channel), publishing)
    }

    /// The publisher's session is over, with an end or without.
    pub(crate) fn left(&self, publishing: &Publishing, end: Option<&str>, now: Instant) {
        let Some(channel) = self.table().get(&publishing.life.channel).cloned() else { return };
        let mut state = channel.state();
        match state.publisher {
            Publisher::Here { session } if session == publishing.session => {}
            Publisher::Here { .. }
            | Publisher::Never
            | Publisher::Away { .. }
            | Publisher::Ended { .. } => return,
        }
        state.publisher = Publisher::Away { since: now };
        // Where nothing was published there is nothing to come back to.
        if publishing.life.ring.head() == 0 && end.is_none() {
            publishing.life.finish("the publisher is gone");
            *state = State::default();
            return;
        }
        if let Some(reason) = end {
            publishing.life.finish(reason);
            state.publisher = Publisher::Ended { since: now };
        }
    }

    /// Finds what a viewer wants to watch, and counts it.
    pub(crate) fn watch(&self, name: &ChannelName) -> Result<Watching, Refusal> {
        let mut table = self.table();
        if !table.contains_key(name) {
            if !self.waiting_allowed {
                let reason = "nobody publishes a channel of that name";
                return Err(Refusal::new(Code::NoChannel, reason));
            }
            // Those who wait for what does not exist leave room for those who publish.
            if table.len() >= self.limits.channels_max / 2 {
                return Err(Refusal::new(Code::Overloaded, "too many channels are waited for"));
            }
        }
        let channel = self.entry(&mut table, name)?;
        let state = channel.state();
        let life = state.life.clone();
        if life.is_none() {
            if matches!(state.publisher, Publisher::Ended { .. }) {
                return Err(Refusal::new(Code::Ended, "the channel has ended"));
            }
            if !self.waiting_allowed {
                return Err(Refusal::new(
                    Code::NoChannel,
                    "nobody publishes a channel of that name",
                ));
            }
        }
        drop(state);
        channel.viewers.fetch_add(1, Ordering::Relaxed);
        Ok(Watching { channel, life })
    }

    /// Ends, forgets and removes what is due. Called once a second.
    pub(crate) fn sweep(&self, now: Instant, since_last_s: f64) {
        self.table().retain(|_, channel| {
            let mut state = channel.state();
            state.age(&self.limits, now);
            state.measure(since_last_s);
            let forgotten = state.life.is_none() && matches!(state.publisher, Publisher::Never);
            !forgotten || channel.viewers() > 0
        });
    }

    /// What can be watched now, by name.
    pub(crate) fn list(&self) -> Vec<Listed> {
        let table = self.table();
        let listed = table.values().filter_map(|channel| {
            let state = channel.state();
            let life = state.life.clone().filter(|_| !state.over())?;
            let publishing = matches!(state.publisher, Publisher::Here { .. });
            Some(Listed { life, viewers: channel.viewers(), publishing, rate: state.rate.0 })
        });
        listed.collect()
    }

    /// What is known of every life that is still remembered, below a prefix.
    pub(crate) fn viewers(&self, name: &ChannelName) -> usize {
        self.table().get(name).map_or(0, |channel| channel.viewers())
    }

    pub(crate) fn census(&self, prefix: &str) -> Vec<Counted> {
        let table = self.table();
        let counted = table.iter().filter_map(|(name, channel)| {
            if !name.as_str().starts_with(prefix) {
                return None;
            }
            let state = channel.state();
            let life = state.life.as_ref()?;
            let publishing = matches!(state.publisher, Publisher::Here { .. });
            let ended = life.end().map(|end| end.reason.clone());
            Some(Counted {
                channel: name.clone(),
                epoch: life.start.epoch,
                schema: life.start.schema.clone(),
                publishing: publishing && ended.is_none(),
                ended,
                last_seq: life.ring.head().checked_sub(1),
                viewers: channel.viewers(),
            })
        });
        counted.collect()
    }

    /// Names in the table, and how many of them have a life.
    pub(crate) fn count(&self) -> (usize, usize) {
        let table = self.table();
        let live = table.values().filter(|channel| channel.state().life.is_some()).count();
        (table.len(), live)
    }

    /// Bytes that the histories of all channels hold.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn entry(
        &self,
        table: &mut BTreeMap<ChannelName, Arc<Channel>>,
        name: &ChannelName,
    ) -> Result<Arc<Channel>, Refusal> {
        if let Some(channel) = table.get(name) {
            return Ok(Arc::clone(channel));
        }
        if table.len() >= self.limits.channels_max && self.tidied.lets() {
            // Those that are over make room before their time.
            table.retain(|_, channel| !channel.is_over() || channel.viewers() > 0);
        }
        if table.len() >= self.limits.channels_max {
            return Err(Refusal::new(Code::Overloaded, "this relay holds no more channels"));
        }
        let channel = Arc::new(Channel {
            state: Mutex::default(),
            waiting: Signals::default(),
            viewers: AtomicUsize::new(0),
        });
        table.insert(name.clone(), Arc::clone(&channel));
        Ok(channel)
    }

    /// Microseconds since 1970, but always more than the last: rises across restarts too.
    fn next_epoch(&self, now_us: u64) -> u64 {
        let next = |last| Some(now_us.max(last + 1));
        let last = self.epoch.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        now_us.max(last.unwrap_or_else(|last| last) + 1)
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<ChannelName, Arc<Channel>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel {
    /// The life that is there now.
    pub(crate) fn life(&self) -> Option<Arc<Life>> {
        self.state().life.clone()
    }

    /// Counts one more viewer of the life that is there now.
    pub(crate) fn watched(self: &Arc<Self>) -> Watching {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        Watching { channel: Arc::clone(self), life: self.life() }
    }

    /// Nobody publishes it, or will go on with it.
    fn is_over(&self) -> bool {
        match self.state().publisher {
            Publisher::Never | Publisher::Ended { .. } => true,
            Publisher::Here { .. } | Publisher::Away { .. } => false,
        }
    }

    pub(crate) fn viewers(&self) -> usize {
        self.viewers.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn over(&self) -> bool {
        self.life.as_ref().is_none_or(|life| life.end().is_some())
    }

    fn age(&mut self, limits: &Limits, now: Instant) {
        let past = |since: Instant, span| now.saturating_duration_since(since) >= span;
        match self.publisher {
            Publisher::Away { since } if past(since, limits.publisher_grace) => {
                if let Some(life) = &self.life {
                    life.finish("the publisher is gone");
                }
                self.publisher = Publisher::Ended { since: now };
            }
            Publisher::Ended { since }
                if past(since, limits.ended_kept + limits.ended_remembered) =>
            {
                *self = Self::default();
            }
            Publisher::Ended { since } if past(since, limits.ended_kept) => self.life = None,
            Publisher::Never
            | Publisher::Here { .. }
            | Publisher::Away { .. }
            | Publisher::Ended { .. } => {}
        }
    }

    fn measure(&mut self, since_last_s: f64) {
        let head = self.life.as_ref().map_or(0, |life| life.ring.head());
        let pushed = head.saturating_sub(self.rate.1) as f64;
        let last = pushed / since_last_s.max(0.001);
        // Half of it is the last second, so a pause shows within a few.
        let rate = if self.rate.0 > 0.0 { f64::midpoint(self.rate.0, last) } else { last };
        self.rate = (if rate < 0.01 { 0.0 } else { rate }, head);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.channel.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
