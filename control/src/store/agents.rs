//! Profiles of agents.

use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::agents::Agent;
use crate::ids::PlayerId;
use crate::time::At;

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, identity_id, name, description, game, created_at, updated_at FROM agents ",
            $rest
        )
    };
}

pub(crate) fn insert(tx: &mut Tx, agent: &Agent) {
    const INSERT: &str = "INSERT INTO agents \
         (id, identity_id, name, name_key, description, game, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    let statement = sql(INSERT).bind(&agent.id).bind(agent.owner.to_string()).bind(&agent.name);
    let statement = statement.bind(agent.name.to_lowercase()).bind(&agent.description);
    tx.later(statement.bind(&agent.game).bind(agent.created_at.0));
}

/// Its owner's alone to change.
pub(crate) async fn update(tx: &mut Tx, agent: &Agent) -> Result<Option<Agent>, Error> {
    const UPDATE: &str = "UPDATE agents SET name = $3, name_key = $4, description = $5, game = $6, \
         updated_at = $7 WHERE id = $1 AND identity_id = $2 \
         RETURNING id, identity_id, name, description, game, created_at, updated_at";
    let statement = sql(UPDATE).bind(&agent.id).bind(agent.owner.to_string()).bind(&agent.name);
    let statement = statement.bind(agent.name.to_lowercase()).bind(&agent.description);
    let row = tx.row(statement.bind(&agent.game).bind(agent.updated_at.0)).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn count_of(tx: &mut Tx, owner: PlayerId) -> Result<i64, Error> {
    const COUNT: &str = "SELECT COUNT(*) FROM agents WHERE identity_id = $1";
    tx.row(sql(COUNT).bind(owner.to_string())).await?.map_or(Ok(0), |row| row.int(0))
}

/// All of one identity, which has a hundred at most, in the order in which they were made.
pub(crate) async fn of(tx: &mut Tx, owner: PlayerId) -> Result<Vec<Agent>, Error> {
    const OF: &str = columns!("WHERE identity_id = $1 ORDER BY id LIMIT 100");
    tx.rows(sql(OF).bind(owner.to_string())).await?.iter().map(read).collect()
}

pub(crate) async fn find(tx: &mut Tx, id: &str) -> Result<Option<Agent>, Error> {
    const FIND: &str = columns!("WHERE id = $1");
    tx.row(sql(FIND).bind(id)).await?.as_ref().map(read).transpose()
}

/// Those behind an id, in the order in which they were made.
pub(crate) async fn after(tx: &mut Tx, id: &str, limit: i64) -> Result<Vec<Agent>, Error> {
    const AFTER: &str = columns!("WHERE id > $1 ORDER BY id LIMIT $2");
    tx.rows(sql(AFTER).bind(id).bind(limit)).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Agent, Error> {
    Ok(Agent {
        id: row.text(0)?,
        owner: parsed(&row.text(1)?)?,
        name: row.text(2)?,
        description: row.text(3)?,
        game: row.text(4)?,
        created_at: At(row.int(5)?),
        updated_at: At(row.int(6)?),
    })
}
