//! `/v1/agents`: everybody reads, owners write.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Agent;
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::auth::Caller;
use crate::ids::PlayerId;
use crate::store::{self, Tx, agents as rows};

/// Agents of one answer, and of one identity.
const PAGE: i64 = 100;
const AGENTS_MAX: i64 = 100;

/// What an owner says about an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Nobody else has it.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// What its owner says of it.
    #[serde(default)]
    #[schema(max_length = 2000)]
    description: String,
    /// What it plays.
    #[serde(default)]
    #[schema(max_length = 64)]
    game: String,
}

/// Agents in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentsResponse {
    agents: Vec<Agent>,
    /// For `after`, if there may be more.
    next: Option<String>,
}

/// Where to read on.
#[derive(Debug, Deserialize)]
pub struct After {
    after: Option<PlayerId>,
}

/// Make an agent's profile
#[utoipa::path(post, path = "/v1/agents", tag = "agents", security(("bearer" = [])),
    request_body = Profile, responses((status = 201, body = Agent),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn make(
    State(ctx): State<Ctx>,
    caller: Caller,
    Json(profile): Json<Profile>,
) -> Result<Response, Problem> {
    caller.needs("agents")?;
    let now = ctx.clock.now();
    let agent = agent(profile, PlayerId(ctx.chance.id(now)).to_string(), caller.id, now)?;
    let kept = agent.clone();
    let work = async move |tx: &mut Tx| {
        if rows::count_of(tx, kept.owner).await? >= AGENTS_MAX {
            return Ok::<_, store::Error>(false);
        }
        rows::insert(tx, &kept);
        Ok(true)
    };
    if !ctx.store.write(work).await.map_err(named)? {
        let detail = format!("there are {AGENTS_MAX} agents of yours already");
        return Err(Problem::conflict("too_many_agents", detail));
    }
    let mut response = json(&agent);
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Change an agent's profile
#[utoipa::path(put, path = "/v1/agents/{agent_id}", tag = "agents", security(("bearer" = [])),
    params(("agent_id" = String, Path, description = "Its id")), request_body = Profile,
    responses((status = 200, body = Agent),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn change(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
    Json(profile): Json<Profile>,
) -> Result<Response, Problem> {
    caller.needs("agents")?;
    let agent = agent(profile, id, caller.id, ctx.clock.now())?;
    let work = async move |tx: &mut Tx| rows::update(tx, &agent).await;
    let changed = ctx.store.write(work).await.map_err(named)?;
    Ok(json(&changed.ok_or_else(|| Problem::not_found("there is no such agent of yours"))?))
}

/// Look at an agent
#[utoipa::path(get, path = "/v1/agents/{agent_id}", tag = "agents",
    params(("agent_id" = String, Path, description = "Its id")),
    responses((status = 200, body = Agent),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn look(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::not_found("there is no such agent");
    let id = id.parse::<PlayerId>().map_err(|_| missing())?.to_string();
    let found = ctx.store.read(async move |tx| rows::find(tx, &id).await).await?;
    Ok(json(&found.ok_or_else(missing)?))
}

/// List agents
#[utoipa::path(get, path = "/v1/agents", tag = "agents",
    params(("after" = Option<PlayerId>, Query, description = "The last id of the page before")),
    responses((status = 200, body = AgentsResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn list(
    State(ctx): State<Ctx>,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let agents = ctx.store.read(async move |tx| rows::after(tx, &after, PAGE).await).await?;
    let full = i64::try_from(agents.len()).is_ok_and(|count| count == PAGE);
    let next = agents.last().filter(|_| full).map(|agent| agent.id.clone());
    Ok(json(&AgentsResponse { agents, next }))
}

fn agent(
    profile: Profile,
    id: String,
    owner: PlayerId,
    now: crate::time::At,
) -> Result<Agent, Problem> {
    let Profile { name, description, game } = profile;
    for (field, text, lengths) in
        [("name", &name, 1..=64), ("description", &description, 0..=2000), ("game", &game, 0..=64)]
    {
        if !lengths.contains(&text.chars().count()) || text.contains('\0') {
            let (least, most) = lengths.into_inner();
            let detail =
                format!("{field}: expected {least} to {most} characters, none of them NUL");
            return Err(Problem::invalid(detail));
        }
    }
    Ok(Agent { id, owner, name, description, game, created_at: now, updated_at: now })
}

fn named(error: store::Error) -> Problem {
    if matches!(error, store::Error::Constraint(_)) {
        return Problem::conflict("name_taken", "this name is taken");
    }
    error.into()
}
