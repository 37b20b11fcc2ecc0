//! `/v1/admin/users`, and the keys of their programs.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WhyRequest;
use crate::admin::{Act, User, users};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::{Json, Query};
use crate::http::json;
use crate::identities::Role;
use crate::identities::auth::Operator;
use crate::identities::http::{KeyResponse, KeysResponse, Scope};
use crate::ids::PlayerId;
use crate::store::{self, admin as rows};

/// Users, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsersResponse {
    users: Vec<User>,
    /// For `before`, if there may be more.
    #[schema(value_type = Option<String>)]
    next: Option<PlayerId>,
}

/// Which users.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    role: Option<Role>,
    before: Option<PlayerId>,
}

/// A user for a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeUserRequest {
    /// 3 to 32 letters, digits, `_`, `-` or `.`
    name: String,
    /// What it may do.
    role: Role,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// What somebody may do from now on, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRequest {
    /// What they may do.
    role: Role,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// A key for somebody's program, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeKeyRequest {
    /// What it is called.
    name: String,
    /// What its bearer may do; each once.
    #[schema(min_items = 1, max_items = 3)]
    scopes: Vec<Scope>,
    /// 3 to 500 characters, for the log.
    #[schema(min_length = 3, max_length = 500)]
    why: String,
}

/// List users, 100 at once
#[utoipa::path(get, path = "/v1/admin/users", tag = "admin", security(("bearer" = [])),
    params(("role" = Option<Role>, Query, description = "Only those who may do this"),
        ("before" = Option<String>, Query, description = "The `next` of the page before")),
    responses(
        (status = 200, body = UsersResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn list(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Query(Wanted { role, before }): Query<Wanted>,
) -> Result<Response, Problem> {
    let read = async move |tx: &mut store::Tx| rows::users(tx, role, before).await;
    let users: Vec<User> = ctx.store.read::<_, store::Error, _>(read).await?;
    let next = users.last().filter(|_| users.len() == rows::PAGE).map(|it| it.identity.id);
    Ok(json(&UsersResponse { users, next }))
}

/// Make a user without a password: for a program, which shows an API key
#[utoipa::path(post, path = "/v1/admin/users", tag = "admin", security(("bearer" = [])),
    request_body = MakeUserRequest,
    responses(
        (status = 201, body = User),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn make(
    State(ctx): State<Ctx>,
    operator: Operator,
    Json(MakeUserRequest { name, role, why }): Json<MakeUserRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    Ok(created(json(&users::make(&ctx, act, name, role).await?)))
}

/// Look at a user
#[utoipa::path(get, path = "/v1/admin/users/{user}", tag = "admin", security(("bearer" = [])),
    params(("user" = String, Path, description = "The id, or the name")),
    responses(
        (status = 200, body = User),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn look(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    Ok(json(&users::find(&ctx, &user).await?))
}

/// Give a user a role
#[utoipa::path(post, path = "/v1/admin/users/{user}/role", tag = "admin",
    security(("bearer" = [])), request_body = RoleRequest,
    params(("user" = String, Path, description = "The id, or the name")),
    responses(
        (status = 200, body = User),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn role(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(user): Path<String>,
    Json(RoleRequest { role, why }): Json<RoleRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    Ok(json(&users::give_role(&ctx, act, &user, role).await?))
}

/// Shut a user out: sign-ins end, and keys and tokens do not help any more
#[utoipa::path(post, path = "/v1/admin/users/{user}/disable", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("user" = String, Path, description = "The id, or the name")),
    responses(
        (status = 200, body = User),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn disable(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(user): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    Ok(json(&users::set_disabled(&ctx, act, &user, true).await?))
}

/// Let a user in again
#[utoipa::path(post, path = "/v1/admin/users/{user}/enable", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("user" = String, Path, description = "The id, or the name")),
    responses(
        (status = 200, body = User),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn enable(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(user): Path<String>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    Ok(json(&users::set_disabled(&ctx, act, &user, false).await?))
}

/// List the API keys of a user
#[utoipa::path(get, path = "/v1/admin/users/{user}/keys", tag = "admin",
    security(("bearer" = [])),
    params(("user" = String, Path, description = "The id, or the name")),
    responses(
        (status = 200, body = KeysResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn keys(
    State(ctx): State<Ctx>,
    _operator: Operator,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    Ok(json(&KeysResponse { keys: users::keys(&ctx, &user).await? }))
}

/// Make an API key for a user's program; its secret is shown once
#[utoipa::path(post, path = "/v1/admin/users/{user}/keys", tag = "admin",
    security(("bearer" = [])), request_body = MakeKeyRequest,
    params(("user" = String, Path, description = "The id, or the name")),
    responses(
        (status = 201, body = KeyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn make_key(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path(user): Path<String>,
    Json(MakeKeyRequest { name, scopes, why }): Json<MakeKeyRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    let scopes = scopes.into_iter().map(|scope| scope.name().to_owned()).collect();
    let (key, secret) = users::make_key(&ctx, &act, &user, name, scopes).await?;
    Ok(created(json(&KeyResponse { key, secret })))
}

/// Revoke an API key of a user
#[utoipa::path(post, path = "/v1/admin/users/{user}/keys/{key_id}/revoke", tag = "admin",
    security(("bearer" = [])), request_body = WhyRequest,
    params(("user" = String, Path, description = "The id, or the name"),
        ("key_id" = String, Path, description = "Its id")),
    responses(
        (status = 204),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
    ))]
pub async fn revoke_key(
    State(ctx): State<Ctx>,
    operator: Operator,
    Path((user, key)): Path<(String, String)>,
    Json(WhyRequest { why }): Json<WhyRequest>,
) -> Result<Response, Problem> {
    let act = Act::new(operator, &why, ctx.clock.now())?;
    users::revoke_key(&ctx, act, &user, &key).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn created(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::CREATED;
    response
}
