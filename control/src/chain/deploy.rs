//! Puts the contracts of `contracts/` on a chain that has none of them.
//!
//! Where each will be follows from the account and its next nonce, so it is known beforehand; that
//! each is there in the end is checked.

use alloy::primitives::{Address, Bytes, TxKind, U256};
use alloy::sol_types::SolValue as _;
use serde::Deserialize;

use super::contracts::Contracts;
use super::spender::{Act, Failed, Spender};

/// Of a duel's stakes and of a bounty's entries, to the account that deploys: 5 %.
const RAKE_BPS: u64 = 500;
/// Of bets in coin: nothing.
const FEE_BPS: u64 = 0;

/// Where everything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// What the arena talks to.
    pub contracts: Contracts,
    /// Where agents register (ERC-8004).
    pub identity_registry: Address,
    /// What duels and bounties are staked in.
    pub token: Address,
    /// Bets on duels.
    pub spectator_bets: Address,
    /// Prizes for games of many.
    pub bounty_pool: Address,
}

/// A contract that is to be.
struct Creation {
    /// Its file in `contracts/artifacts`.
    artifact: &'static str,
    arguments: Vec<u8>,
}

#[derive(Deserialize)]
struct Artifact {
    bytecode: Code,
}

#[derive(Deserialize)]
struct Code {
    object: Bytes,
}

/// Where everything will be that an account deploys as its first transactions.
#[must_use]
pub fn of_a_new_account(deployer: Address) -> Deployed {
    plan(deployer, 0).0
}

/// Deploys, and says where, and from which block on something may be told.
///
/// # Errors
/// The chain does not answer, or will not.
pub async fn deploy(by: &Spender) -> Result<(Deployed, u64), Failed> {
    let first = by.nonce().await?;
    let (deployed, waves) = plan(by.address(), first);
    let (mut nonce, mut first_block) = (first, u64::MAX);
    for wave in waves {
        let mut sent = Vec::new();
        for Creation { artifact, arguments } in wave {
            let code = [code(artifact).as_ref(), &arguments].concat();
            let act = Act { to: TxKind::Create, value: U256::ZERO, data: code.into() };
            sent.push(by.send(&act, nonce).await?);
            nonce += 1;
        }
        for hash in sent {
            let block: u64 = by.landed(hash).await?.block_number.to();
            first_block = first_block.min(block);
        }
    }
    Ok((deployed, first_block))
}

/// What is deployed, in the order of nonces: first what asks no other contract, then what does.
fn plan(deployer: Address, nonce: u64) -> (Deployed, [Vec<Creation>; 2]) {
    let at = |place: u64| deployer.create(nonce + place);
    let [proof, identities, token, wager, pool, reputation, escrow, bounties, bets] =
        std::array::from_fn(|place| at(place as u64));
    let rake = U256::from(RAKE_BPS);
    let of_tokens = (token, deployer, deployer, deployer, rake).abi_encode();
    let of_pools = (proof, deployer, U256::from(FEE_BPS)).abi_encode();
    let creation = |artifact, arguments| Creation { artifact, arguments };
    let alone = vec![
        creation(include_str!("../../../contracts/artifacts/MatchProof.json"), vec![]),
        creation(include_str!("../../../contracts/artifacts/IdentityRegistry.json"), vec![]),
        creation(include_str!("../../../contracts/artifacts/DevToken.json"), vec![]),
        creation(include_str!("../../../contracts/artifacts/Wager.json"), proof.abi_encode()),
        creation(include_str!("../../../contracts/artifacts/PredictionPool.json"), of_pools),
        creation(
            include_str!("../../../contracts/artifacts/ReputationRegistry.json"),
            identities.abi_encode(),
        ),
        creation(include_str!("../../../contracts/artifacts/DuelEscrow.json"), of_tokens.clone()),
        creation(include_str!("../../../contracts/artifacts/BountyPool.json"), of_tokens),
    ];
    let asking = vec![creation(
        include_str!("../../../contracts/artifacts/SpectatorBets.json"),
        (escrow, deployer, deployer, deployer).abi_encode(),
    )];
    let contracts = Contracts {
        match_proof: Some(proof),
        wager: Some(wager),
        prediction_pool: Some(pool),
        reputation_registry: Some(reputation),
        duel_escrow: Some(escrow),
    };
    let deployed = Deployed {
        contracts,
        identity_registry: identities,
        token,
        spectator_bets: bets,
        bounty_pool: bounties,
    };
    (deployed, [alone, asking])
}

fn code(artifact: &str) -> Bytes {
    let artifact: Artifact = serde_json::from_str(artifact).expect("it is committed and checked");
    artifact.bytecode.object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_has_code_and_a_place_of_its_own() {
        let (deployed, waves) = plan(Address::repeat_byte(1), 7);
        let codes: Vec<_> = waves.iter().flatten().map(|it| code(it.artifact)).collect();
        assert!(codes.iter().all(|code| code.len() > 500));
        let Contracts { match_proof, wager, prediction_pool, reputation_registry, duel_escrow } =
            deployed.contracts;
        let named = [match_proof, wager, prediction_pool, reputation_registry, duel_escrow];
        let mut places: Vec<_> = named.into_iter().flatten().collect();
        let Deployed { identity_registry, token, spectator_bets, bounty_pool, .. } = deployed;
        places.extend([identity_registry, token, spectator_bets, bounty_pool]);
        places.sort_unstable();
        places.dedup();
        assert_eq!((places.len(), codes.len()), (9, 9));
    }
}
