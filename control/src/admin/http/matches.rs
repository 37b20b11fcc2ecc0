//! `/v1/admin/matches`.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::WhyRequest;
use crate::admin::Act;
use crate::admin::matches::{self, Ruling};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::Operator;
use crate::matches::http::{Seen, seen};
use crate::matches::rules::{Side, Sides};
use crate::matches::service;
use crate::results::http::score;

/// What a match comes to, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// What it comes to.
    winner: Winner,
    /// What the first side had left, if that is known.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 255)]
    p1_score: i64,
    /// What the second side had left, if that is known.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 255)]
    p2_score: i64,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// Who won.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Winner {
    /// The first side.
    P1,
    /// The second side.
    P2,
    /// Neither.
    Draw,
}

/// Take a match back: every stake is returned, and nobody is rated
#[utoipa::path(post, path = "/v1/admin/matches/{match_id}/void", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Seen),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn void(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    rule(&ctx, operator, &id, &why, Ruling::Void).await
}

/// Decide a disputed match
#[utoipa::path(post, path = "/v1/admin/matches/{match_id}/resolve", tag = "admin",
    security(("bearer" = [])), request_body = ResolveRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Seen),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn resolve(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(asked): Json<ResolveRequest>,
) -> Result<Response, Problem> {
    let ResolveRequest { winner, p1_score, p2_score, why } = asked;
    let score = Sides { first: score("p1_score", p1_score)?, second: score("p2_score", p2_score)? };
    let winner = match winner {
        Winner::P1 => Some(Side::First),
        Winner::P2 => Some(Side::Second),
        Winner::Draw => None,
    };
    rule(&ctx, operator, &id, &why, Ruling::Resolve { winner, score }).await
}

/// Take a match back, and send both sides to their old places in the queue
#[utoipa::path(post, path = "/v1/admin/matches/{match_id}/requeue", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = Seen),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn requeue(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    rule(&ctx, operator, &id, &why, Ruling::Requeue).await
}

async fn rule(
    ctx: &Ctx,
    operator: Operator,
    id: &str,
    why: &str,
    ruling: Ruling,
) -> Result<Response, Problem> {
    let act = Act::new(operator, why, ctx.clock.now())?;
    let id = id.parse().map_err(|_| Problem::from(service::Error::Unknown))?;
    let ruled = matches::rule(ctx, act, id, ruling).await?;
    Ok(json(&seen(ctx, vec![ruled]).await?.into_iter().next()))
}
