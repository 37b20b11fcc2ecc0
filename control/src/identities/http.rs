//! `/v1/auth`, `/v1/me`, `/v1/keys`, and the keys that tokens are checked with.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Caller, Operator};
use super::browser::Keep;
use super::service::{self, Tokens};
use super::{ApiKey, Identity};
use crate::context::Ctx;
use crate::error::{self, Problem};
use crate::http::extract::Json;
use crate::http::json;
use crate::store::identities as rows;

/// A name and a password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Letters, digits, `_`, `-` or `.`, not beginning with `0x`.
    #[schema(
        min_length = 3,
        max_length = 32,
        pattern = "^([1-9A-Za-z_.-]|0[0-9A-WYZa-wyz_.-])[0-9A-Za-z_.-]*$"
    )]
    name: String,
    /// Whatever characters.
    #[schema(min_length = 8, max_length = 256)]
    password: String,
    /// Where the refresh token is kept: `token`, in the answer, unless a page asks for `cookie`.
    #[serde(default)]
    keep: Keep,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The newest one.
    refresh_token: String,
}

/// What a wallet has signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletRequest {
    /// The text, as EIP-4361 has it.
    message: String,
    /// 65 bytes in hex, by `personal_sign`.
    signature: String,
    /// Where the refresh token is kept: `token`, in the answer, unless a page asks for `cookie`.
    #[serde(default)]
    keep: Keep,
}

/// Who has logged in, and how to say so.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensResponse {
    identity: Identity,
    /// For `Authorization: Bearer …`.
    access_token: String,
    /// Seconds that it holds.
    expires_in: u64,
    /// For the next pair; it holds once. Null where a cookie keeps it.
    refresh_token: Option<String>,
    token_type: &'static str,
}

/// A challenge for a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct NonceResponse {
    /// For the text's `Nonce`; it holds once.
    nonce: String,
    /// For the text's first line.
    domain: String,
    /// Unix milliseconds.
    expires_at: i64,
}

/// What a key is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// Each once.
    #[schema(min_items = 1, max_items = 3)]
    scopes: Vec<Scope>,
}

/// What an API key may be made for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To queue, and to play.
    Queue,
    /// To keep agents' profiles.
    Agents,
    /// To tell of streams, as a relay.
    Reports,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Agents => "agents",
            Self::Reports => "reports",
        }
    }
}

/// A new key.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyResponse {
    #[serde(flatten)]
    pub(crate) key: ApiKey,
    /// Shown this once.
    pub(crate) secret: String,
}

/// The keys of an identity.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeysResponse {
    pub(crate) keys: Vec<ApiKey>,
}

/// The key that will sign.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatedResponse {
    kid: String,
}

