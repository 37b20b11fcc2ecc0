//! Lobbies and crews. That an identity is the key of its membership keeps it out of a second lobby.

use super::matches::{from_json, json};
use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::ids::{LobbyId, PlayerId};
use crate::lobby::reports::Winner;
use crate::lobby::{Crew, Lobby};
use crate::time::At;

macro_rules! lobbies {
    ($rest:literal) => {
        concat!("SELECT id, queue, course, version, created_at, senior_since FROM lobbies ", $rest)
    };
}

macro_rules! crews {
    ($rest:literal) => {
        concat!("SELECT id, queue, leader, members, lobby_id, version FROM crews ", $rest)
    };
}

pub(crate) fn insert(tx: &mut Tx, lobby: &Lobby) {
    const INSERT: &str = "INSERT INTO lobbies (id, queue, state, course, version, created_at, \
         senior_since) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let statement = sql(INSERT).bind(lobby.id.to_string()).bind(&lobby.queue);
    let statement = statement.bind(lobby.course.name()).bind(json(&lobby.course));
    let statement = statement.bind(lobby.version).bind(lobby.created_at.0);
    tx.later(statement.bind(lobby.senior_since.0));
}

pub(crate) fn save(tx: &mut Tx, lobby: &Lobby) {
    const SAVE: &str = "UPDATE lobbies SET state = $2, course = $3, version = $4 \
         WHERE id = $1 AND version = $4 - 1";
    let statement = sql(SAVE).bind(lobby.id.to_string()).bind(lobby.course.name());
    tx.later(statement.bind(json(&lobby.course)).bind(lobby.version).changing(1));
}

pub(crate) async fn find(tx: &mut Tx, id: LobbyId) -> Result<Option<Lobby>, Error> {
    const FIND: &str = lobbies!("WHERE id = $1");
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(lobby).transpose()
}

/// The lobbies of a queue in a state, the oldest first.
pub(crate) async fn in_state(tx: &mut Tx, queue: &str, state: &str) -> Result<Vec<Lobby>, Error> {
    const IN_STATE: &str =
        lobbies!("WHERE queue = $1 AND state = $2 ORDER BY senior_since, id LIMIT 1000");
    tx.rows(sql(IN_STATE).bind(queue).bind(state)).await?.iter().map(lobby).collect()
}

/// Somebody is in a lobby, and may be in no other.
pub(crate) fn enter(tx: &mut Tx, id: LobbyId, who: PlayerId) {
    const ENTER: &str = "INSERT INTO lobby_members (identity_id, lobby_id) VALUES ($1, $2)";
    tx.later(sql(ENTER).bind(who.to_string()).bind(id.to_string()));
}

pub(crate) fn leave(tx: &mut Tx, id: LobbyId, who: PlayerId) {
    const LEAVE: &str = "DELETE FROM lobby_members WHERE identity_id = $1 AND lobby_id = $2";
    tx.later(sql(LEAVE).bind(who.to_string()).bind(id.to_string()));
}

pub(crate) fn insert_crew(tx: &mut Tx, crew: &Crew, now: At) {
    const INSERT: &str = "INSERT INTO crews (id, queue, leader, members, lobby_id, version, \
         created_at) VALUES ($1, $2, $3, $4, NULL, 0, $5)";
    let statement = sql(INSERT).bind(crew.id.to_string()).bind(&crew.queue);
    let statement = statement.bind(crew.leader.to_string()).bind(json(&crew.members));
    tx.later(statement.bind(now.0));
}

pub(crate) fn save_crew(tx: &mut Tx, crew: &Crew) {
    const SAVE: &str = "UPDATE crews SET members = $2, version = $3 \
         WHERE id = $1 AND version = $3 - 1";
    let statement = sql(SAVE).bind(crew.id.to_string()).bind(json(&crew.members));
    tx.later(statement.bind(crew.version).changing(1));
}

/// The battle that a crew is in, or none.
pub(crate) fn place_crew(tx: &mut Tx, crew: LobbyId, lobby: Option<LobbyId>) {
    const PLACE: &str = "UPDATE crews SET lobby_id = $2 WHERE id = $1";
    tx.later(sql(PLACE).bind(crew.to_string()).bind(lobby.map(|id| id.to_string())));
}

pub(crate) async fn find_crew(tx: &mut Tx, id: LobbyId) -> Result<Option<Crew>, Error> {
    const FIND: &str = crews!("WHERE id = $1");
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(crew).transpose()
}

/// What was said about who won a lobby's game.
pub(crate) async fn reports(tx: &mut Tx, id: LobbyId) -> Result<Vec<(PlayerId, Winner)>, Error> {
    const REPORTS: &str = "SELECT reporter, winner FROM lobby_reports WHERE lobby_id = $1";
    let rows = tx.rows(sql(REPORTS).bind(id.to_string())).await?;
    let report = |row: &Row| {
        let winner = Some(row.text(1)?).filter(|id| !id.is_empty());
        let winner = winner.map(|id| parsed::<LobbyId>(&id)).transpose()?;
        Ok((parsed(&row.text(0)?)?, Winner(winner.map(|id| id.0))))
    };
    rows.iter().map(report).collect()
}

pub(crate) fn report(tx: &mut Tx, id: LobbyId, who: PlayerId, Winner(winner): Winner, now: At) {
    const REPORT: &str =
        "INSERT INTO lobby_reports (lobby_id, reporter, winner, at) VALUES ($1, $2, $3, $4)";
    let statement = sql(REPORT).bind(id.to_string()).bind(who.to_string());
    let winner = winner.map(|id| LobbyId(id).to_string()).unwrap_or_default();
    tx.later(statement.bind(winner).bind(now.0));
}

fn lobby(row: &Row) -> Result<Lobby, Error> {
    Ok(Lobby {
        id: parsed(&row.text(0)?)?,
        queue: row.text(1)?,
        course: from_json(&row.text(2)?)?,
        version: row.int(3)?,
        created_at: At(row.int(4)?),
        senior_since: At(row.int(5)?),
    })
}

fn crew(row: &Row) -> Result<Crew, Error> {
    Ok(Crew {
        id: parsed(&row.text(0)?)?,
        queue: row.text(1)?,
        leader: parsed(&row.text(2)?)?,
        members: from_json(&row.text(3)?)?,
        lobby: row.text_or_null(4)?.map(|id| parsed(&id)).transpose()?,
        version: row.int(5)?,
    })
}
