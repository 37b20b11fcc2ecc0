//! The configuration: defaults, then `arena.toml`, then `ARENA_*` in the environment, then flags.
//!
//! Each key has one name in all three: `http` in the file, `ARENA_HTTP`, `--http`. A key that does
//! not exist is refused, in the file and on the command line.

mod chain;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arena_client::Server;
use arena_control::time::Span;
use arena_relay::{Access, Keys, Limits, Tls};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::logs;
use crate::token::KeyFile;

/// The file that is read if it is there.
const FILE: &str = "arena.toml";

/// A configuration that cannot be used, and why.
#[derive(Debug)]
pub(crate) struct Unusable(String);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

/// Flags of `arena serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) relay: Relay,
    /// Do not run the demo match
    #[arg(long, env = "ARENA_NO_DEMO", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(crate) no_demo: bool,
    /// Seed of the demo match; the same seed plays the same match
    #[arg(long, env = "ARENA_DEMO_SEED", value_name = "N")]
    pub(crate) demo_seed: Option<u64>,
    #[command(flatten)]
    pub(crate) control: Control,
}

/// Flags of the control plane, in `arena serve` and `arena control`.
#[derive(Debug, Default, Args)]
pub(crate) struct Control {
    /// Database: sqlite:FILE, or postgres://USER@HOST/NAME for many instances [default: sqlite:arena.db]
    #[arg(long, env = "ARENA_DB", value_name = "URL")]
    db: Option<String>,
    /// Seconds that a match may go without a result [default: 1800]
    #[arg(long, env = "MATCH_TIMEOUT", value_name = "S")]
    match_timeout: Option<u64>,
    /// What an operator's calls have to bear; without it they are refused
    #[arg(long, env = "ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// Number of the chain that signatures of results are for [default: 143, Monad]
    #[arg(long, env = "MONAD_CHAIN_ID", value_name = "N")]
    chain_id: Option<u64>,
    /// Contract that signatures of results are for [default: MatchProof as it is deployed on Monad]
    #[arg(long, env = "MATCH_PROOF", value_name = "ADDRESS", value_parser = parse_wallet)]
    match_proof: Option<Wallet>,
    #[command(flatten)]
    chain: chain::Flags,
}

/// Flags of `arena control`.
#[derive(Debug, Args)]
pub(crate) struct ControlAlone {
    /// Configuration file [default: arena.toml, if it is there]
    #[arg(long, env = "ARENA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of HTTP (TCP); port 0 takes a free one [default: 127.0.0.1:8000]
    #[arg(long, env = "ARENA_HTTP", value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Form of the logs, on stderr [default: text]
    #[arg(long, env = "ARENA_LOG", value_name = "FORM")]
    log: Option<logs::Form>,
    /// How much is logged [default: info]
    #[arg(long, env = "ARENA_LOG_LEVEL", value_name = "LEVEL")]
    log_level: Option<logs::Level>,
    /// Relay that duels are shown on, as http://host:port; it has to take tokens of this control plane
    #[arg(long, env = "ARENA_RELAY", value_name = "URL")]
    relay: Option<Server>,
    /// Another site whose pages may open gateway sockets, as https://host:port; may be repeated
    #[arg(long = "origin", env = "ARENA_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    origins: Vec<String>,
    #[command(flatten)]
    control: Control,
}

