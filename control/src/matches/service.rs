//! Matches: made by the queue in its transaction, looked at by anybody, ended by their time.

use serde_json::json;

use super::{Match, Player, Status};
use crate::context::Ctx;
use crate::deadlines::Kind;
use crate::ids::{MatchId, TicketId};
use crate::queue::Ticket;
use crate::store::events::Draft;
use crate::store::{self, Tx, deadlines, matches as rows};
use crate::time::{At, Span};

/// Two entries meet: part of the transaction that claims them.
pub(crate) fn create(
    tx: &mut Tx,
    id: MatchId,
    queue: &str,
    sides: [&Ticket; 2],
    now: At,
    length: Span,
) {
    rows::insert(tx, id, queue, sides, now);
    deadlines::set(tx, Kind::Match, &id.to_string(), now + length);
    let side = |ticket: &Ticket| json!({ "ticket": ticket.entry.ticket, "identity": ticket.entry.owner.identity });
    let body = json!({ "queue": queue, "sides": sides.map(side) });
    let id = Some(id.to_string());
    tx.tell(Draft { at: now, kind: "match.made", match_id: id, identity_id: None, body });
}

/// Whom an entry plays against.
pub(crate) async fn opponent(
    tx: &mut Tx,
    id: MatchId,
    entry: TicketId,
) -> Result<Option<Player>, store::Error> {
    let found = rows::find(tx, id).await?;
    let players = found.map(|it| it.players).unwrap_or_default();
    Ok(players.into_iter().find(|player| player.entry != entry))
}

/// A match, by its id.
pub(crate) async fn find(ctx: &Ctx, id: MatchId) -> Result<Option<Match>, store::Error> {
    ctx.store.read(async move |tx| rows::find(tx, id).await).await
}

/// Its time is over: nobody reported what came of it.
pub(crate) async fn expire(tx: &mut Tx, subject: &str, now: At) -> Result<(), store::Error> {
    let Ok(id) = subject.parse() else { return Ok(()) };
    let found = rows::find(tx, id).await?;
    if found.is_some_and(|it| it.status == Status::Playing) {
        rows::end(tx, id, Status::Expired, now);
        let (match_id, body) = (Some(subject.to_owned()), json!({}));
        let event = Draft { at: now, kind: "match.expired", match_id, identity_id: None, body };
        tx.tell(event);
    }
    Ok(())
}
