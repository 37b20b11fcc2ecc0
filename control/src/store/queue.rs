//! Entries of queues: rows ↔ [`Entry`]. One live entry for an identity, a connect code and a wallet
//! is kept by unique indexes, whatever the code above does.

use super::matches::{busy_query, live_of};
use super::ratings::{rating_of, rating_query};
use super::{Error, Row, Tx, sql};
use crate::ids::{MatchId, PlayerId, TicketId};
use crate::queue::rules::joining::Live;
use crate::queue::rules::{Entry, Owner, Preferences};
use crate::queue::{Status, Ticket};
use crate::ratings::Name;
use crate::ratings::rules::Rating;
use crate::time::{At, Span};

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, status, identity_id, connect_code, wallet, tier, rating, rating_min, ",
            "rating_max, expand_search, priority, senior_since, eligible_at, refreshed_at, ",
            "match_id, agent_id, queue FROM queue_entries ",
            $rest
        )
    };
}

/// Places in a queue that are counted. Whoever stands further behind is told where others saw it
/// last: counting thousands for each who asks would cost more than everything else.
pub(crate) const COUNTED: i64 = 256;

/// What somebody who joins has to be held against.
pub(crate) struct Field {
    /// Waiting entries of the same identity, connect code or wallet.
    pub(crate) mine: Vec<Ticket>,
    /// The first of those that wait in the queue, in their order; none where nobody meets on
    /// joining.
    pub(crate) waiting: Vec<Ticket>,
    /// Where the same one plays, and may not queue meanwhile.
    pub(crate) busy: Vec<Live>,
    /// What the same one is rated in this queue, once it has played there.
    pub(crate) rating: Option<Rating>,
}

/// Looks at the first of those that wait only where it `meets` one of them at once.
pub(crate) async fn field(
    tx: &mut Tx,
    queue: &str,
    owner: &Owner,
    meets: bool,
) -> Result<Field, Error> {
    // Three look-ups in three indexes; an OR would look through all that wait.
    const MINE: &str = columns!(
        "WHERE status = 'waiting' AND id IN (\
           SELECT id FROM queue_entries WHERE status = 'waiting' AND connect_code = $1 \
           UNION SELECT id FROM queue_entries WHERE status = 'waiting' AND wallet_key = $2 \
           UNION SELECT id FROM queue_entries WHERE status = 'waiting' AND identity_id = $3)"
    );
    // Where everybody may meet everybody but himself, the fourth is always somebody else: of one's
    // own there is at most one by each of three names. A number that is bound to LIMIT would make
    // SQLite prepare the statement again for each join.
    const WAITING: &str = columns!(
        "WHERE status = 'waiting' AND queue = $1 ORDER BY priority DESC, senior_since, id LIMIT 4"
    );
    let mine = sql(MINE)
        .bind(owner.connect_code.as_deref())
        .bind(wallet_key(owner))
        .bind(owner.identity.map(|id| id.to_string()));
    let rated = rating_query(queue, &Name::of(owner));
    let (mine, waiting, busy, rated) = if meets {
        let queries = [mine, sql(WAITING).bind(queue), busy_query(owner), rated];
        let [mine, waiting, busy, rated] = tx.rows_of(queries).await?;
        (mine, waiting, busy, rated)
    } else {
        let [mine, busy, rated] = tx.rows_of([mine, busy_query(owner), rated]).await?;
        (mine, Vec::new(), busy, rated)
    };
    Ok(Field {
        mine: mine.iter().map(ticket).collect::<Result<_, _>>()?,
        waiting: waiting.iter().map(ticket).collect::<Result<_, _>>()?,
        busy: busy.iter().map(live_of).collect::<Result<_, _>>()?,
        rating: rated.first().map(rating_of).transpose()?,
    })
}

/// How many wait in a queue, one more than [`COUNTED`] at most.
pub(crate) async fn count(tx: &mut Tx, queue: &str) -> Result<i64, Error> {
    const COUNT: &str = "SELECT COUNT(*) FROM (SELECT id FROM queue_entries \
         WHERE status = 'waiting' AND queue = $1 LIMIT 257) AS counted";
    tx.row(sql(COUNT).bind(queue)).await?.map_or(Ok(0), |row| row.int(0))
}

