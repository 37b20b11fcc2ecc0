//! Entrants withdraw, or are taken out by an operator.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::leaving;
use super::answers::TournamentResponse;
use super::{SpeakerRequest, tournament};
use crate::admin::Act;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::{Anybody, Operator};

/// Whom an operator takes out, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TournamentTakeOutRequest)]
pub struct TakeOutRequest {
    /// As the bracket shows it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// Withdraw an entry
///
/// As long as anybody may enter, its place is free again. Later, whatever it has left to play is lost
/// by walkover, and a match that it plays is lost as by leaving it.
#[utoipa::path(post, path = "/v1/tournaments/{tournament_id}/withdraw", tag = "tournaments",
    security((), ("bearer" = [])), request_body = SpeakerRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = TournamentResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn withdraw(
    State(ctx): State<Ctx>,
    Anybody(caller): Anybody,
    Path(id): Path<String>,
    Json(asked): Json<SpeakerRequest>,
) -> Result<Response, Problem> {
    let who = asked.speaker(caller)?;
    let left = leaving::withdraw(&ctx, tournament(&id)?, who).await?;
    Ok(json(&TournamentResponse::of(&left)))
}

/// Take an entry out of a tournament, as if it had withdrawn
#[utoipa::path(post, path = "/v1/admin/tournaments/{tournament_id}/withdraw", tag = "admin",
    security(("bearer" = [])), request_body = TakeOutRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = TournamentResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn take_out(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(TakeOutRequest { name, why }): Json<TakeOutRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let left = leaving::take_out(&ctx, act, tournament(&id)?, name).await?;
    Ok(json(&TournamentResponse::of(&left)))
}
