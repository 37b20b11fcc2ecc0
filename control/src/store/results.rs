//! What sides told of matches, and what came of them. Both are inserted once and never updated; the
//! keys refuse a second one.

use super::matches::number;
use super::{Error, Row, Tx, sql};
use crate::ids::MatchId;
use crate::matches::rules::{How, Outcome, Side, Sides};
use crate::results::Decided;
use crate::results::rules::{Canonical, Report};
use crate::time::{At, Span};

pub(crate) async fn reports(tx: &mut Tx, id: MatchId) -> Result<Sides<Option<Report>>, Error> {
    const REPORTS: &str = "SELECT side, outcome, stocks, opponent_stocks, took_ms \
         FROM match_reports WHERE match_id = $1";
    let mut reports = Sides::default();
    for row in tx.rows(sql(REPORTS).bind(id.to_string())).await? {
        *reports.of_mut(side(row.int(0)?)?) = Some(report(&row)?);
    }
    Ok(reports)
}

pub(crate) fn insert_report(tx: &mut Tx, id: MatchId, side: Side, report: &Report, now: At) {
    const INSERT: &str = "INSERT INTO match_reports (match_id, side, outcome, stocks, \
         opponent_stocks, took_ms, reported_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let statement = sql(INSERT).bind(id.to_string()).bind(number(side)).bind(&report.outcome);
    let statement = statement
        .bind(report.stocks.map(i64::from))
        .bind(report.opponent_stocks.map(i64::from))
        .bind(report.took.and_then(|took| i64::try_from(took.0).ok()));
    tx.later(statement.bind(now.0));
}

pub(crate) fn insert(tx: &mut Tx, id: MatchId, decided: &Decided) {
    const INSERT: &str = "INSERT INTO results (match_id, winner, how, first_score, second_score, \
         decided_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let Canonical { outcome, stocks } = decided.result;
    let (winner, how) = match outcome {
        Outcome::Won { winner, how } => (Some(number(winner)), how),
        Outcome::Drawn { how } => (None, how),
    };
    let statement = sql(INSERT).bind(id.to_string()).bind(winner).bind(how_name(how));
    let statement = statement.bind(i64::from(stocks.first)).bind(i64::from(stocks.second));
    tx.later(statement.bind(decided.at.0));
}

pub(crate) async fn find(tx: &mut Tx, id: MatchId) -> Result<Option<Decided>, Error> {
    const FIND: &str = "SELECT winner, how, first_score, second_score, decided_at \
         FROM results WHERE match_id = $1";
    tx.row(sql(FIND).bind(id.to_string())).await?.as_ref().map(decided).transpose()
}

fn decided(row: &Row) -> Result<Decided, Error> {
    let how = how_named(&row.text(1)?).ok_or_else(|| Error::broken("no such way to an end"))?;
    let outcome = match row.int_or_null(0)? {
        Some(winner) => Outcome::Won { winner: side(winner)?, how },
        None => Outcome::Drawn { how },
    };
    let stocks = Sides { first: score(row.int(2)?)?, second: score(row.int(3)?)? };
    Ok(Decided { result: Canonical { outcome, stocks }, at: At(row.int(4)?) })
}

fn report(row: &Row) -> Result<Report, Error> {
    Ok(Report {
        outcome: row.text(1)?,
        stocks: row.int_or_null(2)?.map(score).transpose()?,
        opponent_stocks: row.int_or_null(3)?.map(score).transpose()?,
        took: row.int_or_null(4)?.and_then(|ms| u64::try_from(ms).ok()).map(Span),
    })
}

fn score(value: i64) -> Result<u8, Error> {
    u8::try_from(value).map_err(|_| Error::broken("a score that is none"))
}

pub(super) fn side(value: i64) -> Result<Side, Error> {
    let named = Side::BOTH.into_iter().find(|side| number(*side) == value);
    named.ok_or_else(|| Error::broken("no such side"))
}

const HOWS: [How; 4] = [How::Played, How::TimedOut, How::Forfeited, How::Ruled];

fn how_name(how: How) -> &'static str {
    match how {
        How::Played => "played",
        How::TimedOut => "timed_out",
        How::Forfeited => "forfeited",
        How::Ruled => "ruled",
    }
}

fn how_named(name: &str) -> Option<How> {
    HOWS.into_iter().find(|how| how_name(*how) == name)
}
