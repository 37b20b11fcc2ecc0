//! The configuration: defaults, then `arena.toml`, then `ARENA_*` in the environment, then flags.
//!
//! Each key has one name in all three: `http` in the file, `ARENA_HTTP`, `--http`. A key that does
//! not exist is refused, in the file and on the command line.
//!
//! - `config/flags.rs`: the command line.
//! - `config/file.rs`: `arena.toml`.
//! - `config/chain.rs`: the chain.
//! - `config/foreign.rs`: names in the environment that are not ours.
//! - `config/access.rs`: who may publish and watch, and whose keys are believed.

mod access;
mod chain;
mod file;
mod flags;
mod foreign;
mod stakes;
#[cfg(test)]
mod tests;
mod wallet;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arena_client::Server;
use arena_control::chain::networks::Network;
use arena_control::time::Span;
use arena_protocol::proxies::{Proxies, Trusted};
use arena_relay::{Access, Tls};

use self::access::{Asked, Keyholder};
pub(crate) use self::chain::{Dev, key as chain_key};
use self::file::{File, read};
use self::flags::{AskedDev, Books, Common, Control};
pub(crate) use self::flags::{ControlAlone, Into, Relay, RelayAlone, Serve};
pub(crate) use self::foreign::Foreign;
use crate::key_url::KeyUrl;
use crate::logs;
use arena_client::http::Client;

/// A configuration that cannot be used, and why.
#[derive(Debug)]
pub(crate) struct Unusable(String);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

/// What `arena serve` and `arena relay` run with.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) relay: arena_relay::Config,
    pub(crate) log: logs::Form,
    pub(crate) log_level: logs::Level,
    pub(crate) otlp: Option<Client>,
    pub(crate) no_demo: bool,
    pub(crate) demo_seed: u64,
    pub(crate) control: SettledControl,
    /// None for the default.
    pub(crate) relay_name: Option<String>,
    /// Keys that have to be kept fresh.
    pub(crate) key_url: Option<Arc<KeyUrl>>,
}

/// What `arena relay` runs with.
#[derive(Debug)]
pub(crate) struct SettledRelay {
    pub(crate) settled: Settled,
    /// Who is told of the streams.
    pub(crate) reports_to: Option<Client>,
}

/// What the control plane runs with.
#[derive(Debug)]
pub(crate) struct SettledControl {
    pub(crate) db: String,
    pub(crate) config: arena_control::Config,
    /// None without a chain.
    pub(crate) chain: Option<arena_control::chain::Settings>,
    /// The chain is to be started.
    pub(crate) dev_chain: Option<Dev>,
    /// Names in the environment that are not ours, and that something was taken from.
    pub(crate) foreign: Vec<&'static str>,
}

/// What `arena control` runs with.
#[derive(Debug)]
pub(crate) struct SettledAlone {
    pub(crate) http: SocketAddr,
    pub(crate) log: logs::Form,
    pub(crate) log_level: logs::Level,
    /// Where duels are shown, if anywhere.
    pub(crate) relay: Option<Server>,
    pub(crate) otlp: Option<Client>,
    /// Who stands in front.
    pub(crate) proxies: Proxies,
    pub(crate) control: SettledControl,
}

impl Serve {
    pub(crate) fn settle(self, foreign: Foreign) -> Result<Settled, Unusable> {
        let Self { relay, no_demo, demo_seed, mut control, dev_chain, anvil } = self;
        control.dev = Some(AskedDev { asked: dev_chain, anvil });
        let mut settled = relay.settle_with(control, &Keyholder::Here, foreign)?;
        let (relay, control) = (&settled.relay, &mut settled.control.config);
        control.open = match relay.access {
            Access::Open | Access::Guarded { .. } => true,
            Access::Required(_) => false,
        };
        control.domain = relay.names.first().cloned().unwrap_or_else(|| relay.http.to_string());
        settled.no_demo |= no_demo;
        settled.demo_seed = demo_seed.unwrap_or(settled.demo_seed);
        Ok(settled)
    }
}

impl RelayAlone {
    pub(crate) fn settle(self) -> Result<SettledRelay, Unusable> {
        let Self { relay, control_url, control_key } = self;
        let file = read(relay.common.config.as_deref())?;
        let url = control_url.or(file.control_url);
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        let key = control_key.or(file.control_key).filter(|key| !key.is_empty());
        let reports_to = match (&url, key) {
            (Some(url), Some(key)) => {
                let client = Client::new(url, Some(&key));
                Some(client.map_err(|cause| Unusable(format!("control-url: {cause:#}")))?)
            }
            (None, Some(_)) => {
                return Err(Unusable("control-key: it needs --control-url".to_owned()));
            }
            (_, None) => None,
        };
        let keyholder = url.map_or(Keyholder::Nobody, Keyholder::There);
        let settled = relay.settle_with(Control::default(), &keyholder, Foreign::default())?;
        Ok(SettledRelay { settled, reports_to })
    }
}

