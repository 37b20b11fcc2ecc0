//! Matches and their sides. Unique indexes keep an entry out of a second match, and anybody out of
//! two matches in which nobody may queue meanwhile.

use super::queue::{parsed, wallet_key};
use super::sql::Sql;
use super::{Error, Row, Tx, sql};
use crate::ids::{MatchId, TicketId};
use crate::matches::listing::{Filter, Of, Standing};
use crate::matches::rules::{Side, Sides, State};
use crate::matches::{Match, Player};
use crate::queue::rules::Owner;
use crate::queue::rules::dodging::REMEMBERED;
use crate::queue::rules::joining::{Doing, Live};
use crate::ratings::Terms;
use crate::ratings::rules::Rating;
use crate::time::At;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.queue, m.tier, m.course, m.timing, m.version, m.created_at, ",
            "m.ended_at, a.entry_id, a.identity_id, a.connect_code, a.wallet, a.agent_id, ",
            "a.rating, b.entry_id, b.identity_id, b.connect_code, b.wallet, b.agent_id, b.rating, ",
            "m.terms ",
            "FROM matches m ",
            "JOIN match_sides a ON a.match_id = m.id AND a.side = 1 ",
            "JOIN match_sides b ON b.match_id = m.id AND b.side = 2 ",
            $rest
        )
    };
}

