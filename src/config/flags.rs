//! The command line of the commands that serve; the comments are their manual.

use std::net::SocketAddr;
use std::path::PathBuf;

use arena_client::Server;
use arena_control::uint::Wei;
use arena_protocol::proxies::Trusted;
use clap::Args;

use super::access::Who;
use super::chain;
use super::file::File;
use super::wallet::{Wallet, parse_coins, parse_wallet};
use crate::logs;

/// Flags of `arena serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) relay: Relay,
    /// Do not run the demo match, nor the partner for duels
    #[arg(long, env = "ARENA_NO_DEMO", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(crate) no_demo: bool,
    /// Seed of the demo match; the same seed plays the same match
    #[arg(long, env = "ARENA_DEMO_SEED", value_name = "N")]
    pub(crate) demo_seed: Option<u64>,
    /// Start a development chain (anvil) with all contracts on it; it ends with the arena, and all
    /// that is known of it
    #[arg(long, env = "ARENA_DEV_CHAIN", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(crate) dev_chain: bool,
    /// The program of the development chain; by default anvil on the path, or of npm's @foundry-rs/anvil
    #[arg(long, env = "ARENA_ANVIL", value_name = "FILE")]
    pub(crate) anvil: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) control: Control,
}

/// Flags of the control plane, in `arena serve` and `arena control`.
#[derive(Debug, Default, Args)]
pub(crate) struct Control {
    #[command(flatten)]
    pub(super) books: Books,
    /// What an operator's calls have to bear; without it they are refused
    #[arg(long, env = "ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(super) admin_token: Option<String>,
    #[command(flatten)]
    pub(super) chain: chain::Flags,
    /// What `arena serve` was told of a chain of its own.
    #[arg(skip)]
    pub(super) dev: Option<AskedDev>,
    /// Coins that a new wallet is given once, such as 0.5 [default: 50]
    #[arg(long, env = "FAUCET_AMOUNT", value_name = "COINS", value_parser = parse_coins)]
    pub(super) faucet_amount: Option<Wei>,
    /// Wallets that are given coins, at most [default: 50 on local chains and testnets, elsewhere 0]
    #[arg(long, env = "FAUCET_CAP", value_name = "N")]
    pub(super) faucet_cap: Option<u32>,
    /// Queue that is played for stakes, which the escrow holds: code_duel=tier, or a number of wei
    #[arg(long = "stake", env = "ARENA_STAKES", value_name = "QUEUE=STAKE", value_delimiter = ',')]
    pub(super) stakes: Vec<String>,
    /// Where clients find the relay of the matches' streams, as http://HOST:PORT [default: here]
    #[arg(long, env = "ARENA_RELAY_URL", value_name = "URL")]
    pub(super) relay_url: Option<String>,
}

/// What was said of a development chain.
#[derive(Debug, Default)]
pub(super) struct AskedDev {
    pub(super) asked: bool,
    pub(super) anvil: Option<PathBuf>,
}

impl AskedDev {
    /// None without one.
    pub(super) fn wanted(self, file: &mut File) -> Option<chain::Dev> {
        let anvil = self.anvil.or_else(|| file.anvil.take());
        (self.asked || file.dev_chain).then_some(chain::Dev { anvil })
    }
}

/// Which database it is, and what its matches and results are held to: the same for what serves
/// them and for what puts them in.
#[derive(Debug, Default, Args)]
pub(crate) struct Books {
    /// Database: sqlite:FILE, or postgres://USER@HOST/NAME for many instances [default: sqlite:arena.db]
    #[arg(long, env = "ARENA_DB", value_name = "URL")]
    pub(super) db: Option<String>,
    /// Seconds that a match may go without a result; also MATCH_TIMEOUT [default: 1800]
    #[arg(long, env = "ARENA_MATCH_TIMEOUT", value_name = "S")]
    pub(super) match_timeout: Option<u64>,
    /// Number of the chain that signatures of results are for; also MONAD_CHAIN_ID [default: 143, Monad]
    #[arg(long, env = "ARENA_CHAIN_ID", value_name = "N")]
    pub(super) chain_id: Option<u64>,
    /// Contract that signatures of results are for; also MATCH_PROOF [default: the one that is
    /// deployed on Monad]
    #[arg(long, env = "ARENA_MATCH_PROOF", value_name = "ADDRESS", value_parser = parse_wallet)]
    pub(super) match_proof: Option<Wallet>,
}

/// Flags of `arena import`.
#[derive(Debug, Args)]
pub(crate) struct Into {
    /// Configuration file [default: arena.toml, if it is there]
    #[arg(long, env = "ARENA_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) books: Books,
}