impl ControlAlone {
    pub(crate) fn settle(self, mut foreign: Foreign) -> Result<SettledAlone, Unusable> {
        let Common { config, http, origins, trusted_proxies, log, log_level, otlp } = self.common;
        let mut file = read(config.as_deref())?;
        let http = foreign.address_or(http)?.or(file.http);
        let mut control = self.control.settle(&mut file, foreign)?;
        let http = http.unwrap_or_else(|| arena_relay::Config::default().http);
        let proxies = proxies(trusted_proxies, file.trusted_proxy);
        control.config.open = http.ip().is_loopback() && proxies.is_empty();
        control.config.domain = http.to_string();
        let log = log.or(file.log).unwrap_or_default();
        let log_level = log_level.or(file.log_level).unwrap_or_default();
        let otlp = collector(otlp.or(file.otlp))?;
        let relay = match (self.relay, file.relay) {
            (Some(relay), _) => Some(relay),
            (None, Some(url)) => {
                Some(url.parse().map_err(|error| Unusable(format!("relay: {error}")))?)
            }
            (None, None) => None,
        };
        let told = control.config.relay_url.take();
        control.config.relay_url = told.or_else(|| relay.as_ref().map(Server::to_string));
        control.config.origins = if origins.is_empty() { file.origin } else { origins };
        Ok(SettledAlone { http, log, log_level, otlp, relay, proxies, control })
    }
}

impl Into {
    pub(crate) fn settle(self, foreign: Foreign) -> Result<SettledControl, Unusable> {
        let Self { config, books } = self;
        let control = Control { books, ..Control::default() };
        control.settle(&mut read(config.as_deref())?, foreign)
    }
}

impl Control {
    fn settle(self, file: &mut File, mut foreign: Foreign) -> Result<SettledControl, Unusable> {
        let default = arena_control::Config::default();
        let Books { db, match_timeout, chain_id, match_proof } = self.books;
        let dev_chain = self.dev.and_then(|dev| dev.wanted(file));
        let named = db.or_else(|| file.db.take());
        let db = match (&dev_chain, named) {
            (None, named) => named.unwrap_or_else(|| "sqlite:arena.db".to_owned()),
            // What is known of a chain that is gone would be held against the next one.
            (Some(_), None) => "sqlite::memory:".to_owned(),
            (Some(_), Some(_)) => {
                let text = "db: --dev-chain keeps everything in memory, because the chain ends \
                            with the arena: leave out the database";
                return Err(Unusable(text.to_owned()));
            }
        };
        let match_timeout = foreign.or(match_timeout, foreign::MATCH_TIMEOUT)?;
        let match_length = match_timeout.or(file.match_timeout).map(Span::seconds);
        let chain_id_said = foreign.or(chain_id, foreign::CHAIN_ID)?.or(file.chain_id);
        let faucet_amount = self.faucet_amount.or_else(|| file.faucet_amount.map(|coins| coins.0));
        let admin_token = self.admin_token.or_else(|| file.admin_token.take());
        let of_file = std::mem::take(&mut file.chain);
        let mut chain = match dev_chain {
            Some(_) => Some(self.chain.settle_dev(&of_file)?),
            None => self.chain.settle(of_file, chain_id_said, &mut foreign)?,
        };
        let of_chain = chain.as_ref().map(|chain| (chain.id, chain.contracts.match_proof));
        let (chain_id, contract) = of_chain.unwrap_or((default.signing.chain_id, None));
        // What is said of signatures goes before what is known of the chain.
        let said = foreign.or(match_proof, foreign::MATCH_PROOF)?;
        let said = said.or(file.match_proof).map(|wallet| wallet.0);
        let signing = arena_control::Signing {
            chain_id: chain_id_said.unwrap_or(chain_id),
            contract: said.or(contract).unwrap_or(default.signing.contract),
        };
        if dev_chain.is_some() && said.is_some() {
            let text = "match-proof: --dev-chain brings its own contracts: leave it out";
            return Err(Unusable(text.to_owned()));
        }
        if let Some(chain) = &mut chain {
            if chain.id != signing.chain_id {
                let text =
                    format!("chain-id: {} is not the number of {}", signing.chain_id, chain.name);
                return Err(Unusable(text));
            }
            chain.contracts.match_proof = said.or(chain.contracts.match_proof);
        }
        // Nobody gives real money away because he did not say that he would not.
        let faucet_cap = match chain.as_ref().and_then(|chain| Network::of_id(chain.id)) {
            Some(network) if !network.is_for_trying() => 0,
            Some(_) | None => default.faucet.cap,
        };
        let config = arena_control::Config {
            admin_token: admin_token.filter(|token| !token.is_empty()),
            signing,
            relay_url: self.relay_url.or_else(|| file.relay_url.take()),
            faucet: arena_control::faucet::Terms {
                amount: faucet_amount.unwrap_or(default.faucet.amount),
                cap: self.faucet_cap.or(file.faucet_cap).unwrap_or(faucet_cap),
            },
            ..default
        };
        let config = match match_length {
            Some(length) => config.with_match_length(length),
            None => config,
        };
        let config = match &chain {
            Some(chain) => chain::staked(config, chain),
            None => config,
        };
        let stakes = stakes::said(self.stakes, std::mem::take(&mut file.stakes))?;
        let config = stakes::escrowed(config, chain.as_ref(), stakes)?;
        Ok(SettledControl { db, config, chain, dev_chain, foreign: foreign.taken() })
    }
}

