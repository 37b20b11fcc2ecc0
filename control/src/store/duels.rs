//! Duels: the promised line, the game as JSON, and how somebody's went.

use super::matches::{from_json, json};
use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::duel::Kept;
use crate::duel::records::{Record, owner_of};
use crate::ids::MatchId;
use crate::queue::rules::Owner;

pub(crate) fn insert(tx: &mut Tx, id: MatchId, line: &str, salt: &str) {
    const INSERT: &str = "INSERT INTO duels (match_id, line, salt, game, version) \
         VALUES ($1, $2, $3, NULL, 0)";
    tx.later(sql(INSERT).bind(id.to_string()).bind(line).bind(salt));
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Kept>, Error> {
    const FIND: &str = "SELECT line, salt, game, version FROM duels WHERE match_id = $1";
    tx.row(sql(FIND).bind(id.to_string())).await?.map(|row| kept(&row, 0)).transpose()
}

/// Keeps the game, unless somebody else was faster.
pub(crate) fn save(tx: &mut Tx, id: MatchId, kept: &Kept) {
    const SAVE: &str =
        "UPDATE duels SET game = $2, version = $3 WHERE match_id = $1 AND version = $3 - 1";
    let game = kept.game.as_ref().map(json);
    tx.later(sql(SAVE).bind(id.to_string()).bind(game).bind(kept.version).changing(1));
}

/// One more duel of somebody.
pub(crate) fn count(tx: &mut Tx, owner: &Owner, one: Record) {
    const COUNT: &str = "INSERT INTO duel_records (owner, wins, draws, losses, wpm_sum) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner) DO UPDATE SET \
         wins = duel_records.wins + excluded.wins, draws = duel_records.draws + excluded.draws, \
         losses = duel_records.losses + excluded.losses, \
         wpm_sum = duel_records.wpm_sum + excluded.wpm_sum";
    let Some(owner) = owner_of(owner) else { return };
    let statement = sql(COUNT).bind(owner).bind(one.wins).bind(one.draws);
    tx.later(statement.bind(one.losses).bind(one.wpm_sum));
}

pub(crate) async fn record(tx: &mut Tx, owner: &Owner) -> Result<Option<Record>, Error> {
    const RECORD: &str = "SELECT wins, draws, losses, wpm_sum FROM duel_records WHERE owner = $1";
    let Some(owner) = owner_of(owner) else { return Ok(None) };
    let Some(row) = tx.row(sql(RECORD).bind(owner)).await? else {
        return Ok(Some(Record::default()));
    };
    Ok(Some(Record {
        wins: row.int(0)?,
        draws: row.int(1)?,
        losses: row.int(2)?,
        wpm_sum: row.int(3)?,
    }))
}

/// Duels whose match goes on, so many at most.
pub(crate) async fn live(tx: &mut Tx, limit: i64) -> Result<Vec<(MatchId, Kept)>, Error> {
    const LIVE: &str = "SELECT d.match_id, d.line, d.salt, d.game, d.version FROM matches m \
         JOIN duels d ON d.match_id = m.id WHERE m.ended_at IS NULL ORDER BY m.created_at LIMIT $1";
    let rows = tx.rows(sql(LIVE).bind(limit)).await?;
    let duel = |row: &Row| Ok((parsed(&row.text(0)?)?, kept(row, 1)?));
    rows.iter().map(duel).collect()
}

fn kept(row: &Row, from: usize) -> Result<Kept, Error> {
    Ok(Kept {
        line: row.text(from)?,
        salt: row.text(from + 1)?,
        game: row.text_or_null(from + 2)?.map(|game| from_json(&game)).transpose()?,
        version: row.int(from + 3)?,
    })
}
