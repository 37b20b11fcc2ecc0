//! Duels: the promised line, and the game as JSON.

use super::matches::{from_json, json};
use super::{Error, Tx, sql};
use crate::duel::Kept;
use crate::ids::MatchId;

pub(crate) fn insert(tx: &mut Tx, id: MatchId, line: &str, salt: &str) {
    const INSERT: &str = "INSERT INTO duels (match_id, line, salt, game, version) \
         VALUES ($1, $2, $3, NULL, 0)";
    tx.later(sql(INSERT).bind(id.to_string()).bind(line).bind(salt));
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Kept>, Error> {
    const FIND: &str = "SELECT line, salt, game, version FROM duels WHERE match_id = $1";
    let Some(row) = tx.row(sql(FIND).bind(id.to_string())).await? else { return Ok(None) };
    Ok(Some(Kept {
        line: row.text(0)?,
        salt: row.text(1)?,
        game: row.text_or_null(2)?.map(|game| from_json(&game)).transpose()?,
        version: row.int(3)?,
    }))
}

/// Keeps the game, unless somebody else was faster.
pub(crate) fn save(tx: &mut Tx, id: MatchId, kept: &Kept) {
    const SAVE: &str =
        "UPDATE duels SET game = $2, version = $3 WHERE match_id = $1 AND version = $3 - 1";
    let game = kept.game.as_ref().map(json);
    tx.later(sql(SAVE).bind(id.to_string()).bind(game).bind(kept.version).changing(1));
}
