//! Users: found, made, given a role, shut out and let in again; and the keys of their programs.

use serde_json::json;

use super::audit::To;
use super::{Act, Error, User};
use crate::context::Ctx;
use crate::identities::{ApiKey, Identity, Role, rules, service};
use crate::ids::PlayerId;
use crate::store::{self, Tx, admin as rows, identities};

/// By id or by name.
pub(crate) async fn find(ctx: &Ctx, named: &str) -> Result<User, Error> {
    let named = named.to_owned();
    ctx.store.read(async move |tx| find_in(tx, &named).await).await
}

async fn find_in(tx: &mut Tx, named: &str) -> Result<User, Error> {
    let found = match named.parse::<PlayerId>() {
        Ok(id) => rows::user_by_id(tx, id).await?,
        Err(_a_name) => rows::user_by_name(tx, named).await?,
    };
    found.ok_or(Error::NoSuchUser)
}

/// A user without a password: for a program, which shows an API key.
pub(crate) async fn make(ctx: &Ctx, act: Act, name: String, role: Role) -> Result<User, Error> {
    rules::name(&name).map_err(Error::Invalid)?;
    let id = PlayerId(ctx.chance.id(act.at()));
    let identity = Identity { id, name, wallet: None, role, created_at: act.at() };
    let kept = identity.clone();
    let work = async move |tx: &mut Tx| {
        identities::insert(tx, &kept, None);
        let what = json!({ "name": kept.name, "role": kept.role });
        act.tell(tx, "admin.user_made", &To::User(kept.id.to_string()), what);
        Ok::<_, Error>(())
    };
    match ctx.store.write(work).await {
        Ok(()) => Ok(User { identity, disabled_at: None }),
        Err(Error::Store(store::Error::Constraint(_))) => Err(Error::NameTaken),
        Err(error) => Err(error),
    }
}

/// Gives somebody a role. The one they have already is none the worse for it.
pub(crate) async fn give_role(ctx: &Ctx, act: Act, named: &str, role: Role) -> Result<User, Error> {
    let named = named.to_owned();
    let work = async move |tx: &mut Tx| {
        let mut user = find_in(tx, &named).await?;
        if user.identity.role == role {
            return Ok(user);
        }
        let id = user.identity.id;
        rows::set_role(tx, id, role);
        let what = json!({ "from": user.identity.role, "to": role });
        act.tell(tx, "admin.role_changed", &To::User(id.to_string()), what);
        user.identity.role = role;
        Ok::<_, Error>(user)
    };
    ctx.store.write(work).await
}

/// Shuts somebody out, sign-ins and keys and all; or lets them in again.
pub(crate) async fn set_disabled(
    ctx: &Ctx,
    act: Act,
    named: &str,
    disabled: bool,
) -> Result<User, Error> {
    let named = named.to_owned();
    let work = async move |tx: &mut Tx| {
        let mut user = find_in(tx, &named).await?;
        if user.disabled_at.is_some() == disabled {
            return Ok(user);
        }
        let id = user.identity.id;
        user.disabled_at = disabled.then_some(act.at());
        rows::set_disabled(tx, id, user.disabled_at);
        if disabled {
            rows::revoke_sign_ins(tx, id, act.at());
        }
        let kind = if disabled { "admin.user_disabled" } else { "admin.user_enabled" };
        act.tell(tx, kind, &To::User(id.to_string()), json!({}));
        Ok::<_, Error>(user)
    };
    let user = ctx.store.write(work).await?;
    ctx.orders.refresh(&ctx.store).await?;
    Ok(user)
}

/// The API keys of somebody, without their secrets.
pub(crate) async fn keys(ctx: &Ctx, named: &str) -> Result<Vec<ApiKey>, Error> {
    let named = named.to_owned();
    let read = async move |tx: &mut Tx| {
        let user = find_in(tx, &named).await?;
        Ok::<_, Error>(identities::keys_of(tx, user.identity.id).await?)
    };
    ctx.store.read(read).await
}

/// Makes an API key for somebody; its secret is shown once.
pub(crate) async fn make_key(
    ctx: &Ctx,
    act: &Act,
    named: &str,
    name: String,
    scopes: Vec<String>,
) -> Result<(ApiKey, String), crate::error::Problem> {
    let user = find(ctx, named).await?;
    let what = json!({ "name": name, "scopes": scopes });
    let to = To::User(user.identity.id.to_string());
    let line = act.line("admin.key_made", &to, what);
    Ok(service::make_key(ctx, user.identity.id, name, scopes, Some(line)).await?)
}

/// Revokes an API key of somebody.
pub(crate) async fn revoke_key(ctx: &Ctx, act: Act, named: &str, key: &str) -> Result<(), Error> {
    let (named, key) = (named.to_owned(), key.to_owned());
    let work = async move |tx: &mut Tx| {
        let id = find_in(tx, &named).await?.identity.id;
        if !identities::revoke_key(tx, id, &key, act.at()).await? {
            return Err(Error::NoSuchKey);
        }
        act.tell(tx, "admin.key_revoked", &To::User(id.to_string()), json!({ "key": key }));
        Ok(())
    };
    ctx.store.write(work).await
}
