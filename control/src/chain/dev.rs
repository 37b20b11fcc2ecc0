//! A chain for development: its accounts are known to everybody, and so is where its contracts are.
//! And what agents do on it by themselves: register, and put up stakes.
//!
//! Invariant: the keys here are anvil's, which are printed in every manual. They are worth nothing,
//! and no other chain is ever given them.

use std::sync::Arc;

use alloy::primitives::{Address, B256, TxKind, U256};
use alloy::sol;
use alloy::sol_types::{SolCall, SolEvent};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::contracts::Wager::{WagerProposed, acceptWagerCall, proposeWagerOnMatchCall};
use super::deploy::{self, Deployed};
use super::key::{self, Key, Source};
use super::link::Settings;
use super::networks::Network;
use super::node;
use super::rpc::{self, Rpc};
use super::rules::Limits;
use super::spender::{Act, Failed, Spender};
use crate::clock::SystemClock;
use crate::random::Chance;

/// The name that the chain has in the configuration.
pub const NAME: &str = "local";
/// The arena's key, which deploys and sends: anvil's first.
const ARENA: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/// Keys of two agents: anvil's next. They have coin from the start.
pub const AGENTS: [&str; 2] = [
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
];
const FEE_MAX: u128 = 1_000_000_000_000;

sol! {
    interface Registry {
        function register(string agentURI) external returns (uint256 agentId);

        event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    }
}

/// An agent of a development chain.
#[derive(Clone, Debug)]
pub struct Agent {
    spender: Spender,
    deployed: Deployed,
}

/// Why a chain is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be asked.
    #[error(transparent)]
    Rpc(#[from] rpc::Unusable),
    /// The key.
    #[error(transparent)]
    Key(#[from] key::Unusable),
    /// It is not as it has to be.
    #[error("the chain is not a new one: something has been deployed on it")]
    NotNew,
    /// The contracts are not there.
    #[error("failed to deploy the contracts")]
    Deploy(#[from] Failed),
}

/// The settings of a development chain, as if they had been configured by hand; its node is
/// filled in when it is known.
#[must_use]
pub fn settings() -> Settings {
    let network = Network::named(NAME).expect("it stands in the table");
    Settings {
        name: NAME.to_owned(),
        id: network.id,
        rpc: Vec::new(),
        contracts: deployed().contracts,
        limits: Limits { confirmations: 1, buried: 128, fee_max: FEE_MAX },
        key: Some(Source::Hex(ARENA.to_owned())),
        first_block: Some(0),
    }
}

/// Where everything is on a development chain.
#[must_use]
pub fn deployed() -> Deployed {
    deploy::of_a_new_account(known(ARENA).address())
}

/// Deploys everything on a chain that has just begun.
///
/// # Errors
/// It has not, or it does not answer.
pub async fn furnish(rpc: &str) -> Result<(), Unusable> {
    let (there, _first_block) = deploy::deploy(&spender(rpc, ARENA)?).await?;
    if there == deployed() { Ok(()) } else { Err(Unusable::NotNew) }
}

/// An account of a key on a chain that is known by its name.
///
/// # Errors
/// Node or key cannot be used.
pub fn account(rpc: &str, network: &Network, key: &Source) -> Result<Spender, Unusable> {
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(Chance::of_the_system()));
    let rpc = Arc::new(Rpc::new(&[rpc.to_owned()], network.id, clock, chance)?);
    Ok(Spender::new(rpc, Arc::new(Key::read(key)?), network.id, FEE_MAX))
}

fn spender(rpc: &str, key: &str) -> Result<Spender, Unusable> {
    let network = Network::named(NAME).expect("it stands in the table");
    account(rpc, network, &Source::Hex(key.to_owned()))
}

fn known(key: &str) -> Key {
    Key::read(&Source::Hex(key.to_owned())).expect("it is a key")
}

impl Agent {
    /// Of one of the [`AGENTS`], at a node.
    ///
    /// # Errors
    /// The node's address is none.
    pub fn new(rpc: &str, key: &str) -> Result<Self, Unusable> {
        Ok(Self { spender: spender(rpc, key)?, deployed: deployed() })
    }

    /// What it has, in wei.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn balance(&self) -> Result<U256, node::Error> {
        self.spender.balance().await
    }

    /// Registers an agent; its number.
    ///
    /// # Errors
    /// The chain will not.
    pub async fn register(&self, name: &str) -> Result<u64, Failed> {
        let document = json!({
            "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
            "name": name,
            "description": "an agent of a development chain",
            "active": true,
        });
        let encoded = STANDARD.encode(document.to_string());
        let uri = format!("data:application/json;base64,{encoded}");
        let call = Registry::registerCall { agentURI: uri };
        let to = self.deployed.identity_registry;
        let told = self.told::<_, Registry::Registered>(to, U256::ZERO, &call).await?;
        Ok(told.agentId.saturating_to())
    }

    /// Stakes on a match; the wager's number.
    ///
    /// # Errors
    /// The chain will not.
    pub async fn propose(
        &self,
        against: Address,
        game: &str,
        match_id: B256,
        wei: U256,
    ) -> Result<U256, Failed> {
        let (opponent, game) = (against, game.to_owned());
        let call = proposeWagerOnMatchCall { opponent, gameId: game, matchId: match_id };
        Ok(self.told::<_, WagerProposed>(self.wager(), wei, &call).await?.wagerId)
    }

    /// Stakes the same.
    ///
    /// # Errors
    /// The chain will not.
    pub async fn accept(&self, wager_id: U256, wei: U256) -> Result<(), Failed> {
        let data = acceptWagerCall { wagerId: wager_id }.abi_encode().into();
        let act = Act { to: TxKind::Call(self.wager()), value: wei, data };
        self.spender.act(&act).await.map(|_landed| ())
    }

    fn wager(&self) -> Address {
        self.deployed.contracts.wager.expect("it is deployed")
    }

    /// Calls a contract, and gives the event that it tells.
    async fn told<C: SolCall, E: SolEvent>(
        &self,
        to: Address,
        value: U256,
        call: &C,
    ) -> Result<E, Failed> {
        let act = Act { to: TxKind::Call(to), value, data: call.abi_encode().into() };
        let (hash, landed) = self.spender.act(&act).await?;
        let told = landed.logs.iter().find_map(|log| {
            let topics = log.topics.iter().copied();
            E::decode_raw_log(topics, &log.data).ok().filter(|_| log.address == to)
        });
        told.ok_or(Failed::Strange(hash))
    }
}
