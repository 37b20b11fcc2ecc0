//! What is made of the answers of contracts that are older, and of nodes that refuse.

use alloy::primitives::Bytes;

use super::*;
use crate::chain::contracts::MatchProof::{
    MatchResult, getMatchCall, recordMatchCall, recordedCall,
};
use crate::chain::contracts::PredictionPool::{bettingClosesAtCall, getPoolCall, getPoolReturn};
use crate::chain::fake::{Contract, FakeChain};
use crate::chain::key::Source;

/// Of the made-up chain's first block.
const THERE: Prepared = Prepared::There(Some(Block { number: 0, hash: B256::repeat_byte(0xee) }));
const ID: B256 = B256::repeat_byte(7);
const WINNER: Address = Address::repeat_byte(1);
const LOSER: Address = Address::repeat_byte(2);
const STRANGER: Address = Address::repeat_byte(3);

fn refused(message: &str) -> Error {
    Error::Refused { message: message.to_owned(), data: None }
}

fn result(winner: Address, loser: Address) -> MatchResult {
    MatchResult {
        matchId: ID,
        winner,
        loser,
        gameId: "melee".to_owned(),
        winnerScore: 3,
        loserScore: 0,
        replayHash: B256::ZERO,
        timestamp: U256::from(1),
    }
}

/// The first deployment, with a record of this match's id.
fn first_deployment(data: &[u8], kept: &MatchResult) -> Result<Bytes, Error> {
    match data.first_chunk() {
        Some(&recordedCall::SELECTOR) => Ok(recordedCall::abi_encode_returns(&true).into()),
        Some(&getMatchCall::SELECTOR) => Ok(getMatchCall::abi_encode_returns(kept).into()),
        Some(&recordMatchCall::SELECTOR) => {
            let data = MatchProof::MatchAlreadyRecorded { matchId: ID }.abi_encode();
            let message = "execution reverted".to_owned();
            Err(Error::Refused { message, data: Some(data.into()) })
        }
        Some(_) | None => Err(refused("execution reverted")),
    }
}

/// What is made of a contract's answers.
async fn prepared(contract: Contract, intent: &Intent) -> Result<Prepared, Error> {
    let node = FakeChain::with(contract);
    let at = Some(Address::repeat_byte(9));
    let contracts = Contracts {
        match_proof: at,
        wager: at,
        prediction_pool: at,
        reputation_registry: at,
        duel_escrow: at,
    };
    let key = Key::read(&Source::Hex("11".repeat(32))).unwrap();
    let asking =
        Asking { node: &node, chain_id: 1, contracts: &contracts, key: &key, confirmations: 1 };
    prepare(&asking, intent).await
}

fn record() -> Intent {
    Intent::RecordMatch { result: result(WINNER, LOSER), first: Bytes::new(), second: Bytes::new() }
}

#[tokio::test]
async fn a_node_that_refuses_says_nothing_about_the_contract() {
    let close = Intent::ClosePool { pool_id: U256::ZERO };
    for intent in [record(), close] {
        let refuses = prepared(|_| Err(refused("header not found")), &intent).await;
        assert_eq!(refuses, Err(refused("header not found")), "{intent:?}");
    }
}

#[tokio::test]
async fn a_pool_that_nobody_can_close_is_as_closed_as_it_gets() {
    let older = |data: &[u8]| match data.first_chunk() {
        Some(&getPoolCall::SELECTOR) => {
            let pool = getPoolReturn {
                matchId: ID,
                playerA: WINNER,
                playerB: LOSER,
                totalA: U256::ZERO,
                totalB: U256::ZERO,
                status: 0,
                winner: Address::ZERO,
                createdAt: U256::ZERO,
            };
            Ok(getPoolCall::abi_encode_returns(&pool).into())
        }
        Some(_) | None => Err(refused("execution reverted")),
    };
    let close = Intent::ClosePool { pool_id: U256::ZERO };
    assert_eq!(prepared(older, &close).await, Ok(THERE));
    // A newer one that says why it reverts is no older one.
    let newer = |data: &[u8]| match data.first_chunk() {
        Some(&bettingClosesAtCall::SELECTOR) => Err(Error::Refused {
            message: "execution reverted".to_owned(),
            data: Some(Bytes::from_static(&[1, 2, 3, 4])),
        }),
        Some(_) | None => Ok(Bytes::new()),
    };
    assert!(prepared(newer, &close).await.is_err());
}

#[tokio::test]
async fn a_record_of_others_under_the_same_id_is_not_this_match_s() {
    let ours: [Contract; 2] = [
        |data| first_deployment(data, &result(WINNER, LOSER)),
        |data| first_deployment(data, &result(LOSER, WINNER)),
    ];
    for contract in ours {
        assert_eq!(prepared(contract, &record()).await, Ok(THERE));
    }
    let others = prepared(|data| first_deployment(data, &result(STRANGER, LOSER)), &record()).await;
    assert_eq!(others, Ok(Prepared::NotYet(OF_OTHERS.to_owned())));
}

#[tokio::test]
async fn nothing_is_sent_to_where_no_contract_stands() {
    let (match_id, number) = (ID, U256::from(1));
    for intent in [
        record(),
        Intent::PostRating {
            agent_id: number,
            wallet: WINNER,
            rating: 1_516,
            game: "melee".to_owned(),
            uri: String::new(),
            hash: B256::ZERO,
        },
        Intent::CreatePool { match_id, first: WINNER, second: LOSER, closes_at: 1 },
        Intent::ClosePool { pool_id: number },
        Intent::ResolvePool { pool_id: number },
        Intent::CancelPool { pool_id: number },
        Intent::SettleWager { wager_id: number, match_id },
        Intent::RefundWager { wager_id: number, match_id },
        Intent::CreateEscrow { match_id, first: WINNER, second: LOSER, tier: 0 },
        Intent::EscrowResult { match_id, winner: WINNER, outcome: 1 },
        Intent::PayEscrow { match_id, player: WINNER },
    ] {
        let empty = prepared(|_| Ok(Bytes::new()), &intent).await;
        assert_eq!(empty, Err(Error::NoContract(Address::repeat_byte(9))), "{intent:?}");
    }
}
