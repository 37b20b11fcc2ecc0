//! The keys that tokens are signed with: in the database, so that every process has the same.
//!
//! A new key is published before it signs, and an old one is kept until the last token that it
//! signed has ended; so rotation invalidates nothing.

use std::sync::{Arc, PoisonError, RwLock};

use arena_protocol::token::{KeySet, SigningKey};

use crate::random::Chance;
use crate::store::events::Draft;
use crate::store::{self, Store, Tx, identities as rows};
use crate::time::{At, Span};

/// A key is known everywhere before it signs: processes look for new ones more often than that.
const KNOWN_AFTER: Span = Span::seconds(60);
/// Longer than any token lives.
const KEPT_FOR: Span = Span::seconds(24 * 3600);

/// The keys as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Keyring(RwLock<Arc<Held>>);

#[derive(Debug, Default)]
struct Held {
    /// The oldest first, and from when each signs.
    keys: Vec<(SigningKey, At)>,
    public: KeySet,
}

impl Keyring {
    /// The keys of a database; the first process of all makes the first key.
    pub(crate) async fn open(
        store: &Store,
        chance: &Chance,
        now: At,
    ) -> Result<Self, store::Error> {
        let ring = Self::default();
        let fresh = SigningKey::from_seed(&chance.bytes());
        let (id, secret) = (fresh.id().to_owned(), fresh.secret());
        let first = async move |tx: &mut Tx| {
            tx.lock("signing_keys").await?;
            if rows::signing_keys(tx, now).await?.is_empty() {
                rows::insert_signing_key(tx, &id, &secret, now, now + KEPT_FOR);
            }
            Ok::<_, store::Error>(())
        };
        store.write(first).await?;
        ring.refresh(store, now).await?;
        Ok(ring)
    }

    /// Reads them again.
    pub(crate) async fn refresh(&self, store: &Store, now: At) -> Result<(), store::Error> {
        let rows = store.read(async move |tx| rows::signing_keys(tx, now).await).await?;
        let mut held = Held::default();
        for (secret, used_from) in rows {
            let Ok(key) = SigningKey::from_secret(&secret) else {
                tracing::error!("a signing key in the database is none, it is left out");
                continue;
            };
            held.public = held.public.and(&key.public());
            held.keys.push((key, used_from));
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }

    /// A new key takes over soon. Its id.
    pub(crate) async fn rotate(
        &self,
        store: &Store,
        chance: &Chance,
        by: String,
        now: At,
    ) -> Result<String, store::Error> {
        let fresh = SigningKey::from_seed(&chance.bytes());
        let (id, secret) = (fresh.id().to_owned(), fresh.secret());
        let rotate = async move |tx: &mut Tx| {
            rows::insert_signing_key(tx, &id, &secret, now + KNOWN_AFTER, now + KEPT_FOR);
            let body = serde_json::json!({ "by": by, "kid": id });
            let (match_id, identity_id) = (None, None);
            tx.tell(Draft { at: now, kind: "admin.keys_rotated", match_id, identity_id, body });
            Ok::<_, store::Error>(())
        };
        store.write(rotate).await?;
        self.refresh(store, now).await?;
        Ok(fresh.id().to_owned())
    }

    /// Signs with the newest key that is known everywhere.
    pub(crate) fn sign<T>(&self, now: At, sign: impl FnOnce(&SigningKey) -> T) -> Option<T> {
        let held = self.held();
        let used = held.keys.iter().rev().find(|(_, from)| *from <= now);
        used.or_else(|| held.keys.first()).map(|(key, _)| sign(key))
    }

    /// What tokens are checked with.
    pub(crate) fn public(&self) -> KeySet {
        self.held().public.clone()
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
