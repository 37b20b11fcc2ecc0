//! `[chain]`: which chain, its nodes, its contracts, and the key that sends.

use std::path::PathBuf;

use arena_control::chain::Settings;
use arena_control::chain::contracts::{Address, Contracts};
use arena_control::chain::key::Source;
use arena_control::chain::networks::Network;
use arena_control::chain::rules::Limits;
use arena_control::pools::rules::Terms;
use arena_control::queue::MELEE;
use arena_control::{Config, duel};
use clap::Args;
use serde::Deserialize;

use super::Unusable;
use super::foreign::{self, Foreign};

/// Blocks after which nobody looks any more whether a transaction is still there.
const BURIED: u64 = 128;
/// The chain that is meant if nobody says which.
const MONAD: u64 = 143;
const GWEI: u128 = 1_000_000_000;
/// Gwei for a unit of gas at most, unless the operator says otherwise.
const FEE_MAX_GWEI: u64 = 1_000;

/// A chain of one's own, for as long as the arena runs.
#[derive(Debug, Default)]
pub(crate) struct Dev {
    /// The program that is the chain, if it is not where it is looked for.
    pub(crate) anvil: Option<PathBuf>,
}

/// Flags of the chain.
#[derive(Debug, Default, Args)]
pub(crate) struct Flags {
    /// Chain to record on: monad, monad-testnet, etherlink, megaeth, local, …; without it jobs wait
    #[arg(long, env = "ARENA_CHAIN", value_name = "NAME")]
    chain: Option<String>,
    /// Node of the chain, asked in this order; may be repeated; also MONAD_RPC_URL [default: a public
    /// one]
    #[arg(
        long = "chain-rpc",
        env = "ARENA_CHAIN_RPC",
        value_name = "URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    chain_rpc: Vec<String>,
    /// File with the key that sends, in hex
    #[arg(long, env = "ARENA_CHAIN_KEY_FILE", value_name = "FILE")]
    chain_key_file: Option<PathBuf>,
    /// Encrypted key that sends
    #[arg(
        long,
        env = "ARENA_CHAIN_KEYSTORE",
        value_name = "FILE",
        requires = "chain_keystore_password_file"
    )]
    chain_keystore: Option<PathBuf>,
    /// File with the password of the encrypted key
    #[arg(long, env = "ARENA_CHAIN_KEYSTORE_PASSWORD_FILE", value_name = "FILE")]
    chain_keystore_password_file: Option<PathBuf>,
    /// The key itself: for the environment, because a list of processes shows flags; also
    /// ARENA_PRIVATE_KEY
    #[arg(long, env = "ARENA_CHAIN_KEY", hide = true, hide_env_values = true)]
    chain_key: Option<String>,
    /// Contract of wagers, where it is another than the chain's known one; also WAGER_CONTRACT
    #[arg(long, env = "ARENA_WAGER_CONTRACT", value_name = "ADDRESS")]
    wager_contract: Option<Address>,
    /// Contract of prediction pools; also PREDICTION_POOL
    #[arg(long, env = "ARENA_PREDICTION_POOL", value_name = "ADDRESS")]
    prediction_pool: Option<Address>,
    /// Registry that ratings are posted to; also REPUTATION_REGISTRY
    #[arg(long, env = "ARENA_REPUTATION_REGISTRY", value_name = "ADDRESS")]
    reputation_registry: Option<Address>,
    /// Contract of duels' stakes
    #[arg(long, env = "DUEL_ESCROW", value_name = "ADDRESS")]
    duel_escrow: Option<Address>,
}

/// The table of the file.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct File {
    name: Option<String>,
    rpc: Vec<String>,
    key_file: Option<PathBuf>,
    keystore: Option<PathBuf>,
    keystore_password_file: Option<PathBuf>,
    confirmations: Option<u64>,
    fee_max_gwei: Option<u64>,
    first_block: Option<u64>,
    match_proof: Option<Address>,
    wager: Option<Address>,
    prediction_pool: Option<Address>,
    reputation_registry: Option<Address>,
    duel_escrow: Option<Address>,
}

