//! The control plane's one reader of the time. Whoever needs it is handed a [`Clock`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::{At, Span};

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> At;
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
pub struct VirtualClock(AtomicI64);

impl VirtualClock {
    /// Stands at a time.
    pub fn at(now: At) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Jumps to a time, forward or back.
    pub fn jump(&self, to: At) {
        // Relaxed: a number, and nothing that it publishes.
        self.0.store(to.0, Ordering::Relaxed);
    }

    /// Goes on by so much.
    pub fn advance(&self, span: Span) {
        self.jump(self.now() + span);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> At {
        At(self.0.load(Ordering::Relaxed))
    }
}