/// Flags of `arena relay`, and of `arena serve` as well.
#[derive(Debug, Args)]
pub(crate) struct Relay {
    /// Configuration file [default: arena.toml, if it is there]
    #[arg(long, env = "ARENA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of HTTP and WebSocket (TCP); port 0 takes a free one [default: 127.0.0.1:8000]
    #[arg(long, env = "ARENA_HTTP", value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Address of QUIC and WebTransport (UDP); port 0 takes a free one [default: 127.0.0.1:4433]
    #[arg(long, env = "ARENA_QUIC", value_name = "ADDR")]
    quic: Option<SocketAddr>,
    /// Who may publish and watch [default: open while both addresses are loopback, else required]
    #[arg(long, env = "ARENA_ACCESS", value_name = "WHO")]
    access: Option<Who>,
    /// Public keys that tokens are checked with, a JWKS file; read again when it changes
    #[arg(long, env = "ARENA_KEYS", value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Allow open access on addresses that others can reach
    #[arg(long, env = "ARENA_INSECURE_OPEN", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    insecure_open: bool,
    /// Certificate chain, PEM; read again when it changes [default: its own, renewed by itself]
    #[arg(long, env = "ARENA_CERT", value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "ARENA_KEY", value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Name that the relay is reached by, for its own certificate and pages; may be repeated
    #[arg(long = "name", env = "ARENA_NAME", value_name = "HOST", value_delimiter = ',')]
    names: Vec<String>,
    /// Speak TLS on the TCP port too
    #[arg(long, env = "ARENA_HTTP_TLS", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    http_tls: bool,
    /// Another site whose pages may open sessions, as https://host:port; may be repeated
    #[arg(long = "origin", env = "ARENA_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    origins: Vec<String>,
    /// Refuse to watch a channel that nobody publishes, instead of waiting for it
    #[arg(long, env = "ARENA_NO_WAITING", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    no_waiting: bool,
    /// Where clients are sent when this relay goes away
    #[arg(long, env = "ARENA_GO_AWAY_URL", value_name = "URL")]
    go_away_url: Option<String>,
    /// Seconds that draining waits for sessions to leave [default: 5]
    #[arg(long, env = "ARENA_DRAIN_S", value_name = "S")]
    drain_s: Option<u64>,
    /// Form of the logs, on stderr [default: text]
    #[arg(long, env = "ARENA_LOG", value_name = "FORM")]
    log: Option<logs::Form>,
    /// How much is logged [default: info]
    #[arg(long, env = "ARENA_LOG_LEVEL", value_name = "LEVEL")]
    log_level: Option<logs::Level>,
}

/// An account or a contract on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Wallet(arena_control::Address);

impl TryFrom<String> for Wallet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_wallet(&text)
    }
}

fn parse_wallet(text: &str) -> Result<Wallet, String> {
    arena_control::wallet(text).map(Wallet).map_err(|error| error.to_string())
}

/// Who may publish and watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Who {
    /// Everybody, without a token
    Open,
    /// Whoever has a token
    Required,
}

/// The file, key by key as the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct File {
    http: Option<SocketAddr>,
    quic: Option<SocketAddr>,
    access: Option<Who>,
    keys: Option<PathBuf>,
    insecure_open: bool,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    name: Vec<String>,
    http_tls: bool,
    origin: Vec<String>,
    no_waiting: bool,
    go_away_url: Option<String>,
    drain_s: Option<u64>,
    log: Option<logs::Form>,
    log_level: Option<logs::Level>,
    no_demo: bool,
    demo_seed: Option<u64>,
    db: Option<String>,
    match_timeout: Option<u64>,
    admin_token: Option<String>,
    chain_id: Option<u64>,
    match_proof: Option<Wallet>,
    chain: chain::File,
    relay: Option<String>,
    limits: FileLimits,
}

/// `[limits]`: what everything is bounded by; see the field of the same name in `arena_relay::Limits`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct FileLimits {
    message_len_max: Option<usize>,
    ring_len: Option<usize>,
    ring_bytes_max: Option<usize>,
    rings_bytes_max: Option<usize>,
    channels_max: Option<usize>,
    sessions_max: Option<usize>,
    sessions_per_address_max: Option<usize>,
    messages_per_s: Option<u32>,
    bytes_per_s: Option<u32>,
    hello_timeout_ms: Option<u64>,
    connection_timeout_ms: Option<u64>,
    idle_timeout_ms: Option<u64>,
    lag_allowance_ms: Option<u64>,
    gather_ms: Option<u64>,
    stall_max_ms: Option<u64>,
    viewer_bytes_max: Option<usize>,
    publisher_grace_s: Option<u64>,
    ended_kept_s: Option<u64>,
    ended_remembered_s: Option<u64>,
    shards: Option<usize>,
}

/// What `arena serve` and `arena relay` run with.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) relay: arena_relay::Config,
    pub(crate) log: logs::Form,
    pub(crate) log_level: logs::Level,
    pub(crate) no_demo: bool,
    pub(crate) demo_seed: u64,
    pub(crate) control: SettledControl,
}

/// What the control plane runs with.
#[derive(Debug)]
pub(crate) struct SettledControl {
    pub(crate) db: String,
    pub(crate) config: arena_control::Config,
    /// None without a chain.
    pub(crate) chain: Option<arena_control::chain::Settings>,
}