/// Register by name and password
#[utoipa::path(post, path = "/v1/auth/register", tag = "identities", request_body = Credentials,
    responses((status = 201, body = TokensResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json")))]
pub async fn register(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    Json(Credentials { name, password, keep }): Json<Credentials>,
) -> Result<Response, Problem> {
    let tokens = service::register(&ctx, name, password).await?;
    let mut response = keep.answer(tokens, &headers)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Log in by name and password
#[utoipa::path(post, path = "/v1/auth/login", tag = "identities", request_body = Credentials,
    responses((status = 200, body = TokensResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json"),
        (status = 503, body = error::Body, content_type = "application/problem+json")))]
pub async fn log_in(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    Json(Credentials { name, password, keep }): Json<Credentials>,
) -> Result<Response, Problem> {
    keep.answer(service::log_in(&ctx, name, password).await?, &headers)
}

/// Get the next pair of tokens
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "identities", request_body = RefreshRequest,
    responses((status = 200, body = TokensResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn refresh(
    State(ctx): State<Ctx>,
    Json(RefreshRequest { refresh_token }): Json<RefreshRequest>,
) -> Result<Response, Problem> {
    Ok(json(&TokensResponse::from(service::refresh(&ctx, &refresh_token).await?)))
}

/// End a sign-in
#[utoipa::path(post, path = "/v1/auth/logout", tag = "identities", request_body = RefreshRequest,
    responses((status = 204),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn log_out(
    State(ctx): State<Ctx>,
    Json(RefreshRequest { refresh_token }): Json<RefreshRequest>,
) -> Result<Response, Problem> {
    service::log_out(&ctx, &refresh_token).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Get a challenge for a wallet
#[utoipa::path(post, path = "/v1/auth/nonce", tag = "identities",
    responses((status = 200, body = NonceResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn nonce(State(ctx): State<Ctx>) -> Result<Response, Problem> {
    let (nonce, expires_at) = service::nonce(&ctx).await?;
    let domain = ctx.config.domain.clone();
    Ok(json(&NonceResponse { nonce, domain, expires_at: expires_at.0 }))
}

/// Log in by wallet, which registers one that is new
#[utoipa::path(post, path = "/v1/auth/wallet", tag = "identities", request_body = WalletRequest,
    responses((status = 200, body = TokensResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn wallet(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    Json(WalletRequest { message, signature, keep }): Json<WalletRequest>,
) -> Result<Response, Problem> {
    let tokens = service::log_in_wallet(&ctx, &message, &signature).await?;
    keep.answer(tokens, &headers)
}

/// Who am I?
#[utoipa::path(get, path = "/v1/me", tag = "identities", security(("bearer" = [])),
    responses((status = 200, body = Identity),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn me(State(ctx): State<Ctx>, caller: Caller) -> Result<Response, Problem> {
    let found = ctx.store.read(async move |tx| rows::by_id(tx, caller.id).await).await?;
    let identity = found.ok_or_else(|| Problem::unauthorized("the token is not valid"))?;
    Ok(json(&identity))
}

/// Make an API key
#[utoipa::path(post, path = "/v1/keys", tag = "identities", security(("bearer" = [])),
    request_body = KeyRequest, responses((status = 201, body = KeyResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn make_key(
    State(ctx): State<Ctx>,
    caller: Caller,
    Json(KeyRequest { name, scopes }): Json<KeyRequest>,
) -> Result<Response, Problem> {
    caller.signed_in()?;
    let scopes = scopes.into_iter().map(|scope| scope.name().to_owned()).collect();
    let (key, secret) = service::make_key(&ctx, caller.id, name, scopes, None).await?;
    let mut response = json(&KeyResponse { key, secret });
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// List my API keys
#[utoipa::path(get, path = "/v1/keys", tag = "identities", security(("bearer" = [])),
    responses((status = 200, body = KeysResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn keys(State(ctx): State<Ctx>, caller: Caller) -> Result<Response, Problem> {
    caller.signed_in()?;
    let keys = ctx.store.read(async move |tx| rows::keys_of(tx, caller.id).await).await?;
    Ok(json(&KeysResponse { keys }))
}

/// Revoke an API key
#[utoipa::path(delete, path = "/v1/keys/{key_id}", tag = "identities", security(("bearer" = [])),
    params(("key_id" = String, Path, description = "Its id")), responses((status = 204),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn revoke_key(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.signed_in()?;
    let now = ctx.clock.now();
    let work =
        async move |tx: &mut crate::store::Tx| rows::revoke_key(tx, caller.id, &id, now).await;
    if ctx.store.write(work).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Problem::not_found("there is no such key of yours"))
    }
}

/// The public keys that tokens are checked with
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "identities",
    responses((status = 200, description = "A JSON Web Key Set")))]
pub async fn jwks(State(ctx): State<Ctx>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/jwk-set+json")];
    (kind, ctx.keyring.public().to_jwks()).into_response()
}

/// Sign with a new key from now on
#[utoipa::path(post, path = "/v1/admin/keys/rotate", tag = "admin", security(("bearer" = [])),
    responses((status = 200, body = RotatedResponse),
        (status = "4XX", body = error::Body, content_type = "application/problem+json")))]
pub async fn rotate(State(ctx): State<Ctx>, operator: Operator) -> Result<Response, Problem> {
    let by = operator.name();
    let kid = ctx.keyring.rotate(&ctx.store, &ctx.chance, by, ctx.clock.now()).await?;
    Ok(json(&RotatedResponse { kid }))
}

impl TokensResponse {
    pub(super) fn without_refresh(tokens: Tokens) -> Self {
        Self { refresh_token: None, ..Self::from(tokens) }
    }
}

impl From<Tokens> for TokensResponse {
    fn from(tokens: Tokens) -> Self {
        Self {
            identity: tokens.identity,
            access_token: tokens.access,
            expires_in: service::ACCESS_FOR.0 / 1000,
            refresh_token: Some(tokens.refresh),
            token_type: "Bearer",
        }
    }
}
