//! What `/pools` answers: amounts as text, the contract's numbers as whole numbers of any size.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Book;
use super::rules::Betting;
use super::rules::tally::Tally;
use crate::ids::MatchId;
use crate::matches::http::before::iso;
use crate::matches::rules::{Outcome, Side};
use crate::onchain::Account;
use crate::store::pools::Listed;
use crate::uint::{PoolId, Wei};

/// The pool of a match.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchPoolResponse {
    pub(super) match_id: MatchId,
    /// A whole number of any size; null as long as the chain has none.
    #[schema(value_type = Option<u64>)]
    pub(super) pool_id: Option<Box<RawValue>>,
}

/// The betting on a match, in our words.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenBook {
    pub(super) match_id: MatchId,
    /// Empty as long as the chain has none.
    #[schema(value_type = Option<String>)]
    pub(super) pool_id: Option<PoolId>,
    /// Who plays: the contract's player A.
    #[schema(value_type = String)]
    pub(super) p1_wallet: Account,
    /// The contract's player B.
    #[schema(value_type = String)]
    pub(super) p2_wallet: Account,
    /// `open`, `closed`, `resolve` (it is paid out) or `cancel` (every bet goes back).
    #[schema(value_type = String)]
    pub(super) betting: Betting,
    /// What the contract keeps, in hundredths of a percent of the whole pool; expected as long as
    /// there is no `pool_id`. Nothing is kept where a side is empty.
    pub(super) rake_bps: u16,
    /// The smallest bet that is quoted, in wei: the arena's own limit, the contract takes any.
    #[schema(value_type = String)]
    pub(super) bet_min: Wei,
    /// The largest of one account that is quoted, in wei.
    #[schema(value_type = String)]
    pub(super) bet_max: Wei,
    #[serde(flatten)]
    pub(super) totals: Totals,
    /// Unix milliseconds.
    pub(super) opened_at: i64,
    /// Unix milliseconds: when the last bets were taken.
    pub(super) closed_at: Option<i64>,
}

/// The betting on matches, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct BooksResponse {
    pub(super) pools: Vec<SeenBook>,
    /// For `before`, if there may be more.
    pub(super) next: Option<MatchId>,
}

/// What is in a pool, and what it makes of a bet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Totals {
    /// On the first side, in wei.
    #[schema(value_type = String)]
    pub(super) total_a: Wei,
    /// On the second side, in wei.
    #[schema(value_type = String)]
    pub(super) total_b: Wei,
    /// Both, in wei.
    #[schema(value_type = String)]
    pub(super) total: Wei,
    /// The first side's part, in hundredths; 50 if there is nothing.
    pub(super) pct_a: u8,
    /// The second side's part.
    pub(super) pct_b: u8,
    /// What a coin on the first side becomes, after the rake, such as `1.4250`.
    pub(super) odds_a: String,
    /// What a coin on the second side becomes.
    pub(super) odds_b: String,
    /// 0 open, 1 resolved, 2 cancelled.
    pub(super) status: i64,
}

/// The odds of a pool.
#[derive(Debug, Serialize, ToSchema)]
pub struct OddsResponse {
    #[schema(value_type = u64)]
    pub(super) pool_id: Option<Box<RawValue>>,
    #[serde(flatten)]
    pub(super) totals: Totals,
}

/// Pools, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PoolsResponse {
    pub(super) pools: Vec<ListedPool>,
    /// How many there are in this answer.
    pub(super) count: usize,
    /// For `before`, if there may be more.
    pub(super) next: Option<MatchId>,
}

/// A match with a pool.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedPool {
    /// The match.
    pub(super) id: MatchId,
    /// The match's: `playing`, `completed` or `expired`.
    pub(super) status: &'static str,
    pub(super) p1_wallet: Option<String>,
    pub(super) p2_wallet: Option<String>,
    #[schema(value_type = u64)]
    pub(super) pool_id: Option<Box<RawValue>>,
    pub(super) winner_wallet: Option<String>,
    pub(super) loser_wallet: Option<String>,
    /// ISO 8601, UTC.
    pub(super) created_at: String,
    pub(super) completed_at: Option<String>,
}

