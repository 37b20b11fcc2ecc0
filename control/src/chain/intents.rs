//! What there is to do on the chain, and who knows the particulars.
//!
//! A job is a kind and the id of its business. The worker asks for the particulars when it is about
//! to act, so that what is sent is what is so then.

use std::pin::Pin;

use alloy::primitives::{Address, B256, Bytes, U256};

use super::contracts::MatchProof::MatchResult;
use crate::store;
use crate::time::At;

/// Kinds of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A match with both signatures; its id.
    RecordMatch,
    /// A rating after a match; the match's id, a colon and the side.
    PostRating,
    /// A pool for bets on a match; the match's id.
    CreatePool,
    /// No more bets; the match's id.
    ClosePool,
    /// The end of a pool; the match's id.
    ResolvePool,
    /// Every bet goes back; the match's id.
    CancelPool,
    /// The end of a wager; its number on the chain.
    SettleWager,
    /// Both stakes of a wager go back; its number on the chain.
    RefundWager,
    /// The stakes of a duel; the match's id.
    CreateEscrow,
    /// The end of a duel; the match's id.
    EscrowResult,
    /// Coin for a wallet; its address, and behind a colon which topping-up it is.
    FundWallet,
    /// What an escrow has for a side; the match's id, a colon and the side.
    PayEscrow,
}

impl Kind {
    /// All of them, in the order of their turns: what a contract or a player waits for within a
    /// time goes before what is as good an hour later.
    pub const ALL: [Self; 12] = [
        Self::EscrowResult,
        Self::CreateEscrow,
        Self::ClosePool,
        Self::CreatePool,
        Self::CancelPool,
        Self::RecordMatch,
        Self::SettleWager,
        Self::RefundWager,
        Self::PayEscrow,
        Self::ResolvePool,
        Self::FundWallet,
        Self::PostRating,
    ];

    /// Whether the chain can be asked if the effect is there. Where it cannot, or not on every
    /// deployment, only our rows keep the effect from happening twice.
    #[must_use]
    pub const fn can_be_asked(self) -> bool {
        match self {
            Self::PostRating | Self::FundWallet | Self::CreatePool => false,
            Self::RecordMatch
            | Self::ClosePool
            | Self::ResolvePool
            | Self::CancelPool
            | Self::SettleWager
            | Self::RefundWager
            | Self::CreateEscrow
            | Self::EscrowResult
            | Self::PayEscrow => true,
        }
    }

    /// Whether it goes by a number that the contract gave: another chain has given that to something
    /// else.
    #[must_use]
    pub const fn goes_by_number(self) -> bool {
        match self {
            Self::ClosePool
            | Self::ResolvePool
            | Self::CancelPool
            | Self::SettleWager
            | Self::RefundWager => true,
            Self::RecordMatch
            | Self::PostRating
            | Self::CreatePool
            | Self::CreateEscrow
            | Self::EscrowResult
            | Self::FundWallet
            | Self::PayEscrow => false,
        }
    }

    /// As it stands in its row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordMatch => "record_match",
            Self::PostRating => "post_rating",
            Self::CreatePool => "create_pool",
            Self::ClosePool => "close_pool",
            Self::ResolvePool => "resolve_pool",
            Self::CancelPool => "cancel_pool",
            Self::SettleWager => "settle_wager",
            Self::RefundWager => "refund_wager",
            Self::CreateEscrow => "create_escrow",
            Self::EscrowResult => "escrow_result",
            Self::FundWallet => "fund_wallet",
            Self::PayEscrow => "pay_escrow",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A job by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId {
    /// Of which kind.
    pub kind: Kind,
    /// Of which business.
    pub business_id: String,
}

/// The particulars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Record a match.
    RecordMatch {
        /// What both sides signed.
        result: MatchResult,
        /// One side's signature, 65 bytes.
        first: Bytes,
        /// The other's.
        second: Bytes,
    },
    /// Post a rating.
    PostRating {
        /// Whose, by the number in the identity registry.
        agent_id: U256,
        /// Who signed for it: the registry has to know the agent by this account.
        wallet: Address,
        /// The new one.
        rating: i64,
        /// Of which game.
        game: String,
        /// Where the long form is: a `data:` URI.
        uri: String,
        /// The Keccak hash of the long form.
        hash: B256,
    },
    /// Open a pool.
    CreatePool {
        /// The match, as the contracts know it.
        match_id: B256,
        /// One side's wallet.
        first: Address,
        /// The other's.
        second: Address,
        /// When bets end, in Unix seconds. The first deployment takes bets until the pool's end.
        closes_at: u64,
    },
    /// Take no more bets.
    ClosePool {
        /// Its number on the chain.
        pool_id: U256,
    },
    /// Pay a pool out.
    ResolvePool {
        /// Its number on the chain.
        pool_id: U256,
    },
    /// Give every bet back, unless there is a record to pay by.
    CancelPool {
        /// Its number on the chain.
        pool_id: U256,
    },
    /// Pay a wager out.
    SettleWager {
        /// Its number on the chain.
        wager_id: U256,
        /// The match that decided it.
        match_id: B256,
    },
    /// Give both stakes of a wager back, unless there is a record to pay it by.
    RefundWager {
        /// Its number on the chain.
        wager_id: U256,
        /// The match whose record that would be.
        match_id: B256,
    },
    /// Open a duel's escrow.
    CreateEscrow {
        /// The match, as the contracts know it; the escrow finds it by this.
        match_id: B256,
        /// One side's wallet.
        first: Address,
        /// The other's.
        second: Address,
        /// What is at stake, by its tier.
        tier: u8,
    },
    /// Close a duel's escrow.
    EscrowResult {
        /// The match, as the contracts know it.
        match_id: B256,
        /// The winner's wallet; zero unless somebody won.
        winner: Address,
        /// How it ended: 1 a win, 2 a tie, 3 a forfeit, 4 in no time.
        outcome: u8,
    },
    /// Give a wallet some coin to begin with.
    FundWallet {
        /// Whose.
        to: Address,
        /// How much.
        wei: U256,
        /// Only as much as it has less than that.
        tops_up: bool,
    },
    /// Send a player what a duel's escrow has for him.
    PayEscrow {
        /// The match, as the contracts know it.
        match_id: B256,
        /// Whose it is.
        player: Address,
    },
}

/// What is known of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// What to do.
    Intent(Box<Intent>),
    /// The effect is there already.
    There,
    /// Something has to happen before; what.
    NotYet(String),
    /// There is nothing to do, ever; why.
    Never(String),
}

/// An answer that is waited for.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who knows the particulars of jobs: the domains that asked for them.
pub trait Particulars: Send + Sync {
    /// Those of a job.
    fn of<'a>(&'a self, job: &'a JobId) -> Asked<'a, Result<Known, store::Error>>;

    /// The effect of a job counts; told in the transaction that says so, and perhaps again.
    fn done<'a>(
        &'a self,
        tx: &'a mut store::Tx,
        job: &'a JobId,
        now: At,
    ) -> Asked<'a, Result<(), store::Error>>;
}