/// What `arena control` runs with.
#[derive(Debug)]
pub(crate) struct SettledAlone {
    pub(crate) http: SocketAddr,
    pub(crate) log: logs::Form,
    pub(crate) log_level: logs::Level,
    /// Where duels are shown, if anywhere.
    pub(crate) relay: Option<Server>,
    pub(crate) control: SettledControl,
}

impl Serve {
    pub(crate) fn settle(self) -> Result<Settled, Unusable> {
        let Self { relay, no_demo, demo_seed, control } = self;
        let mut settled = relay.settle_with(control)?;
        let (relay, control) = (&settled.relay, &mut settled.control.config);
        control.open = matches!(relay.access, Access::Open);
        control.domain = relay.names.first().cloned().unwrap_or_else(|| relay.http.to_string());
        settled.no_demo |= no_demo;
        settled.demo_seed = demo_seed.unwrap_or(settled.demo_seed);
        Ok(settled)
    }
}

impl ControlAlone {
    pub(crate) fn settle(self) -> Result<SettledAlone, Unusable> {
        let mut file = read(self.config.as_deref())?;
        let mut control = self.control.settle(&mut file)?;
        let http = self.http.or(file.http);
        let http = http.unwrap_or_else(|| arena_relay::Config::default().http);
        control.config.open = http.ip().is_loopback();
        control.config.domain = http.to_string();
        let log = self.log.or(file.log).unwrap_or_default();
        let log_level = self.log_level.or(file.log_level).unwrap_or_default();
        let relay = match (self.relay, file.relay) {
            (Some(relay), _) => Some(relay),
            (None, Some(url)) => {
                Some(url.parse().map_err(|error| Unusable(format!("relay: {error}")))?)
            }
            (None, None) => None,
        };
        control.config.origins = if self.origins.is_empty() { file.origin } else { self.origins };
        Ok(SettledAlone { http, log, log_level, relay, control })
    }
}

impl Control {
    fn settle(self, file: &mut File) -> Result<SettledControl, Unusable> {
        let default = arena_control::Config::default();
        let db = self.db.or_else(|| file.db.take()).unwrap_or_else(|| "sqlite:arena.db".to_owned());
        let match_length = self.match_timeout.or(file.match_timeout).map(Span::seconds);
        let admin_token = self.admin_token.or_else(|| file.admin_token.take());
        let mut chain = self.chain.settle(std::mem::take(&mut file.chain))?;
        let of_chain = chain.as_ref().map(|chain| (chain.id, chain.contracts.match_proof));
        let (chain_id, contract) = of_chain.unwrap_or((default.signing.chain_id, None));
        // What is said of signatures goes before what is known of the chain.
        let said = self.match_proof.or(file.match_proof).map(|wallet| wallet.0);
        let signing = arena_control::Signing {
            chain_id: self.chain_id.or(file.chain_id).unwrap_or(chain_id),
            contract: said.or(contract).unwrap_or(default.signing.contract),
        };
        if let Some(chain) = &mut chain {
            if chain.id != signing.chain_id {
                let text =
                    format!("chain-id: {} is not the number of {}", signing.chain_id, chain.name);
                return Err(Unusable(text));
            }
            chain.contracts.match_proof = said.or(chain.contracts.match_proof);
        }
        let config = arena_control::Config {
            admin_token: admin_token.filter(|token| !token.is_empty()),
            signing,
            ..default
        };
        let config = match match_length {
            Some(length) => config.with_match_length(length),
            None => config,
        };
        Ok(SettledControl { db, config, chain })
    }
}

impl Relay {
    pub(crate) fn settle(self) -> Result<Settled, Unusable> {
        self.settle_with(Control::default())
    }