impl Flags {
    /// The chain that is started; where it is asked is filled in then.
    pub(crate) fn settle_dev(self, file: &File) -> Result<Settings, Unusable> {
        let Self { chain, chain_rpc, chain_key_file, chain_keystore, chain_key, .. } = &self;
        let contracts =
            [self.wager_contract, self.prediction_pool, self.reputation_registry, self.duel_escrow];
        let named = chain.is_some()
            || !chain_rpc.is_empty()
            || chain_key_file.is_some()
            || chain_keystore.is_some()
            || chain_key.as_ref().is_some_and(|key| !key.is_empty())
            || contracts.iter().any(Option::is_some)
            || *file != File::default();
        if named {
            let text = "dev-chain: it brings its own chain, key and contracts: leave out every \
                        other setting of a chain";
            return Err(Unusable(text.to_owned()));
        }
        Ok(arena_control::chain::dev::settings())
    }

    /// None without a chain. Names that are not ours speak of no chain by its name: a key or a node
    /// is for the one of `id`, and Monad if nobody says which.
    pub(crate) fn settle(
        self,
        file: File,
        id: Option<u64>,
        foreign: &mut Foreign,
    ) -> Result<Option<Settings>, Unusable> {
        let meant = foreign.says(foreign::PRIVATE_KEY) || foreign.says(foreign::RPC_URL);
        let named = match self.chain.or(file.name) {
            None if meant => Some(name_of(id.unwrap_or(MONAD))?),
            named => named,
        };
        let Some(name) = named else { return Ok(None) };
        let Some(network) = Network::named(&name) else {
            let names = Network::names();
            return Err(Unusable(format!("chain: {name} is none of {names}")));
        };
        let known = network.contracts;
        let mut either = |flag: Option<Address>, name, file: Option<Address>| {
            Ok::<_, Unusable>(foreign.or(flag, name)?.or(file))
        };
        let contracts = Contracts {
            match_proof: file.match_proof.or(known.match_proof),
            wager: either(self.wager_contract, foreign::WAGER_CONTRACT, file.wager)?
                .or(known.wager),
            prediction_pool: either(
                self.prediction_pool,
                foreign::PREDICTION_POOL,
                file.prediction_pool,
            )?
            .or(known.prediction_pool),
            reputation_registry: either(
                self.reputation_registry,
                foreign::REPUTATION_REGISTRY,
                file.reputation_registry,
            )?
            .or(known.reputation_registry),
            duel_escrow: self.duel_escrow.or(file.duel_escrow).or(known.duel_escrow),
        };
        let confirmations = file.confirmations.unwrap_or(network.confirmations);
        if !(1..=BURIED).contains(&confirmations) {
            let text = format!("chain.confirmations: a number from 1 to {BURIED}");
            return Err(Unusable(text));
        }
        let fee_max = u128::from(file.fee_max_gwei.unwrap_or(FEE_MAX_GWEI)).saturating_mul(GWEI);
        if !(1..=i64::MAX as u128).contains(&fee_max) {
            return Err(Unusable("chain.fee-max-gwei: a number from 1 to 9000000000".to_owned()));
        }
        let ours = if self.chain_rpc.is_empty() { None } else { Some(self.chain_rpc) };
        let rpc = match ours {
            Some(rpc) => rpc,
            None => match foreign.or::<String>(None, foreign::RPC_URL)? {
                Some(url) => vec![url],
                None => file.rpc,
            },
        };
        let keystore = self.chain_keystore.or(file.keystore);
        let key_file = self.chain_key_file.or(file.key_file);
        let hex = self.chain_key.filter(|key| !key.is_empty());
        let hex = match (hex, &key_file, &keystore) {
            (None, None, None) => foreign.or::<String>(None, foreign::PRIVATE_KEY)?,
            (hex, _, _) => hex,
        };
        let password = self.chain_keystore_password_file.or(file.keystore_password_file);
        Ok(Some(Settings {
            name,
            id: network.id,
            rpc: if rpc.is_empty() { vec![network.rpc.to_owned()] } else { rpc },
            contracts,
            limits: Limits { confirmations, buried: BURIED, fee_max },
            key: key(hex, key_file, keystore, password)?,
            first_block: file.first_block.or(network.first_block),
        }))
    }
}

