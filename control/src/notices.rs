//! Who waits for news of an entry: a request that is held until something happens.
//!
//! One task follows the log and wakes those whom an event names. Waking nobody costs one read for
//! a commit, however many wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::context::Ctx;
use crate::gateway::hub::{Note, Topic};
use crate::gateway::route::route;
use crate::gateway::words::keep_hearing;
use crate::ids::TicketId;

/// Events that are read at once.
const BATCH: i64 = 1000;
/// Requests that are held at most; more of them are answered at once.
const HELD_MAX: usize = 50_000;

/// Who waits for which entry.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<HashMap<TicketId, Arc<Notify>>>);

/// A wait that is registered; nothing that happens from now on is missed.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    notices: &'a Notices,
    ticket: TicketId,
    notify: Arc<Notify>,
}

impl Notices {
    /// Begins to wait, unless too many do.
    pub(crate) fn wait(&self, ticket: TicketId) -> Option<Wait<'_>> {
        let mut waiting = self.lock();
        if waiting.len() >= HELD_MAX {
            return None;
        }
        let notify = Arc::clone(waiting.entry(ticket).or_default());
        Some(Wait { notices: self, ticket, notify })
    }

    fn wake(&self, ticket: TicketId) {
        if let Some(notify) = self.lock().get(&ticket) {
            notify.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TicketId, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait<'_> {
    /// To be made before one looks, and awaited after.
    pub(crate) fn news(&self) -> tokio::sync::futures::OwnedNotified {
        Arc::clone(&self.notify).notified_owned()
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut waiting = self.notices.lock();
        // The map and this wait: nobody else.
        if Arc::strong_count(&self.notify) <= 2 {
            waiting.remove(&self.ticket);
        }
    }
}

/// Follows the log and wakes whom it concerns, for as long as it is polled.
pub async fn keep_noticing(ctx: Ctx) {
    // Both go on for as long as the database does.
    tokio::join!(follow(&ctx), keep_hearing(&ctx));
}

async fn follow(ctx: &Ctx) {
    let mut told = ctx.store.told();
    let mut seen = *told.borrow_and_update();
    while told.changed().await.is_ok() {
        let last = *told.borrow_and_update();
        while seen < last {
            match ctx.store.events_after(seen, BATCH).await {
                Ok(events) if events.is_empty() => break,
                Ok(events) => {
                    for event in &events {
                        seen = event.number;
                        ctx.metrics.told(event, ctx.clock.now());
                        tickets(&event.body).for_each(|ticket| ctx.notices.wake(ticket));
                        ctx.orders.follow(&ctx.store, event).await;
                        route(&ctx.hub, event);
                        ctx.duels.told(event);
                        if event.kind == "admin.user_disabled" {
                            // Its sockets were let in before.
                            let id = event.identity_id.as_deref().and_then(|id| id.parse().ok());
                            let topic = id.map(Topic::Identity);
                            ctx.hub.tell(topic.as_slice(), &Note::TakenOver);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be read, who waits for it waits on");
                    break;
                }
            }
        }
    }
}

/// The entries that an event names.
fn tickets(body: &Json) -> impl Iterator<Item = TicketId> {
    let sides = body["sides"].as_array().into_iter().flatten();
    let named = std::iter::once(&body["ticket"]).chain(sides.map(|side| &side["ticket"]));
    named.filter_map(|ticket| ticket.as_str()?.parse().ok())
}