    fn settle_with(self, control: Control) -> Result<Settled, Unusable> {
        let mut file = read(self.config.as_deref())?;
        let control = control.settle(&mut file)?;
        let defaults = arena_relay::Config::default();
        let http = self.http.or(file.http).unwrap_or(defaults.http);
        let quic = self.quic.or(file.quic).unwrap_or(defaults.quic);
        let names = if self.names.is_empty() { file.name } else { self.names };
        let (cert, key) = (self.cert.or(file.cert), self.key.or(file.key));
        let tls = tls(cert, key, defaults.tls)?;
        let who = Asked {
            who: self.access.or(file.access),
            keys: self.keys.or(file.keys),
            insecure_open: self.insecure_open || file.insecure_open,
            loopback: http.ip().is_loopback() && quic.ip().is_loopback(),
        };
        let mut limits = file.limits.settle();
        if let Some(drain_s) = self.drain_s.or(file.drain_s) {
            limits.drain_timeout = Duration::from_secs(drain_s);
        }
        let relay = arena_relay::Config {
            http,
            quic,
            tls,
            names,
            http_tls: self.http_tls || file.http_tls,
            access: who.settle()?,
            origins: if self.origins.is_empty() { file.origin } else { self.origins },
            waiting: !(self.no_waiting || file.no_waiting),
            go_away_url: self.go_away_url.or(file.go_away_url),
            limits,
        };
        let log = self.log.or(file.log).unwrap_or_default();
        let log_level = self.log_level.or(file.log_level).unwrap_or_default();
        let demo_seed = file.demo_seed.unwrap_or(1);
        Ok(Settled { relay, log, log_level, no_demo: file.no_demo, demo_seed, control })
    }
}

struct Asked {
    who: Option<Who>,
    keys: Option<PathBuf>,
    insecure_open: bool,
    loopback: bool,
}

impl Asked {
    fn settle(self) -> Result<Access, Unusable> {
        let open = self.loopback || self.insecure_open;
        let default = if open && self.keys.is_none() { Who::Open } else { Who::Required };
        match (self.who.unwrap_or(default), self.keys) {
            (Who::Open, _) if !open => Err(Unusable(
                "access: open access on an address that others can reach needs --insecure-open".to_owned(),
            )),
            (Who::Open, Some(_)) => {
                Err(Unusable("keys: nobody is asked for a token with open access".to_owned()))
            }
            (Who::Open, None) => Ok(Access::Open),
            (Who::Required, Some(path)) => {
                let keys = KeyFile::new(path);
                keys.keys().map_err(|cause| Unusable(format!("keys: {cause}")))?;
                Ok(Access::Required(Arc::new(keys)))
            }
            (Who::Required, None) => Err(Unusable(
                "keys: access is required here, so --keys FILE has to name the keys that tokens are \
                 checked with (arena token keys makes them), or --insecure-open lets everybody in"
                    .to_owned(),
            )),
        }
    }
}

fn tls(cert: Option<PathBuf>, key: Option<PathBuf>, default: Tls) -> Result<Tls, Unusable> {
    match (cert, key, default) {
        (Some(certificate), Some(key), _) => Ok(Tls::Files { certificate, key }),
        (None, None, default) => Ok(default),
        (Some(_), None, _) => Err(Unusable("key: a certificate needs its key".to_owned())),
        (None, Some(_), _) => Err(Unusable("cert: a key needs its certificate".to_owned())),
    }
}

impl FileLimits {
    fn settle(self) -> Limits {
        let default = Limits::default();
        let seconds = |given: Option<u64>, default| given.map_or(default, Duration::from_secs);
        let millis = |given: Option<u64>, default| given.map_or(default, Duration::from_millis);
        Limits {
            message_len_max: self.message_len_max.unwrap_or(default.message_len_max),
            ring_len: self.ring_len.unwrap_or(default.ring_len),
            ring_bytes_max: self.ring_bytes_max.unwrap_or(default.ring_bytes_max),
            rings_bytes_max: self.rings_bytes_max.unwrap_or(default.rings_bytes_max),
            channels_max: self.channels_max.unwrap_or(default.channels_max),
            sessions_max: self.sessions_max.unwrap_or(default.sessions_max),
            sessions_per_address_max: self
                .sessions_per_address_max
                .unwrap_or(default.sessions_per_address_max),
            messages_per_s: self.messages_per_s.unwrap_or(default.messages_per_s),
            bytes_per_s: self.bytes_per_s.unwrap_or(default.bytes_per_s),
            hello_timeout: millis(self.hello_timeout_ms, default.hello_timeout),
            connection_timeout: millis(self.connection_timeout_ms, default.connection_timeout),
            idle_timeout: millis(self.idle_timeout_ms, default.idle_timeout),
            stall_max: millis(self.stall_max_ms, default.stall_max),
            lag_allowance: millis(self.lag_allowance_ms, default.lag_allowance),
            gather: millis(self.gather_ms, default.gather),
            viewer_bytes_max: self.viewer_bytes_max.unwrap_or(default.viewer_bytes_max),
            publisher_grace: seconds(self.publisher_grace_s, default.publisher_grace),
            ended_kept: seconds(self.ended_kept_s, default.ended_kept),
            ended_remembered: seconds(self.ended_remembered_s, default.ended_remembered),
            shards: self.shards.unwrap_or(default.shards),
            ..default
        }
    }
}

