//! Passwords: Argon2id, off the threads that serve, and never too many at once.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// Hashes at once; each takes 19 MiB and some tens of milliseconds of a core.
const AT_ONCE: usize = 2;
/// How long a request waits for its turn.
const TURN_TIME: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// Of no password: who asks for a name that does not exist waits as long as for one that does.
    nobodys: String,
}

/// Too many wait for their turn.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many passwords wait to be checked")]
pub(crate) struct Busy;

impl Passwords {
    pub(crate) fn new(salt: [u8; 16]) -> Self {
        let nobodys = hash(&"\0".repeat(8), &salt).unwrap_or_default();
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobodys }
    }

    pub(crate) async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, Busy> {
        self.in_turn(move || hash(&password, &salt)).await?.ok_or(Busy)
    }

    /// Whether a password belongs to a hash; without one it takes as long, and is false.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Busy> {
        let there = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        let fits = self.in_turn(move || {
            let hash = PasswordHash::new(&hash).ok()?;
            Some(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(fits.await?.unwrap_or(false) && there)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let turn = tokio::time::timeout(TURN_TIME, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_late| Busy)?.map_err(|_closed| Busy)?;
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        work.await.map_err(|_panicked| Busy)
    }
}

fn hash(password: &str, salt: &[u8]) -> Option<String> {
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), salt).ok()?;
    Some(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new([1; 16]);
        let hash = passwords.hash("correct horse".to_owned(), [2; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify =
            |password: &str, hash: Option<String>| passwords.verify(password.to_owned(), hash);
        assert!(verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horsf", Some(hash)).await.unwrap());
        assert!(!verify("\0\0\0\0\0\0\0\0", None).await.unwrap(), "nobody has no password");
    }
}
