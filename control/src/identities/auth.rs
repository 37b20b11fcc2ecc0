//! Who asks: extractors of the bearer of a token.

use arena_protocol::token::{Denied, access};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use ring::digest::{SHA256, digest};

use super::{Role, rules};
use crate::context::Ctx;
use crate::error::Problem;
use crate::http::limits::Payer;
use crate::ids::PlayerId;
use crate::store::identities as rows;
use crate::time::At;

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub id: PlayerId,
    /// What it may do.
    pub role: Role,
    /// When it has to show something else; none for an API key.
    pub expires_at: Option<At>,
    /// None for a sign-in, which may do everything; an API key may do what it was made for.
    scopes: Option<Vec<String>>,
}

/// Whoever it is, with an account or without.
#[derive(Clone, Debug)]
pub struct Anybody(pub Option<Caller>);

/// An operator: the bearer of `ADMIN_TOKEN`, or an identity with that role.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    by: By,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Token,
    Identity(PlayerId),
    /// Nobody has to say who he is.
    Openness,
}

/// A relay: the bearer of an API key that was made for reports, of an identity with that role.
#[derive(Clone, Copy, Debug)]
pub struct Reporter;

impl Caller {
    /// Refuses an API key that was not made for this.
    ///
    /// # Errors
    /// It says which scope is missing.
    pub fn needs(&self, scope: &'static str) -> Result<(), Problem> {
        debug_assert!(rules::SCOPES.contains(&scope), "a scope that can be had");
        match &self.scopes {
            Some(scopes) if !scopes.iter().any(|it| it == scope) => {
                Err(Problem::forbidden(format!("this API key was not made for {scope}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses API keys altogether: a key does not make keys.
    ///
    /// # Errors
    /// It is an API key.
    pub fn signed_in(&self) -> Result<(), Problem> {
        match self.scopes {
            Some(_) => Err(Problem::forbidden("an API key may not do this: log in")),
            None => Ok(()),
        }
    }
}

/// Whose a request is, as text that no other asker has: an identity with what it may do, or the
/// operator; empty for who brings no token. Who it is stays known to what the request passes later.
pub(crate) async fn holder(parts: &mut Parts, ctx: &Ctx) -> Result<Option<String>, Problem> {
    let Some(token) = bearer(parts)? else { return Ok(None) };
    if is_operators(ctx, token) {
        return Ok(Some("operator".to_owned()));
    }
    let caller = Caller::from_request_parts(parts, ctx).await?;
    let may = caller.scopes.as_ref().map(|scopes| scopes.join(" "));
    let holder = format!("identity {} {may:?}", caller.id);
    parts.extensions.insert(caller);
    Ok(Some(holder))
}

impl Operator {
    /// As it stands in the log: an identity's id, `admin_token`, or `insecure_open`.
    pub(crate) fn name(self) -> String {
        match self.by {
            By::Token => "admin_token".to_owned(),
            By::Identity(id) => id.to_string(),
            By::Openness => "insecure_open".to_owned(),
        }
    }
}

impl FromRequestParts<Ctx> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let token = bearer(parts)?.ok_or_else(|| {
            Problem::unauthorized("a token is needed here: Authorization: Bearer TOKEN")
        })?;
        let caller = caller(ctx, token).await?;
        let taken = ctx.limiter.take(Payer::Identity(caller.id), false, ctx.clock.now());
        taken.map_err(Problem::too_many)?;
        Ok(caller)
    }
}

impl FromRequestParts<Ctx> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Problem> {
        match bearer(parts)? {
            None => return Ok(Self(None)),
            // Whoever operates has no account; clients of the older interface send it everywhere.
            Some(token) if is_operators(ctx, token) => return Ok(Self(None)),
            Some(_) => {}
        }
        Ok(Self(Some(Caller::from_request_parts(parts, ctx).await?)))
    }
}

impl FromRequestParts<Ctx> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Problem> {
        let refused = || Problem::unauthorized("an operator's token is needed here");
        if is_open(ctx, parts) {
            return Ok(Self { by: By::Openness });
        }
        let token = bearer(parts)?.ok_or_else(refused)?;
        if is_operators(ctx, token) {
            return Ok(Self { by: By::Token });
        }
        let caller = caller(ctx, token).await.map_err(|problem| match problem.status {
            StatusCode::UNAUTHORIZED => refused(),
            // Nobody knows whether it is one.
            _else => problem,
        })?;
        // The role that the token tells of may have been taken back since.
        let found = ctx.store.read(async move |tx| rows::by_id(tx, caller.id).await).await?;
        match found.map_or(Role::Player, |identity| identity.role) {
            Role::Admin if caller.scopes.is_none() => Ok(Self { by: By::Identity(caller.id) }),
            Role::Admin | Role::Player | Role::Relay => {
                Err(Problem::forbidden("only an operator may do this"))
            }
        }
    }
}

/// A browser says for which page it asks, and a page of another site could ask for anything.
fn is_open(ctx: &Ctx, parts: &Parts) -> bool {
    let ours = |origin: &HeaderValue| {
        ctx.config.origins.iter().any(|known| known.as_bytes() == origin.as_bytes())
    };
    ctx.config.admin_open
        && ctx.config.admin_token.is_none()
        && parts.headers.get(header::ORIGIN).is_none_or(ours)
}

fn is_operators(ctx: &Ctx, token: &str) -> bool {
    // By their sums, whose comparison says nothing about the texts.
    let same = |known: &String| sum(known) == sum(token);
    ctx.config.admin_token.as_ref().is_some_and(same)
}

impl FromRequestParts<Ctx> for Reporter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, ctx).await?;
        caller.needs("reports")?;
        match caller.role {
            Role::Relay => Ok(Self),
            Role::Admin | Role::Player => Err(Problem::forbidden("only a relay may report")),
        }
    }
}

