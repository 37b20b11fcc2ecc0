//! `arena chain`: what an operator sees of the chain, what can be tried again, and the contracts on a
//! chain that has none.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use arena_control::chain::deploy::Deployed;
use arena_control::chain::networks::Network;
use arena_control::chain::{deploy as contracts, dev};
use clap::{Args as ClapArgs, Subcommand};
use hyper::Method;
use serde_json::json;

use crate::admin::{client, fetch};
use crate::config::chain_key;
use crate::serve::say;

/// Flags of `arena chain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// Where the control plane answers
    #[arg(
        long,
        env = "ARENA_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8000",
        global = true
    )]
    url: String,
    /// What an operator's calls have to bear
    #[arg(
        long = "token",
        alias = "admin-token",
        env = "ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        global = true
    )]
    admin_token: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Put the contracts on a chain, and print what arena.toml has to say of them
    Deploy(Deploy),
    /// Nodes, key, nonces and jobs, as JSON
    Status,
    /// Jobs, the newest first, as one JSON object per line
    Jobs {
        /// Only those that are ready, done or failed
        #[arg(long)]
        state: Option<String>,
        /// Only those of a kind, such as record_match
        #[arg(long)]
        kind: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Try jobs again at once that failed or that wait: all, those of a kind, or one
    Retry {
        /// Of which kind
        kind: Option<String>,
        /// Which one of that kind
        business_id: Option<String>,
        /// Why, for the log
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

/// Where to, and who pays.
#[derive(Debug, ClapArgs)]
struct Deploy {
    /// Chain, by its name
    #[arg(long, env = "ARENA_CHAIN", value_name = "NAME", default_value = "local")]
    chain: String,
    /// Node of the chain; by default a public one, or that of anvil on this machine
    #[arg(long, env = "ARENA_CHAIN_RPC", value_name = "URL", hide_env_values = true)]
    rpc: Option<String>,
    /// File with the key that pays, in hex; it becomes owner and oracle of the contracts
    #[arg(long, env = "ARENA_CHAIN_KEY_FILE", value_name = "FILE")]
    chain_key_file: Option<PathBuf>,
    /// Encrypted key that pays
    #[arg(long, env = "ARENA_CHAIN_KEYSTORE", value_name = "FILE")]
    chain_keystore: Option<PathBuf>,
    /// File with the password of the encrypted key
    #[arg(long, env = "ARENA_CHAIN_KEYSTORE_PASSWORD_FILE", value_name = "FILE")]
    chain_keystore_password_file: Option<PathBuf>,
    /// The key itself: for the environment, because a list of processes shows flags
    #[arg(long, env = "ARENA_CHAIN_KEY", hide = true, hide_env_values = true)]
    chain_key: Option<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { what, url, admin_token } = args;
    let server = || client(&url, admin_token);
    match what {
        What::Deploy(asked) => deploy(asked).await?,
        What::Status => {
            let status = fetch(&server()?, Method::GET, "/v1/admin/chain", None).await?;
            say(&format!("{status:#}\n"));
        }
        What::Jobs { state, kind, limit } => {
            let filter = |name, value: Option<String>| {
                value.map(|value| format!("&{name}={value}")).unwrap_or_default()
            };
            let (state, kind) = (filter("state", state), filter("kind", kind));
            let path = format!("/v1/admin/chain/jobs?limit={limit}{state}{kind}");
            let answer = fetch(&server()?, Method::GET, &path, None).await?;
            for job in answer["jobs"].as_array().into_iter().flatten() {
                say(&format!("{job}\n"));
            }
        }
        What::Retry { kind, business_id, why } => {
            let body = json!({ "kind": kind, "business_id": business_id, "why": why });
            let answer =
                fetch(&server()?, Method::POST, "/v1/admin/chain/retry", Some(body)).await?;
            let retried = answer["retried"].as_u64().unwrap_or(0);
            let are = if retried == 1 { "job is" } else { "jobs are" };
            say(&format!("{retried} {are} tried again\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn deploy(asked: Deploy) -> anyhow::Result<()> {
    let Deploy { chain, rpc, chain_key_file: file, chain_keystore: store, .. } = asked;
    let network = Network::named(&chain)
        .with_context(|| format!("chain: {chain} is none of {}", Network::names()))?;
    let rpc = rpc.unwrap_or_else(|| network.rpc.to_owned());
    let password = asked.chain_keystore_password_file;
    let key = chain_key(asked.chain_key, file.clone(), store.clone(), password.clone())?
        .context("a key has to pay: give --chain-key-file, or set ARENA_CHAIN_KEY")?;
    let account = dev::account(&rpc, network, &key)?;
    let (there, first_block) = contracts::deploy(&account).await?;
    let line = |name: &str, path: Option<PathBuf>| {
        path.map(|path| format!("{name} = {:?}\n", path.display().to_string()))
    };
    let key =
        [line("key-file", file), line("keystore", store), line("keystore-password-file", password)];
    let key: String = key.into_iter().flatten().collect();
    say(&format!("[chain]\nname = {chain:?}\nrpc = [{rpc:?}]\n{key}first-block = {first_block}\n"));
    say(&lines(&there));
    Ok(())
}

/// As they stand in the file; what the arena does not talk to as remarks.
fn lines(there: &Deployed) -> String {
    let of = &there.contracts;
    let talked_to = [
        ("match-proof", of.match_proof),
        ("wager", of.wager),
        ("prediction-pool", of.prediction_pool),
        ("reputation-registry", of.reputation_registry),
        ("duel-escrow", of.duel_escrow),
    ];
    let talked_to =
        talked_to.into_iter().filter_map(|(name, at)| at.map(|at| format!("{name} = \"{at}\"\n")));
    let others = [
        ("identity-registry", there.identity_registry),
        ("token", there.token),
        ("spectator-bets", there.spectator_bets),
        ("bounty-pool", there.bounty_pool),
    ];
    let others = others.into_iter().map(|(name, at)| format!("# {name} = \"{at}\"\n"));
    talked_to.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_as_a_configuration() {
        let text = lines(&dev::deployed());
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table.len(), 5, "{text}");
        let proof = dev::deployed().contracts.match_proof.map(|it| it.to_string());
        assert_eq!(table["match-proof"].as_str(), proof.as_deref());
        assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 4);
    }
}
