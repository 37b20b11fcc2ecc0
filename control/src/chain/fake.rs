//! A chain that does what chains and nodes do at their worst: for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy::consensus::{Transaction as _, TxEnvelope};
use alloy::eips::eip2718::Decodable2718 as _;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall as _, SolError as _, SolValue as _};
use tokio::sync::Notify;

use super::contracts::MatchProof::{MatchAlreadyRecorded, recordMatchCall, recordedBetweenCall};
use super::node::{Blocks, Error, Head, Log, Node, Receipt};

/// What goes wrong with the next answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The question does not arrive.
    Lost,
    /// The answer does not arrive.
    Unheard,
    /// Whoever asks dies before the question leaves.
    DiesBefore,
    /// Whoever asks dies before the answer arrives.
    DiesAfter,
}

/// What a contract answers to a call.
pub(crate) type Contract = fn(&[u8]) -> Result<Bytes, Error>;

#[derive(Default)]
pub(crate) struct FakeChain {
    state: Mutex<State>,
    /// Answers calls, and estimates, in place of the usual contract.
    contract: Option<Contract>,
    /// Whoever asks is dead.
    pub(crate) died: Notify,
}

struct State {
    blocks: Vec<Block>,
    pool: BTreeMap<u64, Tx>,
    forks: u64,
    base: u128,
    broke: bool,
    /// Questions until a fault.
    fault: Option<(u32, Fault)>,
}

#[derive(Clone, Default)]
struct Block {
    hash: B256,
    txs: Vec<Tx>,
    /// A match that somebody else recorded in it.
    other: Option<B256>,
}

#[derive(Clone)]
struct Tx {
    hash: B256,
    nonce: u64,
    fee: u128,
    /// The match that it records, if it records one.
    records: Option<B256>,
}

impl Default for State {
    fn default() -> Self {
        let genesis = Block { hash: B256::repeat_byte(0xee), ..Block::default() };
        let (pool, forks, base, broke) = (BTreeMap::new(), 0, 1_000_000_000, false);
        Self { blocks: vec![genesis], pool, forks, base, broke, fault: None }
    }
}

impl State {
    fn nonce(&self) -> u64 {
        self.blocks.iter().map(|block| block.txs.len() as u64).sum()
    }

    /// Which transactions did what they were to do, and for which match.
    fn records(&self) -> BTreeMap<B256, B256> {
        self.records_of(self.blocks.len())
    }

    /// The same, as it was after the first so many blocks.
    fn records_of(&self, blocks: usize) -> BTreeMap<B256, B256> {
        let mut records = BTreeMap::new();
        for block in self.blocks.iter().take(blocks) {
            if let Some(id) = block.other {
                records.entry(id).or_default();
            }
            for tx in &block.txs {
                if let Some(id) = tx.records {
                    records.entry(id).or_insert(tx.hash);
                }
            }
        }
        records
    }

    fn mine(&mut self) {
        let mut txs = Vec::new();
        let mut nonce = self.nonce();
        while let Some(tx) = self.pool.get(&nonce).filter(|tx| tx.fee >= self.base) {
            txs.push(tx.clone());
            nonce += 1;
        }
        self.push(txs);
    }

    fn push(&mut self, txs: Vec<Tx>) {
        self.forks += 1;
        let hash = alloy::primitives::keccak256(self.forks.to_be_bytes());
        self.blocks.push(Block { hash, txs, other: None });
        let nonce = self.nonce();
        self.pool = self.pool.split_off(&nonce);
    }

    fn head(&self, number: usize) -> Option<Head> {
        let block = self.blocks.get(number)?;
        let parent = number.checked_sub(1).and_then(|parent| self.blocks.get(parent));
        Some(Head {
            number: number as u64,
            hash: block.hash,
            parent_hash: parent.map(|block| block.hash).unwrap_or_default(),
            base_fee_per_gas: self.base,
            timestamp: 0,
        })
    }

