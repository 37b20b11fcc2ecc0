//! How it goes with the chain: what is sent, what is read, the nodes, and what the key has left.

use super::{Histogram, Page, seconds};
use crate::chain::link::Link;
use crate::store::chain::{self as rows, Account};
use crate::store::{Error, Tx};
use crate::time::Span;

const SECONDS: [f64; 11] = [0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0];

/// What this process has seen of the chain.
#[derive(Debug)]
pub(crate) struct Chain {
    jobs: Histogram,
}

/// What the rows say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pending: i64,
    mined: i64,
    former: i64,
    followed: Option<u64>,
}

impl Default for Chain {
    fn default() -> Self {
        Self { jobs: Histogram::new(&SECONDS) }
    }
}

impl Chain {
    /// An effect is there, so long after it was asked for.
    pub(crate) fn done(&self, took: Span) {
        self.jobs.observe(seconds(took));
    }

    pub(super) fn render(&self, link: Option<&Link>, page: &mut Page) {
        let help = "From asking for an effect until it counts, where this process sent it.";
        page.histogram("chain_job_seconds", help, &self.jobs);
        let Some(link) = link else { return };
        let seen = link.seen();
        let help = "1 if this process is the one that sends to the chain.";
        page.gauge("chain_sends", help, u8::from(seen.sends));
        if let Some(balance) = seen.balance {
            page.gauge("chain_key_balance_wei", "What the key that sends has left.", balance);
        }
        let troubles = [("sender", &seen.sender_trouble), ("follower", &seen.follower_trouble)];
        let help = "1 while sending to the chain, or reading it, does not get on.";
        page.family("chain_trouble", help, "gauge");
        for (what, trouble) in troubles {
            page.sample("chain_trouble", &[("what", what)], u8::from(trouble.is_some()));
        }
        page.family("chain_contract_missing", "1 where the chain has no such contract.", "gauge");
        for (name, at) in link.settings.contracts.named() {
            let missing = seen.missing.iter().any(|it| (it.name, it.at) == (name, at));
            page.sample("chain_contract_missing", &[("contract", name)], u8::from(missing));
        }
        let nodes = link.rpc.conditions();
        page.family("chain_node_trouble", "1 while a node of the chain is not asked.", "gauge");
        for node in &nodes {
            let trouble = u8::from(node.trouble.is_some());
            page.sample("chain_node_trouble", &[("node", &node.host)], trouble);
        }
        let help = "Questions that a node of the chain did not answer.";
        page.family("chain_node_failures_total", help, "counter");
        for node in &nodes {
            page.sample("chain_node_failures_total", &[("node", &node.host)], node.failures);
        }
    }
}

pub(super) fn account(link: &Link) -> Account {
    Account::new(link.settings.id, link.address().unwrap_or_default())
}

pub(super) async fn read(tx: &mut Tx, of: &Account) -> Result<Rows, Error> {
    let (pending, mined) = rows::in_flight(tx, of).await?;
    let former = rows::former(tx, of).await?.iter().map(|(_, open)| open).sum();
    Ok(Rows { pending, mined, former, followed: rows::followed(tx, of.chain_id).await? })
}

pub(super) fn render(rows: &Rows, link: Option<&Link>, page: &mut Page) {
    let help = "Transactions that are looked after: in no block, or in one that may still go.";
    page.family("chain_transactions", help, "gauge");
    page.sample("chain_transactions", &[("state", "pending")], rows.pending);
    page.sample("chain_transactions", &[("state", "mined")], rows.mined);
    let help = "Transactions of keys that are not the arena's any more.";
    page.gauge("chain_former_transactions", help, rows.former);
    if let Some(followed) = rows.followed {
        page.gauge("chain_followed_block", "The last block whose logs were read.", followed);
    }
    if let Some(behind) = link.and_then(|link| link.seen().behind(rows.followed)) {
        let help = "Blocks that are still to be read, where this process reads them.";
        page.gauge("chain_blocks_behind", help, behind);
    }
}
