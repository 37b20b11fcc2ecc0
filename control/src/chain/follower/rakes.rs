//! What the pool contract keeps of a pool: asked of it when it tells of one, once, because it never
//! changes. A pool's odds are reckoned by that, and by nothing that was configured.

use alloy::sol_types::SolCall as _;

use super::{Event, Follower, Sink, Told};
use crate::chain::contracts::PredictionPool::{PredictionPoolEvents, feeBpsCall};
use crate::chain::node::{Error, Node};

impl<N: Node, S: Sink + 'static> Follower<N, S> {
    pub(super) async fn with_rakes(&mut self, mut told: Vec<Told>) -> Result<Vec<Told>, Error> {
        for told in told.iter_mut().filter(|told| is_new_pool(&told.event)) {
            told.rake_bps = self.rake_bps().await?;
        }
        Ok(told)
    }

    /// None of a contract that does not say.
    async fn rake_bps(&mut self) -> Result<Option<u16>, Error> {
        let (None, Some(pools)) = (self.rake_bps, self.contracts.prediction_pool) else {
            return Ok(self.rake_bps);
        };
        match self.node.call(pools, feeBpsCall {}.abi_encode().into()).await {
            Ok(answer) => {
                let said = feeBpsCall::abi_decode_returns(&answer).ok();
                self.rake_bps = said.and_then(|bps| u16::try_from(bps).ok());
                Ok(self.rake_bps)
            }
            Err(Error::Refused { .. }) => Ok(None),
            Err(error @ (Error::Unreachable(_) | Error::Strange(_) | Error::NoContract(_))) => {
                Err(error)
            }
        }
    }
}

fn is_new_pool(event: &Event) -> bool {
    matches!(event, Event::Pool(PredictionPoolEvents::PoolCreated(_)))
}
