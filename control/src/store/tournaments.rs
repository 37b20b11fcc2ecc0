//! Tournaments, who takes part, and what came of their games. Unique indexes keep everybody out of a
//! tournament a second time.

use std::collections::BTreeMap;

use super::matches::{from_json, json};
use super::queue::{parsed, wallet_key};
use super::{Error, Row, Tx, sql};
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::pools::rules::Betting;
use crate::queue::rules::Owner;
use crate::ratings::rules::Rating;
use crate::time::At;
use crate::tournaments::rules::game::Game;
use crate::tournaments::rules::{Seed, Spot};
use crate::tournaments::{Entrant, Status, Strategy, Tournament, TournamentId, Withdrawn};
use crate::uint::PoolId;

macro_rules! tournaments {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, status, settings, lots, featured, champion, version, created_at, ",
            "closed_at, ended_at, (SELECT COUNT(*) FROM tournament_entries e ",
            "WHERE e.tournament_id = t.id) FROM tournaments t ",
            $rest
        )
    };
}

/// A tournament, as lists show it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) tournament: Tournament,
    pub(crate) entries: i64,
}

/// The betting on a match of a tournament.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bets {
    pub(crate) pool: Option<PoolId>,
    pub(crate) betting: Betting,
}

pub(crate) fn insert(tx: &mut Tx, made: &Tournament) {
    const INSERT: &str = "INSERT INTO tournaments (id, name, status, settings, lots, featured, \
         champion, version, created_at, closed_at, ended_at) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, NULL, NULL)";
    let statement = sql(INSERT).bind(made.id.to_string()).bind(&made.name);
    let statement = statement.bind(made.status.name()).bind(json(&made.settings));
    let statement = statement.bind(made.lots.to_string()).bind(made.featured);
    tx.later(statement.bind(made.version).bind(made.created_at.0));
}

/// Keeps what has changed. Its version is the new one; whoever decided upon another than the one
/// before has lost a race.
pub(crate) fn save(tx: &mut Tx, changed: &Tournament) {
    const SAVE: &str = "UPDATE tournaments SET status = $2, featured = $3, champion = $4, \
         closed_at = $5, ended_at = $6, version = $7 WHERE id = $1 AND version = $7 - 1";
    let statement = sql(SAVE).bind(changed.id.to_string()).bind(changed.status.name());
    let statement = statement.bind(changed.featured);
    let statement = statement.bind(changed.champion.map(|seed| i64::from(seed.0)));
    let statement = statement.bind(changed.closed_at.map(|at| at.0));
    let statement = statement.bind(changed.ended_at.map(|at| at.0)).bind(changed.version);
    tx.later(statement.changing(1));
}

pub(crate) async fn find(tx: &mut Tx, id: TournamentId) -> Result<Option<Tournament>, Error> {
    const FIND: &str = tournaments!("WHERE id = $1");
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(tournament).transpose()
}

/// The newest first, behind one of them.
pub(crate) async fn list(
    tx: &mut Tx,
    before: Option<TournamentId>,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    const LIST: &str = tournaments!("ORDER BY created_at DESC, id DESC LIMIT $1");
    const BEHIND: &str = tournaments!(
        "WHERE created_at <= (SELECT created_at FROM tournaments WHERE id = $2) \
         AND (created_at < (SELECT created_at FROM tournaments WHERE id = $2) OR id < $2) \
         ORDER BY created_at DESC, id DESC LIMIT $1"
    );
    let query = match before {
        None => sql(LIST).bind(limit),
        Some(id) => sql(BEHIND).bind(limit).bind(id.to_string()),
    };
    tx.rows(query).await?.iter().map(listed).collect()
}

/// The one to be shown first: played, featured, open, newest, in this order.
pub(crate) async fn featured(tx: &mut Tx) -> Result<Option<TournamentId>, Error> {
    const FEATURED: &str = "SELECT id FROM tournaments ORDER BY \
         CASE WHEN status = 'active' THEN 0 ELSE 1 END, featured DESC, \
         CASE WHEN status = 'registration' THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT 1";
    let row = tx.row(sql(FEATURED)).await?;
    row.map(|row| tournament_id(&row.text(0)?)).transpose()
}

pub(crate) fn enter(tx: &mut Tx, id: TournamentId, who: &Entrant) {
    const ENTER: &str = "INSERT INTO tournament_entries (tournament_id, number, name, name_key, \
         fighter, strategy, identity_id, connect_code, wallet, wallet_key, agent_id, registrant, \
         email, email_key, entry_key, seed, rating, entered_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, NULL, NULL, $16)";
    let statement = sql(ENTER).bind(id.to_string()).bind(who.number).bind(&who.name);
    let statement = statement.bind(who.name.to_lowercase()).bind(&who.character);
    let statement = statement.bind(who.strategy.map(Strategy::name));
    let statement = statement.bind(who.owner.identity.map(|id| id.to_string()));
    let statement = statement.bind(who.owner.connect_code.as_deref());
    let statement = statement.bind(who.owner.wallet.as_deref()).bind(wallet_key(&who.owner));
    let statement = statement.bind(who.agent_id).bind(who.registrant.as_deref());
    let statement = statement.bind(who.email.as_deref());
    let statement = statement.bind(who.email.as_deref().map(str::to_lowercase));
    tx.later(statement.bind(who.key.to_string()).bind(who.entered_at.0));
}

