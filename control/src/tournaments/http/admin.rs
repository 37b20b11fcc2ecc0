//! `/v1/admin/tournaments`: made, closed, decided where nobody else does, and ended.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::rules::settings::{
    BEST_OF, Byes, ENTRIES_MAX, Pace, ROUNDS_MAX, SHOW_UP_DEFAULT_S, SHOW_UP_S, Seeding, Settings,
};
use super::super::rules::{Format, Spot};
use super::super::ruling::{self, Winner};
use super::super::{Status, entering};
use super::answers::TournamentResponse;
use super::bracket::BracketResponse;
use super::{name_fits, tournament};
use crate::admin::Act;
use crate::admin::http::WhyRequest;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::Operator;
use crate::matches::rules::{Side, Sides};
use crate::queue::MELEE;
use crate::time::Span;

/// A tournament that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeTournamentRequest {
    #[schema(min_length = 1, max_length = 100, example = "Friday")]
    name: String,
    #[serde(default)]
    format: Format,
    /// Whose matches it plays; `melee` if it is left out.
    #[serde(default)]
    #[schema(max_length = 256, example = "melee")]
    queue: Option<String>,
    /// What is played for, where the queue has tiers.
    #[serde(default)]
    #[schema(max_length = 256)]
    tier: Option<String>,
    /// Matches of a series: 1, 3, 5 or 7; 1 if it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 7)]
    best_of: Option<u8>,
    #[serde(default)]
    seeding: Seeding,
    #[serde(default)]
    pace: Pace,
    /// Seconds that a side may take to show up; 600 if it is left out.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 86_400)]
    show_up_s: Option<u32>,
    /// How many may enter; 64 if it is left out.
    #[serde(default)]
    #[schema(minimum = 2, maximum = 64)]
    entries_max: Option<u16>,
    /// Rounds of a Swiss tournament; as many as an elimination has if it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 16)]
    rounds: Option<u16>,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// What came of a game, and why an operator says so.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideGameRequest {
    /// From 0.
    #[schema(minimum = 0, maximum = 4096)]
    round: u16,
    /// From 0.
    #[schema(minimum = 0, maximum = 4096)]
    slot: u16,
    winner: GameWinner,
    /// What was left of each side, or the matches of a series that it won.
    #[serde(default)]
    #[schema(maximum = 255)]
    score_a: u8,
    #[serde(default)]
    #[schema(maximum = 255)]
    score_b: u8,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// Who wins a game.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GameWinner {
    /// The first side.
    A,
    /// The second side.
    B,
    /// Neither: only where nobody has to go on.
    Draw,
}

/// A game, and why it is played again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayGameRequest {
    /// From 0.
    #[schema(minimum = 0, maximum = 4096)]
    round: u16,
    /// From 0.
    #[schema(minimum = 0, maximum = 4096)]
    slot: u16,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// Make a tournament, which anybody may enter until it is closed
#[utoipa::path(post, path = "/v1/admin/tournaments", tag = "admin", security(("bearer" = [])),
    request_body = MakeTournamentRequest,
    responses(
        (status = 200, body = TournamentResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn make(
    State(ctx): State<Ctx>,
    operator: Operator,
    Json(asked): Json<MakeTournamentRequest>,
) -> Result<Response, Problem> {
    name_fits(&asked.name)?;
    let settings = settings(&asked)?;
    let act = Act::new(operator, &asked.why, ctx.clock.now())?;
    let made = entering::make(&ctx, act, asked.name, settings, Vec::new()).await?;
    Ok(json(&TournamentResponse::of(&made)))
}

fn settings(asked: &MakeTournamentRequest) -> Result<Settings, Problem> {
    let best_of = asked.best_of.unwrap_or(1);
    if !BEST_OF.contains(&best_of) {
        return Err(Problem::invalid("best_of: expected 1, 3, 5 or 7"));
    }
    let show_up_s = asked.show_up_s.unwrap_or(SHOW_UP_DEFAULT_S);
    if !SHOW_UP_S.contains(&show_up_s) {
        return Err(Problem::invalid("show_up_s: expected 10 to 86400"));
    }
    let entries_max = asked.entries_max.unwrap_or(ENTRIES_MAX);
    if !(2..=ENTRIES_MAX).contains(&entries_max) {
        return Err(Problem::invalid("entries_max: expected 2 to 64"));
    }
    if asked.rounds.is_some_and(|rounds| !(1..=ROUNDS_MAX).contains(&rounds)) {
        return Err(Problem::invalid("rounds: expected 1 to 16"));
    }
    if asked.rounds.is_some() && asked.format != Format::Swiss {
        return Err(Problem::invalid("rounds: only a swiss tournament is told how many"));
    }
    Ok(Settings {
        format: asked.format,
        queue: asked.queue.clone().unwrap_or_else(|| MELEE.to_owned()),
        tier: asked.tier.clone(),
        best_of,
        seeding: asked.seeding,
        pace: asked.pace,
        show_up: Span::seconds(show_up_s.into()),
        entries_max,
        rounds: asked.rounds,
        byes: Byes::Best,
    })
}

/// Close registration: the seed is published, and the bracket stands
#[utoipa::path(post, path = "/v1/admin/tournaments/{tournament_id}/close", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = TournamentResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn close(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let closed = entering::close(&ctx, act, tournament(&id)?).await?;
    Ok(json(&TournamentResponse::of(&closed)))
}

/// Decide a game of a tournament; a match of it that goes on is taken back
#[utoipa::path(post, path = "/v1/admin/tournaments/{tournament_id}/decide", tag = "admin",
    security(("bearer" = [])), request_body = DecideGameRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = BracketResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn decide(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(asked): Json<DecideGameRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &asked.why, ctx.clock.now())?;
    let spot = Spot { round: asked.round, slot: asked.slot };
    let winner = match asked.winner {
        GameWinner::A => Winner::Side(Side::First),
        GameWinner::B => Winner::Side(Side::Second),
        GameWinner::Draw => Winner::Nobody,
    };
    let score = Sides { first: asked.score_a, second: asked.score_b };
    let ruled = ruling::rule(&ctx, act, tournament(&id)?, spot, winner, score).await?;
    Ok(json(&BracketResponse::of(&ruled)))
}

/// Have a game of a tournament played again; a match of it that goes on is taken back
#[utoipa::path(post, path = "/v1/admin/tournaments/{tournament_id}/replay", tag = "admin",
    security(("bearer" = [])), request_body = ReplayGameRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = BracketResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn replay(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(ReplayGameRequest { round, slot, why }): Json<ReplayGameRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let again = ruling::replay(&ctx, act, tournament(&id)?, Spot { round, slot }).await?;
    Ok(json(&BracketResponse::of(&again)))
}

/// End a tournament without a champion; matches that go on are played, and count for nothing in it
#[utoipa::path(post, path = "/v1/admin/tournaments/{tournament_id}/end", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("tournament_id" = String, Path, description = "8 digits in hex")),
    responses(
        (status = 200, body = TournamentResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn end(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let ended = ruling::set_status(&ctx, act, tournament(&id)?, Status::Complete).await?;
    Ok(json(&TournamentResponse::of(&ended)))
}
