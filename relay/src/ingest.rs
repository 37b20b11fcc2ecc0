//! A publisher's session: its messages become batches in the ring, in order, and are acknowledged.

use std::sync::Arc;
use std::time::Duration;

use arena_protocol::limits::REASON_LEN_MAX;
use arena_protocol::{Accepted, Code, FromClient, FromRelay};
use tokio::time::Instant;

use crate::core::Core;
use crate::error::{Ending, Refusal};
use crate::life::{Publishing, Pushed};
use crate::limits::Budget;
use crate::transport::{Framed, Inlet, Outlet, Received, Said, say};
use crate::watchdog::{Call, Watchdog, go_away};

/// An acknowledgement waits this long for more to acknowledge.
const ACCEPTED_EVERY: Duration = Duration::from_millis(25);

/// A publisher while it publishes.
#[derive(Debug)]
pub(crate) struct Publisher<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) publishing: &'a mut Publishing,
    messages: Budget,
    bytes: Budget,
    /// When the next acknowledgement is due, if one is.
    accepted_due: Option<Instant>,
}

impl<'a> Publisher<'a> {
    pub(crate) fn new(core: &'a Arc<Core>, publishing: &'a mut Publishing) -> Self {
        let now = Instant::now();
        let limits = &core.config.limits;
        let messages = Budget::new(limits.messages_per_s, now);
        let bytes = Budget::new(limits.bytes_per_s, now);
        Self { core, publishing, messages, bytes, accepted_due: None }
    }

    /// Until it ends, leaves, is replaced, expires, or does what it may not. The text is the reason
    /// that the publisher gave for ending the channel.
    pub(crate) async fn run(
        &mut self,
        inlet: &mut impl Inlet,
        outlet: &mut impl Outlet,
        watchdog: &mut Watchdog,
    ) -> Result<String, Ending> {
        let len_max = self.core.config.limits.message_len_max;
        loop {
            let due = self.accepted_due;
            tokio::select! {
                biased;
                // Losing the seat, the time or the relay goes before what is still to be read.
                evicted = &mut self.publishing.evicted => {
                    let gone = || Refusal::new(Code::Conflict, "replaced by a newer publisher");
                    return Err(evicted.unwrap_or_else(|_| gone()).into());
                }
                called = watchdog.called() => {
                    match called? {
                        Call::GoAway => {
                            let message = go_away(&self.core.config);
                            say(outlet, Said::Message(message)).await?;
                        }
                        Call::Silence => {
                            say(outlet, Said::Ping).await?;
                        }
                    }
                }
                () = sleep_until(due), if due.is_some() => self.accepted(outlet).await?,
                received = inlet.recv(len_max) => match received? {
                    Received::Message(framed) => {
                        watchdog.alive();
                        if let Some(reason) = self.message(framed)? {
                            // The end counts, whether or not its publisher hears of it.
                            self.publishing.life.finish(&reason);
                            let _gone = self.accepted(outlet).await;
                            return Ok(reason);
                        }
                    }
                    Received::Ping(bytes) => {
                        watchdog.alive();
                        self.afford(bytes.len(), Instant::now())?;
                        say(outlet, Said::Pong(bytes)).await?;
                    }
                    Received::Pong | Received::Part | Received::Spoken => watchdog.alive(),
                    // A publisher that says nothing more without an End may come back.
                    Received::Finished => return Err(Ending::Left),
                },
            }
        }
    }

    fn message(&mut self, framed: Framed) -> Result<Option<String>, Ending> {
        let now = Instant::now();
        self.afford(framed.len(), now)?;
        let batch = match FromClient::decode(framed.message()).map_err(Refusal::from)? {
            FromClient::Batch(batch) => batch,
            FromClient::End(reason) => return Ok(Some(cut(reason))),
            FromClient::Hello(_) => {
                return Err(Refusal::new(Code::BadMessage, "a second Hello").into());
            }
        };
        let Publishing { life, session, .. } = &*self.publishing;
        let len = framed.len() as u64;
        match life.push(*session, framed.0, &batch, now)? {
            Pushed::Held => self.core.metrics.received(len),
            Pushed::Repeated => self.core.metrics.repeated(),
        }
        self.accepted_due.get_or_insert(now + ACCEPTED_EVERY);
        Ok(None)
    }

    async fn accepted(&mut self, outlet: &mut impl Outlet) -> Result<(), Ending> {
        self.accepted_due = None;
        let Some(held) = self.publishing.life.ring.head().checked_sub(1) else { return Ok(()) };
        let message = FromRelay::Accepted(Accepted { held, stored: None }).encode();
        say(outlet, Said::Message(message)).await
    }

    fn afford(&mut self, len: usize, now: Instant) -> Result<(), Ending> {
        if self.messages.take(1, now) && self.bytes.take(len, now) {
            return Ok(());
        }
        let limits = &self.core.config.limits;
        let reason = format!(
            "at most {} messages and {} bytes a second are taken",
            limits.messages_per_s, limits.bytes_per_s
        );
        Err(Refusal::new(Code::RateLimited, reason).into())
    }
}

/// What viewers are told of it.
fn cut(mut reason: String) -> String {
    let mut len = reason.len().min(REASON_LEN_MAX);
    while !reason.is_char_boundary(len) {
        len -= 1;
    }
    reason.truncate(len);
    reason
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
}
