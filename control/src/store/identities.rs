//! Identities, their sign-ins, keys, and the challenges that wallets answer.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::queue::parsed;
use super::{Error, Row, Tx, sql};
use crate::identities::{ApiKey, Identity, Role, SignIn};
use crate::ids::PlayerId;
use crate::time::At;

pub(crate) fn insert(tx: &mut Tx, identity: &Identity, password_hash: Option<&str>) {
    const INSERT: &str = "INSERT INTO identities \
         (id, name, name_key, password_hash, wallet, role, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let statement = sql(INSERT).bind(identity.id.to_string()).bind(&identity.name);
    let statement = statement.bind(identity.name.to_lowercase()).bind(password_hash);
    let statement = statement.bind(identity.wallet.as_deref()).bind(identity.role.name());
    tx.later(statement.bind(identity.created_at.0));
}

/// By name, with its password's hash.
pub(crate) async fn by_name(
    tx: &mut Tx,
    name: &str,
) -> Result<Option<(Identity, Option<String>)>, Error> {
    const BY_NAME: &str = "SELECT id, name, wallet, role, created_at, password_hash \
         FROM identities WHERE name_key = $1";
    let row = tx.row(sql(BY_NAME).bind(name.to_lowercase())).await?;
    row.map(|row| Ok((identity(&row)?, row.text_or_null(5)?))).transpose()
}

pub(crate) async fn by_id(tx: &mut Tx, id: PlayerId) -> Result<Option<Identity>, Error> {
    const BY_ID: &str = "SELECT id, name, wallet, role, created_at FROM identities WHERE id = $1";
    tx.row(sql(BY_ID).bind(id.to_string())).await?.as_ref().map(identity).transpose()
}

/// What some are called; in no order.
pub(crate) async fn names(
    tx: &mut Tx,
    ids: &[PlayerId],
) -> Result<BTreeMap<PlayerId, String>, Error> {
    const AT_ONCE: usize = 100;
    /// Values that are not needed are NULL, which no id equals.
    static SOME: LazyLock<String> = LazyLock::new(|| {
        let places: Vec<_> = (1..=AT_ONCE).map(|place| format!("${place}")).collect();
        format!("SELECT id, name FROM identities WHERE id IN ({})", places.join(","))
    });
    let mut names = BTreeMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let places = ids.iter().map(|id| Some(id.to_string()));
        let places = places.chain(std::iter::repeat(None)).take(AT_ONCE);
        let query = places.fold(sql(&SOME), |query, id| query.bind(id));
        for row in tx.rows(query).await? {
            names.insert(parsed(&row.text(0)?)?, row.text(1)?);
        }
    }
    Ok(names)
}

pub(crate) async fn by_wallet(tx: &mut Tx, wallet: &str) -> Result<Option<Identity>, Error> {
    const BY_WALLET: &str =
        "SELECT id, name, wallet, role, created_at FROM identities WHERE wallet = $1";
    tx.row(sql(BY_WALLET).bind(wallet)).await?.as_ref().map(identity).transpose()
}

/// Of a row that begins with id, name, wallet, role and the time of registration.
pub(super) fn identity(row: &Row) -> Result<Identity, Error> {
    Ok(Identity {
        id: parsed(&row.text(0)?)?,
        name: row.text(1)?,
        wallet: row.text_or_null(2)?,
        role: Role::named(&row.text(3)?).ok_or_else(|| Error::broken("no such role"))?,
        created_at: At(row.int(4)?),
    })
}

pub(crate) fn insert_sign_in(tx: &mut Tx, sign_in: &SignIn, now: At) {
    const INSERT: &str = "INSERT INTO sign_ins (id, identity_id, token_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5)";
    let statement = sql(INSERT).bind(&sign_in.id).bind(sign_in.identity.to_string());
    tx.later(statement.bind(&sign_in.token_hash).bind(now.0).bind(sign_in.expires_at.0));
}

/// A sign-in that is not revoked.
pub(crate) async fn sign_in(tx: &mut Tx, id: &str) -> Result<Option<SignIn>, Error> {
    const FIND: &str = "SELECT id, identity_id, token_hash, expires_at FROM sign_ins \
         WHERE id = $1 AND revoked_at IS NULL";
    let row = tx.row(sql(FIND).bind(id)).await?;
    row.map(|row| {
        Ok(SignIn {
            id: row.text(0)?,
            identity: parsed(&row.text(1)?)?,
            token_hash: row.text(2)?,
            expires_at: At(row.int(3)?),
        })
    })
    .transpose()
}

