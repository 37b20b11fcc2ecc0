//! Whose an agent's number is, as the registry of agents says: whoever joins gives a number, and
//! proves nothing by it.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;

use super::Contract;
use crate::chain::contracts::{IdentityRegistry, ReputationRegistry};
use crate::chain::node::{Error, Node};

impl<N: Node> Contract<'_, N> {
    /// Why the registry of ratings that is asked is told nothing about an agent: its number is not
    /// that of an agent of this account.
    pub(super) async fn is_of_another(
        &self,
        agent_id: U256,
        account: Address,
    ) -> Result<Option<String>, Error> {
        let Some(agents) =
            self.ask_if_it_says(&ReputationRegistry::getIdentityRegistryCall {}).await?
        else {
            let why = format!("{} does not say where agents are registered", self.at);
            return Ok(Some(why));
        };
        let agents = Contract { node: self.node, at: agents, after: self.after };
        let owner =
            agents.ask_if_it_says(&IdentityRegistry::ownerOfCall { agentId: agent_id }).await?;
        if owner == Some(account) {
            return Ok(None);
        }
        let asked = IdentityRegistry::getAgentWalletCall { agentId: agent_id };
        if owner.is_some() && agents.ask_if_it_says(&asked).await? == Some(account) {
            return Ok(None);
        }
        let registry = agents.at;
        Ok(Some(format!("agent {agent_id} of {registry} is not {account}'s, who played for it")))
    }

    /// None if it reverts, with whatever words, as of an agent that there is not.
    async fn ask_if_it_says<C: SolCall>(&self, call: &C) -> Result<Option<C::Return>, Error> {
        match self.ask(call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_a_revert() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
