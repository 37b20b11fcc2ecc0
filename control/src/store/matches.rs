//! Matches and their sides. That an entry is the key of its side keeps it out of a second match.

use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::ids::MatchId;
use crate::matches::{Match, Player, Status};
use crate::queue::Ticket;
use crate::time::At;

pub(crate) fn insert(tx: &mut Tx, id: MatchId, queue: &str, sides: [&Ticket; 2], now: At) {
    const INSERT: &str =
        "INSERT INTO matches (id, queue, status, created_at) VALUES ($1, $2, $3, $4)";
    const SIDES: &str = "INSERT INTO match_sides \
         (entry_id, match_id, side, identity_id, connect_code, wallet, agent_id) \
         VALUES ($1, $2, 1, $3, $4, $5, $6), ($7, $2, 2, $8, $9, $10, $11)";
    let statement = sql(INSERT).bind(id.to_string()).bind(queue);
    tx.later(statement.bind(Status::Playing.name()).bind(now.0));
    let [first, second] = sides;
    let owner = |ticket: &Ticket| {
        let owner = &ticket.entry.owner;
        let identity = owner.identity.map(|id| id.to_string());
        (identity, owner.connect_code.clone().unwrap_or_default(), owner.wallet.clone())
    };
    let (one, other) = (owner(first), owner(second));
    let statement = sql(SIDES).bind(first.entry.ticket.to_string()).bind(id.to_string());
    let statement = statement.bind(one.0).bind(one.1).bind(one.2).bind(first.agent_id);
    let statement = statement.bind(second.entry.ticket.to_string());
    tx.later(statement.bind(other.0).bind(other.1).bind(other.2).bind(second.agent_id));
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Match>, Error> {
    const FIND: &str = "SELECT status, created_at, ended_at, queue FROM matches WHERE id = $1";
    const SIDES: &str = "SELECT connect_code, wallet, agent_id, entry_id FROM match_sides \
         WHERE match_id = $1 ORDER BY side";
    let queries = [sql(FIND).bind(id.to_string()), sql(SIDES).bind(id.to_string())];
    let [found, sides] = tx.rows_of(queries).await?;
    let Some(row) = found.first() else { return Ok(None) };
    Ok(Some(Match {
        id,
        status: Status::named(&row.text(0)?).ok_or_else(|| Error::broken("no such status"))?,
        created_at: At(row.int(1)?),
        ended_at: row.int_or_null(2)?.map(At),
        queue: row.text(3)?,
        players: sides.iter().map(player).collect::<Result<_, _>>()?,
    }))
}

fn player(row: &Row) -> Result<Player, Error> {
    Ok(Player {
        connect_code: row.text(0)?,
        wallet: row.text_or_null(1)?,
        agent_id: row.int_or_null(2)?,
        entry: parsed(&row.text(3)?)?,
    })
}

/// A match that is still played comes to an end.
pub(crate) fn end(tx: &mut Tx, id: MatchId, status: Status, now: At) {
    const END: &str =
        "UPDATE matches SET status = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL";
    tx.later(sql(END).bind(id.to_string()).bind(status.name()).bind(now.0).changing(1));
}

/// The matches that are played, the oldest first, so many at most.
pub(crate) async fn live(tx: &mut Tx, limit: i64) -> Result<Vec<String>, Error> {
    const LIVE: &str = "SELECT id FROM matches WHERE ended_at IS NULL ORDER BY created_at LIMIT $1";
    tx.rows(sql(LIVE).bind(limit)).await?.iter().map(|row| row.text(0)).collect()
}
