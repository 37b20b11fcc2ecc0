//! What an operator wants to know before a job fails of it: what the key has left, and whether the
//! contracts are where the configuration says. Asked again and again, because a chain may begin anew
//! under a process.

use std::time::Duration;

use alloy::primitives::Address;

use super::link::Link;
use super::node::{Error, Node as _};
use crate::context::Ctx;

const EVERY: Duration = Duration::from_secs(15);

/// A contract that is not where it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Its name in the configuration.
    pub(crate) name: &'static str,
    pub(crate) at: Address,
}

impl Missing {
    /// For the operator.
    pub(crate) fn words(&self) -> String {
        let Self { name, at } = self;
        format!(
            "the chain has no contract at {at}, which [chain] calls {name}: its jobs wait until it \
             has one there, or another address is named"
        )
    }
}

/// Looks until it is to stop. Without a chain it does nothing.
pub async fn keep_looking(ctx: Ctx, stop: impl Future<Output = ()>) {
    let Some(link) = ctx.chain.get() else { return };
    let mut looks = tokio::time::interval(EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let looking = async {
        loop {
            looks.tick().await;
            // A node that does not answer is told of where it was asked.
            let _unheard = look(link).await;
        }
    };
    tokio::select! {
        () = looking => {}
        () = stop => {}
    }
}

/// Looks once.
pub(crate) async fn look(link: &Link) -> Result<(), Error> {
    if let Some(address) = link.address() {
        let balance = link.rpc.balance(address).await?;
        link.note(|seen| seen.balance = Some(balance));
    }
    let mut missing = Vec::new();
    for (name, at) in link.settings.contracts.named() {
        if !link.rpc.has_code(at).await? {
            missing.push(Missing { name, at });
        }
    }
    for it in missing.iter().filter(|it| !link.seen().missing.contains(it)) {
        tracing::error!(contract = it.name, address = %it.at, "{}", it.words());
    }
    link.note(|seen| seen.missing = missing);
    Ok(())
}
