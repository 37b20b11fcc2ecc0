//! Names in the environment by which the arena that this one takes the place of was told things, for
//! those that mean the same here. Our own names and flags go before them, and they before the file.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use super::Unusable;

/// `ADMIN_TOKEN` is ours as well, and not among them.
const NAMES: [&str; 9] = [
    PORT,
    MATCH_TIMEOUT,
    PRIVATE_KEY,
    RPC_URL,
    CHAIN_ID,
    MATCH_PROOF,
    WAGER_CONTRACT,
    PREDICTION_POOL,
    REPUTATION_REGISTRY,
];
pub(super) const PORT: &str = "PORT";
pub(super) const MATCH_TIMEOUT: &str = "MATCH_TIMEOUT";
pub(super) const PRIVATE_KEY: &str = "ARENA_PRIVATE_KEY";
pub(super) const RPC_URL: &str = "MONAD_RPC_URL";
pub(super) const CHAIN_ID: &str = "MONAD_CHAIN_ID";
pub(super) const MATCH_PROOF: &str = "MATCH_PROOF";
pub(super) const WAGER_CONTRACT: &str = "WAGER_CONTRACT";
pub(super) const PREDICTION_POOL: &str = "PREDICTION_POOL";
pub(super) const REPUTATION_REGISTRY: &str = "REPUTATION_REGISTRY";

/// What the environment says by these names, and which of it was taken.
#[derive(Debug, Default)]
pub(crate) struct Foreign {
    said: BTreeMap<&'static str, String>,
    taken: Vec<&'static str>,
}

impl Foreign {
    #[expect(
        clippy::disallowed_methods,
        reason = "names that are not ours, read once, beside clap's"
    )]
    pub(crate) fn of_the_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// An empty value says nothing.
    pub(super) fn of(look: impl Fn(&str) -> Option<String>) -> Self {
        let said = NAMES.into_iter().filter_map(|name| {
            let value = look(name)?.trim().to_owned();
            (!value.is_empty()).then_some((name, value))
        });
        Self { said: said.collect(), taken: Vec::new() }
    }

    /// Whether something is said that nobody has taken.
    pub(super) fn says(&self, name: &'static str) -> bool {
        self.said.contains_key(name)
    }

    /// What was said by our name; else what this one says.
    pub(super) fn or<T>(
        &mut self,
        ours: Option<T>,
        name: &'static str,
    ) -> Result<Option<T>, Unusable>
    where
        T: FromStr<Err: Display>,
    {
        if ours.is_some() {
            return Ok(ours);
        }
        let Some(value) = self.said.remove(name) else { return Ok(None) };
        self.taken.push(name);
        let value = value.parse().map_err(|error| Unusable(format!("{name}: {error}")))?;
        Ok(Some(value))
    }

    /// A port is one of all addresses of this machine, as it was.
    pub(super) fn address_or(
        &mut self,
        ours: Option<SocketAddr>,
    ) -> Result<Option<SocketAddr>, Unusable> {
        if ours.is_some() {
            return Ok(ours);
        }
        let port = self.or::<u16>(None, PORT)?;
        Ok(port.map(|port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))))
    }

    /// Names that were taken.
    pub(super) fn taken(self) -> Vec<&'static str> {
        self.taken
    }
}