/// Gives an entry its place in the seeding.
pub(crate) fn seed(tx: &mut Tx, id: TournamentId, who: &Entrant) {
    const SEED: &str = "UPDATE tournament_entries SET seed = $3, rating = $4 \
         WHERE tournament_id = $1 AND number = $2";
    let statement = sql(SEED).bind(id.to_string()).bind(who.number);
    let statement = statement.bind(who.seed.map(|seed| i64::from(seed.0)));
    tx.later(statement.bind(who.rating.map(|rating| i64::from(rating.0))).changing(1));
}

/// An entry is not there any more.
pub(crate) fn leave(tx: &mut Tx, id: TournamentId, who: &Entrant) {
    const LEAVE: &str = "DELETE FROM tournament_entries WHERE tournament_id = $1 AND number = $2";
    tx.later(sql(LEAVE).bind(id.to_string()).bind(who.number).changing(1));
}

/// An entry stays in the bracket, and takes part no more.
pub(crate) fn withdraw(tx: &mut Tx, id: TournamentId, who: &Entrant) {
    const WITHDRAW: &str = "UPDATE tournament_entries SET withdrawn_at = $3, withdrawn_round = $4 \
         WHERE tournament_id = $1 AND number = $2 AND withdrawn_at IS NULL";
    let statement = sql(WITHDRAW).bind(id.to_string()).bind(who.number);
    let statement = statement.bind(who.withdrawn.map(|it| it.at.0));
    tx.later(statement.bind(who.withdrawn.map(|it| i64::from(it.from_round))).changing(1));
}

/// Where an account takes part, and by which entry; the newest that are not over.
pub(crate) async fn entries_of(
    tx: &mut Tx,
    identity: PlayerId,
    limit: i64,
) -> Result<Vec<(TournamentId, i64)>, Error> {
    const ENTRIES: &str = "SELECT e.tournament_id, e.number FROM tournament_entries e \
         JOIN tournaments t ON t.id = e.tournament_id WHERE e.identity_id = $1 \
         AND e.withdrawn_at IS NULL AND t.status <> 'complete' \
         ORDER BY t.created_at DESC, t.id DESC LIMIT $2";
    let rows = tx.rows(sql(ENTRIES).bind(identity.to_string()).bind(limit)).await?;
    rows.iter().map(|row| Ok((tournament_id(&row.text(0)?)?, row.int(1)?))).collect()
}

/// The entry that a key speaks for.
pub(crate) async fn entry_of_key(
    tx: &mut Tx,
    key: TicketId,
) -> Result<Option<(TournamentId, i64)>, Error> {
    const ENTRY: &str = "SELECT tournament_id, number FROM tournament_entries WHERE entry_key = $1";
    let row = tx.row(sql(ENTRY).bind(key.to_string())).await?;
    row.map(|row| Ok((tournament_id(&row.text(0)?)?, row.int(1)?))).transpose()
}

/// All that take part: by seed, and in the order in which they came as long as there are none.
pub(crate) async fn entries(tx: &mut Tx, id: TournamentId) -> Result<Vec<Entrant>, Error> {
    const ENTRIES: &str = "SELECT number, name, fighter, strategy, identity_id, connect_code, \
         wallet, agent_id, registrant, email, entry_key, seed, rating, entered_at, \
         withdrawn_at, withdrawn_round FROM tournament_entries \
         WHERE tournament_id = $1 ORDER BY COALESCE(seed, number)";
    tx.rows(sql(ENTRIES).bind(id.to_string())).await?.iter().map(entrant).collect()
}

/// Its games that were called at least once.
pub(crate) async fn games(tx: &mut Tx, id: TournamentId) -> Result<BTreeMap<Spot, Game>, Error> {
    const GAMES: &str = "SELECT round, slot, game FROM tournament_games WHERE tournament_id = $1";
    let rows = tx.rows(sql(GAMES).bind(id.to_string())).await?;
    rows.iter().map(|row| Ok((spot(row, 0)?, from_json(&row.text(2)?)?))).collect()
}

