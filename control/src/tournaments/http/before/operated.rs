//! `/admin/tournaments`: what operators of the old API ask.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::super::super::desk::{self, Shown};
use super::super::super::rules::game::State as GameState;
use super::super::super::rules::{Place, Spot, Verdict};
use super::super::super::{Error, Status, ruling};
use super::super::tournament;
use super::asked::AdvanceRequest;
use super::objects::TournamentBefore;
use super::{act, advanced, as_before, shown};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::{json, lenient};
use crate::identities::auth::Operator;
use crate::pools::rules::Betting;
use crate::store::tournaments::Bets;
use crate::uint::PoolId;

/// Which game.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TournamentDistributeRequest)]
pub struct DistributeRequest {
    /// From 0.
    #[serde(deserialize_with = "lenient::whole")]
    #[schema(minimum = 0, maximum = 4096)]
    round: u16,
    /// From 0.
    #[serde(deserialize_with = "lenient::whole")]
    #[schema(minimum = 0, maximum = 4096)]
    slot: u16,
}

/// Where a tournament is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TournamentStatusRequest)]
pub struct StatusRequest {
    status: Status,
}

/// Whether a game's pool is paid out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentDistributedResponse)]
pub struct DistributedResponse {
    /// Whether it is, or the contract is being told to: it is once the match is settled.
    distributed: bool,
    #[schema(value_type = Option<u64>)]
    pool_id: Option<Box<RawValue>>,
}

/// The pools of a tournament's games.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentPoolsResponse)]
pub struct PoolsResponse {
    /// By round and slot, such as `0:1`; of each game that of its last match.
    pools: BTreeMap<String, GamePool>,
}

/// The pool of a game.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TournamentPool)]
pub struct GamePool {
    #[schema(value_type = Option<u64>)]
    pool_id: Option<Box<RawValue>>,
    round: u16,
    slot: u16,
    /// `open`, `closed`, `resolve` (it is paid out) or `cancel` (every bet goes back).
    #[schema(value_type = String)]
    status: Betting,
    /// The name of the game's winner.
    winner: Option<String>,
}

/// Say who has won a game; a match of it that goes on is taken back
#[utoipa::path(post, path = "/admin/tournaments/{tournament_id}/force-advance", tag = "admin",
    security(("bearer" = [])), request_body = AdvanceRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn force_advance(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(asked): Json<AdvanceRequest>,
) -> Result<Response, Problem> {
    advanced(&ctx, operator, &id, asked, "POST /admin/tournaments/ID/force-advance").await
}

/// Ask whether the pool of a game is paid out; it is by itself once its match is settled
#[utoipa::path(post, path = "/admin/tournaments/{tournament_id}/distribute", tag = "admin",
    security(("bearer" = [])), request_body = DistributeRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = DistributedResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn distribute(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Path(id): Path<String>,
    Json(DistributeRequest { round, slot }): Json<DistributeRequest>,
) -> Result<Response, Problem> {
    let found = desk::look(&ctx, tournament(&id)?).await?;
    let bets = bets_of(&found, Spot { round, slot }).ok_or(Error::NoPool)?;
    let distributed = match bets.betting {
        Betting::Resolve | Betting::Cancel => bets.pool.is_some(),
        Betting::Open | Betting::Closed => false,
    };
    let pool_id = bets.pool.and_then(PoolId::exact);
    Ok(json(&DistributedResponse { distributed, pool_id }))
}

/// Move a tournament on by hand: close it, or end it without a champion
#[utoipa::path(post, path = "/admin/tournaments/{tournament_id}/set-status", tag = "admin",
    security(("bearer" = [])), request_body = StatusRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = TournamentBefore),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn set_status(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(StatusRequest { status }): Json<StatusRequest>,
) -> Result<Response, Problem> {
    let act = act(&ctx, operator, "POST /admin/tournaments/ID/set-status")?;
    let moved = ruling::set_status(&ctx, act, tournament(&id)?, status).await;
    shown(&ctx, moved.map_err(as_before)?).await
}

/// Look at the pools of a tournament's games
#[utoipa::path(get, path = "/admin/tournaments/{tournament_id}/pools", tag = "admin",
    security(("bearer" = [])),
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses((status = 200, body = PoolsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn pools(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = desk::look(&ctx, tournament(&id)?).await?;
    let pool = |spot: &Spot| {
        let bets = bets_of(&found, *spot)?;
        let pool = GamePool {
            pool_id: bets.pool.and_then(PoolId::exact),
            round: spot.round,
            slot: spot.slot,
            status: bets.betting,
            winner: winner_of(&found, *spot),
        };
        Some((format!("{}:{}", spot.round, spot.slot), pool))
    };
    Ok(json(&PoolsResponse { pools: found.whole.games.keys().filter_map(pool).collect() }))
}

fn bets_of(found: &Shown, spot: Spot) -> Option<Bets> {
    let match_id = found.whole.games.get(&spot)?.last_match?;
    found.bets.get(&match_id).copied()
}

fn winner_of(found: &Shown, spot: Spot) -> Option<String> {
    let whole = &found.whole;
    let GameState::Decided { decided, .. } = whole.games.get(&spot)?.state else { return None };
    let Verdict::Won(side) = decided.verdict else { return None };
    let Place::Known(seed) = *whole.course().bracket().at(spot)?.sides.of(side) else {
        return None;
    };
    whole.name_of(seed).map(str::to_owned)
}
