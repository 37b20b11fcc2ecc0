//! `/v1/matches/{match_id}/stakes`: what is to be paid, and what became of it.

use axum::extract::{Path, State};
use axum::response::Response;

use super::service;
use super::shown::Shown;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::json;

/// Look at the stakes of a match
#[utoipa::path(get, path = "/v1/matches/{match_id}/stakes", tag = "matches",
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Shown),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Match not found");
    let id = id.parse().map_err(|_| missing())?;
    let (of, escrow) = service::find(&ctx, id).await?.ok_or_else(missing)?;
    let escrow = escrow.ok_or_else(|| Problem::not_found("nothing is staked on this match"))?;
    Ok(json(&Shown::of(&escrow, &of.state_at(ctx.clock.now()))))
}