pub(crate) fn insert(tx: &mut Tx, ticket: &Ticket, fighter_name: Option<&str>, now: At) {
    const INSERT: &str = "INSERT INTO queue_entries (id, queue, status, identity_id, connect_code, \
         wallet, wallet_key, agent_id, fighter_name, tier, rating, rating_min, rating_max, \
         expand_search, priority, joined_at, senior_since, eligible_at, refreshed_at, match_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20)";
    let entry = &ticket.entry;
    let Preferences { expand_search, min_rating, max_rating } = entry.preferences;
    let statement = sql(INSERT)
        .bind(entry.ticket.to_string())
        .bind(&ticket.queue)
        .bind(ticket.status.name())
        .bind(entry.owner.identity.map(|id| id.to_string()))
        .bind(entry.owner.connect_code.as_deref())
        .bind(entry.owner.wallet.as_deref())
        .bind(wallet_key(&entry.owner))
        .bind(ticket.agent_id)
        .bind(fighter_name)
        .bind(entry.tier.as_deref())
        .bind(i64::from(entry.rating.0))
        .bind(min_rating.map(|rating| i64::from(rating.0)))
        .bind(max_rating.map(|rating| i64::from(rating.0)))
        .bind(expand_search)
        .bind(i64::from(entry.priority));
    let statement = statement.bind(now.0).bind(entry.since.0).bind(entry.held_until.0);
    tx.later(statement.bind(entry.fresh_at.0).bind(ticket.match_id.map(|id| id.to_string())));
}

/// Takes a waiting entry for a match; whoever comes too late for it has lost.
pub(crate) fn claim(tx: &mut Tx, id: TicketId, match_id: MatchId) {
    const CLAIM: &str = "UPDATE queue_entries SET status = 'matched', match_id = $2 \
         WHERE id = $1 AND status = 'waiting'";
    tx.later(sql(CLAIM).bind(id.to_string()).bind(match_id.to_string()).changing(1));
}

/// A waiting entry waits no more.
pub(crate) fn end(tx: &mut Tx, id: TicketId, status: Status) {
    const END: &str = "UPDATE queue_entries SET status = $2 WHERE id = $1 AND status = 'waiting'";
    tx.later(sql(END).bind(id.to_string()).bind(status.name()).changing(1));
}

/// A matched entry waits again, as it did before.
pub(crate) fn put_back(tx: &mut Tx, entry: &Entry) {
    const BACK: &str = "UPDATE queue_entries SET status = 'waiting', match_id = NULL, \
         eligible_at = $2, refreshed_at = $3 WHERE id = $1 AND status = 'matched'";
    let statement = sql(BACK).bind(entry.ticket.to_string()).bind(entry.held_until.0);
    tx.later(statement.bind(entry.fresh_at.0).changing(1));
}

/// A waiting entry goes before all of a lower priority.
pub(crate) fn prefer(tx: &mut Tx, id: TicketId, priority: u8) {
    const PREFER: &str =
        "UPDATE queue_entries SET priority = $2 WHERE id = $1 AND status = 'waiting'";
    tx.later(sql(PREFER).bind(id.to_string()).bind(i64::from(priority)).changing(1));
}

/// A matched entry is given up.
pub(crate) fn give_up(tx: &mut Tx, id: TicketId) {
    const GIVE_UP: &str =
        "UPDATE queue_entries SET status = 'cancelled' WHERE id = $1 AND status = 'matched'";
    tx.later(sql(GIVE_UP).bind(id.to_string()).changing(1));
}

/// Whether somebody has an entry that waits.
pub(crate) async fn waits(tx: &mut Tx, owner: &Owner) -> Result<bool, Error> {
    const WAITS: &str = "SELECT id FROM queue_entries WHERE status = 'waiting' AND connect_code = $1 \
         UNION SELECT id FROM queue_entries WHERE status = 'waiting' AND wallet_key = $2 \
         UNION SELECT id FROM queue_entries WHERE status = 'waiting' AND identity_id = $3";
    let query = sql(WAITS).bind(owner.connect_code.as_deref()).bind(wallet_key(owner));
    let query = query.bind(owner.identity.map(|id| id.to_string()));
    Ok(!tx.rows(query).await?.is_empty())
}

/// The entry of an identity that waits.
pub(crate) async fn waiting_of(tx: &mut Tx, id: PlayerId) -> Result<Option<Ticket>, Error> {
    const OF: &str = columns!("WHERE status = 'waiting' AND identity_id = $1");
    tx.row(sql(OF).bind(id.to_string())).await?.as_ref().map(ticket).transpose()
}

