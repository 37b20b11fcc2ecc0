//! `/matches`: as the clients of the old API know it.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Match, Status, service};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Query;
use crate::http::json;
use crate::ids::MatchId;
use crate::store::{self, matches as rows, queue as entries};
use crate::time::At;

/// Live matches that `/health` names.
const LIVE_MAX: i64 = 1000;
/// Events of one answer.
const EVENTS_MAX: i64 = 1000;

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
    wager_status: Option<String>,
    wager_amount: Option<String>,
    wager_id: Option<i64>,
    wager_proposer: Option<String>,
    pool_id: Option<i64>,
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
    let found = service::find(&ctx, id).await?.ok_or_else(missing)?;
    Ok(json(&MatchResponse::from(found)))
}

/// What happened to a match, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsResponse {
    /// Behind the number that was asked for.
    events: Vec<crate::events::Event>,
}

/// Where to read on.
#[derive(Debug, Deserialize)]
pub struct After {
    #[serde(default)]
    after: u32,
}

/// The history of a match, for who reads on from the last number it has seen
#[utoipa::path(get, path = "/v1/matches/{match_id}/events", tag = "matches",
    params(("match_id" = String, Path, description = "What the queue answered"),
        ("after" = Option<u32>, Query, description = "The last number that is known, 0 for all")),
    responses(
        (status = 200, body = EventsResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 422, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn events(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Match not found");
    let id: MatchId = id.parse().map_err(|_| missing())?;
    service::find(&ctx, id).await?.ok_or_else(missing)?;
    let events = ctx.store.events_of_match(id.to_string(), after.into(), EVENTS_MAX).await?;
    let events = events.into_iter().map(crate::events::Event::public).collect();
    Ok(json(&EventsResponse { events }))
}

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    queue_size: i64,
    active_matches: usize,
    live_match_ids: Vec<String>,
}

/// That the process answers, and what goes on.
pub(crate) async fn health(State(ctx): State<Ctx>) -> Result<Response, Problem> {
    let read = ctx.store.read(async |tx| {
        let waiting = entries::waiting_count(tx).await?;
        Ok::<_, store::Error>((waiting, rows::live(tx, LIVE_MAX).await?))
    });
    let (queue_size, live_match_ids) = read.await?;
    let active_matches = live_match_ids.len();
    Ok(json(&Health { status: "ok", queue_size, active_matches, live_match_ids }))
}

impl From<Match> for MatchResponse {
    fn from(from: Match) -> Self {
        let side = |index: usize| from.players.get(index);
        let code = |index| side(index).map(|it| it.connect_code.clone()).unwrap_or_default();
        let wallet = |index| side(index).and_then(|it| it.wallet.clone());
        let completed_at = from.ended_at.filter(|_| from.status == Status::Completed);
        Self {
            id: from.id,
            status: from.status.name(),
            p1_connect_code: code(0),
            p2_connect_code: code(1),
            p1_wallet: wallet(0),
            p2_wallet: wallet(1),
            p1_result: None,
            p2_result: None,
            winner_wallet: None,
            loser_wallet: None,
            winner_score: None,
            loser_score: None,
            result_timestamp: None,
            created_at: iso(from.created_at),
            completed_at: completed_at.map(iso),
            wager_status: None,
            wager_amount: None,
            wager_id: None,
            wager_proposer: None,
            pool_id: None,
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
