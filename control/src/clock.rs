//! The control plane's one reader of the time. Whoever needs it is handed a [`Clock`].

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::time::{At, Span};

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> At;

    /// Now, for what has to go on evenly while somebody sets the machine's time.
    fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Resolves when it is time.
    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep_until(at))
    }
}

/// The machine's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> At {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        At(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// One that goes only when it is told to: for tests and simulations.
#[derive(Debug)]
pub struct VirtualClock {
    now: AtomicI64,
    began: Instant,
    /// How far it has gone; whoever sleeps looks at it.
    gone: watch::Sender<Duration>,
}

impl VirtualClock {
    /// Stands at a time.
    pub fn at(now: At) -> Self {
        let (now, began) = (AtomicI64::new(now.0), Instant::now());
        Self { now, began, gone: watch::Sender::new(Duration::ZERO) }
    }

    /// Jumps to a time, forward or back.
    pub fn jump(&self, to: At) {
        // Relaxed: a number, and nothing that it publishes.
        self.now.store(to.0, Ordering::Relaxed);
    }

    /// Goes on by so much.
    pub fn advance(&self, span: Span) {
        self.jump(self.now() + span);
        self.gone.send_modify(|gone| *gone += Duration::from_millis(span.0));
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> At {
        At(self.now.load(Ordering::Relaxed))
    }

    fn instant(&self) -> Instant {
        self.began + *self.gone.borrow()
    }

    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let (mut gone, began) = (self.gone.subscribe(), self.began);
        Box::pin(async move {
            // The sender is this clock, which is there for as long as it is borrowed.
            let _never_gone = gone.wait_for(|gone| began + *gone >= at).await.is_err();
        })
    }
}
