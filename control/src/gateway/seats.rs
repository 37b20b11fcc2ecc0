//! Who waits in a queue by a socket, and what happens to its entry when the socket is gone.
//!
//! A socket that is lost is not a decision: its entry stays for a moment, for whoever comes back
//! with it. The moment is a deadline's row, so that it ends also when the process does.

use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::TicketId;
use crate::queue::{Status, service as queue};
use crate::store::{self, Tx, deadlines, queue as entries};
use crate::time::{At, Span};

/// An entry waits so long for its socket to come back.
pub(crate) const KEPT_FOR: Span = Span::seconds(5);

/// The socket that held an entry since then is gone. If another has come since, it waits on.
pub(super) async fn left(ctx: &Ctx, ticket: TicketId, held_at: At) -> Result<(), store::Error> {
    let now = ctx.clock.now();
    ctx.store
        .write(async move |tx: &mut Tx| {
            // Not between another's look and what it does.
            tx.lock("seats").await?;
            let found = entries::find(tx, ticket).await?;
            let waits = found.is_some_and(|found| {
                found.status == Status::Waiting && found.entry.fresh_at <= held_at
            });
            if waits {
                deadlines::set(tx, Kind::Seat, &ticket.to_string(), now + KEPT_FOR);
            }
            Ok(())
        })
        .await
}

/// A socket speaks for an entry that was there before.
pub(super) async fn held(ctx: &Ctx, ticket: TicketId, now: At) -> Result<(), store::Error> {
    ctx.store
        .write(async move |tx: &mut Tx| {
            tx.lock("seats").await?;
            entries::refresh(tx, ticket, now);
            deadlines::clear(tx, Kind::Seat, &ticket.to_string());
            Ok(())
        })
        .await
}

/// Nobody has come back in time.
pub(crate) async fn look(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    if let Ok(ticket) = subject.parse() {
        queue::leave_now(tx, ticket, now).await?;
    }
    Ok(())
}
