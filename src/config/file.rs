//! `arena.toml`: what stands in it, and how it is read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arena_protocol::proxies::Trusted;
use arena_relay::Limits;
use serde::Deserialize;

use super::Unusable;
use super::access::Who;
use super::chain;
use super::wallet::{Coins, Wallet};
use crate::logs;

/// The file that is read if it is there.
const FILE: &str = "arena.toml";

/// The file, key by key as the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) http: Option<SocketAddr>,
    pub(super) quic: Option<SocketAddr>,
    pub(super) access: Option<Who>,
    pub(super) keys: Option<String>,
    pub(super) relay_name: Option<String>,
    pub(super) control_url: Option<String>,
    pub(super) control_key: Option<String>,
    pub(super) insecure_open: bool,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) name: Vec<String>,
    pub(super) http_tls: bool,
    pub(super) trusted_proxy: Vec<Trusted>,
    pub(super) origin: Vec<String>,
    pub(super) no_waiting: bool,
    pub(super) go_away_url: Option<String>,
    pub(super) drain_s: Option<u64>,
    pub(super) log: Option<logs::Form>,
    pub(super) log_level: Option<logs::Level>,
    pub(super) otlp: Option<String>,
    pub(super) no_demo: bool,
    pub(super) demo_seed: Option<u64>,
    pub(super) db: Option<String>,
    pub(super) match_timeout: Option<u64>,
    pub(super) admin_token: Option<String>,
    pub(super) chain_id: Option<u64>,
    pub(super) match_proof: Option<Wallet>,
    pub(super) chain: chain::File,
    pub(super) dev_chain: bool,
    pub(super) anvil: Option<PathBuf>,
    pub(super) faucet_amount: Option<Coins>,
    pub(super) faucet_cap: Option<u32>,
    pub(super) stakes: BTreeMap<String, String>,
    pub(super) relay: Option<String>,
    pub(super) relay_url: Option<String>,
    pub(super) limits: FileLimits,
}

/// `[limits]`: what everything is bounded by; see the field of the same name in `arena_relay::Limits`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct FileLimits {
    pub(super) message_len_max: Option<usize>,
    pub(super) ring_len: Option<usize>,
    pub(super) ring_bytes_max: Option<usize>,
    pub(super) rings_bytes_max: Option<usize>,
    pub(super) channels_max: Option<usize>,
    pub(super) sessions_max: Option<usize>,
    pub(super) sessions_per_address_max: Option<usize>,
    pub(super) messages_per_s: Option<u32>,
    pub(super) bytes_per_s: Option<u32>,
    pub(super) hello_timeout_ms: Option<u64>,
    pub(super) connection_timeout_ms: Option<u64>,
    pub(super) idle_timeout_ms: Option<u64>,
    pub(super) lag_allowance_ms: Option<u64>,
    pub(super) gather_ms: Option<u64>,
    pub(super) stall_max_ms: Option<u64>,
    pub(super) viewer_bytes_max: Option<usize>,
    pub(super) publisher_grace_s: Option<u64>,
    pub(super) ended_kept_s: Option<u64>,
    pub(super) ended_remembered_s: Option<u64>,
    pub(super) shards: Option<usize>,
}

impl FileLimits {
    pub(super) fn settle(self) -> Limits {
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

pub(super) fn read(asked: Option<&Path>) -> Result<File, Unusable> {
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
        let message = error.message().replace('\n', " ");
        // What is printed for the file is appended to it, and a second time as easily as once.
        let advice = if message.contains("duplicate key") { TWICE } else { "" };
        format!("line {line}: {message}{advice}")
    })
}

const TWICE: &str = ": it stands in the file before, keep one of the two. Of two tables [chain], \
                     as `arena chain deploy` prints them, keep the one whose contracts you mean";
