//! Register, log in, refresh, log out; keys of programs.

use arena_protocol::token::access::Access;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use super::auth::sum;
use super::passwords::Busy;
use super::siwe::Message;
use super::{ApiKey, Identity, Role, SignIn, rules, wallet};
use crate::context::Ctx;
use crate::error::Problem;
use crate::ids::PlayerId;
use crate::store::events::Draft;
use crate::store::{self, Tx, identities as rows};
use crate::time::{At, Span};

/// How long an access token holds.
pub(crate) const ACCESS_FOR: Span = Span::seconds(15 * 60);
/// How long a sign-in may go unused; each refresh begins it anew.
pub(super) const REFRESH_FOR: Span = Span::seconds(30 * 24 * 3600);
const NONCE_FOR: Span = Span::seconds(5 * 60);
/// How far ahead a wallet's clock may be.
const AHEAD: Span = Span::seconds(60);
/// What tells an API key from a token.
pub(crate) const KEY_PREFIX: &str = "ak_";

/// What whoever has logged in gets.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) identity: Identity,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("{0}")]
    Invalid(&'static str),
    #[error("this name is taken")]
    NameTaken,
    #[error("the name or the password is wrong")]
    Wrong,
    #[error("this account is disabled: ask the operator of this arena")]
    Disabled,
    #[error("the refresh token does not hold any more: log in again")]
    RefreshEnded,
    #[error("{0}")]
    Wallet(&'static str),
    #[error("there are {} API keys already, revoke one first", rules::KEYS_MAX)]
    TooManyKeys,
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub(crate) async fn register(
    ctx: &Ctx,
    name: String,
    password: String,
) -> Result<Tokens, AuthError> {
    rules::name(&name).map_err(AuthError::Invalid)?;
    rules::password(&password).map_err(AuthError::Invalid)?;
    let hash = ctx.passwords.hash(password, ctx.chance.bytes()).await?;
    let now = ctx.clock.now();
    let id = PlayerId(ctx.chance.id(now));
    let identity = Identity { id, name, wallet: None, role: Role::Player, created_at: now };
    let fresh = Fresh::draw(ctx, id, now);
    let (sign_in, kept) = (fresh.sign_in.clone(), identity.clone());
    let work = async move |tx: &mut Tx| {
        insert(tx, &kept, Some(&hash));
        rows::insert_sign_in(tx, &sign_in, now);
        Ok::<_, store::Error>(())
    };
    match ctx.store.write(work).await {
        Ok(()) => tokens(ctx, identity, &fresh.sign_in.id, fresh.refresh, now),
        Err(store::Error::Constraint(_)) => Err(AuthError::NameTaken),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn log_in(ctx: &Ctx, name: String, password: String) -> Result<Tokens, AuthError> {
    let found = ctx.store.read(async move |tx| rows::by_name(tx, &name).await).await;
    let (identity, hash) = found.map_err(AuthError::Store)?.unzip();
    // As long a time for who is not there as for who is.
    let fits = ctx.passwords.verify(password, hash.flatten()).await?;
    let Some(identity) = identity.filter(|_| fits) else { return Err(AuthError::Wrong) };
    sign_in(ctx, identity).await
}

async fn sign_in(ctx: &Ctx, identity: Identity) -> Result<Tokens, AuthError> {
    if ctx.orders.has_disabled(identity.id) {
        return Err(AuthError::Disabled);
    }
    let now = ctx.clock.now();
    let fresh = Fresh::draw(ctx, identity.id, now);
    let sign_in = fresh.sign_in.clone();
    let work = async move |tx: &mut Tx| {
        rows::insert_sign_in(tx, &sign_in, now);
        Ok::<_, store::Error>(())
    };
    ctx.store.write(work).await?;
    tokens(ctx, identity, &fresh.sign_in.id, fresh.refresh, now)
}

/// The next pair of tokens. One that was used before ends the sign-in: two have it.
pub(crate) async fn refresh(ctx: &Ctx, token: &str) -> Result<Tokens, AuthError> {
    let (id, _) = read_refresh(token).ok_or(AuthError::RefreshEnded)?;
    exchange(ctx, token, refresh_token(ctx, &id)).await
}

/// A fresh access token for who keeps its refresh token, which holds as long as a new one would.
pub(super) async fn resume(ctx: &Ctx, token: &str) -> Result<Tokens, AuthError> {
    exchange(ctx, token, token.to_owned()).await
}

async fn exchange(ctx: &Ctx, token: &str, next: String) -> Result<Tokens, AuthError> {
    let now = ctx.clock.now();
    let (id, hash) = read_refresh(token).ok_or(AuthError::RefreshEnded)?;
    let (next_hash, sign_in) = (sum(&next), id.clone());
    let work = async move |tx: &mut Tx| {
        let found = rows::sign_in(tx, &sign_in).await?;
        let Some(found) = found.filter(|it| it.expires_at > now) else {
            return Ok::<_, store::Error>(None);
        };
        if found.token_hash != hash {
            rows::revoke_sign_in(tx, &sign_in, now);
            tx.tell(event("identity.token_reused", found.identity, now));
            return Ok(None);
        }
        rows::rotate(tx, &sign_in, &hash, &next_hash, now + REFRESH_FOR);
        rows::by_id(tx, found.identity).await
    };
    let identity = ctx.store.write(work).await?.ok_or(AuthError::RefreshEnded)?;
    if ctx.orders.has_disabled(identity.id) {
        return Err(AuthError::Disabled);
    }
    tokens(ctx, identity, &id, next, now)
}

/// Ends a sign-in; one that has ended is none the worse for it.
pub(crate) async fn log_out(ctx: &Ctx, token: &str) -> Result<(), AuthError> {
    let now = ctx.clock.now();
    let Some((id, hash)) = read_refresh(token) else { return Ok(()) };
    let work = async move |tx: &mut Tx| {
        if rows::sign_in(tx, &id).await?.is_some_and(|it| it.token_hash == hash) {
            rows::revoke_sign_in(tx, &id, now);
        }
        Ok::<_, store::Error>(())
    };
    Ok(ctx.store.write(work).await?)
}

/// A challenge for a wallet, and when it ends.
pub(crate) async fn nonce(ctx: &Ctx) -> Result<(String, At), AuthError> {
    let now = ctx.clock.now();
    // EIP-4361 wants letters and digits.
    let nonce: String = ctx.chance.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let (kept, expires_at) = (nonce.clone(), now + NONCE_FOR);
    let work = async move |tx: &mut Tx| {
        rows::insert_nonce(tx, &kept, expires_at, now);
        Ok::<_, store::Error>(())
    };
    ctx.store.write(work).await?;
    Ok((nonce, expires_at))
}

/// Logs a wallet in; one that comes for the first time is registered.
pub(crate) async fn log_in_wallet(
    ctx: &Ctx,
    message: &str,
    signature: &str,
) -> Result<Tokens, AuthError> {
    let now = ctx.clock.now();
    let read = Message::parse(message).map_err(AuthError::Invalid)?;
    if read.domain != ctx.config.domain {
        return Err(AuthError::Wallet("the message is for another domain"));
    }
    let expired = read.expires_at.is_some_and(|at| at <= now);
    let early = read.not_before.is_some_and(|at| at > now + AHEAD) || read.issued_at > now + AHEAD;
    if expired || early || now.since(read.issued_at) > NONCE_FOR {
        return Err(AuthError::Wallet(
            "the message's time is over, or has not come: sign a new one",
        ));
    }
    if wallet::signer(message, signature) != Some(read.address) {
        return Err(AuthError::Wallet("the signature is not the address's over this message"));
    }
    let address = read.address.lower();
    let id = PlayerId(ctx.chance.id(now));
    let name = address.clone();
    let new = Identity { id, name, wallet: Some(address), role: Role::Player, created_at: now };
    let work = async move |tx: &mut Tx| {
        if !rows::spend_nonce(tx, &read.nonce, now).await? {
            return Ok::<_, store::Error>(None);
        }
        if let Some(known) = rows::by_wallet(tx, &read.address.lower()).await? {
            return Ok(Some(known));
        }
        insert(tx, &new, None);
        Ok(Some(new.clone()))
    };
    let spent = AuthError::Wallet("the nonce is used, too old or not ours: ask for a new one");
    let identity = ctx.store.write(work).await?.ok_or(spent)?;
    sign_in(ctx, identity).await
}

fn insert(tx: &mut Tx, identity: &Identity, password_hash: Option<&str>) {
    rows::insert(tx, identity, password_hash);
    tx.tell(event("identity.registered", identity.id, identity.created_at));
}

fn event(kind: &'static str, identity: PlayerId, at: At) -> Draft {
    let identity_id = Some(identity.to_string());
    Draft { at, kind, match_id: None, identity_id, body: json!({}) }
}

/// Makes a key and shows it: it is not shown again. `also` is told with it.
pub(crate) async fn make_key(
    ctx: &Ctx,
    identity: PlayerId,
    name: String,
    scopes: Vec<String>,
    also: Option<Draft>,
) -> Result<(ApiKey, String), AuthError> {
    if name.is_empty() || name.chars().count() > 64 {
        return Err(AuthError::Invalid("name: expected 1 to 64 characters"));
    }
    rules::scopes(&scopes).map_err(AuthError::Invalid)?;
    let now = ctx.clock.now();
    let secret = format!("{KEY_PREFIX}{}", BASE64.encode(ctx.chance.bytes::<32>()));
    let id = PlayerId(ctx.chance.id(now)).to_string();
    let key = ApiKey { id, identity, name, scopes, created_at: now };
    let (kept, hash) = (key.clone(), sum(&secret));
    let work = async move |tx: &mut Tx| {
        if rows::keys_of(tx, identity).await?.len() >= rules::KEYS_MAX {
            return Ok::<_, store::Error>(false);
        }
        rows::insert_key(tx, &kept, &hash);
        also.iter().cloned().for_each(|line| tx.tell(line));
        Ok(true)
    };
    if ctx.store.write(work).await? { Ok((key, secret)) } else { Err(AuthError::TooManyKeys) }
}

/// What is new of a sign-in.
struct Fresh {
    sign_in: SignIn,
    refresh: String,
}

impl Fresh {
    fn draw(ctx: &Ctx, identity: PlayerId, now: At) -> Self {
        let id = PlayerId(ctx.chance.id(now)).to_string();
        let refresh = refresh_token(ctx, &id);
        let expires_at = now + REFRESH_FOR;
        let sign_in = SignIn { id, identity, token_hash: sum(&refresh), expires_at };
        Self { sign_in, refresh }
    }
}

/// The sign-in's id, so that an old token is known for what it is, and a secret.
fn refresh_token(ctx: &Ctx, sign_in: &str) -> String {
    format!("rt_{sign_in}.{}", BASE64.encode(ctx.chance.bytes::<32>()))
}

/// The sign-in's id, and the token's hash.
fn read_refresh(token: &str) -> Option<(String, String)> {
    let (id, secret) = token.strip_prefix("rt_")?.split_once('.')?;
    let id: PlayerId = id.parse().ok()?;
    (secret.len() == 43).then(|| (id.to_string(), sum(token)))
}

fn tokens(
    ctx: &Ctx,
    identity: Identity,
    sign_in: &str,
    refresh: String,
    now: At,
) -> Result<Tokens, AuthError> {
    let seconds = |at: At| u64::try_from(at.0 / 1000).unwrap_or(0);
    let (subject, role) = (identity.id.to_string(), identity.role.name());
    let access = Access::new(&subject, role, sign_in, seconds(now), seconds(now + ACCESS_FOR));
    let access = ctx.keyring.sign(now, |key| access.sign(key));
    let access =
        access.ok_or_else(|| store::Error::Unavailable("there is no key to sign with".into()))?;
    Ok(Tokens { identity, access, refresh })
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let text = error.to_string();
        match error {
            AuthError::Invalid(_) => Self::invalid(text),
            AuthError::NameTaken => Self::conflict("name_taken", text),
            AuthError::TooManyKeys => Self::conflict("too_many_keys", text),
            AuthError::Disabled => Self::forbidden(text),
            AuthError::Wrong | AuthError::RefreshEnded | AuthError::Wallet(_) => {
                Self::unauthorized(text)
            }
            AuthError::Busy(_) => {
                let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, "overloaded", text).retry_after(3)
            }
            AuthError::Store(error) => error.into(),
        }
    }
}
