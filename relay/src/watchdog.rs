//! What calls a session away from its messages: the relay drains, the token expires, the peer is
//! silent.

use std::time::Duration;

use arena_protocol::{Code, FromRelay, GoAway, Message};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock::unix_s;
use crate::config::Config;
use crate::core::{Core, Phase};
use crate::error::{Ending, Refusal};
use crate::transport::Outlet;

/// Calls a session away from its messages: the relay drains, the token expires, the peer is silent.
#[derive(Debug)]
pub(crate) struct Watchdog {
    phase: watch::Receiver<Phase>,
    told_to_go: bool,
    expires: Option<Instant>,
    idle_timeout: Duration,
    pings: bool,
    heard: Instant,
    pinged: u32,
}

/// What a watchdog wants said; that a session is over is its error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    GoAway,
    Silence,
}

impl Watchdog {
    pub(crate) fn new<O: Outlet>(core: &Core, expires_at: Option<u64>) -> Self {
        let now = Instant::now();
        // A time too far away to be told is as good as none.
        let left = |at: u64| now.checked_add(Duration::from_secs(at.saturating_sub(unix_s())));
        Self {
            phase: core.phase(),
            told_to_go: false,
            expires: expires_at.and_then(left),
            idle_timeout: core.config.limits.idle_timeout,
            pings: O::PINGS,
            heard: now,
            pinged: 0,
        }
    }

    /// The peer gave a sign of life.
    pub(crate) fn alive(&mut self) {
        self.heard = Instant::now();
        self.pinged = 0;
    }

    /// Resolves when something has to be said, or the session is over. Safe to drop and call again.
    pub(crate) async fn called(&mut self) -> Result<Call, Ending> {
        let told = self.told_to_go;
        let news = |phase: &Phase| *phase == Phase::Closing || (*phase == Phase::Draining && !told);
        let silence = self.heard + self.idle_timeout / 3 * (self.pinged + 1);
        let silence = self.pings.then_some(silence);
        // One timer for both: there is one for every viewer.
        let due = [self.expires, silence].into_iter().flatten().min();
        tokio::select! {
            biased;
            phase = self.phase.wait_for(news) => {
                // The relay itself is gone: the same as closing.
                if phase.map_or(Phase::Closing, |phase| *phase) == Phase::Closing {
                    return Err(Refusal::draining().into());
                }
                self.told_to_go = true;
                Ok(Call::GoAway)
            }
            () = until(due) => {
                if self.expires.is_some_and(|expires| due == Some(expires)) {
                    return Err(Refusal::new(Code::BadToken, "the token has expired").into());
                }
                self.pinged += 1;
                if self.pinged >= 3 {
                    return Err(Refusal::new(Code::Timeout, "no sign of life").into());
                }
                Ok(Call::Silence)
            }
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Spread, so that those who are sent away do not all come back at once.
pub(crate) fn go_away(config: &Config) -> Message {
    let spread = config.limits.drain_timeout.as_millis() / 2;
    let spread = u32::try_from(spread).unwrap_or(u32::MAX).max(1);
    let after_ms = rand::random_range(0..spread);
    FromRelay::GoAway(GoAway { after_ms, url: config.go_away_url.clone() }).encode()
}