/// What contracts hold where there are some. A pool is made by the key: without one there is none.
pub(super) fn staked(mut config: Config, chain: &Settings) -> Config {
    if chain.contracts.wager.is_some() {
        config = config.with_wager_contract();
    }
    if chain.contracts.prediction_pool.is_some() && chain.key.is_some() {
        config = config.with_betting(MELEE, Terms::melee());
        // What is kept is the contract's to say, and those that are known keep nothing.
        config = config.with_betting(duel::QUEUE, Terms { rake_bps: 0, ..Terms::arcade() });
    }
    config
}

/// The name of a chain by its number.
fn name_of(id: u64) -> Result<String, Unusable> {
    let found = Network::of_id(id).map(|network| network.name.to_owned());
    found.ok_or_else(|| {
        let names = Network::names();
        Unusable(format!("chain-id: {id} is that of no known chain; --chain takes one of {names}"))
    })
}

/// Where the one key is.
pub(crate) fn key(
    hex: Option<String>,
    file: Option<PathBuf>,
    keystore: Option<PathBuf>,
    password_file: Option<PathBuf>,
) -> Result<Option<Source>, Unusable> {
    match (hex.filter(|it| !it.is_empty()), file, keystore, password_file) {
        (None, None, None, _) => Ok(None),
        (Some(hex), None, None, _) => Ok(Some(Source::Hex(hex))),
        (None, Some(file), None, _) => Ok(Some(Source::File(file))),
        (None, None, Some(file), Some(password_file)) => {
            Ok(Some(Source::Keystore { file, password_file }))
        }
        (None, None, Some(_), None) => {
            Err(Unusable("chain: a keystore needs keystore-password-file".to_owned()))
        }
        (_, _, _, _) => Err(Unusable(
            "chain: the key is given more than once; ARENA_CHAIN_KEY, key-file or keystore"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(file: &str) -> Result<Option<Settings>, Unusable> {
        Flags::default().settle(toml::from_str(file).unwrap(), None, &mut Foreign::default())
    }

    #[test]
    fn without_a_chain_there_is_none_and_a_name_brings_the_rest() {
        assert!(settle("").unwrap().is_none());
        let monad = settle("name = \"monad\"").unwrap().unwrap();
        assert_eq!((monad.id, monad.rpc.len()), (143, 1));
        assert!(monad.contracts.match_proof.is_some() && monad.key.is_none());
        assert_eq!(monad.first_block, None, "what was before this arena is not its own");
        assert_eq!(settle("name = \"local\"").unwrap().unwrap().first_block, Some(0));
        let said = settle("name = \"monad\"\nfirst-block = 54717354").unwrap().unwrap();
        assert_eq!(said.first_block, Some(54_717_354));
    }

    #[test]
    fn the_file_goes_before_what_is_known_of_a_chain() {
        let file = "name = \"local\"\nrpc = [\"http://a\", \"http://b\"]\nconfirmations = 7\n\
                    wager = \"0x8d4D9FD03242410261b2F9C0e66fE2131AE0459d\"";
        let local = settle(file).unwrap().unwrap();
        assert_eq!((local.id, local.rpc.len(), local.limits.confirmations), (31_337, 2, 7));
        assert!(local.contracts.wager.is_some() && local.contracts.match_proof.is_none());
    }

    #[test]
    fn stakes_are_held_by_the_contracts_that_there_are() {
        use arena_control::wagers::rules::Backing;

        let key = "key-file = \"chain.key\"";
        for (file, backing, queues) in [
            ("name = \"monad\"".to_owned(), Backing::Contract, vec![]),
            (format!("name = \"monad\"\n{key}"), Backing::Contract, vec!["melee", "code_duel"]),
            (format!("name = \"local\"\n{key}"), Backing::Word, vec![]),
        ] {
            let config = staked(Config::default(), &settle(&file).unwrap().unwrap());
            assert_eq!(config.wagers, backing, "{file}");
            let betting = config.queues.iter().filter(|queue| queue.betting.is_some());
            let names: Vec<_> = betting.map(|queue| queue.name.as_str()).collect();
            assert_eq!(names, queues, "{file}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (file, word) in [
            ("name = \"etherium\"", "etherium"),
            ("name = \"local\"\nconfirmations = 0", "confirmations"),
            ("name = \"local\"\nkeystore = \"a\"", "keystore-password-file"),
            ("name = \"local\"\nkeystore = \"a\"\nkey-file = \"b\"", "more than once"),
        ] {
            let error = settle(file).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
