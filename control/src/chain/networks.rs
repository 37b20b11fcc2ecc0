//! Chains by name: their numbers, where they are asked, and what stands on them.

use alloy::primitives::{Address, address};

use super::contracts::Contracts;

/// A chain that is known by its name.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// As it stands in the configuration.
    pub name: &'static str,
    /// Its number.
    pub id: u64,
    /// A public node.
    pub rpc: &'static str,
    /// What is deployed there.
    pub contracts: Contracts,
    /// Blocks after which something counts.
    pub confirmations: u64,
    /// Where it is read from unless the operator says otherwise; none for the newest block, since
    /// nothing before it is of this arena.
    pub first_block: Option<u64>,
}

const NONE: Contracts = Contracts {
    match_proof: None,
    wager: None,
    prediction_pool: None,
    reputation_registry: None,
    duel_escrow: None,
};
/// The same on both of Monad's chains.
const MATCH_PROOF: Address = address!("0x1CC748475F1F666017771FB49131708446B9f3DF");
const WAGER: Address = address!("0x8d4D9FD03242410261b2F9C0e66fE2131AE0459d");

/// All of them.
pub const NETWORKS: [Network; 7] = [
    Network {
        name: "monad",
        id: 143,
        rpc: "https://rpc.monad.xyz",
        contracts: Contracts {
            match_proof: Some(MATCH_PROOF),
            wager: Some(WAGER),
            prediction_pool: Some(address!("0x33E65E300575D11a42a579B2675A63cb4374598D")),
            reputation_registry: Some(address!("0x8004BAa17C55a88189AE136b182e5fdA19dE9b63")),
            ..NONE
        },
        confirmations: 3,
        first_block: None,
    },
    Network {
        name: "monad-testnet",
        id: 10_143,
        rpc: "https://testnet-rpc.monad.xyz",
        contracts: Contracts {
            match_proof: Some(MATCH_PROOF),
            wager: Some(WAGER),
            prediction_pool: Some(address!("0x3455b3081B2af81443bEaa898F4Dd8F98BAc23b9")),
            reputation_registry: Some(address!("0x8004B663056A597Dffe9eCcC1965A193B7388713")),
            ..NONE
        },
        confirmations: 3,
        first_block: None,
    },
    Network {
        name: "etherlink",
        id: 42_793,
        rpc: "https://node.mainnet.etherlink.com",
        contracts: NONE,
        confirmations: 2,
        first_block: None,
    },
    Network {
        name: "etherlink-testnet",
        id: 128_123,
        rpc: "https://node.ghostnet.etherlink.com",
        contracts: NONE,
        confirmations: 2,
        first_block: None,
    },
    Network {
        name: "megaeth",
        id: 4_326,
        rpc: "https://mainnet.megaeth.com/rpc",
        contracts: NONE,
        confirmations: 10,
        first_block: None,
    },
    Network {
        name: "megaeth-testnet",
        id: 6_343,
        rpc: "https://carrot.megaeth.com/rpc",
        contracts: NONE,
        confirmations: 10,
        first_block: None,
    },
    Network {
        name: "local",
        id: 31_337,
        rpc: "http://127.0.0.1:8545",
        contracts: NONE,
        confirmations: 1,
        first_block: Some(0),
    },
];

impl Network {
    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        NETWORKS.iter().find(|network| network.name == name)
    }

    /// The one of a number.
    #[must_use]
    pub fn of_id(id: u64) -> Option<&'static Self> {
        NETWORKS.iter().find(|network| network.id == id)
    }

    /// Whether its coin buys anything elsewhere.
    #[must_use]
    pub fn is_for_trying(&self) -> bool {
        self.name == "local" || self.name.ends_with("-testnet")
    }

    /// The names there are, for a refusal.
    #[must_use]
    pub fn names() -> String {
        NETWORKS.map(|network| network.name).join(", ")
    }
}
