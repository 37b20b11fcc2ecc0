//! What the control plane can be told; every default.

use arena_protocol::result::{Domain, address};

use crate::escrows::rules as escrow;
use crate::faucet::Terms as Faucet;
use crate::http::limits::Rates;
use crate::pools::rules::Terms;
use crate::queue::MELEE;
use crate::queue::rules::config::{Queue, defaults};
use crate::time::Span;
use crate::wagers::rules::Backing;

/// The control plane's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The queues there are.
    pub queues: Vec<Queue>,
    /// The bearer of this may do what an operator may. None refuses every admin call but those of
    /// identities with that role.
    pub admin_token: Option<String>,
    /// Whether everybody may do what an operator may while there is no token: only where nobody else
    /// can reach the arena. Pages of other sites may not.
    pub admin_open: bool,
    /// Whether joining needs no identity.
    pub open: bool,
    /// The name that wallets sign in to, as their owners read it.
    pub domain: String,
    /// Who holds the stakes of wagers.
    pub wagers: Backing,
    /// What new wallets are given, where a chain's key is there to give it.
    pub faucet: Faucet,
    /// Where clients find the relay of the matches' streams, if it is not where they find this.
    pub relay_url: Option<String>,
    /// How often one address and one identity may ask.
    pub rates: Rates,
    /// Where signatures of results count.
    pub signing: Domain,
    /// Whose pages may open sockets, as `https://host:port`. What is no browser may anyway.
    pub origins: Vec<String>,
}

/// Where results are recorded unless the operator says otherwise: `MatchProof` on Monad.
const SIGNING: Domain =
    Domain { chain_id: 143, contract: address!("0x1CC748475F1F666017771FB49131708446B9f3DF") };

impl Default for Config {
    fn default() -> Self {
        Self {
            queues: defaults(),
            admin_token: None,
            admin_open: false,
            open: true,
            domain: "localhost".to_owned(),
            wagers: Backing::Word,
            faucet: Faucet::default(),
            relay_url: None,
            rates: Rates::default(),
            signing: SIGNING,
            origins: Vec::new(),
        }
    }
}

impl Config {
    /// The queue of a name.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.name == name)
    }

    /// There is a wager contract: it holds the stakes of wagers.
    #[must_use]
    pub fn with_wager_contract(self) -> Self {
        Self { wagers: Backing::Contract, ..self }
    }

    /// There is a pool contract: spectators bet on the matches of a queue.
    #[must_use]
    pub fn with_betting(mut self, queue: &str, terms: Terms) -> Self {
        for queue in self.queues.iter_mut().filter(|it| it.name == queue) {
            queue.betting = Some(terms);
        }
        self
    }

    /// There is an escrow contract: matches of a queue are played for stakes that it holds.
    ///
    /// # Errors
    /// The queue cannot be played for them.
    pub fn with_stakes(mut self, queue: &str, terms: escrow::Terms) -> Result<Self, escrow::Unfit> {
        let found = self.queues.iter_mut().find(|it| it.name == queue);
        let queue = found.ok_or(escrow::Unfit::NoSuchQueue)?;
        escrow::fits(queue, &terms)?;
        queue.timing.staking = Some(escrow::STAKING);
        queue.stakes = Some(terms);
        Ok(self)
    }

    /// How long a match of the old API's queue may go without a result.
    #[must_use]
    pub fn with_match_length(mut self, length: Span) -> Self {
        for queue in &mut self.queues {
            if queue.name == MELEE {
                queue.timing.length = length;
            }
        }
        self
    }
}
