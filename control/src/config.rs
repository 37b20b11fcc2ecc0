//! What the control plane can be told; every default.

use crate::http::limits::Rates;
use crate::queue::MELEE;
use crate::queue::rules::config::{Queue, defaults};
use crate::time::Span;

/// The control plane's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The queues there are.
    pub queues: Vec<Queue>,
    /// The bearer of this may do what an operator may. None refuses every admin call but those of
    /// identities with that role.
    pub admin_token: Option<String>,
    /// Whether joining needs no identity.
    pub open: bool,
    /// The name that wallets sign in to, as their owners read it.
    pub domain: String,
    /// How often one address and one identity may ask.
    pub rates: Rates,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            queues: defaults(),
            admin_token: None,
            open: true,
            domain: "localhost".to_owned(),
            rates: Rates::default(),
        }
    }
}

impl Config {
    /// The queue of a name.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.name == name)
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
