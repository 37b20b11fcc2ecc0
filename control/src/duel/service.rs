//! A duel's rows: promised when two meet, begun when their match starts. What it comes to is for
//! its match to say.

use super::records::Record;
use super::rules::Duel;
use super::{Kept, Secret};
use crate::deadlines::Kind;
use crate::ids::MatchId;
use crate::matches::Match;
use crate::matches::rules::{Outcome, Side};
use crate::store::{self, Tx, deadlines, duels as rows};
use crate::time::At;

/// The line that both will type.
pub(crate) fn promise(tx: &mut Tx, id: MatchId, line: String, secret: &Secret) -> Kept {
    let kept = Kept { line, salt: secret.salt_hex(), game: None, version: 0 };
    rows::insert(tx, id, &kept.line, &kept.salt);
    kept
}

/// The match has started; other games than duels are played elsewhere.
pub(crate) async fn start(tx: &mut Tx, id: MatchId, at: At) -> Result<(), store::Error> {
    let Some(kept) = rows::find(tx, id).await? else { return Ok(()) };
    let game = Duel::new(kept.line.clone(), at);
    keep(tx, id, kept, game);
    Ok(())
}

/// A side has lost its connection.
pub(crate) async fn away(tx: &mut Tx, id: MatchId, side: Side) -> Result<(), store::Error> {
    change(tx, id, |game| game.away(side)).await
}

/// A side has a connection again.
pub(crate) async fn back(
    tx: &mut Tx,
    id: MatchId,
    side: Side,
    now: At,
) -> Result<(), store::Error> {
    change(tx, id, |game| game.back(side, now)).await
}

/// It is decided: it counts for both.
pub(crate) async fn decided(
    tx: &mut Tx,
    of: &Match,
    outcome: Outcome,
    now: At,
) -> Result<(), store::Error> {
    let Some(kept) = rows::find(tx, of.id).await? else { return Ok(()) };
    for side in Side::BOTH {
        let wpm = kept.game.as_ref().map_or(0, |game| game.progress(side, now).wpm);
        rows::count(tx, &of.players.of(side).owner(), Record::of(outcome, side, wpm));
    }
    Ok(())
}

async fn change(
    tx: &mut Tx,
    id: MatchId,
    change: impl FnOnce(&mut Duel),
) -> Result<(), store::Error> {
    let Some(kept) = rows::find(tx, id).await? else { return Ok(()) };
    let Some(mut game) = kept.game.clone() else { return Ok(()) };
    change(&mut game);
    keep(tx, id, kept, game);
    Ok(())
}

/// Keeps a game, and when it has to be looked at next.
pub(crate) fn keep(tx: &mut Tx, id: MatchId, kept: Kept, game: Duel) {
    deadlines::set(tx, Kind::Duel, &id.to_string(), game.due_at());
    let version = kept.version + 1;
    rows::save(tx, id, &Kept { game: Some(game), version, ..kept });
}
