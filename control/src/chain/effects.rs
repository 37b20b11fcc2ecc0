//! From a job's particulars to a call of a contract, unless its effect is there already.

mod agents;
mod calls;
mod records;
#[cfg(test)]
mod tests;

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolCall, SolError as _};

use self::calls::Encoded;
use super::contracts::{Contracts, DuelEscrow, MatchProof, PredictionPool, Wager};
use super::intents::Intent;
use super::key::Key;
use super::node::{Block, Error, Head, Meaning, Node, meaning};
use super::refusals::words;
use super::rules::Refusal;

pub use self::calls::{Call, cost, nothing};

/// What the chain says about an effect that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It can be had by this call.
    Call(Call),
    /// It is there, with its confirmations: it was after this block. None where it is no
    /// transaction's doing.
    There(Option<Block>),
    /// It is there, in a block that may still go: whoever asks has to ask again.
    Shallow,
    /// Not now; why.
    NotYet(String),
    /// The key has not what it takes along.
    NoFunds,
    /// Not this; why.
    Never(String),
}

/// Whom to ask, and for whom.
#[derive(Debug)]
pub struct Asking<'a, N> {
    /// The chain.
    pub node: &'a N,
    /// Its number.
    pub chain_id: u64,
    /// Where the contracts are.
    pub contracts: &'a Contracts,
    /// Who will send it.
    pub key: &'a Key,
    /// Blocks, its own included, after which something counts.
    pub confirmations: u64,
}

/// Asks the chain whether an effect is there, and if not, what it would cost.
///
/// # Errors
/// The chain does not answer.
pub async fn prepare<N: Node>(asking: &Asking<'_, N>, intent: &Intent) -> Result<Prepared, Error> {
    let Some(to) = calls::target(asking.contracts, intent) else {
        let detail = "the configuration does not say where this contract is";
        return Ok(Prepared::NotYet(detail.to_owned()));
    };
    let contract = Contract { node: asking.node, at: to, after: None };
    if let Some(there) = there(asking, &contract, intent).await? {
        return Ok(there);
    }
    if let Intent::PostRating { agent_id, wallet, .. } = intent
        && let Some(why) = contract.is_of_another(*agent_id, *wallet).await?
    {
        return Ok(Prepared::Never(why));
    }
    if let Some(paid) = records::pays_instead(intent)
        && let Offer::Made(prepared) = offer(asking, &contract, &paid).await?
    {
        return Ok(prepared);
    }
    let why = match offer(asking, &contract, intent).await? {
        Offer::Made(prepared) => return Ok(prepared),
        Offer::Reverts(why) => why,
    };
    if let Some(refund) = records::refunds_instead(intent)
        && contract.has_record_for(asking.contracts, intent).await?
        && let Offer::Made(prepared) = offer(asking, &contract, &refund).await?
    {
        return Ok(prepared);
    }
    Ok(Prepared::NotYet(why))
}

/// What there is of an effect already, and whether it counts.
async fn there<N: Node>(
    asking: &Asking<'_, N>,
    contract: &Contract<'_, N>,
    intent: &Intent,
) -> Result<Option<Prepared>, Error> {
    if !contract.has(intent).await? {
        return Ok(None);
    }
    if let Intent::FundWallet { .. } = intent {
        return Ok(Some(Prepared::There(None)));
    }
    let head = asking.node.head().await?.number;
    let number = (head + 1).saturating_sub(asking.confirmations.max(1));
    // The block is asked for first: whatever then takes its place is seen by who looks after it.
    let Some(after) = asking.node.block(number).await? else { return Ok(Some(Prepared::Shallow)) };
    let then = Contract { after: Some(&after), ..*contract };
    let counts = match then.has(intent).await {
        Ok(had) => had,
        // There was nothing of this number yet, or no contract.
        Err(error) if error.is_a_revert() || matches!(error, Error::NoContract(_)) => false,
        Err(error) => return Err(error),
    };
    let after = counts.then(|| Prepared::There(Some(after.block())));
    Ok(Some(after.unwrap_or(Prepared::Shallow)))
}