/// All that wait in a queue, in their order.
pub(crate) async fn all_waiting(tx: &mut Tx, queue: &str) -> Result<Vec<Ticket>, Error> {
    const ALL: &str = columns!(
        "WHERE status = 'waiting' AND queue = $1 ORDER BY priority DESC, senior_since, id"
    );
    tx.rows(sql(ALL).bind(queue)).await?.iter().map(ticket).collect()
}

/// It gave a sign of life.
pub(crate) fn refresh(tx: &mut Tx, id: TicketId, now: At) {
    const REFRESH: &str =
        "UPDATE queue_entries SET refreshed_at = $2 WHERE id = $1 AND status = 'waiting'";
    tx.later(sql(REFRESH).bind(id.to_string()).bind(now.0));
}

pub(crate) async fn find(tx: &mut Tx, id: TicketId) -> Result<Option<Ticket>, Error> {
    const FIND: &str = columns!("WHERE id = $1");
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(ticket).transpose()
}

/// How many of its queue go before a waiting entry or are itself; one more than [`COUNTED`] at most.
pub(crate) async fn position(tx: &mut Tx, ticket: &Ticket) -> Result<i64, Error> {
    // The first are taken in their order and then counted, so that it never looks at all.
    const POSITION: &str = "SELECT COUNT(*) FROM (SELECT priority, senior_since, id \
         FROM queue_entries WHERE status = 'waiting' AND queue = $1 \
         ORDER BY priority DESC, senior_since, id LIMIT 257) AS counted \
         WHERE priority > $2 OR priority = $2 AND \
         (senior_since < $3 OR senior_since = $3 AND id <= $4)";
    let entry = &ticket.entry;
    let query = sql(POSITION).bind(&ticket.queue).bind(i64::from(entry.priority));
    let row = tx.row(query.bind(entry.since.0).bind(entry.ticket.to_string())).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// How long those waited whom the last matches of a queue brought together. Who met somebody on
/// joining did not wait.
pub(crate) async fn last_waits(tx: &mut Tx, queue: &str) -> Result<Vec<Span>, Error> {
    const WAITS: &str = "SELECT m.created_at, e.senior_since FROM \
         (SELECT id, created_at FROM matches WHERE queue = $1 ORDER BY id DESC LIMIT 200) AS m \
         JOIN match_sides s ON s.match_id = m.id AND s.kept = 1 \
         JOIN queue_entries e ON e.id = s.entry_id WHERE e.senior_since < m.created_at";
    let rows = tx.rows(sql(WAITS).bind(queue)).await?;
    rows.iter().map(|row| Ok(At(row.int(0)?).since(At(row.int(1)?)))).collect()
}

pub(super) fn wallet_key(owner: &Owner) -> Option<String> {
    owner.wallet.as_ref().map(|wallet| wallet.to_ascii_lowercase())
}

fn ticket(row: &Row) -> Result<Ticket, Error> {
    let rating = |rating: i64| Rating(i32::try_from(rating).unwrap_or_default());
    let entry = Entry {
        ticket: parsed(&row.text(0)?)?,
        owner: Owner {
            identity: row.text_or_null(2)?.map(|id| parsed::<PlayerId>(&id)).transpose()?,
            connect_code: row.text_or_null(3)?,
            wallet: row.text_or_null(4)?,
        },
        tier: row.text_or_null(5)?,
        rating: rating(row.int_or_null(6)?.unwrap_or_default()),
        preferences: Preferences {
            expand_search: row.truth(9)?,
            min_rating: row.int_or_null(7)?.map(rating),
            max_rating: row.int_or_null(8)?.map(rating),
        },
        priority: u8::try_from(row.int(10)?).unwrap_or(u8::MAX),
        since: At(row.int(11)?),
        held_until: At(row.int(12)?),
        fresh_at: At(row.int(13)?),
    };
    Ok(Ticket {
        entry,
        status: Status::named(&row.text(1)?).ok_or_else(|| Error::broken("no such status"))?,
        match_id: row.text_or_null(14)?.map(|id| parsed(&id)).transpose()?,
        agent_id: row.int_or_null(15)?,
        queue: row.text(16)?,
    })
}

pub(super) fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_not_ours| Error::broken("an id that is none"))
}