/// Keeps a match that has just been made; `busy` where nobody may queue meanwhile.
pub(crate) fn insert(tx: &mut Tx, made: &Match, busy: bool) {
    const INSERT: &str = "INSERT INTO matches (id, queue, tier, status, state, course, timing, \
         version, created_at, ended_at, terms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10)";
    const SIDES: &str = "INSERT INTO match_sides (match_id, side, kept, busy, entry_id, \
         identity_id, connect_code, wallet, wallet_key, agent_id, rating) \
         VALUES ($1, 1, 1, $2, $3, $4, $5, $6, $7, $8, $9), \
         ($1, 2, 1, $2, $10, $11, $12, $13, $14, $15, $16)";
    let id = made.id.to_string();
    let statement = sql(INSERT).bind(&id).bind(&made.queue).bind(made.tier.as_deref());
    let statement = statement.bind(made.state.old_name()).bind(made.state.name());
    let statement = statement.bind(json(&made.state)).bind(json(&made.timing));
    let statement = statement.bind(made.version).bind(made.created_at.0);
    tx.later(statement.bind(json(&made.terms)));
    let busy_now = busy && made.ended_at.is_none();
    let mut statement = sql(SIDES).bind(id).bind(busy_now);
    for side in Side::BOTH {
        let player = made.players.of(side);
        statement = statement
            .bind(player.entry.to_string())
            .bind(player.identity.map(|id| id.to_string()))
            .bind(player.connect_code.as_deref())
            .bind(player.wallet.as_deref())
            .bind(wallet_key(&player.owner()))
            .bind(player.agent_id)
            .bind(i64::from(player.rating.0));
    }
    tx.later(statement);
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Match>, Error> {
    const FIND: &str = select!("WHERE m.id = $1");
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(from_row).transpose()
}

/// Keeps what has changed. Its version is the new one; whoever decided upon another than the one
/// before has lost a race.
pub(crate) fn save(tx: &mut Tx, changed: &Match) {
    const SAVE: &str = "UPDATE matches SET status = $2, state = $3, course = $4, ended_at = $5, \
         version = $6 WHERE id = $1 AND version = $6 - 1";
    let statement = sql(SAVE).bind(changed.id.to_string()).bind(changed.state.old_name());
    let statement = statement.bind(changed.state.name()).bind(json(&changed.state));
    let statement = statement.bind(changed.ended_at.map(|at| at.0)).bind(changed.version);
    tx.later(statement.changing(1));
}

/// Something that belongs to a match is about to be decided upon by what is there: whoever does the
/// same at the same time does it again, and sees this.
pub(crate) fn touch(tx: &mut Tx, of: &mut Match) {
    const TOUCH: &str = "UPDATE matches SET version = $2 WHERE id = $1 AND version = $2 - 1";
    of.version += 1;
    tx.later(sql(TOUCH).bind(of.id.to_string()).bind(of.version).changing(1));
}

/// A side may queue again; an entry that is not kept may be in another match.
pub(crate) fn free(tx: &mut Tx, id: MatchId, side: Side, kept: bool) {
    const FREE: &str =
        "UPDATE match_sides SET busy = 0, kept = $3 WHERE match_id = $1 AND side = $2";
    tx.later(sql(FREE).bind(id.to_string()).bind(number(side)).bind(kept).changing(1));
}

/// A side that had no wallet has one.
pub(crate) fn set_wallet(tx: &mut Tx, id: MatchId, side: Side, wallet: &str) {
    const SET: &str = "UPDATE match_sides SET wallet = $3, wallet_key = $4 \
         WHERE match_id = $1 AND side = $2 AND wallet IS NULL";
    let statement = sql(SET).bind(id.to_string()).bind(number(side)).bind(wallet);
    tx.later(statement.bind(wallet.to_ascii_lowercase()).changing(1));
}

/// Where somebody plays who may not queue meanwhile.
pub(super) fn busy_query(owner: &Owner) -> Sql {
    const BUSY: &str = "SELECT s.entry_id, m.state FROM match_sides s \
         JOIN matches m ON m.id = s.match_id WHERE s.busy = 1 AND s.entry_id IN (\
           SELECT entry_id FROM match_sides WHERE busy = 1 AND connect_code = $1 \
           UNION SELECT entry_id FROM match_sides WHERE busy = 1 AND wallet_key = $2 \
           UNION SELECT entry_id FROM match_sides WHERE busy = 1 AND identity_id = $3)";
    sql(BUSY)
        .bind(owner.connect_code.as_deref())
        .bind(wallet_key(owner))
        .bind(owner.identity.map(|id| id.to_string()))
}

pub(super) fn live_of(row: &Row) -> Result<Live, Error> {
    let doing = if row.text(1)? == "active" { Doing::Playing } else { Doing::Preparing };
    Ok(Live { ticket: parsed::<TicketId>(&row.text(0)?)?, doing })
}

/// A side left the other waiting.
pub(crate) fn dodged(tx: &mut Tx, of: &Match, side: Side, now: At) {
    const DODGED: &str = "INSERT INTO dodges (match_id, side, at, identity_id, connect_code, \
         wallet_key) VALUES ($1, $2, $3, $4, $5, $6)";
    const FORGET: &str = "DELETE FROM dodges WHERE at < $1";
    let owner = of.players.of(side).owner();
    let statement = sql(DODGED).bind(of.id.to_string()).bind(number(side)).bind(now.0);
    let statement = statement.bind(owner.identity.map(|id| id.to_string()));
    tx.later(statement.bind(owner.connect_code.as_deref()).bind(wallet_key(&owner)));
    tx.later(sql(FORGET).bind((now - REMEMBERED).0));
}

/// When somebody left others waiting, as far as that counts.
pub(crate) async fn dodges(tx: &mut Tx, owner: &Owner, now: At) -> Result<Vec<At>, Error> {
    const DODGES: &str = "SELECT match_id, at FROM dodges WHERE connect_code = $1 AND at > $4 \
         UNION SELECT match_id, at FROM dodges WHERE wallet_key = $2 AND at > $4 \
         UNION SELECT match_id, at FROM dodges WHERE identity_id = $3 AND at > $4";
    let query = sql(DODGES).bind(owner.connect_code.as_deref()).bind(wallet_key(owner));
    let query = query.bind(owner.identity.map(|id| id.to_string())).bind((now - REMEMBERED).0);
    tx.rows(query).await?.iter().map(|row| Ok(At(row.int(1)?))).collect()
}

/// The match of an entry that goes on, or of an identity: the newest.
pub(crate) async fn current(tx: &mut Tx, owner: &Owner) -> Result<Option<Match>, Error> {
    const CURRENT: &str = select!(
        "WHERE m.ended_at IS NULL AND m.id IN (\
           SELECT match_id FROM match_sides WHERE busy = 1 AND connect_code = $1 \
           UNION SELECT match_id FROM match_sides WHERE busy = 1 AND identity_id = $2) \
         ORDER BY m.id DESC LIMIT 1"
    );
    let query = sql(CURRENT).bind(owner.connect_code.as_deref());
    let query = query.bind(owner.identity.map(|id| id.to_string()));
    tx.row(query).await?.as_ref().map(from_row).transpose()
}

/// Matches that a filter lets through, the newest first.
pub(crate) async fn list(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<Match>, Error> {
    const ANY: &str = select!("WHERE m.id < $1 AND m.id >= $3 ORDER BY m.id DESC LIMIT $2");
    const STATE: &str =
        select!("WHERE m.id < $1 AND m.id >= $3 AND m.state = $4 ORDER BY m.id DESC LIMIT $2");
    const QUEUE: &str =
        select!("WHERE m.id < $1 AND m.id >= $3 AND m.queue = $4 ORDER BY m.id DESC LIMIT $2");
    const BOTH: &str = select!(
        "WHERE m.id < $1 AND m.id >= $3 AND m.queue = $4 AND m.state = $5 \
         ORDER BY m.id DESC LIMIT $2"
    );
    // These literals are those of the index of disputes, which is not used for parameters.
    const DISPUTED: &str = select!(
        "WHERE m.state = 'resolved' AND m.status = 'playing' AND m.id < $1 AND m.id >= $3 \
         AND ($4 IS NULL OR m.queue = $4) ORDER BY m.id DESC LIMIT $2"
    );
    const IDENTITY: &str = select!(
        "JOIN match_sides s ON s.match_id = m.id WHERE s.identity_id = $4 AND s.match_id < $1 \
         AND s.match_id >= $3 AND ($5 IS NULL OR m.queue = $5) AND ($6 IS NULL OR m.state = $6) \
         AND ($7 IS NULL OR m.status = $7) ORDER BY s.match_id DESC LIMIT $2"
    );
    const CODE: &str = select!(
        "JOIN match_sides s ON s.match_id = m.id WHERE s.connect_code = $4 AND s.match_id < $1 \
         AND s.match_id >= $3 AND ($5 IS NULL OR m.queue = $5) AND ($6 IS NULL OR m.state = $6) \
         AND ($7 IS NULL OR m.status = $7) ORDER BY s.match_id DESC LIMIT $2"
    );
    let (from, below) = filter.bounds();
    // Before and behind every id that there is.
    let from = from.map_or_else(String::new, |id| id.to_string());
    let below = below.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let of = |text| sql(text).bind(below).bind(limit).bind(from);
    let queue = filter.queue.as_deref();
    let (state, status) = filter.standing.names();
    let query = match (&filter.of, queue, &filter.standing) {
        (Of::Identity(id), queue, _) => {
            of(IDENTITY).bind(id.to_string()).bind(queue).bind(state).bind(status)
        }
        (Of::Code(code), queue, _) => of(CODE).bind(code).bind(queue).bind(state).bind(status),
        (Of::Anybody, queue, Standing::Disputed) => of(DISPUTED).bind(queue),
        (Of::Anybody, None, Standing::Any) => of(ANY),
        (Of::Anybody, None, Standing::In(state)) => of(STATE).bind(state),
        (Of::Anybody, Some(queue), Standing::Any) => of(QUEUE).bind(queue),
        (Of::Anybody, Some(queue), Standing::In(state)) => of(BOTH).bind(queue).bind(state),
    };
    tx.rows(query).await?.iter().map(from_row).collect()
}

/// Matches whose streams are up, the newest first.
pub(crate) async fn streamed(tx: &mut Tx, before: Option<MatchId>) -> Result<Vec<Match>, Error> {
    const STREAMED: &str = select!(
        "JOIN streams t ON t.match_id = m.id AND t.ended_at IS NULL WHERE t.match_id < $1 \
         ORDER BY t.match_id DESC LIMIT 100"
    );
    let before = before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    tx.rows(sql(STREAMED).bind(before)).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Match, Error> {
    Ok(Match {
        id: parsed(&row.text(0)?)?,
        queue: row.text(1)?,
        tier: row.text_or_null(2)?,
        state: from_json::<State>(&row.text(3)?)?,
        timing: from_json(&row.text(4)?)?,
        terms: row
            .text_or_null(20)?
            .map_or_else(|| Ok(Terms::default()), |terms| from_json(&terms))?,
        version: row.int(5)?,
        created_at: At(row.int(6)?),
        ended_at: row.int_or_null(7)?.map(At),
        players: Sides { first: player(row, 8)?, second: player(row, 14)? },
    })
}

fn player(row: &Row, from: usize) -> Result<Player, Error> {
    Ok(Player {
        entry: parsed(&row.text(from)?)?,
        identity: row.text_or_null(from + 1)?.map(|id| parsed(&id)).transpose()?,
        connect_code: row.text_or_null(from + 2)?,
        wallet: row.text_or_null(from + 3)?,
        agent_id: row.int_or_null(from + 4)?,
        rating: Rating(i32::try_from(row.int(from + 5)?).unwrap_or_default()),
    })
}

pub(super) fn number(side: Side) -> i64 {
    match side {
        Side::First => 1,
        Side::Second => 2,
    }
}

/// Our own types, which JSON can always hold.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::broken(error.to_string()))
}
