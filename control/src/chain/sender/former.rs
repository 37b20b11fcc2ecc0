//! What other accounts of the arena left behind: of a key that was changed, or of another chain.
//!
//! Of a former key on this chain the same bytes are sent again, and the chain says what became of
//! them; nothing can be signed for them any more. What another chain has is its own: the job is had
//! anew on this one, unless it goes by a number of that chain. Invariant: neither is touched while
//! another process looks after it.

use alloy::primitives::Address;

use super::tending::{act, again, resend, seen};
use super::watch::{Stock, Watch};
use super::{Change, Held, Node, Particulars, Trouble};
use crate::chain::lease;
use crate::chain::ledger::Outcome;
use crate::chain::rules::{Decision, Limits, decide, is_to_be_sent};
use crate::time::{At, Span};

/// For a block to take what a former key has signed. Then its effect is had by the present one, if
/// the chain can be asked for it; else it waits for the operator.
const PATIENCE: Span = Span::seconds(300);

/// Those of this chain.
pub(super) struct Former<N, P> {
    keys: Vec<(Watch<N, P>, At)>,
}

impl<N: Node, P: Particulars + 'static> Former<N, P> {
    pub(super) fn none() -> Self {
        Self { keys: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Finds them, and gives up what is of another chain.
    pub(super) async fn find(
        &mut self,
        own: &Watch<N, P>,
        chain_id: u64,
        now: At,
    ) -> Result<(), Trouble> {
        for (of_chain, address) in own.others().await? {
            let mut watch = own.of_another(of_chain, address);
            if of_chain == chain_id {
                if self.keys.iter().all(|(known, _)| known.address != address) {
                    tracing::warn!(
                        key = %address,
                        "a former key has transactions under way: their bytes are sent again, and \
                         `arena chain status` lists them under former until they are over"
                    );
                    self.keys.push((watch, now));
                }
            } else if watch.lease(now).await? != lease::Held::No {
                let left = watch.stock().await?;
                tracing::warn!(
                    chain.id = of_chain,
                    transactions = left.held.len(),
                    "transactions of another chain are given up: jobs are done on this one, but for \
                     those that go by its numbers, which fail (`arena chain jobs`)"
                );
                let why = format!("was of chain {of_chain}, and this is chain {chain_id}");
                let changes = left.held.iter().flat_map(|tx| of_another_chain(tx, &why, now));
                watch.keep(changes.collect()).await?;
                watch.give_back().await;
            }
        }
        Ok(())
    }

    /// Looks after all of them; whose are settled is forgotten.
    pub(super) async fn tend(&mut self, limits: &Limits, now: At) -> Result<(), Trouble> {
        let mut at = 0;
        while let Some((watch, since)) = self.keys.get_mut(at) {
            if tend(watch, *since, limits, now).await? {
                at += 1;
            } else {
                let (mut over, _) = self.keys.remove(at);
                over.give_back().await;
            }
        }
        Ok(())
    }

    pub(super) async fn give_back(&mut self) {
        for (watch, _) in &mut self.keys {
            watch.give_back().await;
        }
    }
}

/// Whether there is more to look after.
async fn tend<N: Node, P: Particulars + 'static>(
    watch: &mut Watch<N, P>,
    since: At,
    limits: &Limits,
    now: At,
) -> Result<bool, Trouble> {
    let taken = watch.lease(now).await?;
    if taken == lease::Held::No {
        return Ok(true);
    }
    let Stock { held, .. } = watch.stock().await?;
    if held.is_empty() {
        return Ok(false);
    }
    let sight = watch.look(&held, &[]).await?;
    let mut tended = super::tending::Tended::default();
    for tx in &held {
        let Some(standing) = tx.standing() else { continue };
        let decision = decide(&standing, &seen(tx, &sight), limits, now);
        let waits = tx.is_pending()
            && !matches!(decision, Decision::Mined(_) | Decision::Confirmed(_) | Decision::Lost);
        if waits && now.since(since) >= PATIENCE && can_be_had_anew(tx) {
            tracing::warn!(
                nonce = tx.nonce,
                key = %watch.address,
                "no block takes a former key's transaction: it is given up, and its effect is had anew"
            );
            let why = format!("of the former key {} was taken by no block", watch.address);
            tended.changes.extend(given_up(tx, &why, now));
            continue;
        }
        if taken == lease::Held::Anew && waits {
            tended.changes.extend(again(tx, now, of_former(watch.address)));
        }
        let unsigned = act(tx, decision, &sight, now, &mut tended).is_some();
        if unsigned && is_to_be_sent(&standing, now) {
            tended.sending.extend(resend(tx));
        }
    }
    watch.keep(tended.changes).await?;
    watch.send(tended.sending, now).await?;
    watch.looked_at = Some(sight.head.hash);
    Ok(true)
}

fn of_former(key: Address) -> String {
    format!(
        "its transaction is of the key {key}, which is not here any more: it is sent again as it is"
    )
}

/// Of others only the row keeps the effect from happening twice.
fn can_be_had_anew(tx: &Held) -> bool {
    tx.job.as_ref().is_none_or(|job| job.kind.can_be_asked())
}

/// The nonce is nobody's any more; what had no effect that counts is had anew.
fn given_up(tx: &Held, why: &str, now: At) -> Vec<Change> {
    let anew = (!tx.has_counted()).then(|| again(tx, now, its_transaction(tx, why)));
    std::iter::once(over(tx)).chain(anew.flatten()).collect()
}

/// The same, but that a number of that chain is somebody else's on this one.
fn of_another_chain(tx: &Held, why: &str, now: At) -> Vec<Change> {
    let job = tx.job.clone().filter(|job| job.kind.goes_by_number() && !tx.has_counted());
    let Some(job) = job else { return given_up(tx, why, now) };
    vec![over(tx), Change::JobFailed { job, error: its_transaction(tx, why) }]
}

fn over(tx: &Held) -> Change {
    Change::Over { id: tx.id.clone(), outcome: Outcome::GivenUp }
}

fn its_transaction(tx: &Held, why: &str) -> String {
    let hash = tx.attempts.last().map(|newest| newest.signed.hash.to_string()).unwrap_or_default();
    format!("its transaction {hash} {why}")
}
