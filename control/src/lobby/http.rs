//! Crews, battles and games of many. Whoever takes part has an account.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reports::{self, Ruling, Winner};
use super::rules::Refused;
use super::service::{self, Error};
use super::{Course, Crew, Lobby};
use crate::admin::Act;
use crate::admin::http::WhyRequest;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::identities::auth::{Caller, Operator};
use crate::ids::{LobbyId, PlayerId};
use crate::store;

/// A lobby.
#[derive(Debug, Serialize, ToSchema)]
pub struct LobbyResponse {
    #[schema(value_type = String)]
    lobby_id: LobbyId,
    queue: String,
    /// `battle` or `ffa`, with who is in it, where it is, and until when.
    #[schema(value_type = Object)]
    course: Course,
    /// Unix milliseconds.
    created_at: i64,
}

/// A crew.
#[derive(Debug, Serialize, ToSchema)]
pub struct CrewResponse {
    #[schema(value_type = String)]
    crew_id: LobbyId,
    queue: String,
    #[schema(value_type = String)]
    leader: PlayerId,
    #[schema(value_type = Vec<String>)]
    members: Vec<PlayerId>,
    /// The battle that it is in.
    #[schema(value_type = Option<String>)]
    lobby_id: Option<LobbyId>,
}

/// Whom to challenge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    /// A crew; any that seeks a battle if it is left out.
    #[serde(default)]
    crew_id: Option<LobbyId>,
}

/// What a crew that was asked says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LobbyAnswerRequest)]
pub struct AnswerRequest {
    /// The crew that was asked.
    crew_id: LobbyId,
    /// Whether it comes.
    response: crate::matches::http::Answer,
}

/// Who has won.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LobbyReportRequest)]
pub struct ReportRequest {
    /// The crew, or the player in a game of many; null for a draw, or if nobody has.
    #[schema(value_type = Option<String>)]
    winner: Option<LobbyId>,
}

