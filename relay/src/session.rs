//! A session's story, the same for every transport: Hello, right, publisher or viewer, last words.
//!
//! - `session/hello.rs`: the first word, and the right that it gives.
//! - `session/sitting.rs`: the long wait of a viewer.

mod hello;
mod sitting;

use std::net::IpAddr;
use std::sync::Arc;

use arena_protocol::{ChannelName, Delivery, FromRelay, Intent, Message, Welcome};
use tokio::time::Instant;

use self::hello::{Asked, hello};
pub(crate) use self::sitting::Nudge;
use self::sitting::{Sitting, sit};
use crate::access::Grant;
use crate::channels::Claim;
use crate::clock::{OnceASecond, unix_us};
use crate::core::Core;
use crate::error::{Ending, Refusal};
use crate::ingest::Publisher;
use crate::life::Publishing;
use crate::metrics::ViewerCounted;
use crate::shard::{Seat, Shards, Wish, delay};
use crate::transport::{Inlet, Outlet, Said, part, say};
use crate::watchdog::Watchdog;

/// Pings a second, of a viewer or before the Hello; the rest of what it says is a mistake.
const PINGS_PER_S: u32 = 10;

/// Told once a second, as strangers can cause them.
static PUBLISHED: OnceASecond = OnceASecond::new();
static LEFT: OnceASecond = OnceASecond::new();

/// Who is on the other side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// The connection, by a number of ours.
    pub(crate) connection: u64,
    /// The session's number in its connection.
    pub(crate) subscription: u8,
}

/// Runs one session to its end, last words included. What passes is boxed and freed: a viewer's
/// task is as large as its long wait, and there are thousands of them.
pub(crate) fn run<O: Outlet>(
    core: &Arc<Core>,
    shards: &Shards<O>,
    peer: Peer,
    inlet: impl Inlet,
    outlet: O,
) -> impl Future<Output = Ending> + Send {
    let opening = Box::pin(open(core, shards, peer, inlet, outlet));
    async move {
        let over = match opening.await {
            Opened::Over(over) => over,
            Opened::Seated(mut viewer) => {
                let sat = sit(core, &mut viewer).await;
                Box::pin(viewer.left(sat)).await
            }
        };
        Box::pin(over.said(core)).await
    }
}

/// How far a session comes before the long wait of a viewer.
enum Opened<'a, I, O> {
    Over(Box<Over<I, O>>),
    Seated(Box<Sitting<'a, I, O>>),
}

/// A session that is over but for its last words; without an outlet there are none.
struct Over<I, O> {
    ending: Ending,
    inlet: I,
    outlet: Option<O>,
}

impl<I: Inlet, O: Outlet> Over<I, O> {
    async fn said(self, core: &Core) -> Ending {
        match self.outlet {
            Some(outlet) => refuse(core, self.ending, self.inlet, outlet).await,
            None => self.ending,
        }
    }
}

/// Hello, and what follows from it: the whole session of a publisher, the seat of a viewer.
async fn open<'a, I: Inlet, O: Outlet>(
    core: &'a Arc<Core>,
    shards: &Shards<O>,
    peer: Peer,
    mut inlet: I,
    mut outlet: O,
) -> Opened<'a, I, O> {
    let over = |ending, inlet, outlet| Opened::Over(Box::new(Over { ending, inlet, outlet }));
    let admitted = match core.admit(peer.address) {
        Ok(admitted) => admitted,
        Err(refusal) => return over(refusal.into(), inlet, Some(outlet)),
    };
    let Asked { channel, hello, grant } = match hello(core, &mut inlet, &mut outlet).await {
        Ok(asked) => asked,
        Err(ending) => return over(ending, inlet, Some(outlet)),
    };
    match hello.intent {
        Intent::Publish { schema, meta, resume } => {
            let offered = Offered { channel, schema, meta, resume, grant };
            let publishing = publish(core, peer, offered, &mut inlet, &mut outlet);
            let ending = Box::pin(publishing).await;
            over(ending, inlet, Some(outlet))
        }
        Intent::Watch { after, delivery } => {
            let wanted = Wanted { channel, after, delivery, grant };
            match watch(core, shards, peer, wanted, outlet).await {
                Ok((seat, watchdog, counted)) => {
                    let (_admitted, _counted) = (admitted, counted);
                    let nudge = None;
                    let sitting = Sitting { seat, inlet, watchdog, nudge, _admitted, _counted };
                    Opened::Seated(Box::new(sitting))
                }
                Err((ending, outlet)) => over(ending, inlet, outlet),
            }
        }
    }
}

/// Runs a viewer that says no Hello: it takes the seat that is wished for it at once. `greeted` is
/// asked when the session is let in, and may be the first to say something.
pub(crate) async fn attend<O: Outlet>(
    core: &Arc<Core>,
    shards: &Shards<O>,
    peer: Peer,
    inlet: impl Inlet,
    mut outlet: O,
    nudge: Nudge,
    greeted: impl FnOnce(&mut O) -> Wish,
) -> Ending {
    let admitted = match core.admit(peer.address) {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(core, refusal.into(), inlet, outlet).await,
    };
    let wish = greeted(&mut outlet);
    let counted = core.metrics.viewer();
    let Some(seat) = shards.seat(peer.connection, wish, outlet).await else {
        return Ending::Left;
    };
    let watchdog = Watchdog::new::<O>(core, None);
    let (_admitted, _counted) = (admitted, counted);
    let nudge = Some(Box::new(nudge));
    let mut viewer = Box::new(Sitting { seat, inlet, watchdog, nudge, _admitted, _counted });
    let sat = sit(core, &mut viewer).await;
    viewer.left(sat).await.said(core).await
}

