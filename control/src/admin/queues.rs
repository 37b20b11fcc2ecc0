//! Queues: what goes on in each, and whether it lets anybody in.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::audit::To;
use super::{Act, Door, Error};
use crate::context::Ctx;
use crate::queue;
use crate::store::gauges;
use crate::store::{self, Tx, admin as rows, queue as entries};

/// Entries that are put out in one transaction.
const AT_ONCE: usize = 256;

/// A queue, as an operator sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueSeen {
    /// Its name.
    name: String,
    /// `fifo`, `rated`, `team` or `ffa`.
    mode: &'static str,
    /// Whether it lets anybody in.
    door: Door,
    /// Entries that wait.
    waiting: i64,
    /// Matches of it that go on.
    matches: i64,
}

/// All queues, in the configuration's order.
pub(crate) async fn list(ctx: &Ctx) -> Result<Vec<QueueSeen>, store::Error> {
    let now = ctx.clock.now();
    let gauges = ctx.store.read(async move |tx| gauges::read(tx, now).await).await?;
    let seen = ctx.config.queues.iter().map(|queue| {
        let waiting = gauges.waiting.iter().filter(|(name, _)| *name == queue.name);
        let matches = gauges.matches.iter().filter(|(name, _, _)| *name == queue.name);
        QueueSeen {
            name: queue.name.clone(),
            mode: queue.mode.name(),
            door: ctx.orders.door(&queue.name),
            waiting: waiting.map(|(_, count)| count).sum(),
            matches: matches.map(|(_, _, count)| count).sum(),
        }
    });
    Ok(seen.collect())
}

/// Opens a queue, lets nobody in any more, or puts out who waits as well. How many were put out.
pub(crate) async fn set_door(ctx: &Ctx, act: Act, queue: &str, door: Door) -> Result<usize, Error> {
    if ctx.config.queue(queue).is_none() {
        return Err(Error::NoSuchQueue);
    }
    let (name, at) = (queue.to_owned(), act.at());
    let work = async move |tx: &mut Tx| {
        let before = rows::door(tx, &name).await?.unwrap_or_default();
        if before != door {
            rows::set_door(tx, &name, door, at);
            let what = json!({ "queue": name, "from": before, "to": door });
            act.tell(tx, "admin.queue_door", &To::Named, what);
        }
        Ok::<_, Error>(())
    };
    ctx.store.write(work).await?;
    // Nobody comes in any more before those are put out who wait.
    ctx.orders.refresh(&ctx.store).await?;
    match door {
        Door::Open | Door::Draining => Ok(0),
        Door::Closed => put_out(ctx, queue).await,
    }
}

async fn put_out(ctx: &Ctx, queue: &str) -> Result<usize, Error> {
    let mut put_out = 0;
    loop {
        let (name, now) = (queue.to_owned(), ctx.clock.now());
        let work = async move |tx: &mut Tx| {
            tx.lock("queue").await?;
            let waiting = entries::all_waiting(tx, &name).await?;
            let some = waiting.iter().take(AT_ONCE);
            some.clone().for_each(|ticket| queue::service::put_out(tx, ticket, now));
            Ok::<_, Error>(some.len())
        };
        match ctx.store.write(work).await? {
            0 => return Ok(put_out),
            some => put_out += some,
        }
    }
}
