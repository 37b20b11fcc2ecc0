//! A match as the clients of the old API know it, and times as they read them.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::json;
use crate::ids::MatchId;
use crate::matches::rules::{Outcome, Side};
use crate::matches::{Match, Player};
use crate::results::{self, Told};
use crate::store::{self, matches as rows, wagers as stakes};
use crate::streams::{self, StreamSeen};
use crate::time::At;
use crate::uint::PoolId;
use crate::{pools, wagers};

/// A match. All keys are always there.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchResponse {
    #[schema(value_type = String)]
    id: MatchId,
    /// `playing`, `completed` or `expired`.
    status: &'static str,
    p1_connect_code: String,
    p2_connect_code: String,
    p1_wallet: Option<String>,
    p2_wallet: Option<String>,
    p1_result: Option<String>,
    p2_result: Option<String>,
    winner_wallet: Option<String>,
    loser_wallet: Option<String>,
    winner_score: Option<i64>,
    loser_score: Option<i64>,
    /// Unix seconds.
    result_timestamp: Option<i64>,
    /// ISO 8601, UTC.
    created_at: String,
    completed_at: Option<String>,
    #[serde(flatten)]
    wager: wagers::shown::WagerFields,
    /// The pool of bets on it: a whole number of any size.
    #[schema(value_type = Option<u64>)]
    pool_id: Option<Box<RawValue>>,
    /// What a relay told of its stream; nothing before its first batch.
    stream: Option<StreamSeen>,
}

/// Look at a match
#[utoipa::path(get, path = "/matches/{match_id}", tag = "matches",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = MatchResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Match not found");
    let id = id.parse().map_err(|_| missing())?;
    let read = async move |tx: &mut store::Tx| {
        let Some(found) = rows::find(tx, id).await? else { return Ok(None) };
        let stakes = (stakes::find(tx, id).await?, pools::desk::pool_of(tx, id).await?);
        Ok::<_, store::Error>(Some((found, results::service::told(tx, id).await?, stakes)))
    };
    let (found, told, (wager, pool)) = ctx.store.read(read).await?.ok_or_else(missing)?;
    let mut answer = MatchResponse::of(&found, told);
    answer.wager = wagers::shown::WagerFields::of(wager.as_ref());
    answer.pool_id = pool.and_then(PoolId::exact);
    answer.stream = streams::service::of_match(&ctx, id).await?.map(StreamSeen::from);
    Ok(json(&answer))
}

impl MatchResponse {
    fn of(from: &Match, told: Told) -> Self {
        let result = told.decided.map(|decided| decided.result);
        let winner = result.and_then(|result| match result.outcome {
            Outcome::Won { winner, .. } => Some(winner),
            Outcome::Drawn { .. } => None,
        });
        let wallet = |side| from.players.of(side).wallet.clone();
        // Of a draw both are the same.
        let score = |side| result.map(|result| i64::from(*result.stocks.of(side)));
        let [first, second] = [&from.players.first, &from.players.second];
        let code = |player: &Player| player.connect_code.clone().unwrap_or_default();
        let completed_at = from.ended_at.filter(|_| from.state.outcome().is_some());
        Self {
            id: from.id,
            status: from.state.old_name(),
            p1_connect_code: code(first),
            p2_connect_code: code(second),
            p1_wallet: first.wallet.clone(),
            p2_wallet: second.wallet.clone(),
            p1_result: told.reports.first.map(|report| report.outcome),
            p2_result: told.reports.second.map(|report| report.outcome),
            winner_wallet: winner.and_then(wallet),
            loser_wallet: winner.map(Side::other).and_then(wallet),
            winner_score: score(winner.unwrap_or(Side::First)),
            loser_score: score(winner.unwrap_or(Side::First).other()),
            result_timestamp: told.decided.map(|decided| decided.at.0.div_euclid(1000)),
            created_at: iso(from.created_at),
            completed_at: completed_at.map(iso),
            wager: wagers::shown::WagerFields::default(),
            pool_id: None,
            stream: None,
        }
    }
}

/// As the old API writes times: `2026-03-01T12:00:00.000000+00:00`.
pub(crate) fn iso(at: At) -> String {
    let (days, ms) = (at.0.div_euclid(86_400_000), at.0.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (s, us) = (ms / 1000, ms % 1000 * 1000);
    let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{us:06}+00:00")
}

/// Days since 1970 as a date: the years are counted from March, so that a leap day is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_old_api_writes_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (951_827_696_789, "2000-02-29T12:34:56.789000+00:00"),
            (1_772_366_400_000, "2026-03-01T12:00:00.000000+00:00"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999000+00:00"),
        ] {
            assert_eq!(iso(At(ms)), text);
        }
    }
}
