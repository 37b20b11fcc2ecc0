//! What a service may touch.

use std::ops::Deref;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::http::limits::Limiter;
use crate::notices::Notices;
use crate::random::Chance;
use crate::store::Store;

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
    /// Who waits for news.
    pub(crate) notices: Notices,
    /// Who asked how often.
    pub(crate) limiter: Limiter,
}

impl Ctx {
    /// Of a database, a clock and chance.
    pub fn new(store: Store, clock: Arc<dyn Clock>, chance: Chance, config: Config) -> Self {
        let limiter = Limiter::new(config.rates);
        let notices = Notices::default();
        Self(Arc::new(Parts { store, clock, chance, config, notices, limiter }))
    }
}

impl Deref for Ctx {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