/// The next token of a sign-in takes the place of the one before, unless another did already.
pub(crate) fn rotate(tx: &mut Tx, id: &str, from: &str, to: &str, expires_at: At) {
    const ROTATE: &str = "UPDATE sign_ins SET token_hash = $3, expires_at = $4 \
         WHERE id = $1 AND token_hash = $2 AND revoked_at IS NULL";
    tx.later(sql(ROTATE).bind(id).bind(from).bind(to).bind(expires_at.0).changing(1));
}

pub(crate) fn revoke_sign_in(tx: &mut Tx, id: &str, now: At) {
    const REVOKE: &str = "UPDATE sign_ins SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    tx.later(sql(REVOKE).bind(id).bind(now.0));
}

pub(crate) fn insert_nonce(tx: &mut Tx, nonce: &str, expires_at: At, now: At) {
    tx.later(sql("DELETE FROM nonces WHERE expires_at <= $1").bind(now.0));
    let insert = sql("INSERT INTO nonces (nonce, expires_at) VALUES ($1, $2)");
    tx.later(insert.bind(nonce).bind(expires_at.0));
}

/// Whether a nonce is good; it is no more.
pub(crate) async fn spend_nonce(tx: &mut Tx, nonce: &str, now: At) -> Result<bool, Error> {
    const SPEND: &str = "DELETE FROM nonces WHERE nonce = $1 RETURNING expires_at";
    let spent = tx.row(sql(SPEND).bind(nonce)).await?;
    spent.map_or(Ok(false), |row| Ok(row.int(0)? > now.0))
}

pub(crate) fn insert_key(tx: &mut Tx, key: &ApiKey, hash: &str) {
    const INSERT: &str = "INSERT INTO api_keys (id, identity_id, name, hash, scopes, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(INSERT).bind(&key.id).bind(key.identity.to_string()).bind(&key.name);
    tx.later(statement.bind(hash).bind(key.scopes.join(" ")).bind(key.created_at.0));
}

/// A key that is not revoked, by its hash.
pub(crate) async fn key_by_hash(tx: &mut Tx, hash: &str) -> Result<Option<ApiKey>, Error> {
    const FIND: &str = "SELECT id, identity_id, name, scopes, created_at FROM api_keys \
         WHERE hash = $1 AND revoked_at IS NULL";
    tx.row(sql(FIND).bind(hash)).await?.as_ref().map(api_key).transpose()
}

pub(crate) async fn keys_of(tx: &mut Tx, identity: PlayerId) -> Result<Vec<ApiKey>, Error> {
    const LIST: &str = "SELECT id, identity_id, name, scopes, created_at FROM api_keys \
         WHERE identity_id = $1 AND revoked_at IS NULL ORDER BY id";
    tx.rows(sql(LIST).bind(identity.to_string())).await?.iter().map(api_key).collect()
}

/// Whether there was such a key of this identity.
pub(crate) async fn revoke_key(
    tx: &mut Tx,
    identity: PlayerId,
    id: &str,
    now: At,
) -> Result<bool, Error> {
    const REVOKE: &str = "UPDATE api_keys SET revoked_at = $3 \
         WHERE id = $1 AND identity_id = $2 AND revoked_at IS NULL RETURNING id";
    let statement = sql(REVOKE).bind(id).bind(identity.to_string()).bind(now.0);
    Ok(tx.row(statement).await?.is_some())
}

fn api_key(row: &Row) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: row.text(0)?,
        identity: parsed(&row.text(1)?)?,
        name: row.text(2)?,
        scopes: row.text(3)?.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        created_at: At(row.int(4)?),
    })
}

/// The secrets that tokens are signed with, the newest last, and from when each is used.
pub(crate) async fn signing_keys(tx: &mut Tx, now: At) -> Result<Vec<(String, At)>, Error> {
    const LIST: &str = "SELECT secret, used_from FROM signing_keys \
         WHERE ends_at IS NULL OR ends_at > $1 ORDER BY used_from";
    let rows = tx.rows(sql(LIST).bind(now.0)).await?;
    rows.iter().map(|row| Ok((row.text(0)?, At(row.int(1)?)))).collect()
}

/// Another key takes over at a time; those before it are kept until their tokens have ended.
pub(crate) fn insert_signing_key(tx: &mut Tx, id: &str, secret: &str, from: At, others_end: At) {
    tx.later(sql("UPDATE signing_keys SET ends_at = $1 WHERE ends_at IS NULL").bind(others_end.0));
    let insert = sql("INSERT INTO signing_keys (id, secret, used_from) VALUES ($1, $2, $3)");
    tx.later(insert.bind(id).bind(secret).bind(from.0));
}