impl Relay {
    fn settle_with(
        self,
        control: Control,
        keyholder: &Keyholder,
        mut foreign: Foreign,
    ) -> Result<Settled, Unusable> {
        let Common { config, http, origins, trusted_proxies, log, log_level, otlp } = self.common;
        let mut file = read(config.as_deref())?;
        let defaults = arena_relay::Config::default();
        let http = foreign.address_or(http)?.or(file.http).unwrap_or(defaults.http);
        let mut control = control.settle(&mut file, foreign)?;
        let quic = self.quic.or(file.quic).unwrap_or(defaults.quic);
        let names = if self.names.is_empty() { file.name } else { self.names };
        let (cert, key) = (self.cert.or(file.cert), self.key.or(file.key));
        let tls = tls(cert, key, defaults.tls)?;
        let proxies = proxies(trusted_proxies, file.trusted_proxy);
        let who = Asked {
            who: self.access.or(file.access),
            keys: self.keys.or(file.keys),
            insecure_open: self.insecure_open || file.insecure_open,
            // Whoever reaches a proxy reaches what is behind it.
            loopback: http.ip().is_loopback() && quic.ip().is_loopback() && proxies.is_empty(),
        };
        control.config.admin_open = who.insecure_open && who.loopback;
        let mut limits = file.limits.settle();
        if let Some(drain_s) = self.drain_s.or(file.drain_s) {
            limits.drain_timeout = Duration::from_secs(drain_s);
        }
        let (access, key_url) = who.settle(keyholder)?;
        let relay = arena_relay::Config {
            http,
            quic,
            tls,
            names,
            http_tls: self.http_tls || file.http_tls,
            proxies,
            access,
            origins: if origins.is_empty() { file.origin } else { origins },
            waiting: !(self.no_waiting || file.no_waiting),
            go_away_url: self.go_away_url.or(file.go_away_url),
            limits,
        };
        let log = log.or(file.log).unwrap_or_default();
        let log_level = log_level.or(file.log_level).unwrap_or_default();
        let demo_seed = file.demo_seed.unwrap_or(1);
        let relay_name = self.relay_name.or(file.relay_name);
        let no_demo = file.no_demo;
        let otlp = collector(otlp.or(file.otlp))?;
        Ok(Settled {
            relay,
            log,
            log_level,
            otlp,
            no_demo,
            demo_seed,
            control,
            relay_name,
            key_url,
        })
    }
}

fn proxies(said: Vec<Trusted>, of_file: Vec<Trusted>) -> Proxies {
    Proxies::new(if said.is_empty() { of_file } else { said })
}

fn collector(url: Option<String>) -> Result<Option<Client>, Unusable> {
    let url = url.filter(|url| !url.is_empty());
    let client = url.map(|url| Client::new(&url, None)).transpose();
    client.map_err(|cause| Unusable(format!("otlp: {cause:#}")))
}

fn tls(cert: Option<PathBuf>, key: Option<PathBuf>, default: Tls) -> Result<Tls, Unusable> {
    match (cert, key, default) {
        (Some(certificate), Some(key), _) => Ok(Tls::Files { certificate, key }),
        (None, None, default) => Ok(default),
        (Some(_), None, _) => Err(Unusable("key: a certificate needs its key".to_owned())),
        (None, Some(_), _) => Err(Unusable("cert: a key needs its certificate".to_owned())),
    }
}
