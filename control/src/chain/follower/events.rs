//! What the contracts tell, decoded, and who wants to know.

use alloy::primitives::B256;
use alloy::sol_types::SolEventInterface;

use crate::chain::contracts::Contracts;
use crate::chain::contracts::DuelEscrow::DuelEscrowEvents;
use crate::chain::contracts::PredictionPool::PredictionPoolEvents;
use crate::chain::contracts::Wager::WagerEvents;
use crate::chain::intents::Asked;
use crate::chain::node::Log;
use crate::store::{self, Tx};
use crate::time::At;

/// Where something was told; no two have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which block.
    pub block: B256,
    /// The block's place.
    pub number: u64,
    /// The time that the block claims.
    pub time: At,
    /// By which transaction.
    pub tx: B256,
    /// The place in the block.
    pub log_index: u64,
}

/// Something that a contract told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Where.
    pub at: Place,
    /// What.
    pub event: Event,
    /// Of a new pool: what its contract keeps, in hundredths of a percent, if it says so.
    pub rake_bps: Option<u16>,
}

/// What contracts tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of wagers.
    Wager(WagerEvents),
    /// Of pools.
    Pool(PredictionPoolEvents),
    /// Of duels' stakes.
    Escrow(DuelEscrowEvents),
}

/// Who wants to know: the domains that keep what contracts tell. What it is told twice, it keeps
/// once.
pub trait Sink: Send + Sync {
    /// Something was told.
    fn observe<'a>(
        &'a self,
        tx: &'a mut Tx,
        told: &'a Told,
        now: At,
    ) -> Asked<'a, Result<(), store::Error>>;

    /// Everything that a block told was not told.
    fn forget<'a>(
        &'a self,
        tx: &'a mut Tx,
        block: B256,
        now: At,
    ) -> Asked<'a, Result<(), store::Error>>;
}

/// None if it is of another contract, or of a kind that nobody asked for.
pub(super) fn decode(contracts: &Contracts, log: &Log, time: At) -> Option<Told> {
    let of = Some(log.address);
    let (topics, data) = (&log.topics, &log.data);
    let event = if of == contracts.wager {
        Event::Wager(WagerEvents::decode_raw_log(topics, data).ok()?)
    } else if of == contracts.prediction_pool {
        Event::Pool(PredictionPoolEvents::decode_raw_log(topics, data).ok()?)
    } else if of == contracts.duel_escrow {
        Event::Escrow(DuelEscrowEvents::decode_raw_log(topics, data).ok()?)
    } else {
        return None;
    };
    let Log { block_hash: block, block_number: number, transaction_hash: tx, log_index, .. } = *log;
    Some(Told { at: Place { block, number, time, tx, log_index }, event, rake_bps: None })
}
