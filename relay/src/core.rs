//! What the parts of a relay share: configuration, channels, counters, and where it is in its life.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arena_protocol::Code;
use tokio::sync::watch;

use crate::channels::Channels;
use crate::config::{Config, Shared};
use crate::error::Refusal;
use crate::metrics::{Gauges, Metrics};
use crate::pool::Pool;
use crate::tls::Certificates;

/// Where a relay is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Sessions are asked to leave, new ones are refused.
    Draining,
    /// Sessions are closed.
    Closing,
}

/// Resolves when sessions have to close.
pub(crate) async fn closing(phase: &mut watch::Receiver<Phase>) {
    // A relay that is gone is as good as closing.
    let _gone = phase.wait_for(|phase| *phase == Phase::Closing).await.is_err();
}

/// What the parts of a relay share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Shared,
    pub(crate) channels: Channels,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) pool: Pool,
    pub(crate) certificates: Certificates,
    phase: watch::Sender<Phase>,
    pub(crate) reached: Reached,
    sessions_begun: AtomicU64,
    connections_begun: AtomicU64,
    sessions: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// Counts a session for as long as it is held.
#[derive(Debug)]
pub(crate) struct Admitted<'a> {
    core: &'a Core,
    address: IpAddr,
}

/// Where a relay is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub(crate) http: SocketAddr,
    pub(crate) quic: SocketAddr,
    /// What the kernel granted the UDP socket.
    pub(crate) udp_receive_buffer: usize,
}

impl Core {
    pub(crate) fn new(config: Config, certificates: Certificates, reached: Reached) -> Self {
        Self {
            channels: Channels::new(config.limits.clone(), config.waiting),
            metrics: Arc::default(),
            pool: Pool::new(config.limits.message_len_max),
            certificates,
            phase: watch::Sender::new(Phase::Serving),
            reached,
            sessions_begun: AtomicU64::new(0),
            connections_begun: AtomicU64::new(0),
            sessions: AtomicUsize::new(0),
            by_address: Mutex::default(),
            config: Arc::new(config),
        }
    }

    /// Moves on to the next phase.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Sessions that are open.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Counts a session, unless there are too many or the relay is going away.
    pub(crate) fn admit(&self, address: IpAddr) -> Result<Admitted<'_>, Refusal> {
        if self.draining() {
            return Err(Refusal::draining());
        }
        let limits = &self.config.limits;
        if self.sessions.load(Ordering::Relaxed) >= limits.sessions_max {
            return Err(Refusal::new(Code::Overloaded, "this relay serves no more sessions"));
        }
        let mut by_address = self.by_address();
        let of_address = by_address.entry(address).or_insert(0);
        if *of_address >= limits.sessions_per_address_max {
            return Err(Refusal::new(Code::RateLimited, "too many sessions from one address"));
        }
        *of_address += 1;
        drop(by_address);
        self.sessions.fetch_add(1, Ordering::Relaxed);
        Ok(Admitted { core: self, address })
    }

    pub(crate) fn next_session(&self) -> u64 {
        self.sessions_begun.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts by itself: connections are spread over shards by it.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections_begun.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    pub(crate) fn draining(&self) -> bool {
        *self.phase.borrow() != Phase::Serving
    }

    /// The origins of the pages that this relay serves itself.
    pub(crate) fn own_origins(&self) -> Vec<String> {
        let scheme = if self.config.http_tls { "https" } else { "http" };
        arena_protocol::origin::own(scheme, self.reached.http, &self.config.names)
    }

    pub(crate) fn render_metrics(&self) -> String {
        let (channels, channels_live) = self.channels.count();
        let (pool_buffers, pool_bytes) = self.pool.kept();
        self.metrics.render(&Gauges {
            channels,
            channels_live,
            sessions: self.sessions(),
            pool_buffers,
            pool_bytes,
            rings_bytes: self.channels.held_bytes(),
            udp_receive_buffer_bytes: self.reached.udp_receive_buffer,
            certificate_not_after: self.certificates.pins().map_or(0, |(pin, _)| pin.not_after),
            draining: self.draining(),
        })
    }

    fn by_address(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.core.sessions.fetch_sub(1, Ordering::Relaxed);
        let mut by_address = self.core.by_address();
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}