/// Flags of whatever serves.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Configuration file [default: arena.toml, if it is there]
    #[arg(long, env = "ARENA_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Address of HTTP and WebSocket (TCP); port 0 takes a free one; of `serve` and `control`, PORT is
    /// that port of all addresses [default: 127.0.0.1:8000]
    #[arg(long, env = "ARENA_HTTP", value_name = "ADDR")]
    pub(super) http: Option<SocketAddr>,
    /// Another site whose pages may open sessions and gateway sockets, as https://host:port; may be
    /// repeated
    #[arg(long = "origin", env = "ARENA_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub(super) origins: Vec<String>,
    /// Proxy in front of the HTTP port, by address or network (10.0.0.0/8), that is believed whom it
    /// asks for (X-Forwarded-For): limits then hold for its clients; may be repeated
    #[arg(
        long = "trusted-proxy",
        env = "ARENA_TRUSTED_PROXY",
        value_name = "ADDR",
        value_delimiter = ','
    )]
    pub(super) trusted_proxies: Vec<Trusted>,
    /// Form of the logs, on stderr [default: text]
    #[arg(long, env = "ARENA_LOG", value_name = "FORM")]
    pub(super) log: Option<logs::Form>,
    /// How much is logged [default: info]
    #[arg(long, env = "ARENA_LOG_LEVEL", value_name = "LEVEL")]
    pub(super) log_level: Option<logs::Level>,
    /// Collector that is sent traces, as OTLP over HTTP [default: none]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub(super) otlp: Option<String>,
}

/// Flags of `arena control`.
#[derive(Debug, Args)]
pub(crate) struct ControlAlone {
    #[command(flatten)]
    pub(super) common: Common,
    /// Relay that duels are shown on, as http://host:port; it has to take tokens of this control plane
    #[arg(long, env = "ARENA_RELAY", value_name = "URL")]
    pub(super) relay: Option<Server>,
    #[command(flatten)]
    pub(super) control: Control,
}

/// Flags of `arena relay`.
#[derive(Debug, Args)]
pub(crate) struct RelayAlone {
    #[command(flatten)]
    pub(super) relay: Relay,
    /// Control, as http://HOST:PORT: its keys check tokens, and it is told of the matches' streams
    #[arg(long, env = "ARENA_CONTROL_URL", value_name = "URL")]
    pub(super) control_url: Option<String>,
    /// API key to tell it with: of an identity with the role relay, for reports
    #[arg(long, env = "ARENA_CONTROL_KEY", value_name = "KEY", hide_env_values = true)]
    pub(super) control_key: Option<String>,
}

/// Flags of `arena relay`, and of `arena serve` as well.
#[derive(Debug, Args)]
pub(crate) struct Relay {
    #[command(flatten)]
    pub(super) common: Common,
    /// Address of QUIC and WebTransport (UDP); port 0 takes a free one [default: 127.0.0.1:4433]
    #[arg(long, env = "ARENA_QUIC", value_name = "ADDR")]
    pub(super) quic: Option<SocketAddr>,
    /// Who may publish and watch [default: open while both addresses are loopback and no proxy is trusted, else required]
    #[arg(long, env = "ARENA_ACCESS", value_name = "WHO")]
    pub(super) access: Option<Who>,
    /// Public keys that tokens are checked with: a JWKS file, read again when it changes, or the URL
    /// of one [default: those of the control plane, if there is one]
    #[arg(long, env = "ARENA_KEYS", value_name = "FILE|URL")]
    pub(super) keys: Option<String>,
    /// Name that control knows this relay by [default: the first --name, else its QUIC address]
    #[arg(long, env = "ARENA_RELAY_NAME", value_name = "NAME")]
    pub(super) relay_name: Option<String>,
    /// Allow open access on addresses that others can reach; where only this machine can, and there is
    /// no ADMIN_TOKEN, allow everybody to operate as well
    #[arg(long, env = "ARENA_INSECURE_OPEN", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(super) insecure_open: bool,
    /// Certificate chain, PEM; read again when it changes [default: its own, renewed by itself]
    #[arg(long, env = "ARENA_CERT", value_name = "FILE", requires = "key")]
    pub(super) cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "ARENA_KEY", value_name = "FILE", requires = "cert")]
    pub(super) key: Option<PathBuf>,
    /// Name that the relay is reached by, for its own certificate and pages; may be repeated
    #[arg(long = "name", env = "ARENA_NAME", value_name = "HOST", value_delimiter = ',')]
    pub(super) names: Vec<String>,
    /// Speak TLS on the TCP port too
    #[arg(long, env = "ARENA_HTTP_TLS", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(super) http_tls: bool,
    /// Refuse to watch a channel that nobody publishes, instead of waiting for it
    #[arg(long, env = "ARENA_NO_WAITING", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(super) no_waiting: bool,
    /// Where clients are sent when this relay goes away
    #[arg(long, env = "ARENA_GO_AWAY_URL", value_name = "URL")]
    pub(super) go_away_url: Option<String>,
    /// Seconds that draining waits for sessions to leave [default: 5]
    #[arg(long, env = "ARENA_DRAIN_S", value_name = "S")]
    pub(super) drain_s: Option<u64>,
}
