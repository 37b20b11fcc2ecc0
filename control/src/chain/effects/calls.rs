//! The calls themselves.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::sol_types::{SolCall, SolStruct, eip712_domain};

use super::{Asking, Contract, RESOLVED};
use crate::chain::contracts::{
    Contracts, CreateMatch, DuelEscrow, MatchProof, PredictionPool, ReputationRegistry,
    SubmitResult, Wager,
};
use crate::chain::intents::Intent;
use crate::chain::node::{Error, Node};

/// A call of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which, or whom.
    pub to: Address,
    /// What it brings along, in wei.
    pub value: U256,
    /// What it is told.
    pub data: Bytes,
    /// How much gas it may use.
    pub gas: u64,
}

/// A transaction that does nothing, to use a nonce up.
#[must_use]
pub fn nothing(of: Address) -> Call {
    /// What the smallest transaction uses.
    const GAS: u64 = 21_000;
    Call { to: of, value: U256::ZERO, data: Bytes::new(), gas: GAS }
}

/// What a call costs at most.
#[must_use]
pub fn cost(call: &Call, fee_max: u128) -> U256 {
    U256::from(call.gas).saturating_mul(U256::from(fee_max)).saturating_add(call.value)
}

/// What a call may use at most: several times what ours need on a dear chain, so that a wallet that
/// is a contract cannot spend the arena's coin at will.
pub(super) fn gas_max(intent: &Intent) -> u64 {
    match intent {
        Intent::FundWallet { .. } => 200_000,
        Intent::RecordMatch { .. }
        | Intent::PostRating { .. }
        | Intent::CreatePool { .. }
        | Intent::ClosePool { .. }
        | Intent::ResolvePool { .. }
        | Intent::CancelPool { .. }
        | Intent::SettleWager { .. }
        | Intent::RefundWager { .. }
        | Intent::CreateEscrow { .. }
        | Intent::EscrowResult { .. }
        | Intent::PayEscrow { .. } => 2_000_000,
    }
}