/// What comes of asking for a call.
enum Offer {
    Made(Prepared),
    /// The contract will not, in these words. What a node refuses for reasons of its own is no word
    /// of the contract, and no stake goes back for it.
    Reverts(String),
}

/// The call that has an effect, if the contract would take it.
async fn offer<N: Node>(
    asking: &Asking<'_, N>,
    contract: &Contract<'_, N>,
    intent: &Intent,
) -> Result<Offer, Error> {
    let to = contract.at;
    let data = match calls::encode(asking, contract, to, intent).await? {
        Encoded::Data(data) => data,
        Encoded::NotYet(why) => return Ok(Offer::Made(Prepared::NotYet(why.to_owned()))),
    };
    let value = calls::value(asking.node, intent).await?;
    let gas_max = calls::gas_max(intent);
    let error = match asking.node.estimate(asking.key.address(), to, value, data.clone()).await {
        Ok(gas) if gas > gas_max => {
            let why = format!("it would use {gas} gas, and {gas_max} is the most");
            return Ok(Offer::Made(Prepared::NotYet(why)));
        }
        // What is used may differ a little from what was estimated, because others come in between.
        Ok(gas) => {
            let gas = gas.saturating_add(gas / 4).min(gas_max);
            return Ok(Offer::Made(Prepared::Call(Call { to, value, data, gas })));
        }
        Err(error) => error,
    };
    let reverts = error.is_a_revert();
    match error {
        Error::Refused { message, data: None } if wants_funds(&message) => {
            Ok(Offer::Made(Prepared::NoFunds))
        }
        Error::Refused { data: Some(data), .. } if says_there(&data) => {
            let there = there(asking, contract, intent).await?;
            Ok(Offer::Made(there.unwrap_or_else(|| Prepared::NotYet(OF_OTHERS.to_owned()))))
        }
        Error::Refused { message, data } if reverts => {
            Ok(Offer::Reverts(words(&message, data.as_ref())))
        }
        Error::Refused { message, data } => {
            Ok(Offer::Made(Prepared::NotYet(words(&message, data.as_ref()))))
        }
        Error::Unreachable(_) | Error::Strange(_) | Error::NoContract(_) => Err(error),
    }
}

const OF_OTHERS: &str = "the contract keeps one record for an id, and under this match's it has one \
                         of others";

/// Of the escrow's matches: one whose result is known.
const RESOLVED: u8 = 4;

/// A contract that is asked.
#[derive(Debug)]
struct Contract<'a, N> {
    node: &'a N,
    at: Address,
    /// As it was after this block; none for the newest.
    after: Option<&'a Head>,
}