/// Who has won, as an operator decides it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LobbyFinishRequest)]
pub struct FinishRequest {
    /// The crew, or the player in a game of many; null for a draw, or if nobody has.
    #[schema(value_type = Option<String>)]
    winner: Option<LobbyId>,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// Register for a game of many
#[utoipa::path(post, path = "/v1/queues/{queue}/register", tag = "lobbies",
    security(("bearer" = [])),
    params(("queue" = String, Path, description = "Such as `bounty_hunt`")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn register(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(queue): Path<String>,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    Ok(json(&LobbyResponse::from(service::register(&ctx, &queue, caller.id).await?)))
}

/// Form a crew
#[utoipa::path(post, path = "/v1/queues/{queue}/crews", tag = "lobbies",
    security(("bearer" = [])),
    params(("queue" = String, Path, description = "Such as `proxy_war`")),
    responses((status = 200, body = CrewResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn form(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(queue): Path<String>,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    Ok(json(&CrewResponse::from(service::form(&ctx, &queue, caller.id, None).await?)))
}

/// Look at a crew
#[utoipa::path(get, path = "/v1/crews/{crew_id}", tag = "lobbies",
    params(("crew_id" = String, Path, description = "What forming it answered")),
    responses((status = 200, body = CrewResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn look_at_crew(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Error::NoSuchCrew)?;
    Ok(json(&CrewResponse::from(service::find_crew(&ctx, id).await?)))
}

/// Come to a crew
#[utoipa::path(post, path = "/v1/crews/{crew_id}/join", tag = "lobbies",
    security(("bearer" = [])),
    params(("crew_id" = String, Path, description = "What forming it answered")),
    responses((status = 200, body = CrewResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn join_crew(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    change_crew(&ctx, &caller, &id, true).await
}

/// Leave a crew
#[utoipa::path(post, path = "/v1/crews/{crew_id}/leave", tag = "lobbies",
    security(("bearer" = [])),
    params(("crew_id" = String, Path, description = "What forming it answered")),
    responses((status = 200, body = CrewResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn leave_crew(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    change_crew(&ctx, &caller, &id, false).await
}

async fn change_crew(
    ctx: &Ctx,
    caller: &Caller,
    id: &str,
    comes: bool,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    let id = id.parse().map_err(|_| Error::NoSuchCrew)?;
    Ok(json(&CrewResponse::from(service::change_crew(ctx, id, caller.id, comes).await?)))
}

/// Challenge a crew, or any
#[utoipa::path(post, path = "/v1/crews/{crew_id}/challenge", tag = "lobbies",
    security(("bearer" = [])), request_body = ChallengeRequest,
    params(("crew_id" = String, Path, description = "What forming it answered")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn challenge(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
    Json(asked): Json<ChallengeRequest>,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    let id = id.parse().map_err(|_| Error::NoSuchCrew)?;
    let lobby = service::challenge(&ctx, id, caller.id, asked.crew_id, None).await?;
    Ok(json(&LobbyResponse::from(lobby)))
}

/// Answer a challenge
#[utoipa::path(post, path = "/v1/lobbies/{lobby_id}/answer", tag = "lobbies",
    security(("bearer" = [])), request_body = AnswerRequest,
    params(("lobby_id" = String, Path, description = "The battle")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn answer(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
    Json(asked): Json<AnswerRequest>,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    let id = id.parse().map_err(|_| Error::Unknown)?;
    let accepts = asked.response.accepts();
    let lobby = service::answer(&ctx, id, asked.crew_id, caller.id, accepts).await?;
    Ok(json(&LobbyResponse::from(lobby)))
}

/// Look at a lobby
#[utoipa::path(get, path = "/v1/lobbies/{lobby_id}", tag = "lobbies",
    params(("lobby_id" = String, Path, description = "What registering or challenging answered")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Error::Unknown)?;
    Ok(json(&LobbyResponse::from(service::find(&ctx, id).await?)))
}

/// Leave a game of many, or take a challenge back
#[utoipa::path(post, path = "/v1/lobbies/{lobby_id}/leave", tag = "lobbies",
    security(("bearer" = [])),
    params(("lobby_id" = String, Path, description = "What registering or challenging answered")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn leave(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    let id = id.parse().map_err(|_| Error::Unknown)?;
    Ok(json(&LobbyResponse::from(service::leave(&ctx, id, caller.id).await?)))
}

/// Say who won: the game ends when both leaders, or more than half of the players, say the same
#[utoipa::path(post, path = "/v1/lobbies/{lobby_id}/report", tag = "lobbies",
    security(("bearer" = [])), request_body = ReportRequest,
    params(("lobby_id" = String, Path, description = "What registering or challenging answered")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn report(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
    Json(asked): Json<ReportRequest>,
) -> Result<Response, Problem> {
    caller.needs("queue")?;
    let id = id.parse().map_err(|_| Error::Unknown)?;
    let winner = Winner(asked.winner.map(|id| id.0));
    Ok(json(&LobbyResponse::from(reports::report(&ctx, id, caller.id, winner).await?)))
}

/// Decide who won
#[utoipa::path(post, path = "/v1/admin/lobbies/{lobby_id}/finish", tag = "admin",
    security(("bearer" = [])), request_body = FinishRequest,
    params(("lobby_id" = String, Path, description = "What registering or challenging answered")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn finish(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(asked): Json<FinishRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Error::Unknown)?;
    let act = Act::new(operator, &asked.why, ctx.clock.now())?;
    let ruling = Ruling::Finish(Winner(asked.winner.map(|id| id.0)));
    Ok(json(&LobbyResponse::from(reports::rule(&ctx, act, id, ruling).await?)))
}

/// Take a lobby back: everybody is free, and every entry is returned
#[utoipa::path(post, path = "/v1/admin/lobbies/{lobby_id}/void", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("lobby_id" = String, Path, description = "What registering or challenging answered")),
    responses((status = 200, body = LobbyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn void(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(id): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Error::Unknown)?;
    let act = Act::new(operator, &why, ctx.clock.now())?;
    Ok(json(&LobbyResponse::from(reports::rule(&ctx, act, id, Ruling::Void).await?)))
}

impl From<Lobby> for LobbyResponse {
    fn from(from: Lobby) -> Self {
        let Lobby { id, queue, course, created_at, .. } = from;
        Self { lobby_id: id, queue, course, created_at: created_at.0 }
    }
}

impl From<Crew> for CrewResponse {
    fn from(from: Crew) -> Self {
        let Crew { id, queue, leader, members, lobby, .. } = from;
        Self { crew_id: id, queue, leader, members, lobby_id: lobby }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NoSuchQueue(_) | Error::Unknown | Error::NoSuchCrew => Self::not_found(detail),
            Error::NotTheLeader | Error::NoVoice => Self::forbidden(detail),
            Error::ToldOtherwise => Self::conflict("told_otherwise", detail),
            Error::Refused(Refused::NotAPlayer) => Self::invalid(detail),
            Error::Closed => Self::conflict("queue_closed", detail),
            Error::InBattle => Self::conflict("in_battle", detail),
            Error::Refused(Refused::BadCrew { .. }) => Self::conflict("bad_crew", detail),
            Error::Refused(_) => Self::conflict("lobby_state", detail),
            Error::Store(store::Error::Constraint(_)) => {
                Self::conflict("in_lobby", "somebody of these is in another lobby already")
            }
            Error::Store(error) => error.into(),
        }
    }
}
