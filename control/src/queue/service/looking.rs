//! What an entry is told: where it stands, whom it met, how long it may take, and why. A look by
//! whoever holds it is a sign of life.

use super::{POLL_TRACE, Seen, dies_at};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::TicketId;
use crate::matches;
use crate::queue::rules::Entry;
use crate::queue::rules::estimate::{Estimate, estimate};
use crate::queue::rules::explain::{Explanation, explain};
use crate::queue::rules::joining::Age;
use crate::queue::{Status, board};
use crate::store::{self, Tx, deadlines, queue as rows};
use crate::time::{At, Span};

/// What whoever waits may expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// From 1.
    pub(crate) position: i64,
    /// Counted from when the wait began.
    pub(crate) waited: Span,
    /// How much longer it may take.
    pub(crate) wait: Estimate,
    /// When it will be over; empty for a queue that is not configured any more.
    pub(crate) expires_at: Option<At>,
    /// Whether it is time to say so.
    pub(crate) expiring: bool,
}

/// A look at an entry by whoever holds it; a sign of life.
pub(crate) async fn look(ctx: &Ctx, id: TicketId) -> Result<Option<Seen>, store::Error> {
    let seen = peek(ctx, id).await?;
    let now = ctx.clock.now();
    if let Some(Seen { ticket, .. }) = &seen
        && ticket.status == Status::Waiting
        && now.since(ticket.entry.fresh_at) >= POLL_TRACE
        && let Some(queue) = ctx.config.queue(&ticket.queue)
        && queue.entrance.expiry.renewed_by_poll
    {
        let fresh = Entry { fresh_at: now, ..ticket.entry.clone() };
        let dies_at = dies_at(queue, &fresh);
        let work = async move |tx: &mut Tx| {
            rows::refresh(tx, id, now);
            let waits = rows::find(tx, id).await?.is_some_and(|it| it.status == Status::Waiting);
            if waits {
                deadlines::set(tx, Kind::Entry, &id.to_string(), dies_at);
            }
            Ok::<_, store::Error>(())
        };
        ctx.store.write(work).await?;
    }
    Ok(seen)
}

/// A look at an entry that is no sign of life.
pub(crate) async fn peek(ctx: &Ctx, id: TicketId) -> Result<Option<Seen>, store::Error> {
    match ctx.store.read(async move |tx| seen(tx, id).await).await? {
        Some(seen) => placed(ctx, seen).await.map(Some),
        None => Ok(None),
    }
}

/// Where an entry stands, and how long it may have to wait; empty if it does not wait.
pub(crate) async fn outlook(ctx: &Ctx, seen: &Seen) -> Result<Option<Outlook>, store::Error> {
    let Seen { ticket, position: Some(position), .. } = seen else { return Ok(None) };
    let waited = ticket.entry.waited(ctx.clock.now());
    let wait = estimate(&board::waits(ctx, &ticket.queue).await?, waited);
    let queue = ctx.config.queue(&ticket.queue);
    let expires_at = queue.map(|queue| dies_at(queue, &ticket.entry));
    let age = queue.map(|queue| queue.entrance.expiry.age(&ticket.entry, ctx.clock.now()));
    let expiring = age.is_some_and(|age| age != Age::Fresh);
    Ok(Some(Outlook { position: *position, waited, wait, expires_at, expiring }))
}

/// Why an entry waits: who was considered, and what ruled them out; empty if it does not wait.
pub(crate) async fn why(ctx: &Ctx, seen: &Seen) -> Result<Option<Explanation>, store::Error> {
    let Seen { ticket, position: Some(_), .. } = seen else { return Ok(None) };
    let line = board::line(ctx, &ticket.queue).await?;
    let window = ctx.config.queue(&ticket.queue).and_then(|queue| queue.mode.window());
    Ok(Some(explain(&ticket.entry, &line, window, ctx.clock.now())))
}

/// Who stands far behind is told where others saw it last.
pub(super) async fn placed(ctx: &Ctx, seen: Seen) -> Result<Seen, store::Error> {
    if seen.position.is_none_or(|position| position <= rows::COUNTED) {
        return Ok(seen);
    }
    let line = board::line(ctx, &seen.ticket.queue).await?;
    let place = board::place(&line, &seen.ticket.entry).max(rows::COUNTED + 1);
    Ok(Seen { position: Some(place), ..seen })
}

pub(super) async fn seen(tx: &mut Tx, id: TicketId) -> Result<Option<Seen>, store::Error> {
    let Some(ticket) = rows::find(tx, id).await? else { return Ok(None) };
    let position = match ticket.status {
        Status::Waiting => Some(rows::position(tx, &ticket).await?),
        Status::Matched | Status::Cancelled | Status::Expired => None,
    };
    let opponent = match ticket.match_id {
        Some(match_id) => matches::service::opponent(tx, match_id, id).await?,
        None => None,
    };
    Ok(Some(Seen { ticket, position, opponent }))
}