/// The last words of a session. The inlet lives until they are said, so that the peer is not cut
/// off before it has read them.
pub(crate) async fn refuse(
    core: &Core,
    ending: Ending,
    inlet: impl Inlet,
    outlet: impl Outlet,
) -> Ending {
    match &ending {
        Ending::Refused(refusal) => part(outlet, Some(refusal)).await,
        Ending::Done => part(outlet, None).await,
        Ending::Left => drop(outlet),
    }
    drop(inlet);
    core.metrics.ended(&ending);
    ending
}

struct Offered {
    channel: ChannelName,
    schema: String,
    meta: Vec<u8>,
    resume: bool,
    grant: Grant,
}

struct Wanted {
    channel: ChannelName,
    after: Option<u64>,
    delivery: Delivery,
    grant: Grant,
}

async fn publish<O: Outlet>(
    core: &Arc<Core>,
    peer: Peer,
    offered: Offered,
    inlet: &mut impl Inlet,
    outlet: &mut O,
) -> Ending {
    let Offered { channel, schema, meta, resume, grant } = offered;
    let Grant { subject, expires_at, delay_ms } = grant;
    let session = core.next_session();
    let delay_ms = delay_ms.unwrap_or(0);
    let now_us = unix_us();
    let claim = Claim { schema, meta, resume, subject, delay_ms, session, now_us };
    let publishing = match core.channels.publish(&channel, claim) {
        Ok(publishing) => publishing,
        Err(refusal) => return refusal.into(),
    };
    if PUBLISHED.lets() {
        tracing::info!(channel = %channel, epoch = publishing.life.start.epoch, resume, "publishing");
    }
    let life = Arc::clone(&publishing.life);
    let mut departure = Departure { core, publishing, end: None };
    let welcome = welcome(peer, Some(&life), life.delay_ms);
    let mut watchdog = Watchdog::new::<O>(core, expires_at);
    let outcome = match say(outlet, Said::Message(welcome)).await {
        Err(ending) => Err(ending),
        Ok(()) => {
            Publisher::new(core, &mut departure.publishing).run(inlet, outlet, &mut watchdog).await
        }
    };
    departure.end = outcome.as_ref().ok().cloned();
    if LEFT.lets() {
        tracing::info!(channel = %channel, ended = departure.end.is_some(), "publisher left");
    }
    match outcome {
        Ok(_reason) => Ending::Done,
        Err(ending) => ending,
    }
}

/// Gives the channel back when the publisher's session is over, in whatever way.
struct Departure<'a> {
    core: &'a Core,
    publishing: Publishing,
    /// The reason that the publisher gave for ending the channel.
    end: Option<String>,
}

impl Drop for Departure<'_> {
    fn drop(&mut self) {
        self.core.channels.left(&self.publishing, self.end.as_deref(), Instant::now());
    }
}

/// Says Welcome and takes a seat. Whoever does not get one has its outlet back, if it is still there.
async fn watch<'a, O: Outlet>(
    core: &'a Arc<Core>,
    shards: &Shards<O>,
    peer: Peer,
    wanted: Wanted,
    mut outlet: O,
) -> Result<(Seat<O>, Watchdog, ViewerCounted<'a>), (Ending, Option<O>)> {
    let Wanted { channel, after, delivery, grant } = wanted;
    let watching = match core.channels.watch(&channel) {
        Ok(watching) => watching,
        Err(refusal) => return Err((refusal.into(), Some(outlet))),
    };
    let delay_ms = watching.life.as_ref().map_or(0, |life| {
        u32::try_from(delay(life.delay_ms, grant.delay_ms).as_millis()).unwrap_or(u32::MAX)
    });
    let welcome = welcome(peer, watching.life.as_ref(), delay_ms);
    if let Err(ending) = say(&mut outlet, Said::Message(welcome)).await {
        return Err((ending, Some(outlet)));
    }
    let session = core.next_session();
    let wish = Wish { session, after, delivery, waiver_ms: grant.delay_ms, watching };
    let counted = core.metrics.viewer();
    let Some(seat) = shards.seat(peer.connection, wish, outlet).await else {
        return Err((Refusal::draining().into(), None));
    };
    Ok((seat, Watchdog::new::<O>(core, grant.expires_at), counted))
}

fn welcome(peer: Peer, life: Option<&Arc<crate::life::Life>>, delay_ms: u32) -> Message {
    let welcome = Welcome {
        subscription: peer.subscription,
        epoch: life.map_or(0, |life| life.start.epoch),
        start: life.map(|life| life.start.clone()),
        oldest_seq: life.map_or(0, |life| life.ring.oldest()),
        next_seq: life.map_or(0, |life| life.ring.head()),
        delay_ms,
    };
    FromRelay::Welcome(welcome).encode()
}
