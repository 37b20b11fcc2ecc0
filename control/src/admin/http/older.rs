//! `/admin`: as operators of the older interface call. No body, and so no reason.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::Act;
use crate::admin::older::{self, Cleaned};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::json;
use crate::identities::auth::Operator;
use crate::ids::{MatchId, TicketId};
use crate::matches::service;

/// What was ended, and what is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct CleanupResponse {
    /// Entries of `melee` that waited.
    expired_queue_entries: usize,
    /// Matches of `melee` that were played.
    expired_matches: usize,
    /// Entries that wait, in any queue.
    queue_size: i64,
    /// Matches that go on, of any queue.
    active_matches: i64,
}

/// What became of a match.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpireResponse {
    #[schema(value_type = String)]
    match_id: MatchId,
    /// `expired`; or `completed`, which does not change.
    status: &'static str,
    /// Whether it was played until now.
    changed: bool,
}

/// A match that was begun anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct RematchResponse {
    #[schema(value_type = String)]
    new_match_id: MatchId,
    p1_connect_code: Option<String>,
    p2_connect_code: Option<String>,
    /// What the first side reports with: tell it, and nobody else.
    #[schema(value_type = String)]
    p1_queue_id: TicketId,
    /// What the second side reports with.
    #[schema(value_type = String)]
    p2_queue_id: TicketId,
}

/// The wallets of a match.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalletsResponse {
    p1_wallet: Option<String>,
    p2_wallet: Option<String>,
}

/// End every wait and every match of `melee`
///
/// Matches that are played end without a result, and every stake goes back. Results that are decided
/// or disputed stay as they are, and so do other queues.
#[utoipa::path(post, path = "/admin/cleanup", tag = "admin", security(("bearer" = [])),
    responses(
        (status = 200, body = CleanupResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn cleanup(State(ctx): State<Ctx>, operator: Operator) -> Result<Response, Problem> {
    let act = Act::unexplained(operator, "POST /admin/cleanup", ctx.clock.now());
    let Cleaned { entries, matches, waiting, active } = older::cleanup(&ctx, act).await?;
    Ok(json(&CleanupResponse {
        expired_queue_entries: entries,
        expired_matches: matches,
        queue_size: waiting,
        active_matches: active,
    }))
}

/// End a match without a result: every stake goes back
#[utoipa::path(post, path = "/admin/matches/{match_id}/expire", tag = "admin",
    security(("bearer" = [])),
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = ExpireResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn expire(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let act = Act::unexplained(operator, "POST /admin/matches/{id}/expire", ctx.clock.now());
    let (ended, changed) = older::expire(&ctx, act, known(&id)?).await?;
    let status = ended.state.old_name();
    Ok(json(&ExpireResponse { match_id: ended.id, status, changed }))
}

/// Have both sides of a match meet again, at once
///
/// Where one of them waits in a queue, it does not any more. Only in queues in which one may play
/// several matches at a time, such as `melee`.
#[utoipa::path(post, path = "/admin/matches/{match_id}/rematch", tag = "admin",
    security(("bearer" = [])),
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = RematchResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn rematch(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let act = Act::unexplained(operator, "POST /admin/matches/{id}/rematch", ctx.clock.now());
    let made = older::rematch(&ctx, act, known(&id)?).await?;
    Ok(json(&RematchResponse {
        new_match_id: made.id,
        p1_connect_code: made.codes.first,
        p2_connect_code: made.codes.second,
        p1_queue_id: made.entries.first,
        p2_queue_id: made.entries.second,
    }))
}

/// Give sides without a wallet that of their entry, or of their account
#[utoipa::path(post, path = "/admin/matches/{match_id}/backfill-wallets", tag = "admin",
    security(("bearer" = [])),
    params(("match_id" = String, Path, description = "What the queue answered")),
    responses(
        (status = 200, body = WalletsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn backfill_wallets(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let call = "POST /admin/matches/{id}/backfill-wallets";
    let act = Act::unexplained(operator, call, ctx.clock.now());
    let filled = older::backfill_wallets(&ctx, act, known(&id)?).await?;
    let [p1_wallet, p2_wallet] = [filled.players.first.wallet, filled.players.second.wallet];
    Ok(json(&WalletsResponse { p1_wallet, p2_wallet }))
}

fn known(id: &str) -> Result<MatchId, Problem> {
    id.parse().map_err(|_| service::Error::Unknown.into())
}