fn read(asked: Option<&std::path::Path>) -> Result<File, Unusable> {
    let path = asked.unwrap_or_else(|| FILE.as_ref());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if asked.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(File::default());
        }
        Err(error) => return Err(Unusable(format!("config: {}: {error}", path.display()))),
    };
    parse(&text).map_err(|error| Unusable(format!("config: {}: {error}", path.display())))
}

fn parse(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        format!("line {line}: {}", error.message().replace('\n', " "))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        serve: Serve,
    }

    fn settle(flags: &[&str], file: &str) -> Result<Settled, Unusable> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("arena.toml");
        std::fs::write(&path, file).unwrap();
        let config = ["arena", "--config", path.to_str().unwrap()];
        let flags = config.iter().chain(flags).copied();
        Command::try_parse_from(flags).unwrap().serve.settle()
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file = "http = \"127.0.0.1:1\"\nquic = \"127.0.0.1:2\"\nno-demo = true\n[limits]\nring-len = 7\n";
        let settled = settle(&["--http", "127.0.0.1:3"], file).unwrap();
        assert_eq!(settled.relay.http.port(), 3);
        assert_eq!(settled.relay.quic.port(), 2);
        assert_eq!(settled.relay.limits.ring_len, 7);
        assert_eq!(settled.relay.limits.channels_max, Limits::default().channels_max);
        assert!(settled.no_demo);
        assert_eq!(settle(&[], "").unwrap().relay.http.port(), 8000);
    }

    #[test]
    fn the_control_plane_is_told_in_the_same_three_ways() {
        let settled = settle(&["--db", "sqlite:b.db"], "db = \"sqlite:a.db\"\nmatch-timeout = 7\n");
        let control = settled.unwrap().control;
        assert_eq!(control.db, "sqlite:b.db");
        let melee = control.config.queue("melee").unwrap();
        assert_eq!(melee.timing.length, Span::seconds(7));
        assert_eq!(settle(&[], "").unwrap().control.db, "sqlite:arena.db");
        let contract = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
        let file = format!("chain-id = 1\nmatch-proof = \"{contract}\"");
        let signing = settle(&["--chain-id", "31337"], &file).unwrap().control.config.signing;
        assert_eq!((signing.chain_id, signing.contract.to_string()), (31337, contract.to_owned()));
        let empty = settle(&[], "admin-token = \"\"").unwrap().control;
        assert_eq!(empty.config.admin_token, None, "an empty token opens nothing");
    }

    #[test]
    fn lists_on_the_command_line_take_the_place_of_those_in_the_file() {
        let file = "origin = [\"https://a.example\", \"https://b.example\"]";
        assert_eq!(settle(&[], file).unwrap().relay.origins.len(), 2);
        let settled = settle(&["--origin", "https://c.example"], file).unwrap();
        assert_eq!(settled.relay.origins, ["https://c.example"]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (flags, file, word) in [
            (&[][..], "htpp = \"127.0.0.1:1\"", "htpp"),
            (&[], "\n\nhttp = 8000", "line 3"),
            (&[], "[limits]\nrings = 1", "rings"),
            (&[], "match-proof = \"0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"", "checksum"),
            (&["--http", "0.0.0.0:0"], "", "keys:"),
            (&["--http", "0.0.0.0:0", "--access", "open"], "", "access:"),
            (&["--access", "required"], "", "keys:"),
            (&["--keys", "/no/such/file"], "", "/no/such/file"),
            (&[], "cert = \"a.pem\"", "key:"),
            (&["--access", "open", "--keys", "jwks.json"], "", "keys:"),
        ] {
            let error = settle(flags, file).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn access_is_open_on_loopback_and_where_the_operator_says_so() {
        let open = |flags: &[&str]| matches!(settle(flags, "").unwrap().relay.access, Access::Open);
        assert!(open(&[]));
        assert!(open(&["--http", "0.0.0.0:0", "--insecure-open"]));
    }
}
