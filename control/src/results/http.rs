//! `/matches/{id}/result`: as the clients of the old API report, and what came of it.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::{Canonical, Report};
use super::service::{self, Error, Speaker};
use super::{Decided, Told};
use crate::chain::intents::{JobId, Kind};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::{json, lenient};
use crate::identities::auth::Anybody;
use crate::ids::MatchId;
use crate::matches::rules::{How, Outcome, Side, Sides};
use crate::matches::service::Error as MatchError;
use crate::ratings::Change;
use crate::store::{self, Tx, matches as match_rows};
use crate::time::Span;

/// Characters of a side's own words.
const OUTCOME_LEN_MAX: usize = 64;
/// No game takes longer.
const DURATION_S_MAX: f64 = 86_400.0;

/// What one side tells of its match.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReportRequest {
    /// What joining answered; may be left out by who is logged in.
    #[serde(default)]
    queue_id: Option<String>,
    /// `won`, `lost` or `draw`, or how the game ended, such as `COMPLETED`.
    #[schema(max_length = 64)]
    outcome: String,
    /// How long the game took.
    #[serde(default, deserialize_with = "lenient::real_or_none")]
    #[schema(minimum = 0, maximum = 86_400)]
    duration_seconds: Option<f64>,
    /// What this side had left.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    #[schema(minimum = 0, maximum = 255)]
    stocks_remaining: Option<i64>,
    /// What the other side had left.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    #[schema(minimum = 0, maximum = 255)]
    opponent_stocks: Option<i64>,
}

/// That it was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportResponse {
    success: bool,
}

/// Report a result: the second report decides the match
///
/// Both have to tell the same. The same report again is fine; another one is refused. Reports that
/// contradict each other make a dispute, which an operator decides, or nobody.
#[utoipa::path(post, path = "/matches/{match_id}/result", tag = "results",
    request_body = ReportRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = ReportResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn report(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    Anybody(caller): Anybody,
    Json(asked): Json<ReportRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::from(MatchError::Unknown))?;
    let speaker = match (&asked.queue_id, caller) {
        (Some(entry), _) => {
            Speaker::Entry(entry.parse().map_err(|_| Problem::from(MatchError::NotASide))?)
        }
        (None, Some(caller)) => {
            caller.needs("queue")?;
            Speaker::Identity(caller.id)
        }
        (None, None) => {
            let detail = "send what joining answered as queue_id, or log in";
            return Err(Problem::unauthorized(detail));
        }
    };
    service::report(&ctx, id, speaker, asked.parsed()?).await?;
    Ok(json(&ReportResponse { success: true }))
}

/// What came of a match, so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultResponse {
    #[schema(value_type = String)]
    match_id: MatchId,
    /// Who has reported.
    #[schema(value_type = Object)]
    reported: Sides<bool>,
    /// Once it is decided; it never changes.
    result: Option<Final>,
    /// The newest transaction that was signed to record it; null before both have signed, and where
    /// there is no chain. Once the match is settled, the chain has it.
    tx_hash: Option<String>,
}

/// A result that stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Final {
    /// `p1` or `p2`; empty for a draw.
    #[schema(value_type = Option<String>)]
    winner: Option<Side>,
    /// `played`, `timed_out`, `forfeited` or `ruled`.
    #[schema(value_type = String)]
    how: How,
    /// What each had left.
    #[schema(value_type = Object)]
    score: Sides<u8>,
    /// Unix milliseconds.
    decided_at: i64,
    /// What it did to the ratings.
    #[schema(value_type = Object)]
    ratings: Sides<Option<Moved>>,
}

/// What the result did to a side's rating.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Moved {
    before: i32,
    after: i32,
}

/// Look at a match's result
#[utoipa::path(get, path = "/v1/matches/{match_id}/result", tag = "results",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = ResultResponse),
        (status = 404, body = error::Body, content_type = "application/problem+json"),
        (status = 429, body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: MatchId = id.parse().map_err(|_| Problem::from(MatchError::Unknown))?;
    let read = async move |tx: &mut Tx| {
        let Some(_there) = match_rows::find(tx, id).await? else { return Ok(None) };
        let told = service::told(tx, id).await?;
        let changes = crate::ratings::service::changes_of(tx, &id.to_string()).await?;
        let job = JobId { kind: Kind::RecordMatch, business_id: id.to_string() };
        let tx_hash = store::jobs::hash(tx, &job).await?;
        Ok::<_, store::Error>(Some((told, changes, tx_hash)))
    };
    let found = ctx.store.read(read).await?;
    let (told, changes, tx_hash) = found.ok_or_else(|| Problem::from(MatchError::Unknown))?;
    let Told { reports, decided } = told;
    let reported = Sides { first: reports.first.is_some(), second: reports.second.is_some() };
    let result = decided.map(|decided| Final::of(decided, &changes));
    Ok(json(&ResultResponse { match_id: id, reported, result, tx_hash }))
}

impl ReportRequest {
    fn parsed(self) -> Result<Report, Problem> {
        if self.outcome.chars().count() > OUTCOME_LEN_MAX || self.outcome.contains('\0') {
            let detail = format!("outcome: expected at most {OUTCOME_LEN_MAX} characters, no NUL");
            return Err(Problem::invalid(detail));
        }
        let stocks = |name, value: Option<i64>| value.map(|it| score(name, it)).transpose();
        Ok(Report {
            stocks: stocks("stocks_remaining", self.stocks_remaining)?,
            opponent_stocks: stocks("opponent_stocks", self.opponent_stocks)?,
            took: self.duration_seconds.map(duration).transpose()?,
            outcome: self.outcome,
        })
    }
}

/// A score, if it is one.
pub(crate) fn score(name: &str, value: i64) -> Result<u8, Problem> {
    u8::try_from(value).map_err(|_| Problem::invalid(format!("{name}: expected 0 to 255")))
}

fn duration(seconds: f64) -> Result<Span, Problem> {
    if !(0.0..=DURATION_S_MAX).contains(&seconds) {
        return Err(Problem::invalid("duration_seconds: expected 0 to 86400"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded on both sides by the line above"
    )]
    Ok(Span((seconds * 1000.0).round() as u64))
}

impl Final {
    fn of(decided: Decided, changes: &[Change]) -> Self {
        let Canonical { outcome, stocks } = decided.result;
        let (winner, how) = match outcome {
            Outcome::Won { winner, how } => (Some(winner), how),
            Outcome::Drawn { how } => (None, how),
        };
        let moved = |team| {
            let change = changes.iter().find(|change| change.team == team)?;
            Some(Moved { before: change.before.0, after: change.after.rating.0 })
        };
        let ratings = Sides { first: moved(1), second: moved(2) };
        Self { winner, how, score: stocks, decided_at: decided.at.0, ratings }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Match(error) => error.into(),
            Error::ToldOtherwise(_) => Self::conflict("told_otherwise", detail),
            Error::DecidedHere => Self::conflict("decided_here", detail),
        }
    }
}