fn bearer(parts: &Parts) -> Result<Option<&str>, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().ok().and_then(|value| value.split_once(' '));
    match value {
        Some((kind, token)) if kind.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        Some(_) | None => {
            Err(Problem::unauthorized("Authorization has to be: Bearer, a space, the token"))
        }
    }
}

async fn caller(ctx: &Ctx, token: &str) -> Result<Caller, Problem> {
    let caller = known(ctx, token).await?;
    if ctx.orders.has_disabled(caller.id) {
        return Err(Problem::forbidden("this account is disabled: ask the operator of this arena"));
    }
    Ok(caller)
}

async fn known(ctx: &Ctx, token: &str) -> Result<Caller, Problem> {
    let bad = || Problem::unauthorized("the token is not valid: log in for one that is");
    let now = ctx.clock.now();
    if token.starts_with(super::service::KEY_PREFIX) {
        let hash = sum(token);
        let found = ctx.store.read(async move |tx| {
            let Some(key) = rows::key_by_hash(tx, &hash).await? else { return Ok(None) };
            let identity = rows::by_id(tx, key.identity).await?;
            Ok::<_, crate::store::Error>(identity.map(|identity| (key, identity)))
        });
        let (key, identity) = found.await?.ok_or_else(bad)?;
        let (id, role) = (identity.id, identity.role);
        return Ok(Caller { id, role, expires_at: None, scopes: Some(key.scopes) });
    }
    let now_s = u64::try_from(now.0 / 1000).unwrap_or(0);
    let access =
        access::check(token, &ctx.keyring.public(), now_s).map_err(|denied| match denied {
            Denied::Expired => Problem::unauthorized("the token has expired: refresh it"),
            Denied::Missing | Denied::Bad | Denied::NotCovered => bad(),
        })?;
    let id = access.sub.parse().map_err(|_| bad())?;
    let role = Role::named(&access.role).ok_or_else(bad)?;
    let expires_at = At(i64::try_from(access.exp).unwrap_or(i64::MAX).saturating_mul(1000));
    Ok(Caller { id, role, expires_at: Some(expires_at), scopes: None })
}

/// SHA-256 in hex.
pub(super) fn sum(text: &str) -> String {
    let sum = digest(&SHA256, text.as_bytes());
    sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
