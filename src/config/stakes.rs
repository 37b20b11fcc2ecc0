//! `[stakes]`: which queues are played for stakes, and for how much.

use std::collections::BTreeMap;

use arena_control::Config;
use arena_control::chain::Settings;
use arena_control::escrows::rules::Terms;
use arena_control::uint::Wei;

use super::Unusable;

/// What stands for "what the queue's tiers say".
const BY_TIER: &str = "tier";

/// By queue: flags go before the file, queue by queue.
pub(super) fn said(
    flags: Vec<String>,
    mut file: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Unusable> {
    for flag in flags {
        let Some((queue, stake)) = flag.split_once('=') else {
            return Err(Unusable(format!("stake: {flag} is not of the form QUEUE=STAKE")));
        };
        file.insert(queue.to_owned(), stake.to_owned());
    }
    Ok(file)
}

/// The chain's escrow holds the stakes of these queues. It is opened and told the results by the
/// key, which has to be its oracle.
pub(super) fn escrowed(
    mut config: Config,
    chain: Option<&Settings>,
    stakes: BTreeMap<String, String>,
) -> Result<Config, Unusable> {
    for (queue, stake) in stakes {
        let unfit = |why: &str| Unusable(format!("stakes.{queue}: {why}"));
        let Some(chain) = chain else {
            return Err(unfit("stakes are held on a chain: name one (chain.name)"));
        };
        let Some(contract) = chain.contracts.duel_escrow else {
            return Err(unfit("an escrow contract is needed (chain.duel-escrow)"));
        };
        if chain.key.is_none() {
            return Err(unfit("the escrow is opened by the chain's key: give one"));
        }
        let stake = match stake.as_str() {
            BY_TIER => None,
            wei => match wei.parse::<Wei>() {
                Ok(wei) => Some(wei),
                Err(error) => return Err(unfit(&format!("`{BY_TIER}`, or wei: {error}"))),
            },
        };
        let confirmations = chain.limits.confirmations;
        let terms = Terms { chain_id: chain.id, contract: contract.into(), confirmations, stake };
        config = config.with_stakes(&queue, terms).map_err(|why| unfit(&why.to_string()))?;
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use arena_control::chain::contracts::{Address, Contracts};
    use arena_control::chain::key::Source;
    use arena_control::chain::rules::Limits;

    use super::*;

    fn chain() -> Settings {
        let duel_escrow = Some(Address::repeat_byte(7));
        Settings {
            name: "local".to_owned(),
            id: 31_337,
            rpc: Vec::new(),
            contracts: Contracts { duel_escrow, ..Contracts::default() },
            limits: Limits { confirmations: 4, buried: 128, fee_max: 1 },
            key: Some(Source::Hex("1".repeat(64))),
            first_block: Some(0),
        }
    }

    fn stakes(of: &str) -> BTreeMap<String, String> {
        said(vec![of.to_owned()], BTreeMap::new()).unwrap()
    }

    #[test]
    fn a_queue_is_played_for_what_the_operator_says() {
        let file = BTreeMap::from([("code_duel".to_owned(), "1".to_owned())]);
        let both = said(vec!["code_duel=tier".to_owned()], file).unwrap();
        let config = escrowed(Config::default(), Some(&chain()), both).unwrap();
        let terms = config.queue("code_duel").and_then(|queue| queue.stakes.clone()).unwrap();
        assert_eq!((terms.chain_id, terms.confirmations, terms.stake), (31_337, 4, None));
        assert!(config.queue("melee").is_some_and(|queue| queue.stakes.is_none()));
    }

    #[test]
    fn stakes_that_nobody_could_hold_are_refused() {
        let plain = chain();
        let no_contract = Settings { contracts: Contracts::default(), ..chain() };
        let no_key = Settings { key: None, ..chain() };
        for (chain, of, word) in [
            (None, "code_duel=tier", "chain.name"),
            (Some(&no_contract), "code_duel=tier", "duel-escrow"),
            (Some(&no_key), "code_duel=tier", "key"),
            (Some(&plain), "chess=tier", "no queue of this name"),
            (Some(&plain), "code_duel=five", "decimal digits"),
            (Some(&plain), "melee=50000000000000000000", "180 s"),
            (Some(&plain), "code_duel=50000000000000000000", "say `tier`"),
        ] {
            let error = escrowed(Config::default(), chain, stakes(of)).unwrap_err().to_string();
            assert!(error.contains(word), "{of}: {error}");
        }
        let error = said(vec!["code_duel".to_owned()], BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("QUEUE=STAKE"), "{error}");
    }
}
