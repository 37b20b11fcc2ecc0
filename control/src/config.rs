//! What the control plane can be told; every default.

use crate::http::limits::Rates;
use crate::time::Span;

/// The control plane's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long a match may go without a result.
    pub match_length: Span,
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
            match_length: Span::seconds(1800),
            admin_token: None,
            open: true,
            domain: "localhost".to_owned(),
            rates: Rates::default(),
        }
    }
}
