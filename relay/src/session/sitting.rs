//! The long wait of a viewer: what its session does while a shard serves it.

use std::time::Duration;

use arena_protocol::Code;
use arena_protocol::limits::HELLO_LEN_MAX;
use bytes::Bytes;
use tokio::time::Instant;

use super::{Over, PINGS_PER_S};
use crate::core::{Admitted, Core};
use crate::error::{Ending, Refusal};
use crate::limits::Budget;
use crate::metrics::ViewerCounted;
use crate::shard::Seat;
use crate::transport::{Inlet, Outlet, Received, Said};
use crate::watchdog::{Call, Watchdog, go_away};

/// A viewer's session while a shard serves it.
pub(super) struct Sitting<'a, I, O> {
    pub(super) seat: Seat<O>,
    pub(super) inlet: I,
    pub(super) watchdog: Watchdog,
    /// Only for who speaks nothing of ours.
    pub(super) nudge: Option<Box<Nudge>>,
    pub(super) _admitted: Admitted<'a>,
    pub(super) _counted: ViewerCounted<'a>,
}

/// What a peer is sent whenever it has said nothing for a while.
#[derive(Debug)]
pub(crate) struct Nudge {
    after: Duration,
    due: Instant,
    frames: Bytes,
}

impl Nudge {
    pub(crate) fn new(after: Duration, frames: Bytes) -> Self {
        Self { after, due: Instant::now() + after, frames }
    }
}

pub(super) enum Sat<O> {
    /// The shard is done with the viewer.
    Over(O, Ending),
    /// The viewer leaves its shard.
    Called(Ending),
    /// The shard is gone, and the viewer with it.
    Gone,
}

/// What a viewer's session does while its shard serves it: listen, and watch the time.
pub(super) async fn sit<O: Outlet>(core: &Core, viewer: &mut Sitting<'_, impl Inlet, O>) -> Sat<O> {
    let Sitting { seat, inlet, watchdog, nudge, .. } = viewer;
    let mut pings = Budget::new(PINGS_PER_S, Instant::now());
    let mut finished = false;
    loop {
        tokio::select! {
            biased;
            over = &mut seat.over => return match over {
                Ok((outlet, ending)) => Sat::Over(outlet, ending),
                Err(_dropped) => Sat::Gone,
            },
            called = watchdog.called() => match called {
                Ok(Call::GoAway) => seat.say(Said::Message(go_away(&core.config))).await,
                Ok(Call::Silence) => seat.say(Said::Ping).await,
                Err(ending) => return Sat::Called(ending),
            },
            () = due(nudge.as_deref()) => if let Some(nudge) = nudge {
                nudge.due = Instant::now() + nudge.after;
                seat.say(Said::Frames(nudge.frames.clone())).await;
            },
            heard = listen(inlet, finished) => match heard {
                Ok(Received::Message(_)) => {
                    let reason = "a viewer says nothing after its Hello";
                    return Sat::Called(Refusal::new(Code::BadMessage, reason).into());
                }
                Ok(Received::Ping(bytes)) => {
                    watchdog.alive();
                    if !pings.take(1, Instant::now()) {
                        return Sat::Called(Refusal::new(Code::RateLimited, "too many pings").into());
                    }
                    seat.say(Said::Pong(bytes)).await;
                }
                Ok(Received::Pong | Received::Part) => watchdog.alive(),
                Ok(Received::Spoken) => {
                    watchdog.alive();
                    if let Some(nudge) = nudge {
                        nudge.due = Instant::now() + nudge.after;
                    }
                }
                Ok(Received::Finished) => finished = true,
                Err(ending) => return Sat::Called(ending),
            },
        }
    }
}

async fn due(nudge: Option<&Nudge>) {
    match nudge {
        // In a box: the sessions of all others are not to be larger for it.
        Some(nudge) => Box::pin(tokio::time::sleep_until(nudge.due)).await,
        None => std::future::pending().await,
    }
}

impl<I, O> Sitting<'_, I, O> {
    /// Gets the outlet back from the shard.
    pub(super) async fn left(self: Box<Self>, sat: Sat<O>) -> Box<Over<I, O>> {
        let Self { seat, inlet, .. } = *self;
        let (ending, outlet) = match sat {
            Sat::Over(outlet, ending) => (ending, Some(outlet)),
            Sat::Called(ending) => (ending, seat.leave().await.map(|(outlet, _)| outlet)),
            Sat::Gone => (Ending::Left, None),
        };
        Box::new(Over { ending, inlet, outlet })
    }
}

async fn listen(inlet: &mut impl Inlet, finished: bool) -> Result<Received, Ending> {
    if finished {
        inlet.gone().await;
        return Err(Ending::Left);
    }
    inlet.recv(HELLO_LEN_MAX).await
}
