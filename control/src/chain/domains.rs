//! What the domains know of jobs: each is asked when the worker is about to act.
//!
//! - `stakes`: wagers and pools.
//! - `escrows`: the stakes of matches.

mod escrows;
mod stakes;

use alloy::primitives::{B256, Bytes, U256};
use arena_protocol::result::{self, Domain};

use super::contracts::MatchProof::MatchResult;
use super::intents::{Asked, Intent, JobId, Kind, Known, Particulars};
use crate::context::Ctx;
use crate::ids::MatchId;
use crate::matches::rules::Sides;
use crate::store::{self, Tx};
use crate::time::At;
use crate::uint::Wei;
use crate::{faucet, ratings, signatures};

/// See the module.
#[derive(Clone, Debug)]
pub struct Domains {
    ctx: Ctx,
}

impl Domains {
    /// Of this process.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }
}

impl Particulars for Domains {
    fn of<'a>(&'a self, job: &'a JobId) -> Asked<'a, Result<Known, store::Error>> {
        let config = &self.ctx.config;
        let about = About { job: job.clone(), signing: config.signing, gift: config.faucet.amount };
        let now = self.ctx.clock.now();
        let known = async move |tx: &mut Tx| known(tx, &about, now).await;
        Box::pin(self.ctx.store.read(known))
    }

    fn done<'a>(
        &'a self,
        tx: &'a mut Tx,
        job: &'a JobId,
        now: At,
    ) -> Asked<'a, Result<(), store::Error>> {
        let recorded = (job.kind == Kind::RecordMatch).then(|| job.business_id.parse().ok());
        Box::pin(async move {
            match recorded.flatten() {
                Some(id) => signatures::recorded(tx, id, now).await,
                None => Ok(()),
            }
        })
    }
}

/// Of which job, where signatures count, and what new wallets are given.
struct About {
    job: JobId,
    signing: Domain,
    gift: Wei,
}

async fn known(tx: &mut Tx, about: &About, now: At) -> Result<Known, store::Error> {
    let About { job, signing, gift: given } = about;
    match job.kind {
        Kind::RecordMatch => {
            let Ok(id) = job.business_id.parse::<MatchId>() else { return Ok(nothing()) };
            let both = signatures::both_signed(tx, signing, id).await?;
            Ok(both.map_or_else(unsigned, |both| {
                let Sides { first, second } = both.proofs();
                let [first, second] = [first, second].map(|proof| Bytes::from(proof.bytes()));
                let result = as_sol(both.result());
                Known::Intent(Box::new(Intent::RecordMatch { result, first, second }))
            }))
        }
        Kind::PostRating => post_rating(tx, about).await,
        Kind::CreatePool => stakes::create_pool(tx, about).await,
        Kind::ClosePool => stakes::close_pool(tx, about, now).await,
        Kind::ResolvePool => stakes::resolve_pool(tx, about, now).await,
        Kind::CancelPool => stakes::cancel_pool(tx, about, now).await,
        Kind::SettleWager => stakes::settle_wager(tx, about).await,
        Kind::RefundWager => stakes::refund_wager(tx, about, now).await,
        Kind::FundWallet => {
            let gift = faucet::to_give(tx, &job.business_id).await?;
            Ok(gift.map_or_else(nothing, |gift| Known::Intent(Box::new(gift.of(*given)))))
        }
        Kind::CreateEscrow => escrows::create(tx, about).await,
        Kind::EscrowResult => escrows::result(tx, about, now).await,
        Kind::PayEscrow => escrows::pay(tx, about, now).await,
    }
}

/// What both signed, for an agent whose number is one of the registry's.
async fn post_rating(tx: &mut Tx, about: &About) -> Result<Known, store::Error> {
    let Some((id, side)) = ratings::posting_of(&about.job.business_id) else {
        return Ok(nothing());
    };
    let Some(both) = signatures::both_signed(tx, &about.signing, id).await? else {
        return Ok(unsigned());
    };
    let Some(posting) = ratings::to_post(tx, &about.job.business_id).await? else {
        return Ok(nothing());
    };
    let Ok(agent_id) = u64::try_from(posting.agent_id) else {
        return Ok(Known::Never(format!("{} is no agent's number", posting.agent_id)));
    };
    Ok(Known::Intent(Box::new(Intent::PostRating {
        agent_id: U256::from(agent_id),
        wallet: both.proofs().of(side).account(),
        rating: i64::from(posting.value.0),
        game: posting.game,
        uri: posting.feedback_uri,
        hash: B256::from(posting.feedback_hash),
    })))
}

fn unsigned() -> Known {
    Known::NotYet("not both signatures are there".to_owned())
}

fn nothing() -> Known {
    Known::Never("there is nothing of this id".to_owned())
}

fn as_sol(result: &result::MatchResult) -> MatchResult {
    MatchResult {
        matchId: result.match_id,
        winner: result.winner,
        loser: result.loser,
        gameId: result.game_id.clone(),
        winnerScore: result.winner_score,
        loserScore: result.loser_score,
        replayHash: result.replay_hash,
        timestamp: U256::from(result.timestamp),
    }
}
