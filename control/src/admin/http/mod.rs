//! `/v1/admin`: for operators. Every act names its reason, which goes into the log with it.

pub mod matches;
pub mod older;
pub mod queues;
pub mod users;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Error;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::events::Event;
use crate::http::extract::Query;
use crate::http::json;
use crate::identities::auth::Operator;

/// Lines of one answer.
const EVENTS_MAX: u16 = 1000;

/// Why it is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyRequest {
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    pub(crate) why: String,
}

/// The log, with all that it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogResponse {
    /// The oldest first.
    events: Vec<Event>,
    /// The number of the last line that there is.
    last: i64,
}

/// Where to read on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    #[serde(default)]
    after: u32,
    limit: Option<u16>,
}

/// Read the log of what happened
#[utoipa::path(get, path = "/v1/admin/events", tag = "admin", security(("bearer" = [])),
    params(("after" = Option<i64>, Query, minimum = 0, maximum = 4_294_967_295_i64,
            description = "The last number that is known, 0 for all"),
        ("limit" = Option<u16>, Query, description = "1 to 1000; 100 if it is left out")),
    responses(
        (status = 200, body = LogResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn events(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Query(After { after, limit }): Query<After>,
) -> Result<Response, Problem> {
    let limit = limit.unwrap_or(100);
    if !(1..=EVENTS_MAX).contains(&limit) {
        return Err(Problem::invalid("limit: expected 1 to 1000"));
    }
    let last = *ctx.store.told().borrow();
    let events = ctx.store.events_after(after.into(), limit.into()).await?;
    Ok(json(&LogResponse { events, last }))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NoSuchUser | Error::NoSuchKey | Error::NoSuchQueue => Self::not_found(detail),
            Error::NoReason | Error::Invalid(_) | Error::Score(_) => Self::invalid(detail),
            Error::NameTaken => Self::conflict("name_taken", detail),
            Error::NobodyToRequeue => Self::conflict("match_state", detail),
            Error::NotRepeated => Self::conflict("not_repeated", detail),
            Error::SameWallet => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "same_wallet", detail),
            Error::Match(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}
