//! What begins: jobs are looked up, the chain is asked whether it is done already, and what is left
//! is given nonces, written down, and sent.

use alloy::primitives::U256;
use futures_util::stream::{self, StreamExt as _};

use super::sight::AT_ONCE;
use super::{
    Change, Held, Node, Offer, Particulars, Sender, Sight, Trouble, came_to_nothing, name,
};
use crate::chain::effects::{Call, Prepared, cost, prepare};
use crate::chain::fees::Fees;
use crate::chain::intents::Known;
use crate::chain::ledger::By;
use crate::chain::node::{self, Block};
use crate::jobs::pause;
use crate::store::jobs::Idle;
use crate::time::{At, Span};

/// Why what has not its confirmations yet waits.
const MAY_GO: &str = "it is there, in a block that may still go";
/// How long a job waits for money.
const BROKE_PAUSE: Span = Span::seconds(5);

/// What is to become of a job.
enum Plan {
    Send(Call),
    /// It was there after this block; none where no block can take it back.
    There(Option<Block>),
    /// It is there, and may still go.
    Shallow,
    /// Something else has to happen before.
    Waits(String),
    /// The chain will not.
    Refused(String),
    /// The key has not what it takes along.
    Broke,
    Never(String),
}

impl<N: Node, P: Particulars + 'static> Sender<N, P> {
    pub(super) async fn start(
        &mut self,
        idle: Vec<Idle>,
        held: &[Held],
        sight: &Sight,
        next: u64,
        now: At,
    ) -> Result<(), Trouble> {
        if idle.is_empty() {
            return Ok(());
        }
        let plans = {
            let planned = idle.into_iter().map(async |job| {
                let plan = self.plan(&job).await;
                (job, plan)
            });
            stream::iter(planned).buffered(AT_ONCE).collect::<Vec<_>>().await
        };
        let fees = Fees::first(sight.market, self.chain.limits.fee_max);
        let mut money = self.money(held).await?;
        let (mut changes, mut sending, mut nonce) = (Vec::new(), Vec::new(), next);
        for (job, plan) in plans {
            let id = job.id.clone();
            match plan {
                Ok(Plan::Send(call)) => match money.checked_sub(cost(&call, fees.max)) {
                    Some(left) => {
                        money = left;
                        let attempt =
                            self.sign(nonce, &call, Offer { fees, fills: false, at: now })?;
                        let (change, send) = self.reserved(nonce, Some(id), call, attempt);
                        changes.push(change);
                        sending.push(send);
                        nonce += 1;
                    }
                    None => changes.push(self.broke(&job, now)),
                },
                Ok(Plan::There(after)) => {
                    // What stood there before the newest block was looked at is looked at once more.
                    self.watch.found_under = None;
                    changes.push(Change::JobDone { job: id, by: By::Others(after) });
                }
                Ok(Plan::Shallow) => changes.push(waits(job, MAY_GO.to_owned(), now)),
                Ok(Plan::Waits(why)) => changes.push(waits(job, why, now)),
                Ok(Plan::Refused(why)) => {
                    changes.push(came_to_nothing(id, job.attempts, why, now));
                }
                Ok(Plan::Broke) => changes.push(self.broke(&job, now)),
                Ok(Plan::Never(why)) => changes.push(Change::JobFailed { job: id, error: why }),
                // Jobs without a contract are not to take the places of others at every turn.
                Err(trouble @ Trouble::Node(node::Error::NoContract(_))) => {
                    changes.push(waits(job, trouble.to_string(), now));
                }
                // The chain or the database is away: this job has not been tried.
                Err(trouble) => {
                    tracing::debug!(job = name(&id), %trouble, "a job waits");
                    let error = Some(trouble.to_string());
                    let at = now + pause(1);
                    changes.push(Change::JobAgain { job: id, at, error, counts: false });
                }
            }
        }
        if nonce > next {
            changes.push(Change::NextNonce(nonce));
        }
        self.watch.keep(changes).await?;
        self.watch.send(sending, now).await
    }

    async fn plan(&self, job: &Idle) -> Result<Plan, Trouble> {
        let before = self.last_read().await?;
        let intent = match self.watch.particulars.of(&job.id).await? {
            Known::Intent(intent) => intent,
            Known::There => return self.by_what_was_read(before).await,
            Known::NotYet(why) => return Ok(Plan::Waits(why)),
            Known::Never(why) => return Ok(Plan::Never(why)),
        };
        Ok(match prepare(&self.asking(), &intent).await? {
            Prepared::Call(call) => Plan::Send(call),
            Prepared::There(after) => Plan::There(after),
            Prepared::Shallow => Plan::Shallow,
            Prepared::NotYet(why) => Plan::Refused(why),
            Prepared::NoFunds => Plan::Broke,
            Prepared::Never(why) => Plan::Never(why),
        })
    }

    /// A domain says that it is there, by what was read of the chain: as long as the chain is that
    /// one. Where nothing is read, what it says does not come from there.
    async fn by_what_was_read(&self, before: Option<Block>) -> Result<Plan, Trouble> {
        let Some(last) = before else { return Ok(Plan::There(None)) };
        let stands = self.watch.node.block(last.number).await?.map(|head| head.block());
        let same = stands == Some(last) && self.last_read().await? == before;
        Ok(if same { Plan::There(before) } else { Plan::Shallow })
    }

    async fn last_read(&self) -> Result<Option<Block>, Trouble> {
        if self.chain.contracts.are_followed() { self.watch.last_read().await } else { Ok(None) }
    }

    /// What the key has beside what is under way already may cost.
    async fn money(&self, held: &[Held]) -> Result<U256, Trouble> {
        let balance = self.watch.node.balance(self.watch.address).await?;
        let pending = held.iter().filter(|tx| tx.is_pending());
        let promised = pending.filter_map(|tx| Some(cost(&tx.call, tx.attempts.last()?.fees.max)));
        Ok(promised.fold(balance, U256::saturating_sub))
    }

    fn broke(&self, job: &Idle, now: At) -> Change {
        let address = self.watch.address;
        tracing::warn!(key = %address, "the chain's key cannot pay for a transaction");
        let error =
            Some(format!("the key {address} cannot pay for it: send it some of the chain's coin"));
        Change::JobAgain { job: job.id.clone(), at: now + BROKE_PAUSE, error, counts: false }
    }
}

/// Waiting is no attempt. It is asked about again after as long as it has waited, within limits.
fn waits(job: Idle, why: String, now: At) -> Change {
    let waited = now.since(job.asked_at).0.clamp(pause(1).0, pause(i64::MAX).0);
    Change::JobAgain { job: job.id, at: now + Span(waited), error: Some(why), counts: false }
}
