//! Streams of matches, and the relays that tell of them.

use std::sync::LazyLock;

use arena_protocol::report::State;

use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::ids::MatchId;
use crate::streams::Stream;
use crate::time::At;

/// Streams that are read at once.
pub(crate) const PAGE: usize = 100;

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT match_id, relay, epoch, schema, state, last_seq, viewers, began_at, ended_at, ",
            "channel ",
            "FROM streams ",
            $rest
        )
    };
}

/// One run of a relay, and how far its reports have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) boot: i64,
    pub(crate) number: i64,
    /// It has said nothing for too long.
    pub(crate) gone: bool,
}

/// The streams of some matches, as far as there are any; in no order.
pub(crate) async fn of_matches(tx: &mut Tx, ids: &[MatchId]) -> Result<Vec<Stream>, Error> {
    /// Values that are not needed are NULL, which no id equals.
    static SOME: LazyLock<String> = LazyLock::new(|| {
        let places: Vec<_> = (1..=PAGE).map(|place| format!("${place}")).collect();
        format!("{} ({})", columns!("WHERE match_id IN"), places.join(","))
    });
    const ONE: &str = columns!("WHERE match_id = $1");
    let mut found = Vec::new();
    for ids in ids.chunks(PAGE) {
        let query = match ids {
            [id] => sql(ONE).bind(id.to_string()),
            several => {
                let places = several.iter().map(|id| Some(id.to_string()));
                let places = places.chain(std::iter::repeat(None)).take(PAGE);
                places.fold(sql(&SOME), |query, id| query.bind(id))
            }
        };
        for row in tx.rows(query).await? {
            found.push(stream(&row)?);
        }
    }
    Ok(found)
}

/// Streams of a relay that are up, some of them.
pub(crate) async fn up_at(tx: &mut Tx, relay: &str) -> Result<Vec<Stream>, Error> {
    const UP: &str = columns!("WHERE relay = $1 AND ended_at IS NULL LIMIT 200");
    tx.rows(sql(UP).bind(relay)).await?.iter().map(stream).collect()
}

/// Keeps what is known of a stream.
pub(crate) fn keep(tx: &mut Tx, stream: &Stream) {
    const KEEP: &str = "INSERT INTO streams (match_id, relay, epoch, schema, state, last_seq, \
         viewers, began_at, ended_at, channel) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (match_id) DO UPDATE SET relay = excluded.relay, epoch = excluded.epoch, \
         schema = excluded.schema, state = excluded.state, last_seq = excluded.last_seq, \
         viewers = excluded.viewers, began_at = excluded.began_at, ended_at = excluded.ended_at, \
         channel = excluded.channel";
    let statement = sql(KEEP).bind(stream.match_id.to_string()).bind(&stream.relay);
    let statement = statement.bind(stream.epoch).bind(&stream.schema).bind(stream.state.name());
    let statement = statement.bind(stream.last_seq).bind(stream.viewers).bind(stream.began_at.0);
    tx.later(statement.bind(stream.ended_at.map(|at| at.0)).bind(&stream.channel));
}

/// Keeps what is said to who comes later.
pub(crate) fn keep_opening(tx: &mut Tx, id: MatchId, text: &str, now: At) {
    const KEEP: &str = "INSERT INTO stream_openings (match_id, opening, told_at) \
         VALUES ($1, $2, $3) ON CONFLICT (match_id) DO UPDATE SET opening = excluded.opening, \
         told_at = excluded.told_at";
    tx.later(sql(KEEP).bind(id.to_string()).bind(text).bind(now.0));
}

pub(crate) async fn opening(tx: &mut Tx, id: MatchId) -> Result<Option<String>, Error> {
    const OPENING: &str = "SELECT opening FROM stream_openings WHERE match_id = $1";
    tx.row(sql(OPENING).bind(id.to_string())).await?.map(|row| row.text(0)).transpose()
}

pub(crate) fn forget_opening(tx: &mut Tx, id: MatchId) {
    const FORGET: &str = "DELETE FROM stream_openings WHERE match_id = $1";
    tx.later(sql(FORGET).bind(id.to_string()));
}

/// The run of a relay that was heard last.
pub(crate) async fn run(tx: &mut Tx, relay: &str) -> Result<Option<Run>, Error> {
    const RUN: &str = "SELECT boot, number, gone FROM relays WHERE name = $1";
    let row = tx.row(sql(RUN).bind(relay)).await?;
    row.map(|row| Ok(Run { boot: row.int(0)?, number: row.int(1)?, gone: row.truth(2)? }))
        .transpose()
}

pub(crate) fn keep_run(tx: &mut Tx, relay: &str, run: &Run, now: At) {
    const KEEP: &str = "INSERT INTO relays (name, boot, number, gone, heard_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET boot = excluded.boot, \
         number = excluded.number, gone = excluded.gone, heard_at = excluded.heard_at";
    let statement = sql(KEEP).bind(relay).bind(run.boot).bind(run.number).bind(run.gone);
    tx.later(statement.bind(now.0));
}

/// A relay is taken to be gone.
pub(crate) fn gone(tx: &mut Tx, relay: &str) {
    tx.later(sql("UPDATE relays SET gone = 1 WHERE name = $1").bind(relay));
}

/// Streams that are up, and who watches them.
pub(crate) async fn up(tx: &mut Tx) -> Result<(i64, i64), Error> {
    const UP: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(viewers), 0) AS BIGINT) FROM streams \
         WHERE ended_at IS NULL";
    tx.row(sql(UP)).await?.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// Matches whose streams are up, so many at most.
pub(crate) async fn up_ids(tx: &mut Tx) -> Result<Vec<String>, Error> {
    const IDS: &str =
        "SELECT match_id FROM streams WHERE ended_at IS NULL ORDER BY match_id LIMIT 1000";
    tx.rows(sql(IDS)).await?.iter().map(|row| row.text(0)).collect()
}

fn stream(row: &Row) -> Result<Stream, Error> {
    Ok(Stream {
        match_id: parsed(&row.text(0)?)?,
        relay: row.text(1)?,
        epoch: row.int(2)?,
        schema: row.text(3)?,
        state: State::named(&row.text(4)?).ok_or_else(|| Error::broken("no such state"))?,
        last_seq: row.int_or_null(5)?,
        viewers: row.int(6)?,
        began_at: At(row.int(7)?),
        ended_at: row.int_or_null(8)?.map(At),
        channel: row.text(9)?,
    })
}
