//! What is paid by the record of a match, and what goes back for want of one.
//!
//! The players can record a match without asking anybody, so what is here says nothing about whether
//! there is a record: the contract does. Invariant: no stake goes back that a record can pay.

use super::{Contract, Contracts};
use crate::chain::contracts::{MatchProof, Wager};
use crate::chain::intents::Intent;
use crate::chain::node::{Error, Node};

/// What is had instead of giving back, if the contract does it.
pub(super) fn pays_instead(intent: &Intent) -> Option<Intent> {
    match intent {
        Intent::RefundWager { wager_id, match_id } => {
            Some(Intent::SettleWager { wager_id: *wager_id, match_id: *match_id })
        }
        Intent::CancelPool { pool_id } => Some(Intent::ResolvePool { pool_id: *pool_id }),
        Intent::RecordMatch { .. }
        | Intent::PostRating { .. }
        | Intent::CreatePool { .. }
        | Intent::ClosePool { .. }
        | Intent::ResolvePool { .. }
        | Intent::SettleWager { .. }
        | Intent::CreateEscrow { .. }
        | Intent::EscrowResult { .. }
        | Intent::FundWallet { .. }
        | Intent::PayEscrow { .. } => None,
    }
}

/// What is had where the contract will not pay by the record that there is: it names another game,
/// or was made before the stakes were. The contract gives them back once its hour is over.
pub(super) fn refunds_instead(intent: &Intent) -> Option<Intent> {
    match intent {
        Intent::SettleWager { wager_id, match_id } => {
            Some(Intent::RefundWager { wager_id: *wager_id, match_id: *match_id })
        }
        Intent::RecordMatch { .. }
        | Intent::PostRating { .. }
        | Intent::CreatePool { .. }
        | Intent::ClosePool { .. }
        | Intent::ResolvePool { .. }
        | Intent::CancelPool { .. }
        | Intent::RefundWager { .. }
        | Intent::CreateEscrow { .. }
        | Intent::EscrowResult { .. }
        | Intent::FundWallet { .. }
        | Intent::PayEscrow { .. } => None,
    }
}

impl<N: Node> Contract<'_, N> {
    /// Whether the match that is to settle a wager of this contract has its record: what will not
    /// settle it then never will.
    pub(super) async fn has_record_for(
        &self,
        contracts: &Contracts,
        intent: &Intent,
    ) -> Result<bool, Error> {
        let (Intent::SettleWager { wager_id, match_id }, Some(at)) =
            (intent, contracts.match_proof)
        else {
            return Ok(false);
        };
        let of = self.ask(&Wager::getWagerCall { wagerId: *wager_id }).await?;
        let proof = Contract { node: self.node, at, after: self.after };
        let (id, a, b) = (*match_id, of.proposer, of.opponent);
        let between = MatchProof::recordedBetweenCall { matchId: id, a, b };
        match proof.ask_newer(&between).await? {
            Some(recorded) => Ok(recorded),
            None => proof.first_is_between(id, a, b).await,
        }
    }
}