pub(super) enum Encoded {
    Data(Bytes),
    NotYet(&'static str),
}

const NO_ESCROW: &str = "the match has no escrow yet";

/// The contract that an effect is had from, if the configuration knows it.
pub(super) fn target(contracts: &Contracts, intent: &Intent) -> Option<Address> {
    match intent {
        Intent::RecordMatch { .. } => contracts.match_proof,
        Intent::PostRating { .. } => contracts.reputation_registry,
        Intent::CreatePool { .. }
        | Intent::ClosePool { .. }
        | Intent::ResolvePool { .. }
        | Intent::CancelPool { .. } => contracts.prediction_pool,
        Intent::SettleWager { .. } | Intent::RefundWager { .. } => contracts.wager,
        Intent::FundWallet { to, .. } => Some(*to),
        Intent::CreateEscrow { .. } | Intent::EscrowResult { .. } | Intent::PayEscrow { .. } => {
            contracts.duel_escrow
        }
    }
}

/// What a call brings along.
pub(super) async fn value<N: Node>(node: &N, intent: &Intent) -> Result<U256, Error> {
    Ok(match intent {
        Intent::FundWallet { to, wei, tops_up: true } => {
            wei.saturating_sub(node.balance(*to).await?)
        }
        Intent::FundWallet { wei, .. } => *wei,
        Intent::RecordMatch { .. }
        | Intent::PostRating { .. }
        | Intent::CreatePool { .. }
        | Intent::ClosePool { .. }
        | Intent::ResolvePool { .. }
        | Intent::CancelPool { .. }
        | Intent::SettleWager { .. }
        | Intent::RefundWager { .. }
        | Intent::CreateEscrow { .. }
        | Intent::EscrowResult { .. }
        | Intent::PayEscrow { .. } => U256::ZERO,
    })
}

/// The nonce of an escrow's result; that of its creation is the match itself.
pub(super) fn result_nonce(match_id: B256) -> B256 {
    keccak256([match_id.as_slice(), b"result"].concat())
}

/// What the contract is told.
pub(super) async fn encode<N: Node>(
    asking: &Asking<'_, N>,
    contract: &Contract<'_, N>,
    to: Address,
    intent: &Intent,
) -> Result<Encoded, Error> {
    let data = match intent {
        Intent::RecordMatch { result, first, second } => MatchProof::recordMatchCall {
            result: result.clone(),
            sigA: first.clone(),
            sigB: second.clone(),
        }
        .abi_encode(),
        Intent::PostRating { agent_id, rating, game, uri, hash, wallet: _ } => {
            feedback(*agent_id, *rating, game, (uri, *hash)).abi_encode()
        }
        Intent::CreatePool { match_id, first, second, closes_at } => {
            let find = PredictionPool::findPoolCall { matchId: *match_id };
            let (id, a, b) = (*match_id, *first, *second);
            if contract.ask_newer(&find).await?.is_some() {
                let closes_at = U256::from(*closes_at);
                PredictionPool::createPoolUntilCall {
                    matchId: id,
                    playerA: a,
                    playerB: b,
                    closesAt: closes_at,
                }
                .abi_encode()
            } else {
                PredictionPool::createPoolCall { matchId: id, playerA: a, playerB: b }.abi_encode()
            }
        }
        Intent::ClosePool { pool_id } => {
            PredictionPool::closeBettingCall { poolId: *pool_id }.abi_encode()
        }
        Intent::CancelPool { pool_id } => {
            PredictionPool::cancelPoolCall { poolId: *pool_id }.abi_encode()
        }
        Intent::RefundWager { wager_id, match_id: _ } => {
            Wager::claimTimeoutCall { wagerId: *wager_id }.abi_encode()
        }
        Intent::ResolvePool { pool_id } => {
            PredictionPool::resolveCall { poolId: *pool_id }.abi_encode()
        }
        Intent::SettleWager { wager_id, match_id } => {
            Wager::settleWagerCall { wagerId: *wager_id, matchId: *match_id }.abi_encode()
        }
        Intent::CreateEscrow { match_id, first, second, tier } => {
            let (player1, player2, nonce) = (*first, *second, *match_id);
            let signed = CreateMatch { player1, player2, tier: *tier, nonce };
            let signature = signature(asking, to, &signed)?;
            DuelEscrow::createMatchCall { player1, player2, tier: *tier, signature, nonce }
                .abi_encode()
        }
        Intent::EscrowResult { match_id, winner, outcome } => {
            let Some(number) = contract.escrow_of(*match_id).await? else {
                return Ok(Encoded::NotYet(NO_ESCROW));
            };
            let (winner, outcome, nonce) = (*winner, *outcome, result_nonce(*match_id));
            let signed = SubmitResult { matchId: number, winner, outcome, nonce };
            let signature = signature(asking, to, &signed)?;
            DuelEscrow::submitResultCall { matchId: number, winner, outcome, signature, nonce }
                .abi_encode()
        }
        Intent::FundWallet { .. } => Vec::new(),
        Intent::PayEscrow { match_id, player } => match contract.escrow_of(*match_id).await? {
            Some(number) => payment(contract, number, *player).await?,
            None => return Ok(Encoded::NotYet(NO_ESCROW)),
        },
    };
    Ok(Encoded::Data(data.into()))
}

/// What was won is withdrawn, with all else that is owed to the player; a stake that goes back is so
/// by its refund.
async fn payment<N: Node>(
    contract: &Contract<'_, N>,
    number: U256,
    player: Address,
) -> Result<Vec<u8>, Error> {
    let of = contract.ask(&DuelEscrow::getMatchCall { matchId: number }).await?;
    Ok(if of.state == RESOLVED {
        DuelEscrow::withdrawForCall { account: player }.abi_encode()
    } else {
        DuelEscrow::claimRefundForCall { matchId: number, player }.abi_encode()
    })
}

fn feedback(
    agent_id: U256,
    rating: i64,
    game: &str,
    (uri, hash): (&str, B256),
) -> ReputationRegistry::giveFeedbackCall {
    ReputationRegistry::giveFeedbackCall {
        agentId: agent_id,
        value: i128::from(rating),
        valueDecimals: 0,
        tag1: "elo".to_owned(),
        tag2: game.to_owned(),
        endpoint: String::new(),
        feedbackURI: uri.to_owned(),
        feedbackHash: hash,
    }
}

/// The oracle's, which is the key that sends.
fn signature<N, T: SolStruct>(
    asking: &Asking<'_, N>,
    contract: Address,
    signed: &T,
) -> Result<Bytes, Error> {
    let domain = eip712_domain! {
        name: "DuelEscrow",
        version: "1",
        chain_id: asking.chain_id,
        verifying_contract: contract,
    };
    let hash = signed.eip712_signing_hash(&domain);
    asking.key.sign_hash(hash).map_err(|error| Error::Strange(error.to_string()))
}
