//! `/v1/entries`: what whoever waits may expect, why nobody has come yet, and that an operator may
//! let somebody go first.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Status;
use super::rules::estimate::Estimate;
use super::rules::explain::Explanation;
use super::service::{self, Outlook, Seen};
use crate::admin::Act;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::Operator;
use crate::ids::{MatchId, TicketId};

const PRIORITY_MAX: u8 = 9;

/// An entry of a queue, and what it may expect.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryResponse {
    #[schema(value_type = String)]
    queue_id: TicketId,
    queue: String,
    /// `waiting`, `matched`, `cancelled` or `expired`.
    status: &'static str,
    /// Once it is matched.
    #[schema(value_type = Option<String>)]
    match_id: Option<MatchId>,
    /// While it waits.
    outlook: Option<OutlookResponse>,
}

/// What whoever waits may expect.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutlookResponse {
    /// From 1. The first 256 are counted when they ask; further behind it is that of a second ago.
    position: i64,
    /// Milliseconds, counted from when the wait began.
    waited_ms: u64,
    /// How much longer it took others who had waited as long: a quarter of them up to `lower_ms`,
    /// half of them up to `median_ms`, three quarters up to `upper_ms`. Only `waits`, how many of
    /// them there were, is there while they are too few.
    estimated_wait: Estimate,
    /// Unix milliseconds: when it stops waiting. Where a poll is a sign of life, the next one
    /// moves this on.
    expires_at: Option<i64>,
    /// Whether that is near.
    expiring: bool,
}

/// Who goes first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityRequest {
    /// Higher goes first, whoever waits how long; 0 is everybody's.
    #[schema(maximum = 9)]
    priority: u8,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// Look at an entry, and at what it may expect
#[utoipa::path(get, path = "/v1/entries/{queue_id}", tag = "queue",
    params(("queue_id" = String, Path, description = "What joining answered")),
    responses(
        (status = 200, body = EntryResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let seen = service::look(&ctx, parse(&id)?).await?.ok_or_else(missing)?;
    shown(&ctx, seen).await
}

/// Ask why an entry waits: who was considered, and what ruled them out
///
/// It is what the last round saw, a second ago at most. The others stay nameless.
#[utoipa::path(get, path = "/v1/entries/{queue_id}/explain", tag = "queue",
    params(("queue_id" = String, Path, description = "What joining answered")),
    responses(
        (status = 200, body = Explanation),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn explain(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let seen = service::peek(&ctx, parse(&id)?).await?.ok_or_else(missing)?;
    match service::why(&ctx, &seen).await? {
        Some(explanation) => Ok(json(&explanation)),
        None => Err(does_not_wait(seen.ticket.status)),
    }
}

/// Let an entry go before others
#[utoipa::path(post, path = "/v1/admin/entries/{queue_id}/priority", tag = "admin",
    security(("bearer" = [])), request_body = PriorityRequest,
    params(("queue_id" = String, Path, description = "What joining answered")),
    responses(
        (status = 200, body = EntryResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn prefer(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(PriorityRequest { priority, why }): Json<PriorityRequest>,
) -> Result<Response, Problem> {
    if priority > PRIORITY_MAX {
        return Err(Problem::invalid(format!("priority: expected 0 to {PRIORITY_MAX}")));
    }
    let id = parse(&id)?;
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let ticket = service::prefer(&ctx, act, id, priority).await?.ok_or_else(missing)?;
    if ticket.status != Status::Waiting {
        return Err(does_not_wait(ticket.status));
    }
    shown(&ctx, service::peek(&ctx, id).await?.ok_or_else(missing)?).await
}

async fn shown(ctx: &Ctx, seen: Seen) -> Result<Response, Problem> {
    let outlook = service::outlook(ctx, &seen).await?.map(OutlookResponse::from);
    let ticket = seen.ticket;
    Ok(json(&EntryResponse {
        queue_id: ticket.entry.ticket,
        queue: ticket.queue,
        status: ticket.status.name(),
        match_id: ticket.match_id,
        outlook,
    }))
}

impl From<Outlook> for OutlookResponse {
    fn from(Outlook { position, waited, wait, expires_at, expiring }: Outlook) -> Self {
        Self {
            position,
            waited_ms: waited.0,
            estimated_wait: wait,
            expires_at: expires_at.map(|at| at.0),
            expiring,
        }
    }
}

fn parse(id: &str) -> Result<TicketId, Problem> {
    id.parse().map_err(|_| missing())
}

fn missing() -> Problem {
    Problem::not_found("Queue entry not found")
}

fn does_not_wait(status: Status) -> Problem {
    let status = status.name();
    let detail = format!("this entry does not wait: it is {status}");
    Problem::conflict("not_waiting", detail)
}
