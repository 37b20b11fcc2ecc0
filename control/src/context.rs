//! What a service may touch.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use arena_protocol::token::KeySet;

use crate::admin::Orders;
use crate::chain::link::Link;
use crate::clock::Clock;
use crate::config::Config;
use crate::duel::stage::Stage;
use crate::gateway::hub::Hub;
use crate::gateway::once::Keyed;
use crate::http::limits::Limiter;
use crate::http::once::UnderWay;
use crate::identities::{Keyring, Passwords};
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::queue::board::Board;
use crate::random::Chance;
use crate::signatures::contract::Contracts;
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
    pub chance: Arc<Chance>,
    /// What the operator said.
    pub config: Arc<Config>,
    /// What tokens are signed with.
    pub(crate) keyring: Keyring,
    /// How passwords are hashed.
    pub(crate) passwords: Passwords,
    /// Who is shut out, and which queues let nobody in.
    pub(crate) orders: Orders,
    /// Who waits for news.
    pub(crate) notices: Notices,
    /// What was last seen of each queue.
    pub(crate) board: Board,
    /// What an operator watches.
    pub(crate) metrics: Metrics,
    /// Which sockets want to hear of what.
    pub(crate) hub: Hub,
    /// Keys whose requests are under way.
    pub(crate) under_way: UnderWay,
    /// The duels that go on, for who shows them.
    pub duels: Stage,
    /// This process among those of one arena.
    pub process: u64,
    /// What the same request always makes.
    pub(crate) keyed: Keyed,
    /// Who asked how often.
    pub(crate) limiter: Limiter,
    /// Who can ask contracts on the chain; empty while there is no chain.
    pub contracts: OnceLock<Arc<dyn Contracts>>,
    /// The chain, if there is one.
    pub(crate) chain: OnceLock<Link>,
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
        let (notices, board) = (Notices::default(), Board::default());
        let (chance, config) = (Arc::new(chance), Arc::new(config));
        let contracts = OnceLock::new();
        let (hub, duels) = (Hub::default(), Stage::default());
        let process = u64::from_be_bytes(chance.bytes());
        let keyed = Keyed::open(&store, &chance).await?;
        let (metrics, orders) = (Metrics::default(), Orders::open(&store).await?);
        let parts = Parts {
            store,
            clock,
            chance,
            config,
            keyring,
            passwords,
            orders,
            notices,
            board,
            metrics,
            hub,
            under_way: UnderWay::default(),
            duels,
            process,
            keyed,
            limiter,
            contracts,
            chain: OnceLock::new(),
        };
        Ok(Self(Arc::new(parts)))
    }
}

/// What a work takes along. It may outlive whoever asked for it, so it does not hold the database
/// open: the writer's own thread would be the last to let go of it.
#[derive(Clone, Debug)]
pub(crate) struct Along {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<Chance>,
    pub(crate) config: Arc<Config>,
}

impl Ctx {
    /// What checks the tokens that are signed here.
    #[must_use]
    pub fn public_keys(&self) -> KeySet {
        self.keyring.public()
    }

    /// For a work.
    pub(crate) fn along(&self) -> Along {
        let Parts { clock, chance, config, .. } = &**self;
        Along { clock: Arc::clone(clock), chance: Arc::clone(chance), config: Arc::clone(config) }
    }
}

impl Deref for Ctx {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
