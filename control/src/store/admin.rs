//! What an operator looks at and changes: users, and the doors of queues.

use super::identities::identity;
use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::admin::{Door, User};
use crate::identities::Role;
use crate::ids::PlayerId;
use crate::time::At;

/// Users that are listed at once.
pub(crate) const PAGE: usize = 100;

macro_rules! users {
    ($rest:literal) => {
        concat!("SELECT id, name, wallet, role, created_at, disabled_at FROM identities ", $rest)
    };
}

/// Users, the newest first.
pub(crate) async fn users(
    tx: &mut Tx,
    role: Option<Role>,
    before: Option<PlayerId>,
) -> Result<Vec<User>, Error> {
    const ALL: &str = users!("WHERE id < $1 ORDER BY id DESC LIMIT 100");
    const OF_ROLE: &str = users!("WHERE id < $1 AND role = $2 ORDER BY id DESC LIMIT 100");
    // Behind every id that there is.
    let before = before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let query = match role {
        None => sql(ALL).bind(before),
        Some(role) => sql(OF_ROLE).bind(before).bind(role.name()),
    };
    tx.rows(query).await?.iter().map(user).collect()
}

pub(crate) async fn user_by_id(tx: &mut Tx, id: PlayerId) -> Result<Option<User>, Error> {
    const BY_ID: &str = users!("WHERE id = $1");
    tx.row(sql(BY_ID).bind(id.to_string())).await?.as_ref().map(user).transpose()
}

pub(crate) async fn user_by_name(tx: &mut Tx, name: &str) -> Result<Option<User>, Error> {
    const BY_NAME: &str = users!("WHERE name_key = $1");
    tx.row(sql(BY_NAME).bind(name.to_lowercase())).await?.as_ref().map(user).transpose()
}

pub(crate) fn set_role(tx: &mut Tx, id: PlayerId, role: Role) {
    const SET: &str = "UPDATE identities SET role = $2 WHERE id = $1";
    tx.later(sql(SET).bind(id.to_string()).bind(role.name()).changing(1));
}

pub(crate) fn set_disabled(tx: &mut Tx, id: PlayerId, since: Option<At>) {
    const SET: &str = "UPDATE identities SET disabled_at = $2 WHERE id = $1";
    tx.later(sql(SET).bind(id.to_string()).bind(since.map(|at| at.0)).changing(1));
}

/// Ends every sign-in of somebody.
pub(crate) fn revoke_sign_ins(tx: &mut Tx, id: PlayerId, now: At) {
    const REVOKE: &str =
        "UPDATE sign_ins SET revoked_at = $2 WHERE identity_id = $1 AND revoked_at IS NULL";
    tx.later(sql(REVOKE).bind(id.to_string()).bind(now.0));
}

/// Who is shut out.
pub(crate) async fn disabled(tx: &mut Tx) -> Result<Vec<PlayerId>, Error> {
    const DISABLED: &str = "SELECT id FROM identities WHERE disabled_at IS NOT NULL";
    tx.rows(sql(DISABLED)).await?.iter().map(|row| parsed(&row.text(0)?)).collect()
}

/// The queues that are not open.
pub(crate) async fn doors(tx: &mut Tx) -> Result<Vec<(String, Door)>, Error> {
    const DOORS: &str = "SELECT queue, door FROM queue_doors";
    tx.rows(sql(DOORS))
        .await?
        .iter()
        .map(|row| Ok((row.text(0)?, door_of(&row.text(1)?)?)))
        .collect()
}

pub(crate) async fn door(tx: &mut Tx, queue: &str) -> Result<Option<Door>, Error> {
    const DOOR: &str = "SELECT door FROM queue_doors WHERE queue = $1";
    let row = tx.row(sql(DOOR).bind(queue)).await?;
    row.map(|row| door_of(&row.text(0)?)).transpose()
}

pub(crate) fn set_door(tx: &mut Tx, queue: &str, door: Door, now: At) {
    const SET: &str = "INSERT INTO queue_doors (queue, door, since) VALUES ($1, $2, $3) \
         ON CONFLICT (queue) DO UPDATE SET door = excluded.door, since = excluded.since";
    const OPEN: &str = "DELETE FROM queue_doors WHERE queue = $1";
    match door {
        Door::Open => tx.later(sql(OPEN).bind(queue)),
        Door::Draining | Door::Closed => {
            tx.later(sql(SET).bind(queue).bind(door.name()).bind(now.0));
        }
    }
}

fn door_of(name: &str) -> Result<Door, Error> {
    Door::named(name).ok_or_else(|| Error::broken("no such door"))
}

fn user(row: &Row) -> Result<User, Error> {
    Ok(User { identity: identity(row)?, disabled_at: row.int_or_null(5)?.map(At) })
}