/// The bets of a pool, the newest first, a thousand at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct BetsResponse {
    #[schema(value_type = u64)]
    pub(super) pool_id: Option<Box<RawValue>>,
    pub(super) bets: Vec<Bet>,
}

/// A bet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bet {
    #[schema(value_type = String)]
    pub(super) bettor: Account,
    #[serde(rename = "betOnA")]
    pub(super) bet_on_a: bool,
    /// In wei.
    #[schema(value_type = String)]
    pub(super) amount: Wei,
    /// In whole coins, for people: not exact.
    pub(super) amount_mon: f64,
    /// The height of its block.
    pub(super) block: i64,
}

/// What a bet would be worth if it were the last. It is made on the chain: `bet(pool_id, bet_on_a)`
/// with the amount as its value.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteResponse {
    pub(super) match_id: MatchId,
    #[schema(value_type = String)]
    pub(super) pool_id: PoolId,
    pub(super) bet_on_a: bool,
    #[schema(value_type = String)]
    pub(super) amount: Wei,
    /// What it would bring if that side won, in wei.
    #[schema(value_type = String)]
    pub(super) payout: Wei,
    /// What a coin on that side would become.
    pub(super) odds: String,
    pub(super) rake_bps: u16,
}

/// What an account has in a pool that is over. It is fetched on the chain: `claim(pool_id)`, or
/// `claimRefund(pool_id)` where every bet goes back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimResponse {
    #[schema(value_type = String)]
    pub(super) pool_id: PoolId,
    #[schema(value_type = String)]
    pub(super) account: Account,
    /// What it bet on the first side, in wei.
    #[schema(value_type = String)]
    pub(super) staked_a: Wei,
    /// What it bet on the second side, in wei.
    #[schema(value_type = String)]
    pub(super) staked_b: Wei,
    /// What that is worth now, in wei.
    #[schema(value_type = String)]
    pub(super) payout: Wei,
    /// What it has fetched of it, in wei.
    #[schema(value_type = String)]
    pub(super) claimed: Wei,
    /// What is left to fetch, in wei.
    #[schema(value_type = String)]
    pub(super) due: Wei,
}

/// That every bet goes back.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelledResponse {
    #[schema(value_type = u64)]
    pub(super) pool_id: Option<Box<RawValue>>,
    /// The contract is told so; `status` of the pool says when it has it.
    pub(super) cancelled: bool,
}

impl Totals {
    pub(super) fn of(tally: &Tally, rake_bps: u16) -> Self {
        let stakes = tally.stakes();
        let [pct_a, pct_b] = stakes.percents();
        let [odds_a, odds_b] = stakes.odds(rake_bps).map(|odds| odds.to_string());
        Self {
            total_a: stakes.a,
            total_b: stakes.b,
            total: stakes.total(),
            pct_a,
            pct_b,
            odds_a,
            odds_b,
            status: tally.status(),
        }
    }
}

impl SeenBook {
    pub(super) fn of(book: &Book, tally: &Tally) -> Self {
        Self {
            match_id: book.match_id,
            pool_id: book.pool,
            p1_wallet: book.wallets.first.clone(),
            p2_wallet: book.wallets.second.clone(),
            betting: book.betting,
            rake_bps: book.terms.rake_bps,
            bet_min: book.terms.bet_min,
            bet_max: book.terms.bet_max,
            totals: Totals::of(tally, book.terms.rake_bps),
            opened_at: book.opened_at.0,
            closed_at: book.closed_at.map(|at| at.0),
        }
    }
}

impl From<Listed> for ListedPool {
    fn from(from: Listed) -> Self {
        let wallet = |side| from.wallets.of(side).clone();
        let outcome = from.state.outcome();
        let winner = match outcome {
            Some(Outcome::Won { winner, .. }) => Some(winner),
            Some(Outcome::Drawn { .. }) | None => None,
        };
        Self {
            id: from.match_id,
            status: from.state.old_name(),
            p1_wallet: wallet(Side::First),
            p2_wallet: wallet(Side::Second),
            pool_id: from.pool.exact(),
            winner_wallet: winner.and_then(wallet),
            loser_wallet: winner.and_then(|winner| wallet(winner.other())),
            created_at: iso(from.created_at),
            completed_at: from.ended_at.filter(|_| outcome.is_some()).map(iso),
        }
    }
}
