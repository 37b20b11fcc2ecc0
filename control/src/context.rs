//! What a service may touch.

use std::ops::Deref;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::gateway::hub::Hub;
use crate::http::limits::Limiter;
use crate::identities::{Keyring, Passwords};
use crate::notices::Notices;
use crate::random::Chance;
use crate::store::{self, Store};

/// A handle of everything; cheap to clone.
#[derive(Clone, Debug)]
pub struct Ctx(Arc<Parts>);

/// What there is to touch.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Chance,
    /// What the operator said.
    pub config: Config,
    /// What tokens are signed with.
    pub(crate) keyring: Keyring,
    /// How passwords are hashed.
    pub(crate) passwords: Passwords,
    /// Who waits for news.
    pub(crate) notices: Notices,
    /// Which sockets want to hear of what.
    pub(crate) hub: Hub,
    /// Who asked how often.
    pub(crate) limiter: Limiter,
}

impl Ctx {
    /// Of a database, a clock and chance.
    ///
    /// # Errors
    /// The database does not give the keys that tokens are signed with.
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        chance: Chance,
        config: Config,
    ) -> Result<Self, store::Error> {
        let keyring = Keyring::open(&store, &chance, clock.now()).await?;
        let passwords = Passwords::new(chance.bytes());
        let limiter = Limiter::new(config.rates);
        let notices = Notices::default();
        let hub = Hub::default();
        let parts =
            Parts { store, clock, chance, config, keyring, passwords, notices, hub, limiter };
        Ok(Self(Arc::new(parts)))
    }
}

impl Deref for Ctx {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
