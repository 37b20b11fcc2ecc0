//! Sees when a run cannot go on: a failure, a server that died or fell silent, an interrupt.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::process::Process;
use crate::shared::{Shared, load};

/// How often it looks.
const EVERY: Duration = Duration::from_millis(50);
/// How long nothing may come that should.
const SILENCE_MAX: Duration = Duration::from_secs(5);

pub(crate) struct Lookout {
    shared: Arc<Shared>,
    server: Option<Process>,
    interrupt: Signal,
    /// How long nothing may come; absent while nothing is due.
    silence_max: Option<Duration>,
    heard: (u64, Instant),
}

impl Lookout {
    /// Must be called within a runtime.
    pub(crate) fn new(shared: &Arc<Shared>, server: Option<Process>) -> anyhow::Result<Self> {
        let interrupt = signal(SignalKind::interrupt()).context("failed to wait for SIGINT")?;
        let heard = (0, Instant::now());
        Ok(Self { shared: Arc::clone(shared), server, interrupt, silence_max: None, heard })
    }

    /// From now on batches are due, this far apart.
    pub(crate) fn expect_batches(&mut self, period: Duration) {
        self.silence_max = Some(SILENCE_MAX.max(period * 3));
        self.heard = (load(&self.shared.delivered), Instant::now());
    }

    /// From now on silence is no trouble.
    pub(crate) fn expect_nothing(&mut self) {
        self.silence_max = None;
    }

    /// Looks until `done`, and tells `say` each time; returns what went wrong, if something did.
    pub(crate) async fn until(
        &mut self,
        mut done: impl FnMut() -> bool,
        mut say: impl FnMut(),
    ) -> Option<String> {
        loop {
            if let Some(trouble) = self.trouble() {
                return Some(trouble);
            }
            if done() {
                return None;
            }
            say();
            tokio::select! {
                _ = self.interrupt.recv() => return Some("interrupted".to_owned()),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Looks until this moment, exactly.
    pub(crate) async fn until_moment(&mut self, at: Instant, say: impl FnMut()) -> Option<String> {
        let trouble = self.until(|| Instant::now() + EVERY >= at, say).await;
        if trouble.is_none() {
            tokio::time::sleep_until(at.into()).await;
        }
        trouble
    }

    fn trouble(&mut self) -> Option<String> {
        if let Some(server) = self.server.as_ref().filter(|server| !server.lives()) {
            return Some(format!("the server, process {}, died", server.pid()));
        }
        if let Some(failure) = self.shared.failure() {
            return Some(failure);
        }
        let connected = self.shared.connected.load(Ordering::Relaxed);
        if connected > 0 && self.shared.gone.load(Ordering::Relaxed) >= connected {
            return Some("every viewer lost its session".to_owned());
        }
        let delivered = load(&self.shared.delivered);
        if delivered != self.heard.0 {
            self.heard = (delivered, Instant::now());
        }
        let silence = self.heard.1.elapsed();
        let silence_max = self.silence_max.filter(|silence_max| silence > *silence_max)?;
        Some(format!("nothing came for {silence_max:?}"))
    }
}