impl<N: Node> Contract<'_, N> {
    async fn ask<C: SolCall>(&self, call: &C) -> Result<C::Return, Error> {
        let data = call.abi_encode().into();
        let answer = match self.after {
            None => self.node.call(self.at, data).await?,
            Some(block) => self.node.call_at(self.at, data, block.number).await?,
        };
        if answer.is_empty() {
            return Err(Error::NoContract(self.at));
        }
        C::abi_decode_returns(&answer).map_err(|_| {
            Error::Strange(format!("{} is not the contract that was configured", self.at))
        })
    }

    /// Asks for what the first deployment does not have: none then. A node that refuses for reasons
    /// of its own says nothing about the contract.
    async fn ask_newer<C: SolCall>(&self, call: &C) -> Result<Option<C::Return>, Error> {
        match self.ask(call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_a_bare_revert() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first deployment keeps one record for an id, of whoever came first.
    async fn first_is_between(&self, id: B256, a: Address, b: Address) -> Result<bool, Error> {
        if !self.ask(&MatchProof::recordedCall { matchId: id }).await? {
            return Ok(false);
        }
        let kept = self.ask(&MatchProof::getMatchCall { matchId: id }).await?;
        let between = [kept.winner, kept.loser];
        Ok(between == [a, b] || between == [b, a])
    }

    /// Whether the chain has an effect. What it cannot be asked for is kept from happening twice
    /// by the rows of transactions alone: a rating, coin for a wallet, and a pool of the first
    /// deployment.
    async fn has(&self, intent: &Intent) -> Result<bool, Error> {
        /// Of wagers: the last status that is not over.
        const ACCEPTED: u8 = 1;
        match intent {
            Intent::RecordMatch { result, .. } => {
                let (a, b) = (result.winner, result.loser);
                let between = MatchProof::recordedBetweenCall { matchId: result.matchId, a, b };
                match self.ask_newer(&between).await? {
                    Some(recorded) => Ok(recorded),
                    None => self.first_is_between(result.matchId, a, b).await,
                }
            }
            Intent::CreatePool { match_id, .. } => {
                let find = PredictionPool::findPoolCall { matchId: *match_id };
                Ok(self.ask_newer(&find).await?.is_some_and(|pool| pool.found))
            }
            Intent::ClosePool { pool_id } => {
                let asked = PredictionPool::bettingClosesAtCall { poolId: *pool_id };
                let Some(closes_at) = self.ask_newer(&asked).await? else {
                    // The first deployment takes bets until the pool's end, and nobody can help it.
                    // That it knows the pool shows that it is one.
                    self.ask(&PredictionPool::getPoolCall { poolId: *pool_id }).await?;
                    return Ok(true);
                };
                let now = match self.after {
                    None => self.node.head().await?.timestamp,
                    Some(block) => block.timestamp,
                };
                Ok(closes_at <= U256::from(now) || self.is_over(*pool_id).await?)
            }
            Intent::ResolvePool { pool_id } | Intent::CancelPool { pool_id } => {
                self.is_over(*pool_id).await
            }
            Intent::SettleWager { wager_id, .. } | Intent::RefundWager { wager_id, .. } => {
                let wager = self.ask(&Wager::getWagerCall { wagerId: *wager_id }).await?;
                Ok(wager.status > ACCEPTED)
            }
            Intent::CreateEscrow { match_id, .. } => {
                self.ask(&DuelEscrow::isNonceUsedCall { nonce: *match_id }).await
            }
            Intent::EscrowResult { match_id, .. } => {
                let nonce = calls::result_nonce(*match_id);
                self.ask(&DuelEscrow::isNonceUsedCall { nonce }).await
            }
            Intent::FundWallet { to, wei, tops_up: true } => {
                Ok(self.node.balance(*to).await? >= *wei)
            }
            Intent::PostRating { .. } | Intent::FundWallet { .. } => Ok(false),
            Intent::PayEscrow { match_id, player } => {
                let Some(number) = self.escrow_of(*match_id).await? else { return Ok(false) };
                let of = self.ask(&DuelEscrow::getMatchCall { matchId: number }).await?;
                if of.state == RESOLVED {
                    let owed = self.ask(&DuelEscrow::owedCall { account: *player }).await?;
                    return Ok(owed.is_zero());
                }
                let first = of.player1 == *player;
                let joined = if first { of.joined1 } else { of.joined2 };
                Ok(!joined || if first { of.refunded1 } else { of.refunded2 })
            }
        }
    }

    async fn is_over(&self, pool_id: U256) -> Result<bool, Error> {
        const OPEN: u8 = 0;
        let pool = self.ask(&PredictionPool::getPoolCall { poolId: pool_id }).await?;
        Ok(pool.status != OPEN)
    }

    /// The escrow's number of a match; none before it has one.
    async fn escrow_of(&self, match_id: B256) -> Result<Option<U256>, Error> {
        let number = self.ask(&DuelEscrow::matchOfNonceCall { nonce: match_id }).await?;
        Ok((!number.is_zero()).then_some(number))
    }
}

fn wants_funds(message: &str) -> bool {
    matches!(meaning(message), Meaning::Refused(Refusal::NoFunds))
}

fn says_there(data: &[u8]) -> bool {
    data.starts_with(&MatchProof::MatchAlreadyRecorded::SELECTOR)
}