    fn take(&mut self, raw: &Bytes) -> Result<(), &'static str> {
        let tx = TxEnvelope::decode_2718(&mut raw.as_ref()).map_err(|_| "it is no transaction")?;
        let call = recordMatchCall::abi_decode(tx.input()).ok();
        let taken = Tx {
            hash: *tx.tx_hash(),
            nonce: tx.nonce(),
            fee: tx.max_fee_per_gas(),
            records: call.map(|call| call.result.matchId),
        };
        if taken.nonce < self.nonce() {
            return Err("nonce too low");
        }
        if taken.fee < self.base {
            return Err("max fee per gas less than block base fee");
        }
        match self.pool.get(&taken.nonce) {
            Some(there) if there.hash == taken.hash => return Err("already known"),
            Some(there) if taken.fee * 10 < there.fee * 11 => {
                return Err("replacement transaction underpriced");
            }
            Some(_) | None => {}
        }
        if self.broke {
            return Err("insufficient funds for gas * price + value");
        }
        self.pool.insert(taken.nonce, taken);
        Ok(())
    }
}

impl FakeChain {
    pub(crate) fn with(contract: Contract) -> Self {
        Self { contract: Some(contract), ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block with what is offered enough.
    pub(crate) fn mine(&self) {
        self.state().mine();
    }

    /// The last blocks are others, and one more; what was in them is back in the pool, or nowhere.
    pub(crate) fn reorganise(&self, depth: usize, forgets: bool) {
        let mut state = self.state();
        let keep = state.blocks.len().saturating_sub(depth).max(1);
        let gone = state.blocks.split_off(keep);
        if !forgets {
            for tx in gone.iter().flat_map(|block| &block.txs) {
                state.pool.insert(tx.nonce, tx.clone());
            }
        }
        for _ in 0..=gone.len() {
            state.push(Vec::new());
        }
    }

    /// Somebody else uses the key.
    pub(crate) fn foreign(&self) {
        let mut state = self.state();
        let (nonce, fee) = (state.nonce(), state.base);
        let hash = alloy::primitives::keccak256(format!("foreign {nonce} {}", state.forks));
        state.push(vec![Tx { hash, nonce, fee, records: None }]);
    }

    /// Somebody else records a match.
    pub(crate) fn other_records(&self, id: B256) {
        let mut state = self.state();
        state.push(Vec::new());
        if let Some(newest) = state.blocks.last_mut() {
            newest.other = Some(id);
        }
    }

    /// What a node had in its memory is gone.
    pub(crate) fn forget_pool(&self) {
        self.state().pool.clear();
    }

    pub(crate) fn set_base(&self, gwei: u128) {
        self.state().base = gwei * 1_000_000_000;
    }

    pub(crate) fn set_broke(&self, broke: bool) {
        self.state().broke = broke;
    }

    pub(crate) fn fail_after(&self, questions: u32, fault: Fault) {
        self.state().fault = Some((questions, fault));
    }

    pub(crate) fn is_well_again(&self) {
        let mut state = self.state();
        (state.fault, state.broke, state.base) = (None, false, 1_000_000_000);
    }

    /// How often each match stands in blocks, reverted or not.
    pub(crate) fn recorded(&self) -> BTreeSet<B256> {
        self.state().records().into_keys().collect()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.state().pool.len()
    }

    async fn answer<T>(&self, question: impl FnOnce(&mut State) -> T) -> Result<T, Error> {
        let lost = |what: &str| Err(Error::Unreachable(what.to_owned()));
        let fault = {
            let mut state = self.state();
            match &mut state.fault {
                Some((0, fault)) => {
                    let fault = *fault;
                    state.fault = None;
                    Some(fault)
                }
                Some((questions, _)) => {
                    *questions -= 1;
                    None
                }
                None => None,
            }
        };
        match fault {
            Some(Fault::Lost) => return lost("the question was lost"),
            Some(Fault::DiesBefore) => self.die().await,
            Some(Fault::Unheard | Fault::DiesAfter) | None => {}
        }
        let answer = question(&mut self.state());
        match fault {
            Some(Fault::Unheard) => lost("the answer was lost"),
            Some(Fault::DiesAfter) => self.die().await,
            Some(Fault::Lost | Fault::DiesBefore) | None => Ok(answer),
        }
    }

    async fn die(&self) -> ! {
        self.died.notify_one();
        std::future::pending().await
    }
}

impl Node for FakeChain {
    async fn head(&self) -> Result<Head, Error> {
        let head = self.answer(|state| state.head(state.blocks.len() - 1)).await?;
        head.ok_or_else(|| Error::Strange("no block".to_owned()))
    }

    async fn block(&self, number: u64) -> Result<Option<Head>, Error> {
        self.answer(|state| state.head(usize::try_from(number).unwrap_or(usize::MAX))).await
    }

    async fn nonce(&self, _of: Address) -> Result<u64, Error> {
        self.answer(|state| state.nonce()).await
    }

    async fn balance(&self, _of: Address) -> Result<U256, Error> {
        self.answer(|state| if state.broke { U256::ZERO } else { U256::from(u128::MAX) }).await
    }

    async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, Error> {
        let find = |state: &mut State| {
            let records = state.records();
            let mut blocks = state.blocks.iter().enumerate();
            blocks.find_map(|(number, block)| {
                let tx = block.txs.iter().find(|tx| tx.hash == hash)?;
                let ok = tx.records.is_none_or(|id| records.get(&id) == Some(&tx.hash));
                Some(Receipt {
                    transaction_hash: hash,
                    block_hash: block.hash,
                    block_number: number as u64,
                    status: u64::from(ok),
                })
            })
        };
        self.answer(find).await
    }

    async fn tip(&self) -> Result<u128, Error> {
        self.answer(|_| 1_000_000_000).await
    }

    async fn call(&self, _to: Address, data: Bytes) -> Result<Bytes, Error> {
        if let Some(contract) = self.contract {
            return contract(&data);
        }
        let Ok(call) = recordedBetweenCall::abi_decode(&data) else {
            return Err(Error::Refused { message: "there is no such call".to_owned(), data: None });
        };
        let recorded = self.answer(|state| state.records().contains_key(&call.matchId)).await?;
        Ok(recorded.abi_encode().into())
    }

    async fn call_at(&self, to: Address, data: Bytes, number: u64) -> Result<Bytes, Error> {
        let (None, Ok(call)) = (self.contract, recordedBetweenCall::abi_decode(&data)) else {
            return self.call(to, data).await;
        };
        let blocks = usize::try_from(number).unwrap_or(usize::MAX).saturating_add(1);
        let has = |state: &mut State| state.records_of(blocks).contains_key(&call.matchId);
        Ok(self.answer(has).await?.abi_encode().into())
    }

    async fn estimate(&self, _: Address, _: Address, _: U256, data: Bytes) -> Result<u64, Error> {
        if let Some(contract) = self.contract {
            return contract(&data).map(|_| 100_000);
        }
        let call = recordMatchCall::abi_decode(&data)
            .map_err(|error| Error::Strange(error.to_string()))?;
        let id = call.result.matchId;
        if self.answer(|state| state.records().contains_key(&id)).await? {
            let data = MatchAlreadyRecorded { matchId: id }.abi_encode();
            let message = "execution reverted".to_owned();
            return Err(Error::Refused { message, data: Some(data.into()) });
        }
        Ok(100_000)
    }

    async fn send(&self, raw: Bytes) -> Result<(), Error> {
        let taken = self.answer(|state| state.take(&raw)).await?;
        taken.map_err(|message| Error::Refused { message: message.to_owned(), data: None })
    }

    async fn logs(&self, _of: &[Address], _blocks: Blocks) -> Result<Vec<Log>, Error> {
        self.answer(|_| Vec::new()).await
    }
}