/// Keeps a game. Whoever changes it changes its tournament's version, too.
pub(crate) fn save_game(tx: &mut Tx, id: TournamentId, spot: Spot, game: &Game) {
    const SAVE: &str = "INSERT INTO tournament_games (tournament_id, round, slot, state, game) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tournament_id, round, slot) \
         DO UPDATE SET state = excluded.state, game = excluded.game";
    let statement = sql(SAVE).bind(id.to_string()).bind(i64::from(spot.round));
    let statement = statement.bind(i64::from(spot.slot)).bind(game.state.name());
    tx.later(statement.bind(json(game)));
}

/// A match was made for a game.
pub(crate) fn insert_match(tx: &mut Tx, id: TournamentId, spot: Spot, match_id: MatchId) {
    const INSERT: &str = "INSERT INTO tournament_matches (match_id, tournament_id, round, slot) \
         VALUES ($1, $2, $3, $4)";
    let statement = sql(INSERT).bind(match_id.to_string()).bind(id.to_string());
    tx.later(statement.bind(i64::from(spot.round)).bind(i64::from(spot.slot)));
}

/// The game that a match was made for.
pub(crate) async fn of_match(
    tx: &mut Tx,
    match_id: MatchId,
) -> Result<Option<(TournamentId, Spot)>, Error> {
    const OF: &str =
        "SELECT tournament_id, round, slot FROM tournament_matches WHERE match_id = $1";
    let row = tx.row(sql(OF).bind(match_id.to_string())).await?;
    row.map(|row| Ok((tournament_id(&row.text(0)?)?, spot(&row, 1)?))).transpose()
}

/// The betting on a tournament's matches.
pub(crate) async fn bets(tx: &mut Tx, id: TournamentId) -> Result<BTreeMap<MatchId, Bets>, Error> {
    const BETS: &str = "SELECT m.match_id, b.pool_id, b.betting FROM tournament_matches m \
         JOIN books b ON b.match_id = m.match_id WHERE m.tournament_id = $1";
    let rows = tx.rows(sql(BETS).bind(id.to_string())).await?;
    let bets = |row: &Row| {
        let pool = row.text_or_null(1)?.map(|id| parsed(&id)).transpose()?;
        let betting = super::pools::betting(&row.text(2)?)?;
        Ok((parsed(&row.text(0)?)?, Bets { pool, betting }))
    };
    rows.iter().map(bets).collect()
}

fn listed(row: &Row) -> Result<Listed, Error> {
    Ok(Listed { tournament: tournament(row)?, entries: row.int(11)? })
}

fn tournament(row: &Row) -> Result<Tournament, Error> {
    let status = Status::named(&row.text(2)?);
    Ok(Tournament {
        id: tournament_id(&row.text(0)?)?,
        name: row.text(1)?,
        status: status.ok_or_else(|| Error::broken("no status of a tournament"))?,
        settings: from_json(&row.text(3)?)?,
        lots: row.text(4)?.parse().map_err(|_| Error::broken("a seed that is none"))?,
        featured: row.truth(5)?,
        champion: row.int_or_null(6)?.map(small).transpose()?.map(Seed),
        version: row.int(7)?,
        created_at: At(row.int(8)?),
        closed_at: row.int_or_null(9)?.map(At),
        ended_at: row.int_or_null(10)?.map(At),
    })
}

fn entrant(row: &Row) -> Result<Entrant, Error> {
    let rating = |rating: i64| Rating(i32::try_from(rating).unwrap_or_default());
    Ok(Entrant {
        number: row.int(0)?,
        name: row.text(1)?,
        character: row.text(2)?,
        strategy: row.text_or_null(3)?.as_deref().and_then(Strategy::named),
        owner: Owner {
            identity: row.text_or_null(4)?.map(|id| parsed(&id)).transpose()?,
            connect_code: row.text_or_null(5)?,
            wallet: row.text_or_null(6)?,
        },
        agent_id: row.int_or_null(7)?,
        registrant: row.text_or_null(8)?,
        email: row.text_or_null(9)?,
        key: parsed(&row.text(10)?)?,
        seed: row.int_or_null(11)?.map(small).transpose()?.map(Seed),
        rating: row.int_or_null(12)?.map(rating),
        entered_at: At(row.int(13)?),
        withdrawn: match (row.int_or_null(14)?, row.int_or_null(15)?) {
            (Some(at), Some(round)) => Some(Withdrawn { at: At(at), from_round: small(round)? }),
            (None, _) | (_, None) => None,
        },
    })
}

fn tournament_id(text: &str) -> Result<TournamentId, Error> {
    text.parse().map_err(|_| Error::broken("an id that is none"))
}

fn spot(row: &Row, from: usize) -> Result<Spot, Error> {
    Ok(Spot { round: small(row.int(from)?)?, slot: small(row.int(from + 1)?)? })
}

fn small(number: i64) -> Result<u16, Error> {
    u16::try_from(number).map_err(|_| Error::broken("a number that is too large"))
}
